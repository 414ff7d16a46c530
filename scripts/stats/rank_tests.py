"""Two exact tests by ranks, each with the Hodges-Lehmann estimate and the interval that belong to it. Pure.
The signed rank (Wilcoxon) is for the differences of pairs, whose distribution is symmetric about its centre.
A difference of exactly zero says nothing about a side: it is left out and the sample is smaller by it
(Wilcoxon's own rule). The rank sum (Mann-Whitney) is for two independent samples. Equal values share the mean
of their ranks, and a test's distribution is then that of the shared ranks; an interval's is always the one
without ties, which with ties is a little wider than need be. (Hollander, Wolfe and Chicken, Nonparametric
Statistical Methods, chapters 3 and 4.)"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations_with_replacement
from statistics import median
from typing import NamedTuple


class Interval(NamedTuple):
    """From low to high; a sample too small to bound a side leaves it at infinity."""

    low: float
    high: float


def p_less(differences: Sequence[float]) -> float:
    """The chance of rank sums as low as these, or lower, if the centre were zero; 1 without any sign."""
    signed = [d for d in differences if d != 0]
    ranks = _doubled_ranks([abs(d) for d in signed])
    return _chances(ranks)(sum(rank for rank, d in zip(ranks, signed) if d > 0))


def p_of_pairs(differences: Sequence[float]) -> float:
    """The two-sided one."""
    return min(2 * min(p_less(differences), p_less([-d for d in differences])), 1.0)


def p_of_samples(first: Sequence[float], second: Sequence[float]) -> float:
    """The chance of rank sums as uneven as these, or more so, if the samples were of one distribution."""
    ranks = _doubled_ranks([*first, *second])
    sides = ranks[: len(first)], ranks[len(first) :]
    return min(2 * min(_chances(ranks, len(side))(sum(side)) for side in sides), 1.0)


def walsh_averages(differences: Sequence[float]) -> list[float]:
    """The means of all pairs, each difference paired with itself too, in order."""
    return sorted((a + b) / 2 for a, b in combinations_with_replacement(differences, 2))


def hodges_lehmann(differences: Sequence[float]) -> float:
    """The median of all Walsh averages: the centre estimated. Raises ValueError on no differences."""
    return median(walsh_averages(differences))


def shift(first: Sequence[float], second: Sequence[float]) -> float:
    """How much the second lies above the first: the median of all differences between them."""
    return median(b - a for a in first for b in second)


def interval_of_pairs(differences: Sequence[float], confidence: float) -> Interval:
    """The centres that the two-sided test would not reject, at this confidence or more."""
    return _between(walsh_averages(differences), critical_value((1 - confidence) / 2, len(differences)))


def upper_bound(differences: Sequence[float], alpha: float) -> float:
    """The least shift s so that the one-sided test rejects `centre >= s` at alpha; infinity if none is."""
    return _between(walsh_averages(differences), critical_value(alpha, len(differences))).high


def shift_interval(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Interval:
    """The shifts that the two-sided test would not reject, at this confidence or more."""
    steps = critical_value((1 - confidence) / 2, len(first) + len(second), len(first))
    return _between(sorted(b - a for a in first for b in second), steps)


def _between(ordered: Sequence[float], steps: int | None) -> Interval:
    """From the value so many steps above the lowest to the one so many below the highest."""
    return Interval(-math.inf, math.inf) if steps is None else Interval(ordered[steps], ordered[-1 - steps])


@lru_cache(maxsize=1024)
def critical_value(alpha: float, count: int, size: int | None = None) -> int | None:
    """The largest sum of so many ranks, less the least, whose chance of not being exceeded is at most alpha;
    None if even the least has more. With a `size`, that of one of two samples, it is Mann-Whitney's U."""
    ranks = range(1, count + 1)
    totals, least = range(sum(ranks)), sum(ranks[: size or 0])
    value = bisect_right(totals, alpha, key=_chances(ranks, size)) - 1 - least
    return value if value >= 0 else None


def _chances(ranks: Sequence[int], size: int | None = None) -> Callable[[int], float]:
    """That a sum is no larger than that, of all subsets of the ranks, or of those with `size` members.
    The distribution of the sums is one number: its digit at place t is how many subsets add up to t. A digit
    never overflows, as there are 2 ** n subsets in all; a number's digits add up to it, modulo base - 1."""
    width, by_size = len(ranks) + 2, [1] + [0] * (size or 0)
    for rank in ranks:
        if size is None:  # all sizes are one
            by_size[0] += by_size[0] << (rank * width)
        for members in range(size or 0, 0, -1):
            by_size[members] += by_size[members - 1] << (rank * width)
    counts, subsets = by_size[-1], 2 ** len(ranks) if size is None else math.comb(len(ranks), size)

    def at_most(total: int) -> float:
        low_enough = counts & ((1 << ((total + 1) * width)) - 1)
        return low_enough % ((1 << width) - 1) / subsets

    return at_most


def _doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each, so that ranks which equal values share are whole."""
    ordered = sorted(values)
    return [bisect_left(ordered, v) + bisect_right(ordered, v) + 1 for v in values]
