"""Whether A is better than B: known answers, and what must never be said."""

from __future__ import annotations

import math
import random
from functools import partial

import pytest

from stats.comparison import Comparison, Interval, Outcome, corrected, least_repetitions, of_ratios, of_shares

paired, independent = (partial(of_ratios, is_paired=is_paired) for is_paired in (True, False))


def outcome(comparison, margin: float = 0.05):
    [alone] = corrected([comparison], margin)
    return alone


def test_pairs_that_all_differ_alike_differ_by_their_ratio():
    first = [10.0, 20.0, 40.0, 80.0, 160.0, 320.0]  # a machine that slows down
    found = outcome(paired(first, [1.5 * value for value in first]))
    assert found.differs and found.p == pytest.approx(2 / 2**6)  # 6 of 6 on one side
    assert found.ratio == pytest.approx(1.5) and found.pair_ratios == pytest.approx([1.5] * 6)
    assert found.sentence == "differs by 1.50× [1.50, 1.50×]"


def test_independent_samples_do_not_see_what_drifts():
    first = [10.0, 20.0, 40.0, 80.0, 160.0, 320.0]
    found = outcome(independent(first, [1.5 * value for value in first]))
    assert found.outcome is Outcome.NOT_SHOWN and found.sentence == "not shown to differ"


def test_the_direction_is_that_of_the_second_over_the_first():
    first, second = [10.0 + n / 10 for n in range(8)], [5.0 + n / 10 for n in range(8)]
    assert outcome(independent(first, second)).ratio < 1 < outcome(independent(second, first)).ratio
    assert outcome(paired(first, second)).medians == pytest.approx((10.35, 5.35))


@pytest.mark.parametrize(("pairs", "enough"), [(5, False), (6, True)])
def test_of_too_few_pairs_nothing_is_said(pairs, enough):
    first = [float(n) for n in range(1, pairs + 1)]
    found = outcome(paired(first, [9 * value for value in first]))
    assert found.differs is enough and (found.outcome is Outcome.TOO_FEW) is not enough


@pytest.mark.parametrize(
    ("tests", "is_paired", "least"),
    [(1, True, 6), (2, True, 7), (12, True, 9), (0, True, 6), (1, False, 4), (6, False, 5)],
)
def test_how_many_repetitions_it_takes(tests, is_paired, least):
    # 2 / 2^n or 2 / C(2n, n) at most 5 % over the number of tests
    assert least_repetitions(tests, is_paired) == least


def test_differing_by_little_is_shown_and_is_not_the_same_as_not_shown():
    rng = random.Random(1)
    first = [100 * math.exp(rng.gauss(0, 0.01)) for _ in range(20)]
    near = outcome(paired(first, [value * math.exp(rng.gauss(0, 0.01)) for value in first]))
    assert near.sentence == "shown to differ by less than 5 %"
    noisy = outcome(paired(first, [value * math.exp(rng.gauss(0, 0.2)) for value in first]))
    assert noisy.sentence == "not shown to differ"
    assert outcome(paired(first, [1.002 * v for v in first]), margin=0.001).differs


def test_a_margin_is_a_ratio_on_both_sides():
    first = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2, 99.8, 100.1]
    ratios = [0.96, 1.04, 0.97, 1.03, 0.98, 1.02, 0.99, 1.01]
    found = paired(first, [a * r for a, r in zip(first, ratios)])
    assert outcome(found, margin=0.06).outcome is Outcome.WITHIN_MARGIN
    assert outcome(found, margin=0.01).outcome is Outcome.NOT_SHOWN


@pytest.mark.parametrize(
    ("low", "high", "is_within"),
    [(0.81, 1.24, True), (0.8, 1.24, False), (0.81, 1.25, False), (0.7, 1.24, False), (0.81, 1.9, False)],
)
def test_a_difference_is_within_a_margin_when_all_of_its_interval_is_below_it(low, high, is_within):
    made = Comparison((1.0, 1.0), (9, 9), 1.0, least_p=0.01, interval_at=lambda _: Interval(low, high))
    assert outcome(made, margin=0.25).sentence == (
        "shown to differ by less than 25 %" if is_within else "not shown to differ"
    )


def test_the_margin_is_five_per_cent_unless_another_is_asked_for():
    first = [100.0 + n / 10 for n in range(8)]
    alike, wider = (
        paired(first, [a * r for a, r in zip(first, ratios)])
        for ratios in ([0.96, 1.04] * 4, [0.94, 1.06] * 4)
    )
    assert [each.sentence for each in corrected([alike, wider])] == [
        "shown to differ by less than 5 %",
        "not shown to differ",
    ]


def test_what_is_as_rare_as_the_level_differs():
    # Of 3 and 7 values the least p is 2 / 120, which is 0.05 / 3; of four comparisons it is too much.
    clear = independent([1.0, 2.0, 3.0], [10.0 + n for n in range(7)])
    assert [each.outcome for each in corrected([clear] * 3)] == [Outcome.DIFFERS] * 3
    assert {each.outcome for each in corrected([clear] * 4)} == {Outcome.TOO_FEW}


def test_more_rows_ask_more_of_each():
    first = [float(n) for n in range(1, 8)]  # seven pairs: the least p is 2 / 128
    clear, same = paired(first, [2 * v for v in first]), paired(
        first, [v * (1.1 if v % 2 else 0.9) for v in first]
    )
    assert corrected([clear])[0].differs
    assert corrected([clear, same, same])[0].differs  # 0.0156 is below 0.05 / 3
    assert corrected([clear, same, same, same])[0].outcome is Outcome.TOO_FEW


def test_more_repetitions_never_make_more_ties():
    rng = random.Random(3)
    few = [100 * math.exp(rng.gauss(0, 0.03)) for _ in range(8)]
    many = few + [100 * math.exp(rng.gauss(0, 0.03)) for _ in range(42)]  # a wider range
    slower = [1.1 * v * math.exp(rng.gauss(0, 0.03)) for v in many]
    assert outcome(paired(many, slower)).differs


def test_zeros_have_no_ratio():
    found = outcome(paired([0.0, 1.0], [1.0, 2.0]))
    assert (found.outcome, found.ratio, found.interval) == (Outcome.ZERO, None, None)
    assert (found.p, found.least_p, found.medians, found.counts) == (1, 1, (0.5, 1.5), (2, 2))


def test_sides_of_different_size_are_no_pairs():
    with pytest.raises(ValueError):
        paired([1.0, 2.0], [1.0])


def test_shares_of_errors_are_told_only_where_there_are_any():
    assert outcome(of_shares([0.0] * 8, [0.0] * 8)).sentence == "none"
    found = outcome(of_shares([0.0] * 8, [0.1] * 8))
    assert found.differs and found.sentence == "differs" and found.ratio is None
    # Shares are never pairs: 4 of each side are enough, whose least p is 2 / 70.
    assert outcome(of_shares([0.0] * 4, [0.1, 0.2, 0.3, 0.4])).p == pytest.approx(2 / 70)
    assert outcome(of_shares([0.0] * 4, [0.1, 0.2, 0.3, 0.4])).differs
    assert outcome(paired([1.0, 2.0], [3.0, 4.0])).sentence == "too few repetitions"
