"""Tails against values worked out by hand."""

from __future__ import annotations

from stats.quantiles import TailStep, tail


def test_a_tail_without_bounds_is_exact_everywhere() -> None:
    steps = tail([(10, 3, False), (20, 1, False)])
    assert steps == [TailStep(0, 0.75, 10, True), TailStep(0.75, 1, 20, True)]


def test_a_bound_above_all_values_makes_only_the_end_uncertain() -> None:
    steps = tail([(10, 3, False), (20, 1, True)])
    assert steps == [TailStep(0, 0.75, 10, True), TailStep(0.75, 1, 20, False)]


def test_a_low_bound_makes_every_quantile_from_there_on_a_bound() -> None:
    # One request reset at 5 might have taken for ever: every rank could move up by one.
    steps = tail([(5, 1, True), (10, 2, False), (20, 1, False)])
    assert [(s.to_q, s.value, s.exact) for s in steps] == [
        (0.25, 5, False),
        (0.5, 10, True),  # rank 2 is 10 whether the reset one counts as 5 or as endless
        (0.75, 10, False),
        (1, 20, False),
    ]


def test_nothing_has_no_tail() -> None:
    assert tail([]) == []
    assert tail([(1, 0, False)]) == []
