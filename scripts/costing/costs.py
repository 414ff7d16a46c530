"""What a request costs: each count, and the functions that it comes from; whether a count grew by more than
it may, and what grew between two profiles. Pure.

Of each phase with requests what the server did while nothing was asked is taken off in proportion to time, as
that is no request's; the median of the phases is what is said. That needs no statistics, but a count has
grown only where the phases of the two sides keep apart."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Any, NamedTuple

from costing.profile import NO_SYMBOLS, Call, Place, Profile, combined, is_allocator

INSTRUCTIONS, ALLOCATIONS, SYSTEM_CALLS = "instructions", "allocations", "system calls"
VOLUNTARY, INVOLUNTARY = "context switches, voluntary", "context switches, involuntary"
BYTES_READ, BYTES_WRITTEN = "bytes read", "bytes written"
NAMES = (INSTRUCTIONS, ALLOCATIONS, SYSTEM_CALLS, VOLUNTARY, INVOLUNTARY, BYTES_READ, BYTES_WRITTEN)
# How much more a request may cost: of instructions a share, of the others a number. None: shown only.
THRESHOLDS = {"instructions": 0.01, "allocations": 0.02, "calls": 0.02, "switches": None, "bytes": None}
_THRESHOLD_OF = dict(zip(NAMES, "instructions allocations calls switches - bytes bytes".split()))
PHASES = 5

# Per request: less may be a tick of the clock. The share is one of all that grew.
_LEAST_INSTRUCTIONS, _LEAST_SHARE, _LEAST_CALLS = 1.0, 0.02, 0.015
# Of the kernel under callgrind alone: elsewhere they read what it has put into their memory (vdso(7)).
_NO_CALLS = {"clock_gettime", "gettimeofday", "time", "getcpu", "sched_getcpu"}
_MOST_ABOVE, _SOURCES_NAMED, _MOST = 8, 2, 15  # callers named of a call, at most; of each list

Pair = tuple[float, float]  # per request, before and after


class Count(NamedTuple):
    """Per request: the median of the phases. `least` and `most` leave out the two outermost, one of which may
    have had a collection of garbage; one tick of the clock more or less lies between them."""

    value: float
    least: float
    most: float


class Phase(NamedTuple):
    """What an instrument took, while there were so many requests in so much time."""

    taken: Any
    requests: int
    seconds: float


class Phases(NamedTuple):
    idle: list[Phase]
    busy: list[Phase]

    def mapped(self, change: Callable[[Any], Any]) -> "Phases":
        return Phases(*([each._replace(taken=change(each.taken)) for each in phases] for phases in self))

    def counts(self) -> dict[str, Count]:
        """By name, of numbers by name: all that a phase with requests has."""
        counts, idle_s = {}, sum(each.seconds for each in self.idle)
        for name in dict.fromkeys(name for phase in self.busy for name in phase.taken):
            idle = [phase.taken.get(name, 0) for phase in self.idle]
            tick = (max(idle) - min(idle)) / self.busy[0].requests
            each = [(p.taken.get(name, 0) - sum(idle) / idle_s * p.seconds) / p.requests for p in self.busy]
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


def profile_costs(profiles: Phases) -> Costs:
    """Instructions and allocations; the profile of a request."""
    counts = profiles.mapped(lambda each: {INSTRUCTIONS: each.total, ALLOCATIONS: each.allocations}).counts()
    by_instructions = sorted(profiles.busy, key=lambda phase: phase.taken.total / phase.requests)
    busy = by_instructions[len(by_instructions) // 2]
    idle_times = -busy.seconds / sum(each.seconds for each in profiles.idle) / busy.requests
    idle = [(each.taken, idle_times) for each in profiles.idle]
    return Costs(counts, combined([(busy.taken, 1 / busy.requests), *idle]))


@dataclass(frozen=True)
class CountLine:
    """`after`: None of one side alone. `limit`: None of what is shown only. `of_call`: of one system call."""

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
class Caller:
    """One function up: `place` is where it calls from."""

    function: str
    place: Place | None


@dataclass(frozen=True)
class GrownFunction(Caller):
    """`own`, `inclusive`: instructions, without and with what it calls; `place`: where it begins."""

    own: Pair
    inclusive: Pair
    callers: tuple[Caller, ...]


@dataclass(frozen=True)
class GrownSite:
    """Calls of `callee`, which asks for memory or for the kernel; `callers`: the one that calls it first."""

    callee: str
    count: Pair
    callers: tuple[Caller, ...]

    @property
    def asker(self) -> int:
        """The place of the first caller whose source is known; without any, of the one that calls."""
        return next((place for place, caller in enumerate(self.callers) if caller.place), 0)


@dataclass(frozen=True)
class Growth:
    """Each list with the largest growth first; functions that only call more after those that cost more."""

    functions: tuple[GrownFunction, ...] = ()
    allocations: tuple[GrownSite, ...] = ()
    system_calls: tuple[GrownSite, ...] = ()


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
        lines, calls = [], sorted({name for costs in self.sides for name in costs.counts} - {*NAMES})
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


def rise(pair: Pair) -> float:
    return pair[1] - pair[0]


def growth_between(before: Profile, after: Profile) -> Growth:
    """Functions are the same where their names are."""

    def pair(kind: str, key: str | Call) -> Pair:
        return getattr(before, kind).get(key, 0.0), getattr(after, kind).get(key, 0.0)

    def rising(kind: str, keys: Iterable[str | Call], least: float) -> list[Any]:
        """Those that rose by so much, the most first."""
        rises = {key: rise(pair(kind, key)) for key in keys}
        return sorted((key for key in rises if rises[key] >= least), key=lambda key: -rises[key])

    def call_of(name: str, below: set[str]) -> Call | None:
        """By whom it is called; of several the one whose calls grew most in number, or in what they cost."""
        growth = {
            call: (max(rise(pair("calls", call)), 0.0), rise(pair("called", call)), after.calls[call])
            for call in after.links["to", name]
            if call.caller not in below
        }
        return max(growth, key=growth.get, default=None)

    def callers(call: Call | None) -> tuple[Caller, ...]:
        """Who calls, and who called that: up to the first whose source is known, and one more. Whoever asked
        is what matters, and that is seldom the library in between."""
        chain, seen = [], set()
        while call and len(chain) < _MOST_ABOVE and sum(bool(each.place) for each in chain) < _SOURCES_NAMED:
            chain.append(Caller(call.caller, after.call_places.get(call)))
            seen |= {*call}
            # Who calls one of many functions is not who called this one.
            call = None if call.caller.startswith(NO_SYMBOLS) else call_of(call.caller, seen)
        return tuple(chain)

    def asks_the_kernel(name: str) -> bool:
        """Whether that is what it is there for: malloc, which now and then needs more, is none of these."""
        sides = ((side.kernel[name], side.links["to", name], side.calls) for side in (before, after))
        asking = (asked > 0 and asked >= sum(calls[c] for c in links) / 2 for asked, links, calls in sides)
        return name not in _NO_CALLS and any(asking)

    def sites(is_asked: Callable[[str], bool]) -> tuple[GrownSite, ...]:
        calls = (call for call in after.calls if is_asked(call.callee) and not is_asked(call.caller))
        grown = rising("calls", calls, _LEAST_CALLS)[:_MOST]
        return tuple(GrownSite(call.callee, pair("calls", call), callers(call)) for call in grown)

    more = sum(max(rise(pair("own", name)), 0.0) for name in after.inclusive)
    least = max(_LEAST_INSTRUCTIONS, _LEAST_SHARE * more)
    grown = [name for kind in ("own", "inclusive") for name in rising(kind, after.inclusive, least)]
    functions = (
        GrownFunction(n, after.places.get(n), pair("own", n), pair("inclusive", n), callers(call_of(n, {n})))
        for n in [*dict.fromkeys(grown)][:_MOST]
    )
    return Growth(tuple(functions), sites(is_allocator), sites(asks_the_kernel))
