"""What a request costs one side: each count, and where it is known the functions that it comes from; and
whether a count grew by more than it may.

Pure. A count needs no statistics, but one that varies by itself from phase to phase has grown only where the
phases of the two sides keep apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from costing.growth import Growth, growth_between
from costing.instruments import Switches
from costing.phases import Count, Phases, per_request
from costing.profile import Profile, combined
from costing.calls_file import READING, WRITING, SystemCall

INSTRUCTIONS, ALLOCATIONS, SYSTEM_CALLS = "instructions", "allocations", "system calls"
VOLUNTARY, INVOLUNTARY = "context switches, voluntary", "context switches, involuntary"
BYTES_READ, BYTES_WRITTEN = "bytes read", "bytes written"
NAMES = (INSTRUCTIONS, ALLOCATIONS, SYSTEM_CALLS, VOLUNTARY, INVOLUNTARY, BYTES_READ, BYTES_WRITTEN)


@dataclass(frozen=True)
class Costs:
    """`counts` by name, `by_call` those of each system call; `notes`: what was not counted, and why.

    `profile`: per request, of the phase whose instructions are the median.
    """

    counts: dict[str, Count] = field(default_factory=dict)
    by_call: dict[str, Count] = field(default_factory=dict)
    profile: Profile | None = None
    notes: tuple[str, ...] = ()


def switch_counts(phases: Phases[Switches]) -> dict[str, Count]:
    wanted = per_request(phases, lambda taken: taken.voluntary)
    return {VOLUNTARY: wanted, INVOLUNTARY: per_request(phases, lambda taken: taken.involuntary)}


def call_counts(phases: Phases[Sequence[SystemCall]]) -> tuple[dict[str, Count], dict[str, Count]]:
    """All of them and the bytes they moved; each by its name."""

    def moved(names: set[str]) -> Count:
        return per_request(phases, lambda calls: sum(call.moved for call in calls if call.name in names))

    counts = {SYSTEM_CALLS: per_request(phases, len), BYTES_READ: moved(READING)}
    by_call = {
        name: per_request(phases, lambda calls, name=name: sum(call.name == name for call in calls))
        for name in sorted({call.name for phase in phases.busy for call in phase.taken})
    }
    return {**counts, BYTES_WRITTEN: moved(WRITING)}, by_call


def profile_counts(phases: Phases[Profile]) -> tuple[dict[str, Count], Profile]:
    """Instructions and allocations; the profile of a request."""
    instructions = per_request(phases, lambda profile: profile.total.instructions)
    allocations = per_request(phases, lambda profile: profile.allocations)
    by_instructions = sorted(phases.busy, key=lambda p: p.taken.total.instructions / p.requests)
    busy = by_instructions[len(by_instructions) // 2]
    share = busy.seconds / phases.idle_s
    idle = [(each.taken, -share / busy.requests) for each in phases.idle]
    profile = combined([(busy.taken, 1 / busy.requests), *idle])
    return {INSTRUCTIONS: instructions, ALLOCATIONS: allocations}, profile


@dataclass(frozen=True)
class CellCosts:
    """`after`: None of one side alone."""

    name: str
    before: Costs
    after: Costs | None = None

    @cached_property
    def growth(self) -> Growth:
        before, after = self.before.profile, self.after and self.after.profile
        return growth_between(before, after) if before and after else Growth()

    @property
    def notes(self) -> list[str]:
        return list(dict.fromkeys(self.before.notes + (self.after.notes if self.after else ())))


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
    a system call, one line below all of them. `is_unclear`: the median grew too much, and the phases
    overlap."""

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
    def is_grown(self) -> bool:
        return self._is_beyond and self.after.least > self.before.most

    @property
    def is_unclear(self) -> bool:
        return self._is_beyond and not self.is_grown

    @property
    def _is_beyond(self) -> bool:
        return self.limit is not None and self.after is not None and self.rise > self.limit


def lines_of(cells: Iterable[CellCosts], thresholds: Thresholds) -> list[CountLine]:
    return [line for cell in cells for line in _cell_lines(cell, thresholds)]


def _cell_lines(cell: CellCosts, thresholds: Thresholds) -> Iterator[CountLine]:
    sides = [costs for costs in (cell.before, cell.after) if costs]
    for name in NAMES:
        if all(name in costs.counts for costs in sides):
            counts = [costs.counts[name] for costs in sides]
            limit = thresholds.limit(name, counts[0].value) if cell.after else None
            yield CountLine(cell.name, name, *counts, limit=limit)
            if name == SYSTEM_CALLS:
                for call in sorted(set().union(*(costs.by_call for costs in sides))):
                    counts = [costs.by_call.get(call, Count(0.0, 0.0, 0.0)) for costs in sides]
                    if any(abs(count.value) >= 0.005 for count in counts):
                        yield CountLine(cell.name, call, *counts, of_call=True)
