"""The median of a few values, some of which are only lower bounds, and the interval in which it lies.

Pure. The interval is from the k-th lowest value to the k-th highest, whatever the distribution: the one that
belongs to the sign test (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, section 3.6). Where
there are so few values that even the least and the greatest hold less than was asked for, it is these two.
"""

import math
from collections.abc import Sequence
from statistics import median, median_low
from typing import NamedTuple

from stats.counts import at_least


class Middle(NamedTuple):
    """`at_least`: the median is only known to be that or more; `high` is infinity where nothing bounds it."""

    value: float
    low: float
    high: float
    at_least: bool
    confidence: float
    count: int


def middle(values: Sequence[float], bounds: Sequence[bool] = (), confidence: float = 0.95) -> Middle:
    """Without `bounds` all values are exact. With them, of two in the middle the median is the lower, as it
    must be one of the values. Raises ValueError on no values."""
    centre = median_low if bounds else median
    highs = [math.inf if bound else value for value, bound in zip(values, bounds or [False] * len(values))]
    value, count = centre(values), len(values)
    steps = next((k for k in range(count // 2, 0, -1) if coverage(k, count) >= confidence), 1)
    low, high = sorted(values)[steps - 1], sorted(highs)[-steps]
    return Middle(value, low, high, centre(highs) != value, coverage(steps, count), count)


def coverage(steps: int, count: int) -> float:
    """How often the median lies between the `steps`-th lowest and the `steps`-th highest of the values."""
    return max(1 - 2 * at_least(count - steps + 1, count, 0.5), 0.0)
