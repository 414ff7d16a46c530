"""The quantiles of a distribution some of whose values are only lower bounds. Pure."""

import math
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple


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
    """Each quantile is computed twice, with the bounds at their bound and at infinity; where the two agree it
    is exact, elsewhere the first is what can be said: at least that."""
    ordered = sorted(b for b in buckets if b.count > 0)
    exact = [b for b in ordered if not b.is_bound]
    total = sum(b.count for b in ordered)
    low_ends = list(accumulate(b.count for b in ordered))
    high_ends = list(accumulate(b.count for b in exact))
    high_values = [*(b.value for b in exact), math.inf]
    steps: list[TailStep] = []
    for end in sorted({*low_ends, *high_ends}):
        value = ordered[bisect_left(low_ends, end)].value
        is_exact = value == high_values[bisect_left(high_ends, end)]
        from_q = steps[-1].to_q if steps else 0.0
        if steps and (steps[-1].value, steps[-1].exact) == (value, is_exact):
            from_q = steps.pop().from_q
        steps.append(TailStep(from_q, end / total, value, is_exact))
    return steps
