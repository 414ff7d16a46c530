"""Two exact tests by ranks, each with the Hodges-Lehmann estimate and the interval that belong to it. Pure.
Of one sample, the differences of pairs, whose distribution is symmetric about its centre, the signed rank
(Wilcoxon): a difference of exactly zero says nothing about a side, it is left out and the sample is smaller
by it (his own rule). Of two independent samples the rank sum (Mann-Whitney). Equal values share the mean of
their ranks, and a test's distribution is then that of the shared ranks; an interval's is always the one
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


def tails(first: Sequence[float], second: Sequence[float] | None = None) -> list[float]:
    """The chances of a centre, or of a first sample, as low as this or lower, and as high or higher, if there
    were no difference; 1 without any sign."""
    if second is None:
        signed = [d for d in first if d != 0]
        ranks, sizes = _doubled_ranks([abs(d) for d in signed]), (None, None)
        sides = [[rank for rank, d in zip(ranks, signed) if (d > 0) is is_up] for is_up in (True, False)]
    else:
        ranks, sizes = _doubled_ranks([*first, *second]), (len(first), len(second))
        sides = [ranks[: len(first)], ranks[len(first) :]]
    return [_chances(ranks, size)(sum(side)) for side, size in zip(sides, sizes)]


def p_value(*samples: Sequence[float]) -> float:
    """The two-sided one, of one sample or of two."""
    return min(2 * min(tails(*samples)), 1.0)


def estimates(first: Sequence[float], second: Sequence[float] | None = None) -> list[float]:
    """Of the centre, in order: the Walsh averages, which are the means of all pairs, each difference paired
    with itself too; or by how much each of the second sample lies above each of the first."""
    if second is None:
        return sorted((a + b) / 2 for a, b in combinations_with_replacement(first, 2))
    return sorted(b - a for a in first for b in second)


def hodges_lehmann(*samples: Sequence[float]) -> float:
    """The median of the estimates. Raises ValueError on no values."""
    return median(estimates(*samples))


def interval(tail: float, *samples: Sequence[float]) -> Interval:
    """The centres that neither one-sided test would reject at `tail`, its chance of being wrong."""
    ordered, size = estimates(*samples), len(samples[0]) if len(samples) == 2 else None
    steps = critical_value(tail, sum(map(len, samples)), size)
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
