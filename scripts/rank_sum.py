"""The shift between two independent samples: the Hodges-Lehmann estimate and its exact interval.

Pure. The interval is that of the Mann-Whitney test, from the distribution of its statistic without ties,
which with ties is a little wider than need be. (Hollander, Wolfe and Chicken, chapter 4.)
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from signed_rank import Interval
from stats import median


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
