"""The median of a few values, some of which are known within bounds only, and the interval in which it lies.

Pure. The interval is from the k-th lowest value to the k-th highest, whatever the distribution: the one that
belongs to the sign test (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, section 3.6). Where
there are so few values that even the least and the greatest hold less than was asked for, it is these two.
"""

from collections.abc import Sequence
from statistics import median, median_low
from typing import NamedTuple

from stats.counts import at_least


class Middle(NamedTuple):
    """`most` is what the median is at most: infinity where nothing bounds it. `low`, `high`: its interval."""

    value: float
    most: float
    low: float
    high: float
    confidence: float
    count: int

    @property
    def at_least(self) -> bool:
        return self.most != self.value


def middle(values: Sequence[float], most: Sequence[float] | None = None, confidence: float = 0.95) -> Middle:
    """Each value is exact, or somewhere from it to its `most`. With these, of two in the middle the median is
    the lower, as it must be one of the values. Raises ValueError on no values."""
    centre, highs, count = median if most is None else median_low, most or values, len(values)
    steps = next((k for k in range(count // 2, 0, -1) if coverage(k, count) >= confidence), 1)
    limits = sorted(values)[steps - 1], sorted(highs)[-steps]
    return Middle(centre(values), centre(highs), *limits, coverage(steps, count), count)


def coverage(steps: int, count: int) -> float:
    """How often the median lies between the `steps`-th lowest and the `steps`-th highest of the values."""
    return max(1 - 2 * at_least(count - steps + 1, count, 0.5), 0.0)
