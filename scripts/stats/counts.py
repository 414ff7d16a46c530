"""What counts show: exact intervals of a share and the sign test, both the binomial distribution summed up,
so without a table or an approximation; and several tests at once. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Mapping
from math import exp, fsum, lgamma, log, log1p
from typing import NamedTuple


class Share(NamedTuple):
    """`hits` of `trials`, and the shares that are consistent with that."""

    hits: int
    trials: int
    low: float
    high: float


def clopper_pearson(hits: int, trials: int, confidence: float = 0.95) -> Share:
    """The exact two-sided interval: each side excludes shares under which this count has half of the rest."""
    if not 0 <= hits <= trials or trials < 1:
        raise ValueError(f"{hits} of {trials} is not a share")
    tail = (1 - confidence) / 2
    low = _root(lambda p: at_least(hits, trials, p) - tail) if hits else 0.0
    high = _root(lambda p: at_least(hits + 1, trials, p) - (1 - tail))
    return Share(hits, trials, low, high)


def at_least(hits: int, trials: int, share: float) -> float:
    """The chance of this many hits or more."""
    if share in (0.0, 1.0):
        return float(hits <= trials * share)
    # In logarithms, as the number of ways alone may be larger than a float can be.
    hit, miss = log(share), log1p(-share)
    terms = (
        lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) + k * hit + (trials - k) * miss
        for k in range(hits, trials + 1)
    )
    return min(fsum(map(exp, terms)), 1.0)


def sign_test(more: int, fewer: int) -> float:
    """The chance of `more` or still more heads in so many throws: one-sided, ties left out beforehand."""
    return at_least(more, more + fewer, 0.5)


def holm_levels(p_values: Mapping[Hashable, float], alpha: float) -> dict[Hashable, float]:
    """The level that each is held against; those that are not rejected share the last one's."""
    levels, rejected = {}, 0
    for name in sorted(p_values, key=p_values.get):
        levels[name] = alpha / (len(p_values) - rejected)
        rejected += p_values[name] <= levels[name]
    return levels


def _root(rising: Callable[[float], float]) -> float:
    """Where in [0, 1] a rising function crosses zero, to fifteen digits."""
    return bisect_left(range(10**15), 0, key=lambda place: rising(place / 1e15)) / 1e15
