"""The two-sample shift against published critical values and plain enumeration."""

from __future__ import annotations

import math
import random
from itertools import combinations

import pytest

from stats.comparison import critical_value, hodges_lehmann, p_value, rank_interval

# Milton (1964), "An extended table of critical values for the Mann-Whitney (Wilcoxon) two-sample statistic",
# JASA 59, 925-934: the largest U whose one-sided chance is at most 0.025.
PUBLISHED = {
    (4, 4): 0,
    (5, 5): 2,
    (5, 8): 6,
    (6, 6): 5,
    (7, 9): 12,
    (8, 8): 13,
    (10, 10): 23,
    (12, 15): 49,
    (20, 20): 127,
}


@pytest.mark.parametrize(("sizes", "value"), PUBLISHED.items())
def test_critical_values_are_the_published_ones(sizes, value):
    assert [critical_value(0.025, sum(sizes), size) for size in sizes] == [value, value]


def test_a_sample_too_small_for_a_level_has_no_critical_value():
    assert critical_value(0.025, 6, 3) is None
    assert rank_interval(0.025, [1, 2, 3], [4, 5, 6]) == (-math.inf, math.inf)


@pytest.mark.parametrize("sizes", [(3, 4), (5, 5), (4, 7)])
@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.01])
def test_critical_values_are_those_of_plain_enumeration(sizes, alpha):
    first, second = sizes
    count = first + second
    us = sorted(
        sum(sum(j not in chosen for j in range(i)) for i in chosen)
        for chosen in combinations(range(count), first)
    )
    allowed = [u for u in set(us) if sum(other <= u for other in us) / len(us) <= alpha]
    assert critical_value(alpha, count, first) == max(allowed, default=None)


def test_the_shift_is_the_median_of_all_differences():
    assert hodges_lehmann([1, 2, 4], [11, 12]) == 9.5
    assert hodges_lehmann([0.0] * 3, [2.0] * 4) == 2


def test_the_interval_holds_the_shift_and_moves_with_it():
    draw = random.Random(4)
    first, second = ([draw.gauss(0, 1) for _ in range(9)] for _ in range(2))
    low, high = rank_interval(0.025, first, second)
    assert low < hodges_lehmann(first, second) < high
    moved = rank_interval(0.025, first, [b + 10 for b in second])
    assert moved == pytest.approx((low + 10, high + 10))


@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5, 6, 7], [1, 1, 2, 2, 2, 3, 9], [4, 4, 4, 4, 4, 4, 4]])
@pytest.mark.parametrize("size", [2, 3])
def test_the_test_is_that_of_plain_enumeration_with_shared_ranks_too(values, size):
    ranks = [sum(v < w for v in values) + (sum(v == w for v in values) + 1) / 2 for w in values]
    sums = [sum(hand) for hand in combinations(ranks, size)]
    for chosen in combinations(range(len(values)), size):
        first = [values[i] for i in chosen]
        second = [v for i, v in enumerate(values) if i not in chosen]
        observed = sum(ranks[i] for i in chosen)
        tails = sum(s <= observed for s in sums), sum(s >= observed for s in sums)
        assert p_value(first, second) == pytest.approx(min(2 * min(tails) / len(sums), 1))


def test_the_interval_leaves_out_as_many_differences_as_the_critical_value_allows():
    # Of 8 and 8 the published values are 13 at 0.025, 15 at 0.05 and 7 at 0.005, from either end.
    first, second = range(0, 80, 10), [10 * n + n * n for n in range(8)]
    differences = sorted(b - a for a in first for b in second)
    for confidence, value in ((0.95, 13), (0.90, 15), (0.99, 7)):
        assert rank_interval((1 - confidence) / 2, first, second) == (
            differences[value],
            differences[-1 - value],
        )
