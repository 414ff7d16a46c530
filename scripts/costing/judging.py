"""Whether a count grew by more than it may. Pure: a count needs no statistics, but one that varies by itself
from phase to phase has grown only where the phases of the two sides keep apart."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from costing.costs import (
    ALLOCATIONS,
    BYTES_READ,
    BYTES_WRITTEN,
    INSTRUCTIONS,
    INVOLUNTARY,
    SYSTEM_CALLS,
    VOLUNTARY,
    Costs,
)
from costing.growth import Growth, growth_between
from costing.phases import Count

NAMES = (INSTRUCTIONS, ALLOCATIONS, SYSTEM_CALLS, VOLUNTARY, INVOLUNTARY, BYTES_READ, BYTES_WRITTEN)


@dataclass(frozen=True)
class Thresholds:
    """How much more a request may cost: of instructions a share, of the others a number. None: shown only."""

    instructions: float = 0.01
    allocations: float | None = 0.02
    calls: float | None = 0.02
    switches: float | None = None
    bytes: float | None = None

    def limit(self, name: str, before: float) -> float | None:
        limits = {
            INSTRUCTIONS: self.instructions * before,
            ALLOCATIONS: self.allocations,
            SYSTEM_CALLS: self.calls,
            VOLUNTARY: self.switches,
            BYTES_READ: self.bytes,
            BYTES_WRITTEN: self.bytes,
        }
        return limits.get(name)


@dataclass(frozen=True)
class CountLine:
    """One count of a cell. `after`: None of one side alone. `limit`: None of what is shown only; `of_call`:
    a system call, one line below all of them. `unclear`: the median grew too much, and the phases overlap."""

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


@dataclass(frozen=True)
class CellCosts:
    """`after`: None of one side alone."""

    name: str
    before: Costs
    after: Costs | None = None
    growth: Growth = field(default_factory=Growth)

    @property
    def notes(self) -> list[str]:
        both = (self.before, *([self.after] if self.after else []))
        return list(dict.fromkeys(note for costs in both for note in costs.notes))


def cell_costs(name: str, before: Costs, after: Costs | None = None) -> CellCosts:
    growth = Growth()
    if after and before.profile and after.profile:
        growth = growth_between(before.profile, after.profile)
    return CellCosts(name, before, after, growth)


def lines_of(cell: CellCosts, thresholds: Thresholds) -> Iterator[CountLine]:
    """Each count that both sides have, and below the system calls each of them."""
    before, after = cell.before, cell.after
    for name in NAMES:
        if name not in before.counts or (after and name not in after.counts):
            continue
        first, second = before.counts[name], after.counts[name] if after else None
        yield CountLine(cell.name, name, first, second, after and thresholds.limit(name, first.value))
        if name == SYSTEM_CALLS:
            none = Count(0.0, 0.0, 0.0)
            for call in sorted({*before.by_call, *(after.by_call if after else ())}):
                counts = [costs.by_call.get(call, none) for costs in (before, after) if costs]
                if any(abs(count.value) >= 0.005 for count in counts):
                    yield CountLine(cell.name, call, *counts, of_call=True)
