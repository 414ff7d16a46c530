"""Quantiles, medians and tails against values worked out by hand."""

from __future__ import annotations

import pytest

from stats.quantiles import Bucket, TailStep, median, median_item, quantile, tail


def test_a_quantile_is_the_least_value_with_that_share_at_or_below_it() -> None:
    # The textbook example of nearest rank: ranks ceil(0.05 * 5) = 1, ceil(0.3 * 5) = 2, ...
    values = [15, 20, 35, 40, 50]
    assert [quantile(values, q) for q in (0.05, 0.3, 0.4, 0.5, 1)] == [15, 20, 20, 35, 50]


def test_a_quantile_does_not_depend_on_the_order_of_the_values() -> None:
    assert quantile([50, 15, 40, 20, 35], 0.5) == 35


def test_binary_fractions_do_not_push_a_rank_up() -> None:
    assert 0.07 * 100 > 7
    assert quantile(range(1, 101), 0.07) == 7
    assert quantile(range(1, 101), 0.99) == 99
    assert quantile(range(1, 1001), 0.999) == 999


def test_extreme_quantiles_are_the_extremes() -> None:
    assert quantile([3, 1, 2], 0) == 1
    assert quantile([3, 1, 2], 1) == 3


@pytest.mark.parametrize("q", [-0.1, 1.1])
def test_a_quantile_outside_0_to_1_is_refused(q: float) -> None:
    with pytest.raises(ValueError):
        quantile([1], q)


def test_no_values_have_no_quantile_and_no_median() -> None:
    for function in (lambda: quantile([], 0.5), lambda: median([]), lambda: median_item([], float)):
        with pytest.raises(ValueError):
            function()


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert median([4, 1, 3, 2]) == 2.5
    assert median([3, 1, 2]) == 2


def test_the_median_item_is_a_real_one() -> None:
    assert median_item(["aaaa", "a", "aaa", "aa"], len) == "aa"


def test_a_tail_without_bounds_is_exact_everywhere() -> None:
    steps = tail([Bucket(10, 3, False), Bucket(20, 1, False)])
    assert steps == [TailStep(0, 0.75, 10, True), TailStep(0.75, 1, 20, True)]


def test_a_bound_above_all_values_makes_only_the_end_uncertain() -> None:
    steps = tail([Bucket(10, 3, False), Bucket(20, 1, True)])
    assert steps == [TailStep(0, 0.75, 10, True), TailStep(0.75, 1, 20, False)]


def test_a_low_bound_makes_every_quantile_from_there_on_a_bound() -> None:
    # One request reset at 5 might have taken for ever: every rank could move up by one.
    steps = tail([Bucket(5, 1, True), Bucket(10, 2, False), Bucket(20, 1, False)])
    assert [(s.to_q, s.value, s.exact) for s in steps] == [
        (0.25, 5, False),
        (0.5, 10, True),  # rank 2 is 10 whether the reset one counts as 5 or as endless
        (0.75, 10, False),
        (1, 20, False),
    ]


def test_nothing_has_no_tail() -> None:
    assert tail([]) == []
    assert tail([Bucket(1, 0, False)]) == []
