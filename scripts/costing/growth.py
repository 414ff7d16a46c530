"""What grew between two profiles: functions, and the calls that ask for memory or for the kernel. Pure.

Functions are the same where their names are. Of a call the one who asked is what matters, and that is seldom
the library in between: its callers are named up to the first whose source is known.
"""

from collections.abc import Callable
from dataclasses import dataclass

from costing.costs import is_allocator
from costing.profile import NO_SYMBOLS, Call, Calls, Cost, Place, Profile

_LEAST_INSTRUCTIONS, _LEAST_CALLS = 1.0, 0.015  # per request: less may be a tick of the clock
# Of the kernel under callgrind alone: elsewhere they read what it has put into their memory (vdso(7)).
_NO_CALLS = {"clock_gettime", "gettimeofday", "time", "getcpu", "sched_getcpu"}
_LEAST_SHARE = 0.02  # of all that grew
_MOST_ABOVE, _SOURCES_NAMED = 8, 2  # callers named of a call, at most

Pair = tuple[float, float]  # per request, before and after


@dataclass(frozen=True)
class Caller:
    """One function up: `place` is where it calls from."""

    function: str
    place: Place | None


@dataclass(frozen=True)
class GrownFunction:
    """`own`, `inclusive`: instructions, without and with what it calls."""

    function: str
    place: Place | None
    own: Pair
    inclusive: Pair
    callers: tuple[Caller, ...]


@dataclass(frozen=True)
class GrownSite:
    """Calls of `callee` from one function, which asks for memory or for the kernel."""

    callee: str
    count: Pair
    callers: tuple[Caller, ...]  # the one that calls it first


@dataclass(frozen=True)
class Growth:
    """Each list with the largest growth first."""

    functions: tuple[GrownFunction, ...] = ()
    allocations: tuple[GrownSite, ...] = ()
    system_calls: tuple[GrownSite, ...] = ()


def growth_between(before: Profile, after: Profile, most: int = 15) -> Growth:
    """So many of each at most."""
    grower = _Grower(before, after)
    kernel = {name for profile in (before, after) for name in profile.own if _asks_the_kernel(profile, name)}
    kernel -= _NO_CALLS
    return Growth(
        tuple(grower.functions(most)),
        tuple(grower.sites(is_allocator, most)),
        tuple(grower.sites(kernel.__contains__, most)),
    )


def _asks_the_kernel(profile: Profile, name: str) -> bool:
    """Whether that is what it is there for: malloc, which now and then needs more, is none of these."""
    times = sum(profile.calls[Call(caller, name)].count for caller in profile.callers.get(name, ()))
    return profile.own[name].calls > 0 and profile.own[name].calls >= times / 2


class _Grower:
    def __init__(self, before: Profile, after: Profile):
        self._before, self._after = before, after

    def functions(self, most: int) -> list[GrownFunction]:
        """Those whose own cost grew, and after them those that only call more."""
        own = {name: self._pair(name, lambda profile: profile.own) for name in self._after.inclusive}
        inclusive = {name: self._pair(name, lambda profile: profile.inclusive) for name in own}
        least = max(_LEAST_INSTRUCTIONS, _LEAST_SHARE * sum(max(rise(pair), 0.0) for pair in own.values()))
        by_own = sorted((name for name in own if rise(own[name]) >= least), key=lambda name: -rise(own[name]))
        above = [name for name in own if rise(own[name]) < least <= rise(inclusive[name])]
        by_inclusive = sorted(above, key=lambda name: -rise(inclusive[name]))
        return [self._function(name, own[name], inclusive[name]) for name in (by_own + by_inclusive)[:most]]

    def sites(self, is_asked: Callable[[str], bool], most: int) -> list[GrownSite]:
        """Calls of such functions by others that grew."""
        counts = {
            call: self._count(call)
            for call in self._after.calls
            if is_asked(call.callee) and not is_asked(call.caller)
        }
        grown = [call for call, count in counts.items() if rise(count) >= _LEAST_CALLS]
        ordered = sorted(grown, key=lambda call: -rise(counts[call]))[:most]
        return [GrownSite(call.callee, counts[call], self._chain(call)) for call in ordered]

    def _function(self, name: str, own: Pair, inclusive: Pair) -> GrownFunction:
        above = self._most_grown_call(name, {name})
        callers = self._chain(above) if above else ()
        return GrownFunction(name, self._after.places.get(name), own, inclusive, callers)

    def _pair(self, name: str, costs_of: Callable[[Profile], dict[str, Cost]]) -> Pair:
        before, after = (costs_of(each).get(name, Cost()) for each in (self._before, self._after))
        return before.instructions, after.instructions

    def _count(self, call: Call) -> Pair:
        return self._before.calls.get(call, Calls()).count, self._after.calls[call].count

    def _chain(self, call: Call) -> tuple[Caller, ...]:
        """Who called, and who called that: up to the first whose source is known, and one more."""
        chain, seen = [], {call.callee}
        at: Call | None = call
        while at is not None and len(chain) < _MOST_ABOVE:
            seen.add(at.caller)
            chain.append(Caller(at.caller, self._after.call_places.get(at)))
            # Who calls one of many functions is not who called this one.
            if at.caller.startswith(NO_SYMBOLS) or sum(bool(each.place) for each in chain) == _SOURCES_NAMED:
                break
            at = self._most_grown_call(at.caller, seen)
        return tuple(chain)

    def _most_grown_call(self, name: str, seen: set[str]) -> Call | None:
        """Of the function, from others than those: which grew most in number, or in what it costs."""

        def by_growth(call: Call) -> tuple[float, float, float]:
            before, after = self._before.calls.get(call, Calls()), self._after.calls[call]
            more = max(after.count - before.count, 0.0)
            return more, after.cost.instructions - before.cost.instructions, after.count

        calls = [Call(caller, name) for caller in self._after.callers.get(name, ()) if caller not in seen]
        return max(calls, key=by_growth, default=None)


def rise(pair: Pair) -> float:
    return pair[1] - pair[0]
