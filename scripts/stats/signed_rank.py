"""The Wilcoxon signed-rank test and the Hodges-Lehmann estimate that belongs to it, both exact.

Pure. For the differences of pairs whose distribution is symmetric about its centre; no normal approximation
anywhere. A difference of exactly zero says nothing about a side: it is left out and the sample is smaller by
it (Wilcoxon's own rule). Equal sizes share the mean of their ranks, and the distribution used is then that
of the shared ranks. (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, chapter 3.)
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from stats.quantiles import median


class Interval(NamedTuple):
    """From low to high; a sample too small to bound a side leaves it at infinity."""

    low: float
    high: float


def p_less(differences: Sequence[float]) -> float:
    """The chance of rank sums as low as these, or lower, if the centre were zero; 1 without any sign."""
    doubled, observed = _doubled_ranks(differences)
    # All ways to sign the ranks as one number: its digit at place t is how many of them add up to t. A digit
    # never overflows, as there are 2 ** n ways in all; and a number's digits add up to it, modulo base - 1.
    width = len(doubled) + 1
    ways = 1
    for rank in doubled:
        ways += ways << (rank * width)
    low_enough = ways & ((1 << ((observed + 1) * width)) - 1)
    return low_enough % ((1 << width) - 1) / 2 ** len(doubled) if doubled else 1.0


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
    averages = walsh_averages(differences)
    steps = critical_value(len(differences), (1 - confidence) / 2)
    if steps is None:
        return Interval(-math.inf, math.inf)
    return Interval(averages[steps], averages[-1 - steps])


def upper_bound(differences: Sequence[float], alpha: float) -> float:
    """The least shift s so that the one-sided test rejects `centre >= s` at alpha; infinity if none is."""
    steps = critical_value(len(differences), alpha)
    return math.inf if steps is None else walsh_averages(differences)[-1 - steps]


def walsh_averages(differences: Sequence[float]) -> list[float]:
    """The means of all pairs, each difference paired with itself too, in order."""
    count = len(differences)
    return sorted((differences[i] + differences[j]) / 2 for i in range(count) for j in range(i, count))


@lru_cache(maxsize=1024)
def critical_value(count: int, alpha: float) -> int | None:
    """The largest rank sum whose chance of not being exceeded is at most alpha; None if even 0 has more."""
    ways = [1] + [0] * (count * (count + 1) // 2)
    for rank in range(1, count + 1):
        for total in range(len(ways) - 1, rank - 1, -1):
            ways[total] += ways[total - rank]
    rejecting = bisect_right([up_to / 2**count for up_to in accumulate(ways)], alpha)
    return rejecting - 1 if rejecting else None


def _doubled_ranks(differences: Sequence[float]) -> tuple[tuple[int, ...], int]:
    """Twice the rank of each size, so that shared ranks are whole, and twice the sum of the positive ones."""
    ordered = sorted((d for d in differences if d != 0), key=abs)
    ranks: list[int] = []
    while len(ranks) < len(ordered):
        start = len(ranks)
        size = abs(ordered[start])
        equal = next((i for i in range(start, len(ordered)) if abs(ordered[i]) != size), len(ordered)) - start
        ranks += [2 * start + equal + 1] * equal  # twice the mean of start + 1 to start + equal
    return tuple(ranks), sum(rank for rank, d in zip(ranks, ordered) if d > 0)
