"""What grew between two profiles: functions, and the calls that ask for memory or for the kernel. Pure.

Functions are the same where their names are. Of a call the one who asked is what matters, and that is seldom
the library in between: its callers are named up to the first whose source is known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from costing.profile import NO_SYMBOLS, Call, Place, Profile, is_allocator

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

    @property
    def asker(self) -> int:
        """The place of the first caller whose source is known; without any, of the one that calls."""
        return next((place for place, caller in enumerate(self.callers) if caller.place), 0)


@dataclass(frozen=True)
class Growth:
    """Each list with the largest growth first."""

    functions: tuple[GrownFunction, ...] = ()
    allocations: tuple[GrownSite, ...] = ()
    system_calls: tuple[GrownSite, ...] = ()


def growth_between(before: Profile, after: Profile) -> Growth:
    kernel = {name for profile in (before, after) for name in profile.own if _asks_the_kernel(profile, name)}
    memory = {name for call in after.calls for name in call if is_allocator(name)}
    sites = (_sites(before, after, asked) for asked in (memory, kernel - _NO_CALLS))
    return Growth(_functions(before, after), *sites)


def rise(pair: Pair) -> float:
    return pair[1] - pair[0]


def _asks_the_kernel(profile: Profile, name: str) -> bool:
    """Whether that is what it is there for: malloc, which now and then needs more, is none of these."""
    times = sum(profile.calls[call] for call in profile.links["to", name])
    return profile.kernel[name] > 0 and profile.kernel[name] >= times / 2


def _functions(before: Profile, after: Profile) -> tuple[GrownFunction, ...]:
    """Those whose own cost grew, and after them those that only call more."""
    own = _pairs(before.own, after.own, after.inclusive)
    inclusive = _pairs(before.inclusive, after.inclusive, after.inclusive)
    least = max(_LEAST_INSTRUCTIONS, _LEAST_SHARE * sum(max(rise(pair), 0.0) for pair in own.values()))
    names = [*dict.fromkeys(_grown(own, least) + _grown(inclusive, least))][:_MOST]
    places, callers = after.places, partial(_callers, before, after)
    return tuple(GrownFunction(n, places.get(n), own[n], inclusive[n], callers(n)) for n in names)


def _sites(before: Profile, after: Profile, asked: set[str]) -> tuple[GrownSite, ...]:
    """Calls of these functions by others that grew."""
    calls = (call for call in after.calls if call.callee in asked and call.caller not in asked)
    counts = _pairs(before.calls, after.calls, calls)
    grown = _grown(counts, _LEAST_CALLS)[:_MOST]
    return tuple(GrownSite(c.callee, counts[c], _callers(before, after, c.callee, c)) for c in grown)


def _callers(before: Profile, after: Profile, name: str, call: Call | None = None) -> tuple[Caller, ...]:
    """Who called the function, if given by that call, and who called that: up to the first whose source is
    known, and one more. Of several the one whose calls grew most in number, or in what they cost."""

    def by_growth(call: Call) -> tuple[float, float, float]:
        more = max(after.calls[call] - before.calls[call], 0.0)
        return more, after.called[call] - before.called[call], after.calls[call]

    chain: list[Caller] = []
    seen = {name}
    while len(chain) < _MOST_ABOVE and sum(bool(caller.place) for caller in chain) < _SOURCES_NAMED:
        if call is None:
            calls = [call for call in after.links["to", name] if call.caller not in seen]
            call = max(calls, key=by_growth, default=None)
        # Who calls one of many functions is not who called this one.
        if call is None or (chain and name.startswith(NO_SYMBOLS)):
            break
        chain.append(Caller(call.caller, after.call_places.get(call)))
        name, call = call.caller, None
        seen.add(name)
    return tuple(chain)


def _pairs(before: Mapping[Key, float], after: Mapping[Key, float], keys: Iterable[Key]) -> dict[Key, Pair]:
    return {key: (before.get(key, 0.0), after.get(key, 0.0)) for key in keys}


def _grown(pairs: Mapping[Key, Pair], least: float) -> list[Key]:
    """Those that rose by so much, the most first."""
    return sorted((key for key in pairs if rise(pairs[key]) >= least), key=lambda key: -rise(pairs[key]))
