"""The median's interval, against the published table of the sign test, and medians of lower bounds."""

from __future__ import annotations

import math

import pytest

from stats.quantiles import coverage, middle, quantile


@pytest.mark.parametrize(
    ("count", "steps", "confidence"),
    [(3, 1, 0.75), (5, 1, 0.9375), (6, 1, 0.96875), (10, 2, 0.9785), (25, 8, 0.9567)],
)
def test_intervals_are_the_published_ones(count, steps, confidence):
    found = middle([float(value) for value in range(1, count + 1)])
    assert (found.low, found.high) == (steps, count + 1 - steps)
    assert found.confidence == coverage(steps, count) == pytest.approx(confidence, abs=5e-5)


def test_one_value_has_no_interval():
    found = middle([7.0])
    assert (found.value, found.low, found.high, found.confidence) == (7.0, 7.0, 7.0, 0.0)


def test_a_median_that_no_bound_can_move_is_exact():
    found = middle([10, 30, 30], [math.inf, 30, 30])
    assert (found.value, found.at_least, found.low, found.high) == (30, False, 10, math.inf)


def test_a_median_that_is_a_bound_is_told_as_one():
    found = middle([10, 30, 30], [10, math.inf, 40])
    assert (found.value, found.most, found.at_least, found.high) == (30, 40, True, math.inf)


def test_of_two_in_the_middle_a_place_is_the_lower():
    assert middle([10, 10, 30, 30], [10, 10, 30, 30]).value == 10
    assert middle([10, 10, 30, 30]).value == 20


@pytest.mark.parametrize(
    ("q", "value"), [(0, 10), (0.01, 10), (0.2, 10), (0.21, 20), (0.5, 30), (0.99, 50), (1, 50)]
)
def test_a_quantile_is_the_value_of_the_nearest_rank(q, value):
    assert quantile([50, 20, 10, 40, 30], q) == value
    assert quantile([7], q) == 7
    with pytest.raises(IndexError):
        quantile([], q)
