"""The Wilcoxon signed-rank test and the Hodges-Lehmann estimate that belongs to it, both exact.

For the differences of pairs whose distribution is symmetric about its centre; no normal approximation
anywhere. A difference of exactly zero says nothing about a side: it is left out and the sample is smaller by
it (Wilcoxon's own rule). Equal sizes share the mean of their ranks, and the distribution used is then that
of the shared ranks. (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, chapter 3.)
"""

from collections.abc import Sequence
from functools import lru_cache
from statistics import median

from stats.ranks import Interval, RankSums, doubled_ranks, interval_between


def p_less(differences: Sequence[float]) -> float:
    """The chance of rank sums as low as these, or lower, if the centre were zero; 1 without any sign."""
    signed = [d for d in differences if d != 0]
    ranks = doubled_ranks([abs(d) for d in signed])
    return RankSums(ranks).chance(sum(rank for rank, d in zip(ranks, signed) if d > 0))


def p_greater(differences: Sequence[float]) -> float:
    """The same for rank sums as high as these, or higher."""
    return p_less([-d for d in differences])


def p_two_sided(differences: Sequence[float]) -> float:
    return min(2 * min(p_less(differences), p_greater(differences)), 1.0)


def hodges_lehmann(differences: Sequence[float]) -> float:
    """The median of all Walsh averages: the centre estimated. Raises ValueError on no differences."""
    return median(walsh_averages(differences))


def interval(differences: Sequence[float], confidence: float = 0.95) -> Interval:
    """The centres that the two-sided test would not reject, at this confidence or more."""
    steps = critical_value(len(differences), (1 - confidence) / 2)
    return interval_between(walsh_averages(differences), steps)


def upper_bound(differences: Sequence[float], alpha: float) -> float:
    """The least shift s so that the one-sided test rejects `centre >= s` at alpha; infinity if none is."""
    return interval_between(walsh_averages(differences), critical_value(len(differences), alpha)).high


def walsh_averages(differences: Sequence[float]) -> list[float]:
    """The means of all pairs, each difference paired with itself too, in order."""
    count = len(differences)
    return sorted((differences[i] + differences[j]) / 2 for i in range(count) for j in range(i, count))


@lru_cache(maxsize=1024)
def critical_value(count: int, alpha: float) -> int | None:
    """The largest rank sum whose chance of not being exceeded is at most alpha; None if even 0 has more."""
    return RankSums(range(1, count + 1)).critical_value(alpha)
