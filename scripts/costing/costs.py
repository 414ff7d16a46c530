"""What a request costs one side: each count, and where it is known the functions that it comes from; and
whether a count grew by more than it may.

Pure. A count needs no statistics, but one that varies by itself from phase to phase has grown only where the
phases of the two sides keep apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from costing.growth import Growth, growth_between
from costing.phases import Count
from costing.profile import Profile

INSTRUCTIONS, ALLOCATIONS, SYSTEM_CALLS = "instructions", "allocations", "system calls"
VOLUNTARY, INVOLUNTARY = "context switches, voluntary", "context switches, involuntary"
BYTES_READ, BYTES_WRITTEN = "bytes read", "bytes written"
NAMES = (INSTRUCTIONS, ALLOCATIONS, SYSTEM_CALLS, VOLUNTARY, INVOLUNTARY, BYTES_READ, BYTES_WRITTEN)


@dataclass(frozen=True)
class Costs:
    """`counts` by name, `by_call` those of each system call; `profile`: per request, of the phase whose
    instructions are the median; `notes`: what was not counted, and why."""

    counts: dict[str, Count] = field(default_factory=dict)
    by_call: dict[str, Count] = field(default_factory=dict)
    profile: Profile | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellCosts:
    """`after`: None of one side alone."""

    name: str
    before: Costs
    after: Costs | None = None

    @property
    def sides(self) -> list[Costs]:
        return [costs for costs in (self.before, self.after) if costs]

    @cached_property
    def growth(self) -> Growth:
        profiles = [costs.profile for costs in self.sides if costs.profile]
        return growth_between(*profiles) if len(profiles) == 2 else Growth()

    @property
    def notes(self) -> list[str]:
        return list(dict.fromkeys(note for costs in self.sides for note in costs.notes))


@dataclass(frozen=True)
class Thresholds:
    """How much more a request may cost: of instructions a share, of the others a number. None: shown only."""

    instructions: float = 0.01
    allocations: float | None = 0.02
    calls: float | None = 0.02
    switches: float | None = None
    bytes: float | None = None

    def limit(self, name: str, before: float) -> float | None:
        others = {ALLOCATIONS: self.allocations, SYSTEM_CALLS: self.calls, VOLUNTARY: self.switches}
        others |= dict.fromkeys((BYTES_READ, BYTES_WRITTEN), self.bytes)
        return self.instructions * before if name == INSTRUCTIONS else others.get(name)


@dataclass(frozen=True)
class CountLine:
    """One count of a cell. `after`: None of one side alone. `limit`: None of what is shown only; `of_call`:
    a system call, one line below all of them."""

    cell: str
    name: str
    before: Count
    after: Count | None = None
    limit: float | None = None
    of_call: bool = False

    @property
    def rise(self) -> float:
        return self.after.value - self.before.value if self.after else 0.0

    @property
    def finding(self) -> str:
        """`unclear`: the median grew too much, and the phases overlap."""
        if self.limit is None or self.rise <= self.limit:
            return "" if self.limit is None else "not grown"
        return "grew" if self.after.least > self.before.most else "unclear"


def lines_of(cells: Iterable[CellCosts], thresholds: Thresholds) -> list[CountLine]:
    lines = []
    for cell in cells:
        for name in (name for name in NAMES if all(name in costs.counts for costs in cell.sides)):
            counts = [costs.counts[name] for costs in cell.sides]
            limit = thresholds.limit(name, counts[0].value) if cell.after else None
            lines.append(CountLine(cell.name, name, *counts, limit=limit))
            calls = {call for costs in cell.sides for call in costs.by_call} if name == SYSTEM_CALLS else ()
            for call in sorted(calls):
                counts = [costs.by_call.get(call, Count(0.0, 0.0, 0.0)) for costs in cell.sides]
                if any(abs(count.value) >= 0.005 for count in counts):
                    lines.append(CountLine(cell.name, call, *counts, of_call=True))
    return lines
