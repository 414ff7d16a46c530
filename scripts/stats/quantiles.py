"""Exact intervals of a share and of a median, the sign test, several tests at once; and quantiles, also of
values of which some are known within bounds only. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import accumulate
from math import ceil, exp, fsum, inf, lgamma, log, log1p
from statistics import median, median_low
from typing import NamedTuple


class Share(NamedTuple):
    """`hits` of `trials`, and the shares that are consistent with that."""

    hits: int
    trials: int
    low: float
    high: float


def clopper_pearson(hits: int, trials: int, confidence: float = 0.95) -> Share:
    """The exact two-sided interval: each side excludes shares under which this count has half of the rest."""
    if not 0 <= hits <= trials or trials < 1:
        raise ValueError(f"{hits} of {trials} is not a share")
    tail = (1 - confidence) / 2
    low = _root(lambda p: at_least(hits, trials, p) - tail) if hits else 0.0
    high = _root(lambda p: at_least(hits + 1, trials, p) - (1 - tail))
    return Share(hits, trials, low, high)


def at_least(hits: int, trials: int, share: float) -> float:
    """The chance of this many hits or more."""
    if share in (0.0, 1.0):
        return float(hits <= trials * share)
    # In logarithms, as the number of ways alone may be larger than a float can be.
    hit, miss = log(share), log1p(-share)
    terms = (
        lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) + k * hit + (trials - k) * miss
        for k in range(hits, trials + 1)
    )
    return min(fsum(map(exp, terms)), 1.0)


def sign_test(more: int, fewer: int) -> float:
    """The chance of `more` or still more heads in so many throws: one-sided, ties left out beforehand."""
    return at_least(more, more + fewer, 0.5)


def holm_levels(p_values: Mapping[Hashable, float], alpha: float) -> dict[Hashable, float]:
    """The level that each is held against; those that are not rejected share the last one's."""
    levels, rejected = {}, 0
    for name in sorted(p_values, key=p_values.get):
        levels[name] = alpha / (len(p_values) - rejected)
        rejected += p_values[name] <= levels[name]
    return levels


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


def middle(values: Sequence[float], most: Sequence[float] | None = None) -> Middle:
    """With its interval of 95 %, that of the sign test (Hollander, Wolfe and Chicken, Nonparametric
    Statistical Methods, section 3.6), or the least and the greatest of too few. Each value is exact, or
    somewhere from it to its `most`: then of two in the middle the median is the lower. Raises ValueError."""
    centre, highs, count = median if most is None else median_low, most or values, len(values)
    steps = next((k for k in range(count // 2, 1, -1) if coverage(k, count) >= 0.95), 1)
    limits = sorted(values)[steps - 1], sorted(highs)[-steps]
    return Middle(centre(values), centre(highs), *limits, coverage(steps, count), count)


def coverage(steps: int, count: int) -> float:
    """How often the median lies between the `steps`-th lowest and the `steps`-th highest of the values."""
    return max(1 - 2 * at_least(count - steps + 1, count, 0.5), 0.0)


def quantile(values: Iterable[float], q: float) -> float:
    """By nearest rank, as loadgen has them. Raises IndexError on no values."""
    ordered = sorted(values)
    return ordered[max(ceil(q * len(ordered)), 1) - 1]


class TailStep(NamedTuple):
    """Every quantile q with from_q < q <= to_q is `value`, or at least `value` when not exact."""

    from_q: float
    to_q: float
    value: float
    exact: bool


def tail(buckets: Iterable[tuple[float, int, bool]]) -> list[TailStep]:
    """Of values, how many there are of each, and whether they are at least that. Each quantile is computed
    twice, with such bounds as they are and at infinity; where the two agree it is exact, elsewhere the first
    is what can be said."""
    ordered = sorted(bucket for bucket in buckets if bucket[1] > 0)
    exact = [(value, count) for value, count, is_bound in ordered if not is_bound]
    low_ends, high_ends = (list(accumulate(bucket[1] for bucket in some)) for some in (ordered, exact))
    high_values = [*(value for value, _ in exact), inf]
    steps: list[TailStep] = []
    for end in sorted({*low_ends, *high_ends}):
        value = ordered[bisect_left(low_ends, end)][0]
        is_exact = value == high_values[bisect_left(high_ends, end)]
        step = TailStep(steps[-1].to_q if steps else 0.0, end / low_ends[-1], value, is_exact)
        if steps and steps[-1][2:] == step[2:]:
            step = step._replace(from_q=steps.pop().from_q)
        steps.append(step)
    return steps


def _root(rising: Callable[[float], float]) -> float:
    """Where in [0, 1] a rising function crosses zero, to fifteen digits."""
    return bisect_left(range(10**15), 0, key=lambda place: rising(place / 1e15)) / 1e15
