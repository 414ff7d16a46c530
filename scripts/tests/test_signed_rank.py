"""The signed-rank test against published critical values, a textbook's example and plain enumeration."""

from __future__ import annotations

import math
import random
from itertools import product

import pytest

from stats.comparison import critical_value, estimates, hodges_lehmann, p_value, rank_interval, tails

# McCornack (1965), "Extended tables of the Wilcoxon matched pair signed rank statistic", JASA 60, 864-871:
# the largest rank sum whose one-sided chance is at most alpha.
PUBLISHED = {
    0.05: {5: 0, 6: 2, 7: 3, 8: 5, 9: 8, 10: 10, 12: 17, 15: 30, 20: 60, 24: 91, 25: 100, 30: 151, 40: 286},
    0.025: {6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 12: 13, 15: 25, 20: 52, 24: 81, 25: 89, 30: 137, 40: 264},
    0.01: {7: 0, 8: 1, 9: 3, 10: 5, 12: 9, 15: 19, 20: 43, 24: 69, 25: 76, 30: 120, 40: 238},
    0.005: {8: 0, 9: 1, 10: 3, 12: 7, 15: 15, 20: 37, 24: 61, 25: 68, 30: 109, 40: 220},
}

# Darwin's fifteen pairs of maize, crossed less self-fertilised, in eighths of an inch.
DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


@pytest.mark.parametrize(("alpha", "table"), PUBLISHED.items())
def test_critical_values_are_the_published_ones(alpha, table):
    assert {n: critical_value(alpha, n) for n in table} == table


def test_a_sample_too_small_for_a_level_has_no_critical_value():
    assert critical_value(0.05, 4) is None
    assert critical_value(0.01 / 3 / 8, 11) is None


def p_less(differences):
    return tails(differences)[0]


def p_greater(differences):
    assert p_less([-d for d in differences]) == tails(differences)[1]
    return tails(differences)[1]


def enumerated(differences):
    """The chance of a rank sum as low or lower, by trying every way to sign the sizes."""
    sizes = sorted(abs(d) for d in differences if d)
    rank = {s: sum(i for i, other in enumerate(sizes, 1) if other == s) / sizes.count(s) for s in sizes}
    ranks = [rank[s] for s in sizes]
    observed = sum(rank[abs(d)] for d in differences if d > 0)
    ways = [
        sum(r for r, up in zip(ranks, signs) if up) <= observed + 1e-9
        for signs in product((0, 1), repeat=len(ranks))
    ]
    return sum(ways) / len(ways)


@pytest.mark.parametrize("count", range(1, 13))
def test_chances_are_those_of_plain_enumeration(count):
    draw = random.Random(count)
    for values in (
        [draw.gauss(0.3, 1) for _ in range(count)],
        [draw.randint(-3, 3) for _ in range(count)],  # ties and zeros
    ):
        if any(values):
            assert p_less(values) == pytest.approx(enumerated(values), rel=1e-12)
            assert p_greater(values) == pytest.approx(enumerated([-v for v in values]), rel=1e-12)


def test_a_textbook_example():
    # Fisher, The Design of Experiments, chapter 3: rank sum 96 of 120; W- = 24.
    assert p_greater(DARWIN) == pytest.approx(0.0206, abs=0.0001)
    assert p_less(DARWIN) > 0.97
    assert p_value(DARWIN) == 2 * p_greater(DARWIN)


def test_a_chance_is_never_more_than_one():
    assert p_value([1, -1]) == p_value([]) == 1  # either side alone has a chance of 3 / 4, and of 1


def test_zeros_are_left_out():
    assert p_less([-3, -2, -1, 0, 0]) == p_less([-3, -2, -1]) == 1 / 8
    assert p_less([0, 0, 0]) == p_greater([0.0]) == p_less([]) == 1


def test_the_estimate_is_the_median_of_the_estimates():
    assert estimates([1, 3, 8]) == [1, 2, 3, 4.5, 5.5, 8]
    assert hodges_lehmann([1, 3, 8]) == 3.75
    with pytest.raises(ValueError):
        hodges_lehmann([])


def test_the_interval_has_the_centres_that_the_test_does_not_reject():
    draw = random.Random(5)
    values = [draw.gauss(0.02, 0.05) for _ in range(12)]
    low, high = rank_interval(0.025, values)
    step = 1e-9
    assert (
        p_greater([v - (low - step) for v in values]) <= 0.025 < p_greater([v - (low + step) for v in values])
    )
    assert p_less([v - (high + step) for v in values]) <= 0.025 < p_less([v - (high - step) for v in values])
    assert low < hodges_lehmann(values) < high


def test_too_few_differences_bound_nothing():
    assert rank_interval(0.025, [1.0, 2.0, 3.0, 4.0, 5.0]) == (-math.inf, math.inf)
    assert rank_interval(0.01, [1.0, 2.0]).high == math.inf


def test_the_upper_bound_is_where_the_one_sided_test_begins_to_reject():
    draw = random.Random(6)
    values = [draw.gauss(0, 0.05) for _ in range(24)]
    bound = rank_interval(0.01, values).high
    assert p_less([v - bound - 1e-9 for v in values]) <= 0.01 < p_less([v - bound + 1e-9 for v in values])
