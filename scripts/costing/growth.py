"""What grew between two profiles: functions, and the calls that ask for memory or for the kernel. Pure.

Functions are the same where their names are. Of a call the one who asked is what matters, and that is seldom
the library in between: its callers are named up to the first whose source is known.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from costing.profile import NO_SYMBOLS, Call, Calls, Cost, Place, Profile, is_allocator

_LEAST_INSTRUCTIONS, _LEAST_CALLS = 1.0, 0.015  # per request: less may be a tick of the clock
# Of the kernel under callgrind alone: elsewhere they read what it has put into their memory (vdso(7)).
_NO_CALLS = {"clock_gettime", "gettimeofday", "time", "getcpu", "sched_getcpu"}
_LEAST_SHARE = 0.02  # of all that grew
_MOST_ABOVE, _SOURCES_NAMED = 8, 2  # callers named of a call, at most
_MOST = 15  # of each list

Pair = tuple[float, float]  # per request, before and after
Key = TypeVar("Key")


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


def growth_between(before: Profile, after: Profile) -> Growth:
    kernel = {name for profile in (before, after) for name in profile.own if _asks_the_kernel(profile, name)}
    grower = _Grower(before, after)
    is_call = (kernel - _NO_CALLS).__contains__
    return Growth(grower.functions(), grower.sites(is_allocator), grower.sites(is_call))


def rise(pair: Pair) -> float:
    return pair[1] - pair[0]


def _asks_the_kernel(profile: Profile, name: str) -> bool:
    """Whether that is what it is there for: malloc, which now and then needs more, is none of these."""
    times = sum(profile.calls[Call(caller, name)].count for caller in profile.callers.get(name, ()))
    return profile.own[name].calls > 0 and profile.own[name].calls >= times / 2


@dataclass(frozen=True)
class _Grower:
    before: Profile
    after: Profile

    def functions(self) -> tuple[GrownFunction, ...]:
        """Those whose own cost grew, and after them those that only call more."""
        own = _pairs(self.before.own, self.after.own, self.after.inclusive)
        inclusive = _pairs(self.before.inclusive, self.after.inclusive, self.after.inclusive)
        least = max(_LEAST_INSTRUCTIONS, _LEAST_SHARE * sum(max(rise(pair), 0.0) for pair in own.values()))
        names = [*dict.fromkeys(_grown(own, least) + _grown(inclusive, least))][:_MOST]
        return tuple(self._function(name, own[name], inclusive[name]) for name in names)

    def _function(self, name: str, own: Pair, inclusive: Pair) -> GrownFunction:
        callers = self._chain(self._most_grown_call(name, {name}), {name})
        return GrownFunction(name, self.after.places.get(name), own, inclusive, callers)

    def sites(self, is_asked: Callable[[str], bool]) -> tuple[GrownSite, ...]:
        """Calls of such functions by others that grew."""
        counts = {
            call: (self.before.calls.get(call, Calls()).count, calls.count)
            for call, calls in self.after.calls.items()
            if is_asked(call.callee) and not is_asked(call.caller)
        }
        grown = _grown(counts, _LEAST_CALLS)[:_MOST]
        return tuple(GrownSite(call.callee, counts[call], self._chain(call, {call.callee})) for call in grown)

    def _chain(self, call: Call | None, seen: set[str]) -> tuple[Caller, ...]:
        """Who called, and who called that: up to the first whose source is known, and one more."""
        chain: list[Caller] = []
        while call is not None and len(chain) < _MOST_ABOVE:
            seen.add(call.caller)
            chain.append(Caller(call.caller, self.after.call_places.get(call)))
            # Who calls one of many functions is not who called this one.
            if call.caller.startswith(NO_SYMBOLS) or sum(bool(c.place) for c in chain) == _SOURCES_NAMED:
                break
            call = self._most_grown_call(call.caller, seen)
        return tuple(chain)

    def _most_grown_call(self, name: str, seen: set[str]) -> Call | None:
        """Of the function, from others than those: which grew most in number, or in what it costs."""

        def by_growth(call: Call) -> tuple[float, float, float]:
            before, after = self.before.calls.get(call, Calls()), self.after.calls[call]
            more = max(after.count - before.count, 0.0)
            return more, after.cost.instructions - before.cost.instructions, after.count

        calls = [Call(caller, name) for caller in self.after.callers.get(name, ()) if caller not in seen]
        return max(calls, key=by_growth, default=None)


def _pairs(before: dict[str, Cost], after: dict[str, Cost], names: Iterable[str]) -> dict[str, Pair]:
    return {n: (before.get(n, Cost()).instructions, after.get(n, Cost()).instructions) for n in names}


def _grown(pairs: Mapping[Key, Pair], least: float) -> list[Key]:
    """Those that rose by so much, the most first."""
    return sorted((key for key in pairs if rise(pairs[key]) >= least), key=lambda key: -rise(pairs[key]))
