"""Quantiles of values some of which are known within bounds only, and the interval in which a median lies.

Pure. That interval is from the k-th lowest value to the k-th highest, whatever the distribution: the one that
belongs to the sign test (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, section 3.6). Where
there are so few values that even the least and the greatest hold less than was asked for, it is these two.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
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


class Bucket(NamedTuple):
    """`count` values that are `value`, or at least `value` when they are bounds."""

    value: float
    count: int
    is_bound: bool


class TailStep(NamedTuple):
    """Every quantile q with from_q < q <= to_q is `value`, or at least `value` when not exact."""

    from_q: float
    to_q: float
    value: float
    exact: bool


def quantile(values: Iterable[float], q: float) -> float:
    """By nearest rank, as loadgen has them. Raises IndexError on no values."""
    ordered = sorted(values)
    return ordered[max(math.ceil(q * len(ordered)), 1) - 1]


def middle(values: Sequence[float], most: Sequence[float] | None = None) -> Middle:
    """With its interval of 95 %. Each value is exact, or somewhere from it to its `most`: then of two in the
    middle the median is the lower, as it must be one of the values. Raises ValueError on no values."""
    centre, highs, count = median if most is None else median_low, most or values, len(values)
    steps = next((k for k in range(count // 2, 1, -1) if coverage(k, count) >= 0.95), 1)
    limits = sorted(values)[steps - 1], sorted(highs)[-steps]
    return Middle(centre(values), centre(highs), *limits, coverage(steps, count), count)


def coverage(steps: int, count: int) -> float:
    """How often the median lies between the `steps`-th lowest and the `steps`-th highest of the values."""
    return max(1 - 2 * at_least(count - steps + 1, count, 0.5), 0.0)


def tail(buckets: Iterable[Bucket]) -> list[TailStep]:
    """Each quantile is computed twice, with the bounds at their bound and at infinity; where the two agree it
    is exact, elsewhere the first is what can be said: at least that."""
    ordered = sorted(b for b in buckets if b.count > 0)
    exact = [b for b in ordered if not b.is_bound]
    low_ends, high_ends = (list(accumulate(b.count for b in some)) for some in (ordered, exact))
    high_values = [*(b.value for b in exact), math.inf]
    steps: list[TailStep] = []
    for end in sorted({*low_ends, *high_ends}):
        value = ordered[bisect_left(low_ends, end)].value
        is_exact = value == high_values[bisect_left(high_ends, end)]
        from_q = steps[-1].to_q if steps else 0.0
        if steps and (steps[-1].value, steps[-1].exact) == (value, is_exact):
            from_q = steps.pop().from_q
        steps.append(TailStep(from_q, end / low_ends[-1], value, is_exact))
    return steps
