"""Arithmetic on plain numbers: quantiles, medians and the tail of a distribution with lower bounds in it.

Pure: no files, no wording, no charts.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeVar

T = TypeVar("T")


def quantile(values: Iterable[float], q: float) -> float:
    """The nearest-rank quantile: the least value with at least q of all values at or below it.

    It is always one of the values. q is in [0, 1]; q = 0 gives the least. Raises ValueError on no values.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not {q}")
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values have no quantile")
    return ordered[nearest_rank(len(ordered), q) - 1]


def nearest_rank(count: int, q: float) -> int:
    """The rank (from 1) of quantile q among `count` values: max(1, ceil(q * count))."""
    # 0.07 * 100 is 7.000000000000001 in binary: without rounding its rank would be 8.
    return max(1, math.ceil(round(q * count, 9)))


def median(values: Iterable[float]) -> float:
    """The middle value, or the mean of the two middle ones. Raises ValueError on no values."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values have no median")
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def median_item(items: Sequence[T], measure: Callable[[T], float]) -> T:
    """The item whose measure is the (lower) median: a real one, where `median` may lie between two."""
    if not items:
        raise ValueError("no items have no median item")
    return sorted(items, key=measure)[nearest_rank(len(items), 0.5) - 1]


class MedianInterval(NamedTuple):
    """The median, and an interval that holds the true one with probability `coverage` whatever the shape."""

    median: float
    low: float
    high: float
    coverage: float


def median_interval(values: Iterable[float], confidence: float = 0.95) -> MedianInterval:
    """The values k-th from both ends, k as great as still covers the median with `confidence`: a sign test.

    They are independent and of one continuous distribution; nothing else is assumed. Too few of them (five or
    less at 95 %) cannot be that sure: then it is their range, and `coverage` says how little that is. Source:
    Conover, Practical Nonparametric Statistics, section 3.2. Raises ValueError on no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values have no median")
    count = len(ordered)
    # P(fewer than k of them lie below the true median), doubled, is what an interval of rank k leaves out.
    left_out, rank = 2 / 2**count, 1
    while rank < count // 2 and left_out + 2 * math.comb(count, rank) / 2**count <= 1 - confidence:
        left_out += 2 * math.comb(count, rank) / 2**count
        rank += 1
    coverage = max(1 - left_out, 0.0)
    return MedianInterval(median(ordered), ordered[rank - 1], ordered[count - rank], coverage)


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


def tail(buckets: Iterable[Bucket]) -> list[TailStep]:
    """The quantile function of values some of which are only lower bounds.

    Each quantile is computed twice, with the bounds at their bound and at infinity; where the two agree it is
    exact, elsewhere the first is what can be said: at least that.
    """
    ordered = sorted(b for b in buckets if b.count > 0)
    if not ordered:
        return []
    exact_buckets = [b for b in ordered if not b.is_bound]
    total = sum(b.count for b in ordered)
    low_ends = list(accumulate(b.count for b in ordered))
    high_ends = list(accumulate(b.count for b in exact_buckets))
    steps: list[TailStep] = []
    start = 0
    for end in sorted({*low_ends, *high_ends}):
        low = ordered[bisect_left(low_ends, end)].value
        at = bisect_left(high_ends, end)
        high = exact_buckets[at].value if at < len(exact_buckets) else math.inf
        step = TailStep(start / total, end / total, low, low == high)
        if steps and steps[-1].value == step.value and steps[-1].exact == step.exact:
            step = step._replace(from_q=steps.pop().from_q)
        steps.append(step)
        start = end
    return steps
