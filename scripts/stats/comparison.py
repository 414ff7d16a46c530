"""Is B better than A? Two samples of one metric: the ratio of their centres, its interval, and one sentence.
Pure. Samples that were interleaved are pairs (Wilcoxon's signed rank), as what slowed the machine down
slowed both; others are independent (rank sum). The tests are exact and two-sided, on logarithms, so that half
and twice are equally far. Tests and intervals hold, by Holm, for all comparisons that are shown together."""

import math
from collections.abc import Callable, Sequence
from enum import Enum
from itertools import count
from statistics import median
from typing import NamedTuple

from stats import rank_tests
from stats.quantiles import holm_levels
from stats.rank_tests import Interval
from text.units import ratio_text

MARGIN = 0.05  # what is shown to differ by less is said to
ALPHA = 0.05  # the chance of any false difference among all comparisons that are shown together


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
        return Interval(*map(math.exp, rank_tests.interval((1 - confidence) / 2, *samples)))

    ratio, p = math.exp(rank_tests.hodges_lehmann(*samples)), rank_tests.p_value(*samples)
    least_p = _least_p(*sides[1], is_paired)
    return Comparison(*sides, ratio, tuple(map(math.exp, differences)), p, least_p, interval_at)


def of_shares(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Of shares, most of which may be zero, so that there is no ratio: the share of requests that failed."""
    sides = (median(first), median(second)), (len(first), len(second))
    p, least_p = rank_tests.p_value(first, second), _least_p(*sides[1], is_paired=False)
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
