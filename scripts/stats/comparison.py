"""Is B better than A? Two samples of one metric: the ratio of their centres, its interval, and one sentence.
Pure. Tests are of logarithms, so that half and twice are equally far, and hold, by Holm, for all that are
shown together. They are exact (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, chapters 3
and 4): of samples that were interleaved Wilcoxon's signed rank of the pairs' differences, without those that
are zero (his own rule); of independent ones Mann-Whitney's rank sum. Equal values share the mean of their
ranks, and a test is then of the shared ranks; an interval never, a little wider than need be."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from itertools import combinations_with_replacement, count
from statistics import median
from typing import NamedTuple

from stats.quantiles import holm_levels
from text.units import ratio_text

MARGIN = 0.05  # what is shown to differ by less is said to
ALPHA = 0.05  # the chance of any false difference among all comparisons that are shown together


class Interval(NamedTuple):
    """From low to high; a sample too small to bound a side leaves it at infinity."""

    low: float
    high: float


class Outcome(Enum):
    """What a comparison shows; that two are equal is never among it, only that they differ by little."""

    DIFFERS = "differs"
    WITHIN_MARGIN = "shown to differ by less than"
    NOT_SHOWN = "not shown to differ"
    TOO_FEW = "too few repetitions"
    ZERO = "a side is zero"
    EQUAL = "none"  # of errors: nobody had any


class Comparison(NamedTuple):
    """B against A. `ratio` is B over A; `pair_ratios` those of the pairs. `p` is the exact test's, `least_p`
    the least that so many values can have. `interval` (of the ratio) and `outcome` are set by `corrected`, as
    they depend on what else is shown."""

    medians: tuple[float, float]
    counts: tuple[int, int]
    ratio: float | None = None
    pair_ratios: tuple[float, ...] = ()
    p: float = 1.0
    least_p: float = 1.0
    interval_at: Callable[[float], Interval] | None = None  # by the confidence
    interval: Interval | None = None
    outcome: Outcome | None = None
    margin: float = MARGIN

    @property
    def differs(self) -> bool:
        return self.outcome is Outcome.DIFFERS

    @property
    def sentence(self) -> str:
        """`differs by 1.31× [1.22, 1.40×]`, `shown to differ by less than 5 %`, `not shown to differ`."""
        if self.differs and self.ratio is not None and self.interval is not None:
            low, high = self.interval
            return f"differs by {ratio_text(self.ratio)} [{low:.2f}, {ratio_text(high)}]"
        margin = f" {self.margin * 100:.3g} %" if self.outcome is Outcome.WITHIN_MARGIN else ""
        return self.outcome.value + margin if self.outcome else ""


def of_ratios(first: Sequence[float], second: Sequence[float], is_paired: bool) -> Comparison:
    """Of pairs, or of samples that were not interleaved. Raises ValueError on none, and on half a pair."""
    pairs = list(zip(first, second, strict=True)) if is_paired else []
    sides = (median(first), median(second)), (len(first), len(second))
    if min(*first, *second) <= 0:
        return Comparison(*sides, outcome=Outcome.ZERO)
    differences = [math.log(b) - math.log(a) for a, b in pairs]
    samples = [differences] if is_paired else [list(map(math.log, side)) for side in (first, second)]

    def interval_at(confidence: float) -> Interval:
        return Interval(*map(math.exp, rank_interval((1 - confidence) / 2, *samples)))

    ratio, p = math.exp(hodges_lehmann(*samples)), p_value(*samples)
    least_p = _least_p(*sides[1], is_paired)
    return Comparison(*sides, ratio, tuple(map(math.exp, differences)), p, least_p, interval_at)


def of_shares(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Of shares, most of which may be zero, so that there is no ratio: the share of requests that failed."""
    sides = (median(first), median(second)), (len(first), len(second))
    p, least_p = p_value(first, second), _least_p(*sides[1], is_paired=False)
    return Comparison(*sides, p=p, least_p=least_p, outcome=None if any((*first, *second)) else Outcome.EQUAL)


def corrected(comparisons: Sequence[Comparison], margin: float = MARGIN) -> list[Comparison]:
    """The comparisons as they may be shown together, each with its outcome and its interval."""
    tested = {index: c.p for index, c in enumerate(comparisons) if c.outcome is None}
    result = list(comparisons)
    for index, level in holm_levels(tested, ALPHA).items():
        comparison = comparisons[index]
        interval = comparison.interval_at(1 - level) if comparison.interval_at else None
        if comparison.least_p > ALPHA / len(tested):
            outcome = Outcome.TOO_FEW
        elif comparison.p <= level:
            outcome = Outcome.DIFFERS
        elif interval is not None and 1 / (1 + margin) < interval.low and interval.high < 1 + margin:
            outcome = Outcome.WITHIN_MARGIN
        else:
            outcome = Outcome.NOT_SHOWN
        result[index] = comparison._replace(interval=interval, outcome=outcome, margin=margin)
    return result


def least_repetitions(tests: int, is_paired: bool) -> int:
    """How many it takes on each side until one of so many comparisons can be shown to differ at all."""
    return next(each for each in count() if _least_p(each, each, is_paired) <= ALPHA / max(tests, 1))


def _least_p(first: int, second: int, is_paired: bool) -> float:
    return 2 / (2 ** first if is_paired else math.comb(first + second, first))


def tails(first: Sequence[float], second: Sequence[float] | None = None) -> list[float]:
    """The chances of a centre, or of a first sample, as low as this or lower, and as high or higher, if there
    were no difference; 1 without any sign."""
    if second is None:
        values, sizes = sorted((d for d in first if d != 0), reverse=True), (None, None)
        keys, above = list(map(abs, values)), sum(d > 0 for d in values)
    else:
        keys, above, sizes = [*first, *second], len(first), (len(first), len(second))
    # Twice the rank of each, so that ranks which equal values share are whole.
    ordered = sorted(keys)
    ranks = [bisect_left(ordered, key) + bisect_right(ordered, key) + 1 for key in keys]
    sums = sum(ranks[:above]), sum(ranks[above:])
    return [_chances(ranks, size)(total) for size, total in zip(sizes, sums)]


def p_value(*samples: Sequence[float]) -> float:
    """The two-sided one, of one sample or of two."""
    return min(2 * min(tails(*samples)), 1.0)


def estimates(first: Sequence[float], second: Sequence[float] | None = None) -> list[float]:
    """Of the centre, in order: the Walsh averages, which are the means of all pairs, each difference paired
    with itself too; or by how much each of the second sample lies above each of the first."""
    if second is None:
        return sorted((a + b) / 2 for a, b in combinations_with_replacement(first, 2))
    return sorted(b - a for a in first for b in second)


def hodges_lehmann(*samples: Sequence[float]) -> float:
    """The median of the estimates. Raises ValueError on no values."""
    return median(estimates(*samples))


def rank_interval(tail: float, *samples: Sequence[float]) -> Interval:
    """The centres that neither one-sided test would reject at `tail`, its chance of being wrong."""
    ordered, size = estimates(*samples), len(samples[0]) if len(samples) == 2 else None
    steps = critical_value(tail, sum(map(len, samples)), size)
    return Interval(-math.inf, math.inf) if steps is None else Interval(ordered[steps], ordered[-1 - steps])


@lru_cache(maxsize=1024)
def critical_value(alpha: float, count: int, size: int | None = None) -> int | None:
    """The largest sum of so many ranks, less the least, whose chance of not being exceeded is at most alpha;
    None if even the least has more. With a `size`, that of one of two samples, it is Mann-Whitney's U."""
    ranks = range(1, count + 1)
    totals, least = range(sum(ranks)), sum(ranks[: size or 0])
    value = bisect_right(totals, alpha, key=_chances(ranks, size)) - 1 - least
    return value if value >= 0 else None


def _chances(ranks: Sequence[int], size: int | None = None) -> Callable[[int], float]:
    """That a sum is no larger than that, of all subsets of the ranks, or of those with `size` members.
    The distribution of the sums is one number: its digit at place t is how many subsets add up to t. A digit
    never overflows, as there are 2 ** n subsets in all; a number's digits add up to it, modulo base - 1."""
    width, by_size = len(ranks) + 2, [1] + [0] * (size or 0)
    for rank in ranks:
        if size is None:  # all sizes are one
            by_size[0] += by_size[0] << (rank * width)
        for members in range(size or 0, 0, -1):
            by_size[members] += by_size[members - 1] << (rank * width)
    counts, subsets = by_size[-1], 2 ** len(ranks) if size is None else math.comb(len(ranks), size)

    def at_most(total: int) -> float:
        low_enough = counts & ((1 << ((total + 1) * width)) - 1)
        return low_enough % ((1 << width) - 1) / subsets

    return at_most
