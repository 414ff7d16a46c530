"""The verdict card: what it says of a curve follows the data, and what was not measured is not told."""

from __future__ import annotations

from made_curves import broken_by, ladder, run
from text.table import folded
from words.cards import crossover, curve_card


def rows(made) -> dict[str, list[str]]:
    cells = [[cell.text for cell in row] for row in folded(curve_card(made).table).rows]
    return {row[0]: row[1:] for row in cells}


def times(count: int, **others) -> list:
    return [run(**others)] * count


THREADS = {50: times(6), 1000: times(6, p99_ms=8), 20000: times(6, saturated=True, offered_rps=20000.0)}
ASYNC = {50: times(6), 1000: times(6), 20000: times(6, p99_ms=9)}


def test_the_crossover_is_where_only_one_is_left():
    text = crossover(ladder({"threads": THREADS, "async": ASYNC}))
    assert text == (
        "**offered**: `threads` holds up until 1,000 offered requests/s; from there only `async`, "
        "to the end, 20,000."
    )


def test_models_that_break_alike_have_no_crossover():
    text = crossover(ladder({"one": THREADS, "two": THREADS}))
    assert (
        text == "**offered**: `one` and `two` hold up until 1,000 offered requests/s: no crossover was seen."
    )


def test_who_is_left_is_not_told_where_intervals_meet():
    wavering = {50: times(6), 1000: times(6), 20000: times(3, p99_ms=9) + times(3, p99_ms=90)}
    assert "no crossover was seen" in crossover(ladder({"threads": THREADS, "wavering": wavering}))


def test_few_repetitions_say_what_their_intervals_are_worth():
    few = [{place: runs[:3] for place, runs in each.items()} for each in (THREADS, ASYNC)]
    assert crossover(ladder(dict(zip("ab", few)))).endswith("20,000 (3 repetitions: intervals of 75 %).")
    one = {place: runs[:1] for place, runs in ASYNC.items()}
    assert crossover(ladder({"a": one})).endswith("(one valid repetition, so without an interval).")


def test_each_model_is_told_with_its_end_its_cost_there_and_what_breaks():
    dear = {50: times(6), 1000: [run(server_cpu_us_per_request=20.0 + n) for n in range(6)]}
    made = rows(ladder({"threads": THREADS, "async": ASYNC, "less": dear}))
    assert list(made)[0] == "async"
    assert made["threads"] == [
        "1,000", "8.00 ms", "20.0 µs", "2.00 MiB",
        "takes 1,000/s of 20,000 offered (p99 at 20,000: 5.00 ms)",
    ]  # fmt: skip
    assert made["async"][0] == "≥ 20,000" and made["async"][-1] == "nothing that was tried"
    assert made["less"][2] == "22.5 µs [20.0, 25.0 µs]"
    assert made["less"][-1] == "nothing: not asked for more than 1,000"


def test_a_model_that_was_not_measured_validly_has_none_and_says_why():
    made = ladder({"async": ASYNC, "lost": {50: [broken_by()] * 6}})
    assert rows(made)["lost"][0] == "none (no valid run: the generator sent late)"
    assert crossover(made).endswith("to the end, 20,000 offered requests/s; `lost` has no valid run.")
    nobody = ladder({"lost": {50: [broken_by()]}})
    assert crossover(nobody) == "**offered**: nobody was measured validly."


def test_errors_and_bounds_are_told_with_their_figures():
    errors = {50: times(6), 1000: times(6, ok=75, timed_out=20, reset=5)}
    late = {50: times(6), 1000: times(5, p99_ms=30) + times(1)}
    made = rows(ladder({"errors": errors, "late": late, "never": {50: times(6, ok=0, reset=100)}}))
    assert made["errors"][-1] == "errors: 25 % of requests at 1,000, most timed out"
    assert made["late"][-1] == "p99 at 1,000: 30.0 ms (in 5 of 6 repetitions)"
    assert made["never"][0] == "not even 50"


def test_the_rule_is_told_with_the_bound_that_was_held_to():
    ours = curve_card(ladder({"async": ASYNC})).how
    assert "the rule for all suites" in ours
    assert "p99 is above 20.0 ms (4 times the least of all at 50)" in ours
    theirs = curve_card(ladder({"async": ASYNC}, holds_up={"limit": "6ms", "allows": ["errors"]})).how
    assert "the suite’s own bound" in theirs and "p99 is above 6.00 ms." in theirs
    assert "a request fails" not in theirs
