"""The shift between two independent samples: the exact test, the Hodges-Lehmann estimate and its interval.

Pure. The test is that of all ways to deal the ranks to the two samples; equal values share theirs. The
interval is that of the Mann-Whitney test, from the distribution of its statistic without ties, which with
ties is a little wider than need be. (Hollander, Wolfe and Chicken, chapter 4.)
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from stats.signed_rank import Interval
from stats.quantiles import median


def p_two_sided(first: Sequence[float], second: Sequence[float]) -> float:
    """The chance of rank sums as uneven as these, or more so, if the samples were of one distribution."""
    ranks = doubled_ranks([*first, *second])
    observed = sum(ranks[: len(first)])
    # As in signed_rank.p_less, for each number of values dealt: digit t is how many hands add up to t.
    width = len(ranks) + 1
    hands = [1] + [0] * len(first)
    for rank in ranks:
        for dealt in range(len(first), 0, -1):
            hands[dealt] += hands[dealt - 1] << (rank * width)
    base = (1 << width) - 1
    low = hands[-1] & ((1 << ((observed + 1) * width)) - 1)
    below = hands[-1] & ((1 << (observed * width)) - 1)
    total = math.comb(len(ranks), len(first))
    at_most, at_least = low % base, total - below % base
    return min(2 * min(at_most, at_least) / total, 1.0)


def doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each, so that ranks which equal values share are whole."""
    ordered = sorted(values)
    return [bisect_left(ordered, v) + bisect_right(ordered, v) + 1 for v in values]


def shift(first: Sequence[float], second: Sequence[float]) -> float:
    """How much the second lies above the first: the median of all differences between them."""
    return median(b - a for a in first for b in second)


def shift_interval(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Interval:
    """The shifts that the two-sided test would not reject, at this confidence or more."""
    differences = sorted(b - a for a in first for b in second)
    steps = critical_value(len(first), len(second), (1 - confidence) / 2)
    if steps is None:
        return Interval(-math.inf, math.inf)
    return Interval(differences[steps], differences[-1 - steps])


@lru_cache(maxsize=1024)
def critical_value(first: int, second: int, alpha: float) -> int | None:
    """The largest Mann-Whitney U whose chance of not being exceeded is at most alpha; None if 0 has more."""
    total = math.comb(first + second, first)
    rejecting = bisect_right([up_to / total for up_to in accumulate(_ways(first, second))], alpha)
    return rejecting - 1 if rejecting else None


def _ways(first: int, second: int) -> list[int]:
    """For each U, how many of the orders of the two samples have it: the Gaussian binomial coefficient."""
    ways = [1] + [0] * (first * second)
    for i in range(1, first + 1):
        for u in range(len(ways) - 1, second + i - 1, -1):  # times 1 - q ** (second + i)
            ways[u] -= ways[u - second - i]
        for u in range(i, len(ways)):  # divided by 1 - q ** i
            ways[u] += ways[u - i]
    return ways
