"""Intervals of counts and tests at once, against published figures and sums done by hand."""

from __future__ import annotations

import math

import pytest

from stats.quantiles import at_least, clopper_pearson, holm_levels, sign_test


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (0, 20, 0.0, 0.1684),  # Clopper and Pearson (1934), and the rule 1 - 0.025 ** (1 / 20)
        (20, 20, 0.8316, 1.0),
        (3, 20, 0.0321, 0.3789),
        (10, 20, 0.2720, 0.7280),
        (1, 10, 0.0025, 0.4450),
        (5, 5, 0.4782, 1.0),
        (0, 1, 0.0, 0.975),
        (1, 1, 0.025, 1.0),
    ],
)
def test_intervals_are_the_published_ones(hits, trials, low, high):
    share = clopper_pearson(hits, trials)
    assert (share.hits, share.trials) == (hits, trials)
    assert share.low == pytest.approx(low, abs=5e-5)
    assert share.high == pytest.approx(high, abs=5e-5)


def test_thousands_of_trials_are_no_problem():
    assert clopper_pearson(0, 10_000).high == pytest.approx(1 - 0.025 ** (1 / 10_000))
    assert clopper_pearson(5_000, 10_000).low == pytest.approx(0.4901, abs=1e-4)


@pytest.mark.parametrize(("hits", "trials"), [(-1, 5), (6, 5), (0, 0)])
def test_what_is_no_share_is_refused(hits, trials):
    with pytest.raises(ValueError):
        clopper_pearson(hits, trials)


def test_tails_add_up():
    for share in (0.0, 0.2, 0.5, 1.0):
        exact = [
            sum(math.comb(7, k) * share**k * (1 - share) ** (7 - k) for k in range(h, 8)) for h in range(8)
        ]
        assert [at_least(h, 7, share) for h in range(8)] == pytest.approx(exact)


def test_a_chance_is_never_more_than_one_by_rounding():
    assert [at_least(0, 3, share) for share in (0.1, 0.3, 0.5)] == [1, 1, 1]


def test_the_sign_test_counts_heads():
    assert sign_test(5, 0) == pytest.approx(1 / 32)
    assert sign_test(9, 1) == pytest.approx(11 / 1024)
    assert sign_test(0, 0) == 1


def holm(p_values, alpha):
    levels = holm_levels(p_values, alpha)
    return {name for name, p in p_values.items() if p <= levels[name]}


def test_holm_steps_down_and_stops_at_the_first_that_holds():
    # Holm (1979): 0.01 <= 0.05 / 4, 0.013 <= 0.05 / 3, 0.03 > 0.05 / 2, and the rest is not looked at.
    assert holm({"a": 0.01, "b": 0.04, "c": 0.013, "d": 0.03}, 0.05) == {"a", "c"}
    assert holm({"a": 0.02, "b": 0.03}, 0.05) == {"a", "b"}
    assert holm({}, 0.05) == set()


def test_the_levels_of_holm_are_those_that_each_is_held_against():
    levels = holm_levels({"a": 0.01, "b": 0.04, "c": 0.013, "d": 0.03}, 0.05)
    expected = {"a": 0.05 / 4, "c": 0.05 / 3, "d": 0.05 / 2, "b": 0.05 / 2}
    assert levels == pytest.approx(expected)
    assert holm({"a": 0.025, "b": 0.05}, 0.05) == {"a", "b"}  # as much as the level is rejected


def test_a_confidence_is_a_choice():
    # 10 of 20 at 90 %: Beta(10, 11) at 0.05 and Beta(11, 10) at 0.95.
    share = clopper_pearson(10, 20, 0.90)
    assert (share.low, share.high) == (pytest.approx(0.3020, abs=5e-5), pytest.approx(0.6980, abs=5e-5))
