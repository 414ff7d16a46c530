"""Sums of ranks, counted exactly: what the signed-rank and the rank-sum test have in common. Pure."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Interval(NamedTuple):
    """From low to high; a sample too small to bound a side leaves it at infinity."""

    low: float
    high: float


def interval_between(ordered: Sequence[float], steps: int | None) -> Interval:
    """From the value so many steps above the lowest to the one so many below the highest."""
    return Interval(-math.inf, math.inf) if steps is None else Interval(ordered[steps], ordered[-1 - steps])


def doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each, so that ranks which equal values share are whole."""
    ordered = sorted(values)
    return [bisect_left(ordered, v) + bisect_right(ordered, v) + 1 for v in values]


class RankSums:
    """How the sums of all subsets of the ranks are distributed, or of those with `size` members.

    The distribution is one number: its digit at place t is how many subsets add up to t. A digit never
    overflows, as there are 2 ** n subsets in all; and a number's digits add up to it, modulo base - 1.
    """

    def __init__(self, ranks: Sequence[int], size: int | None = None):
        self._width = len(ranks) + 2
        self._largest = sum(ranks)
        if size is None:
            self.least, self.subsets, self._counts = 0, 2 ** len(ranks), 1
            for rank in ranks:
                self._counts += self._counts << (rank * self._width)
            return
        self.least, self.subsets = sum(sorted(ranks)[:size]), math.comb(len(ranks), size)
        by_size = [1] + [0] * size
        for rank in ranks:
            for members in range(size, 0, -1):
                by_size[members] += by_size[members - 1] << (rank * self._width)
        self._counts = by_size[size]

    def at_most(self, total: int) -> int:
        """How many of the subsets have no larger sum."""
        low_enough = self._counts & ((1 << ((total + 1) * self._width)) - 1)
        return low_enough % ((1 << self._width) - 1)

    def chance(self, total: int) -> float:
        return self.at_most(total) / self.subsets

    def critical_value(self, alpha: float) -> int | None:
        """The largest sum, less the least, whose chance of not being exceeded is at most alpha, or None."""
        value = bisect_right(range(self._largest + 1), alpha, key=self.chance) - 1 - self.least
        return value if value >= 0 else None
