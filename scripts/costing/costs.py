"""What a request costs one side: each count, and where it is known the functions that it comes from; and
whether a count grew by more than it may.

Pure. Of each phase with requests what the server did while nothing was asked is taken off in proportion to
time, as that is no request's: timers, dates, collectors of garbage. So what two numbers of requests have in
common, n and none, cancels. The median of the phases is what is said. That needs no statistics, but a count
has grown only where the phases of the two sides keep apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Any, NamedTuple

from costing.growth import Growth, growth_between
from costing.profile import Profile

INSTRUCTIONS, ALLOCATIONS, SYSTEM_CALLS = "instructions", "allocations", "system calls"
VOLUNTARY, INVOLUNTARY = "context switches, voluntary", "context switches, involuntary"
BYTES_READ, BYTES_WRITTEN = "bytes read", "bytes written"
# How much more a request may cost: of instructions a share, of the others a number. None: shown only.
THRESHOLDS = {"instructions": 0.01, "allocations": 0.02, "calls": 0.02, "switches": None, "bytes": None}
_THRESHOLD_OF = {INSTRUCTIONS: "instructions", ALLOCATIONS: "allocations", SYSTEM_CALLS: "calls"}
_THRESHOLD_OF |= {VOLUNTARY: "switches", INVOLUNTARY: "", BYTES_READ: "bytes", BYTES_WRITTEN: "bytes"}
NAMES = (*_THRESHOLD_OF,)  # in this order
PHASES = 5


class Phase(NamedTuple):
    """What an instrument took, while there were so many requests in so much time."""

    taken: Any
    requests: int
    seconds: float


class Count(NamedTuple):
    """Per request: the median of the phases. `least` and `most` leave out the two outermost, one of which may
    have had a collection of garbage; one tick of the clock more or less lies between them."""

    value: float
    least: float
    most: float


@dataclass(frozen=True)
class Phases:
    idle: list[Phase]
    busy: list[Phase]

    @property
    def idle_s(self) -> float:
        return sum(each.seconds for each in self.idle)

    def mapped(self, change: Callable[[Any], Any]) -> "Phases":
        both = (self.idle, self.busy)
        return Phases(*([each._replace(taken=change(each.taken)) for each in phases] for phases in both))

    def counts(self, figures: Callable[[Any], Mapping[str, float]]) -> dict[str, Count]:
        """By name, what `figures` makes of what was taken: all that a phase with requests has."""
        made, counts = self.mapped(figures), {}
        for name in dict.fromkeys(name for phase in made.busy for name in phase.taken):
            idle = [phase.taken.get(name, 0) for phase in made.idle]
            idle_rate, tick = sum(idle) / self.idle_s, (max(idle) - min(idle)) / self.busy[0].requests
            each = [(p.taken.get(name, 0) - idle_rate * p.seconds) / p.requests for p in made.busy]
            inner = sorted(each)[1:-1] if len(each) >= PHASES else each
            counts[name] = Count(median(each), min(inner) - tick, max(inner) + tick)
        return counts


@dataclass(frozen=True)
class Costs:
    """`counts` by name, those of NAMES and of each system call; `profile`: per request, of the phase whose
    instructions are the median; `notes`: what was not counted, and why."""

    counts: dict[str, Count] = field(default_factory=dict)
    profile: Profile | None = None
    notes: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class CellCosts:
    """`after`: None of one side alone."""

    name: str
    before: Costs
    after: Costs | None = None
    thresholds: Mapping[str, float | None] = field(default_factory=THRESHOLDS.copy)

    @cached_property
    def lines(self) -> list[CountLine]:
        """Those of single system calls below that of all."""
        calls = sorted({name for costs in self.sides for name in costs.counts} - {*NAMES})
        lines = []
        for name in (*NAMES[:3], *calls, *NAMES[3:]):
            none = Count(0.0, 0.0, 0.0) if name in calls else None
            counts = [costs.counts.get(name, none) for costs in self.sides]
            if None in counts or (name in calls and all(abs(count.value) < 0.005 for count in counts)):
                continue
            limit = self.thresholds.get(_THRESHOLD_OF.get(name)) if self.after else None
            if name == INSTRUCTIONS and limit is not None:
                limit *= counts[0].value
            lines.append(CountLine(self.name, name, *counts, limit=limit, of_call=name in calls))
        return lines

    @property
    def grown(self) -> list[CountLine]:
        return [line for line in self.lines if line.finding == "grew"]

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
