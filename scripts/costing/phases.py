"""What is counted over a phase: so many requests, and what the server does by the clock in as long a time.

Of each phase what it did while nothing was asked is taken off in proportion to time, as that is no request's:
timers, dates, collectors of garbage. So what two numbers of requests have in common, n and none, cancels. The
median of the phases is what is said.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

from costing.load import Load

PHASES = 5
_WARM_UP, _WARM_UP_S = 100, 4.0  # requests, or for as long
_AT_A_TIME = 10
_SIZES = (2_000, 500, 200, 100, 50, 20, 10)  # a date written anew, once a second, is some 300 instructions
_IDLE_S = (0.5, 2.0)  # at least, at most


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


def measured(load: Load, take: Callable[[Load], Any], requests: int | None, phase_s: float) -> Phases:
    """`take`: what was counted since it was called last. `requests`: of each phase; None: as many as there is
    time for."""
    began = at = time.monotonic()
    done = 0
    while done < _WARM_UP and at - began < _WARM_UP_S:
        made, before, at = load.ask(_AT_A_TIME), at, time.monotonic()
        done, each_s = done + made, (at - before) / made  # at last: how long one takes at the warm-up's end
    if requests is None:
        requests = next((size for size in _SIZES if size * each_s <= phase_s), _SIZES[-1])
    take(load)
    ended = time.monotonic()

    def phase(run: Callable[[], int | None]) -> Phase:
        nonlocal ended
        began, done, taken = ended, run() or 0, take(load)
        ended = time.monotonic()
        return Phase(taken, done, ended - began)

    busy = [phase(lambda: load.ask(requests)) for _ in range(PHASES)]
    least, most = _IDLE_S
    idle_s = min(max(median(each.seconds for each in busy), least), most) / PHASES
    return Phases([phase(lambda: load.idle(idle_s)) for _ in range(PHASES)], busy)
