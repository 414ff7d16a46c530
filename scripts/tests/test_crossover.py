"""Where models part: who is named with which end, and who is told from whom."""

from __future__ import annotations

import pytest

from made_curves import broken_by, ladder, run
from test_cards import LATE, times
from words.cards import crossover


def until(last: int, count: int = 6) -> dict:
    """A model that holds up until there, of these places, in each of so many repetitions."""
    return {place: (times(count) if place <= last else [LATE] * count) for place in (50, 1000, 2000, 20000)}


def test_each_that_is_left_behind_is_named_with_its_end_and_the_last_with_theirs():
    text = crossover(
        ladder({"c": until(2000), "a": until(50), "b": until(50), "d": until(1000), "e": until(2000)})
    )
    assert text == (
        "**offered**, who holds up: `a` and `b` until 50 and `d` until 1,000 offered requests/s; from there "
        "`c` and `e` until 2,000."
    )
    alone = crossover(ladder({"a": until(1000)}))
    assert alone == "**offered**, who holds up: `a` until 1,000 offered requests/s."
    both = crossover(ladder({"a": until(1000), "lost": {50: [broken_by()]}, "gone": {50: [broken_by()]}}))
    assert both.endswith("requests/s; no valid run: `lost` and `gone`.")


def test_who_meets_the_interval_of_the_last_only_at_its_edge_is_behind():
    three = {50: times(3), 1000: [run(), LATE, LATE], 2000: [LATE] * 3}
    best = {50: times(3), 1000: times(3), 2000: [LATE, run(), run()], 20000: [LATE] * 3}
    assert crossover(ladder({"a": three, "b": best})).startswith(
        "**offered**, who holds up: `a` until 50 offered requests/s; from there only `b` until 2,000 (3 rep"
    )


def test_who_may_hold_up_as_far_as_the_last_is_not_behind():
    gap = {50: times(6), 1000: [broken_by()] * 6, 2000: [LATE] * 6}
    text = crossover(ladder({"a": gap, "b": {50: times(6), 1000: times(6), 2000: [LATE] * 6}}))
    assert text == (
        "**offered**, who holds up: `a` and `b` until at least 50 to 1,000 offered requests/s: nobody is "
        "told from another."
    )
    text = crossover(ladder({"behind": until(50), "gap": gap, "b": until(1000)}))
    assert text == (
        "**offered**, who holds up: `behind` until 50 offered requests/s; from there `b` until 1,000; not "
        "told from either: `gap`."
    )
    text = crossover(ladder({"gap": gap, "b": until(1000), "c": until(1000)}))
    assert "`gap`, `b` and `c` until at least 50 to 1,000" in text and text.endswith("told from another.")


@pytest.mark.parametrize(("count", "unsure"), [(6, "."), (5, " (5 repetitions: intervals of 94 %)."),
                                               (1, " (1 repetition: intervals of 0 %).")])  # fmt: skip
def test_intervals_of_less_than_95_per_cent_are_said_to_be(count, unsure):
    text = crossover(ladder({"a": until(50, 6), "b": until(1000, count)}))
    lead = "**offered**, who holds up: `a` until 50 offered requests/s; from there only `b` until 1,000"
    assert text == f"{lead}{unsure}"


def test_where_a_rate_is_bounded_each_is_named_with_the_rate_that_it_has():
    def closed(rps: float | None) -> list:
        return times(6, arrivals="closed", throughput_rps=rps)

    runs = {
        "low": {1: closed(90), 10: closed(100), 64: closed(70)},
        "high": {1: closed(900), 10: closed(9000), 64: closed(9000)},
        "never": {1: times(6, arrivals="closed", ok=9, reset=91)},
    }
    assert crossover(ladder(runs, "connections")) == (
        "**offered**, who holds up: `never` not even 1 and `low` (100/s) until 10 connections; from there "
        "only `high` (9,000/s) to the end, 64."
    )


def test_of_many_models_the_first_and_the_last_are_named():
    places = range(1, 11)
    runs = {f"m{n}": {at: (times(6) if at <= n else [LATE] * 6) for at in places} for n in places}
    assert crossover(ladder(runs)) == (
        "**offered**, who holds up: `m1` until 1, `m2` until 2, `m3` until 3, 4 more, `m8` until 8 and `m9` "
        "until 9 offered requests/s; from there only `m10` to the end, 10."
    )
