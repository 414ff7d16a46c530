"""The shift between two independent samples: the exact test, the Hodges-Lehmann estimate and its interval.

The test is that of all ways to deal the ranks to the two samples; equal values share theirs. The
interval is that of the Mann-Whitney test, from the distribution of its statistic without ties, which with
ties is a little wider than need be. (Hollander, Wolfe and Chicken, chapter 4.)
"""

from collections.abc import Sequence
from functools import lru_cache
from statistics import median

from stats.ranks import Interval, RankSums, doubled_ranks, interval_between


def p_two_sided(first: Sequence[float], second: Sequence[float]) -> float:
    """The chance of rank sums as uneven as these, or more so, if the samples were of one distribution."""
    ranks = doubled_ranks([*first, *second])
    observed = sum(ranks[: len(first)])
    sums = RankSums(ranks, len(first))
    at_most, at_least = sums.at_most(observed), sums.subsets - sums.at_most(observed - 1)
    return min(2 * min(at_most, at_least) / sums.subsets, 1.0)


def shift(first: Sequence[float], second: Sequence[float]) -> float:
    """How much the second lies above the first: the median of all differences between them."""
    return median(b - a for a in first for b in second)


def shift_interval(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Interval:
    """The shifts that the two-sided test would not reject, at this confidence or more."""
    steps = critical_value(len(first), len(second), (1 - confidence) / 2)
    return interval_between(sorted(b - a for a in first for b in second), steps)


@lru_cache(maxsize=1024)
def critical_value(first: int, second: int, alpha: float) -> int | None:
    """The largest Mann-Whitney U whose chance of not being exceeded is at most alpha; None if 0 has more."""
    return RankSums(range(1, first + second + 1), first).critical_value(alpha)
