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
    """The quantile function of values some of which are only lower bounds.

    Each quantile is computed twice, with the bounds at their bound and at infinity; where the two agree it is
    exact, elsewhere the first is what can be said: at least that.
    """
    ordered = sorted(b for b in buckets if b.count > 0)
    exact = [b for b in ordered if not b.is_bound]
    total = sum(b.count for b in ordered)
    low_ends = list(accumulate(b.count for b in ordered))
    high_ends = list(accumulate(b.count for b in exact))
    high_values = [*(b.value for b in exact), math.inf]
    steps: list[TailStep] = []
    start = 0
    for end in sorted({*low_ends, *high_ends}):
        low = ordered[bisect_left(low_ends, end)].value
        high = high_values[bisect_left(high_ends, end)]
        step = TailStep(start / total, end / total, low, low == high)
        if steps and steps[-1].value == step.value and steps[-1].exact == step.exact:
            step = step._replace(from_q=steps.pop().from_q)
        steps.append(step)
        start = end
    return steps
