"""The verdict card: what it says of a curve follows the data, and what was not measured is not told."""

from __future__ import annotations

import pytest

from made_curves import broken_by, ladder, run
from text.units import NONE
from words.cards import crossover, curve_card


def rows(made) -> dict[str, list[str]]:
    cells = [[cell.whole for cell in row] for row in curve_card(made).table.rows]
    return {row[0]: row[1:] for row in cells}


def times(count: int, **others) -> list:
    return [run(**others)] * count


LATE, SATURATED = run(p99_ms=90), run(saturated=True, offered_rps=20000.0)
THREADS = {50: times(6), 1000: times(6, p99_ms=8), 20000: times(6, saturated=True, offered_rps=20000.0)}
ASYNC = {50: times(6), 1000: times(6), 20000: times(6, p99_ms=9)}


def test_the_crossover_is_where_only_one_is_left():
    text = crossover(ladder({"threads": THREADS, "async": ASYNC}))
    assert text == (
        "**offered**, who holds up: `threads` until 1,000 offered requests/s; from there only `async` to the "
        "end, 20,000."
    )


def test_models_that_break_alike_have_no_crossover():
    text = crossover(ladder({"one": THREADS, "two": THREADS}))
    assert text == (
        "**offered**, who holds up: `one` and `two` until 1,000 offered requests/s: no crossover was seen."
    )


def test_who_is_left_is_not_told_where_intervals_meet():
    wavering = {50: times(6), 1000: times(6), 20000: times(3, p99_ms=9) + times(3, p99_ms=90)}
    assert "no crossover was seen" in crossover(ladder({"threads": THREADS, "wavering": wavering}))


def test_few_repetitions_say_what_their_intervals_are_worth():
    few = [{place: runs[:3] for place, runs in each.items()} for each in (THREADS, ASYNC)]
    assert crossover(ladder(dict(zip("ab", few)))).endswith("20,000 (3 repetitions: intervals of 75 %).")
    one = {place: runs[:1] for place, runs in ASYNC.items()}
    assert crossover(ladder({"a": one})).endswith(
        "20,000 offered requests/s (1 repetition: intervals of 0 %)."
    )


def test_each_model_is_told_with_its_end_its_cost_there_and_what_breaks():
    dear = {50: times(6), 1000: [run(server_cpu_us_per_request=20.0 + n) for n in range(6)]}
    made = rows(ladder({"threads": THREADS, "async": ASYNC, "less": dear}))
    assert list(made)[0] == "async"
    assert made["threads"] == [
        "1,000", "8.00 ms", "20.0 µs", "2.00 MiB",
        "saturated, throughput at 20,000: 1,000 req/s",
    ]  # fmt: skip
    assert made["async"][0] == "≥ 20,000" and made["async"][-1] == "nothing that was tried"
    assert made["less"][2] == "22.5 µs [20.0, 25.0 µs]"
    assert made["less"][-1] == "nothing: not asked for more than 1,000"


def test_a_model_that_was_not_measured_validly_has_none_and_says_why():
    made = ladder({"async": ASYNC, "lost": {50: [broken_by()] * 6}})
    assert rows(made)["lost"][0] == "none (no valid run: the generator sent late)"
    assert crossover(made).endswith("to the end, 20,000 offered requests/s; no valid run: `lost`.")
    nobody = ladder({"lost": {50: [broken_by()]}})
    assert crossover(nobody) == "**offered**: nobody was measured validly."


def test_errors_and_bounds_are_told_with_their_figures():
    errors = {50: times(6), 1000: times(6, ok=75, timed_out=20, reset=5)}
    late = {50: times(6), 1000: times(5, p99_ms=30) + times(1)}
    made = rows(ladder({"errors": errors, "late": late, "never": {50: times(6, ok=0, reset=100)}}))
    assert made["errors"][-1] == "errors at 1,000: 25 % of requests"
    assert made["late"][-1] == "p99 at 1,000: 30.0 ms (in 5 of 6 repetitions)"
    assert made["never"][0] == "not even 50"
    assert made["never"][-1] == "errors at 50: 100 % of requests"


def test_the_rule_is_told_with_the_bound_that_was_held_to():
    ours = curve_card(ladder({"async": ASYNC})).how
    assert "the rule for all suites" in ours
    assert "p99 is above 20.0 ms (4 times the least of all at 50)" in ours
    quick = curve_card(ladder({"async": {50: times(6, p99_ms=0.2)}})).how
    assert "p99 is above 5.00 ms (4 times the least of all at 50 is 800 µs, less than a time slice)" in quick
    theirs = curve_card(ladder({"async": ASYNC}, holds_up={"limit": "6ms", "allows": ["errors"]})).how
    assert "the suite’s own bound" in theirs and "p99 is above 6.00 ms." in theirs
    assert "a request fails" not in theirs


# --- Each cell ---


@pytest.mark.parametrize(
    ("runs", "cell"),
    [
        ({50: [run()], 1000: [LATE]}, ("50", "")),
        ({50: [run()], 1000: [run()]}, ("≥ 1,000", "")),
        ({50: times(3), 1000: [LATE, run(), run()], 2000: [LATE] * 3}, ("1,000", "[50, 1,000]")),
        ({50: [LATE, run(), run()], 1000: [LATE] * 3}, ("50", "[below the first, 50]")),
        ({50: times(3), 1000: [LATE, LATE, run()]}, ("50", "[50, open]")),
        ({50: [run()], 1000: [broken_by()], 2000: [LATE]}, ("≥ 50", "[50, 1,000]")),
        ({50: [LATE]}, ("not even 50", "")),
        ({50: [broken_by()], 1000: [LATE]}, ("at most 50", "[below the first, 50]")),
        ({50.5: [run()], 1000: [LATE]}, ("50.5", "")),
    ],
)
def test_until_where_is_told_with_its_interval_where_that_says_more(runs, cell):
    made = ladder({"a": runs, "least": {place: [run()] for place in runs}})
    table = {first.text: others for first, *others in curve_card(made).table.rows}
    assert table["a"][0][:2] == cell


def test_the_columns_are_what_is_bounded_and_what_it_costs_there():
    def columns(**holds_up) -> list[tuple[str, str, bool]]:
        made = ladder({"a": ASYNC}, holds_up=holds_up or None)
        return [(column.heading, column.note, column.is_words) for column in curve_card(made).table.columns]

    until = [("variant", "", True), ("holds up until", "offered requests/s", False)]
    costs = [("CPU per request", "there", False), ("memory", "there", False)]
    assert columns() == [*until, ("p99", "there", False), *costs, ("breaks first", "", True)]
    assert columns(metric="cpu", limit="9ms", costs=["cpu", "memory"]) == [
        *until,
        *costs,
        ("breaks first", "", True),
    ]


@pytest.mark.parametrize(
    ("top", "cell"),
    [
        ([SATURATED] * 6, ("saturated, throughput at 1,000: 1,000 req/s", "", "")),
        ([SATURATED], ("saturated, throughput at 1,000: 1,000 req/s", "in 1 of 6 repetitions", "")),
        (
            [run(saturated=True, throughput_rps=None, latency_p99_us=None)] * 6,
            ("saturated, throughput at 1,000: unknown", "", ""),
        ),
        (
            [SATURATED] * 2 + [LATE] + times(3),
            ("saturated, throughput at 1,000: 1,000 req/s", "in 2 of 6 repetitions", ""),
        ),
        ([LATE] * 4 + [run(p99_ms=80)] * 2, ("p99 at 1,000: 90.0 ms", "", "")),
        ([run(ok=99, reset=1)] * 6, ("errors at 1,000: 1 % of requests", "", "")),
        ([run(ok=34, timed_out=66)] * 6, ("errors at 1,000: 66 % of requests", "", "")),
        (
            [run(ok=99, http_error=1)] * 2 + [run(ok=96, reset=3, timed_out=None, truncated=1)] * 4,
            ("errors at 1,000: 3 % of requests", "", ""),
        ),
        (times(6), ("nothing that was tried", "", "quiet")),
        ([broken_by()] * 6, ("unknown: beyond, too few valid runs (the generator sent late)", "", "quiet")),
    ],
)
def test_what_breaks_first_is_told_with_its_figure_and_how_often(top, cell):
    [rows_of_it] = curve_card(ladder({"a": {50: times(6), 1000: top}})).table.rows
    assert rows_of_it[-1] == cell


def test_what_was_not_measured_has_no_figure():
    unknown = {1: [run(arrivals="closed", throughput_rps=None)]}
    table = curve_card(ladder({"a": {1: [run(arrivals="closed")]}, "x": unknown}, "connections")).table
    cells = {first.text: others for first, *others in table.rows}
    assert [cell.text for cell in cells["x"]] == ["none", NONE, NONE, NONE, NONE]
    assert cells["x"][0] == ("none", "no valid run: it was the generator that was measured", "bad")
    many = {50: [broken_by(f"kind {n}: {n} ms") for n in range(9)]}
    [[_, lost]] = [
        row[:2] for row in curve_card(ladder({"a": ASYNC, "lost": many})).table.rows if row[0].text == "lost"
    ]
    assert lost.note == "no valid run: kind 0; kind 1; kind 2; kind 3; kind 4; kind 5; 3 more"
    nowhere = curve_card(ladder({"a": ASYNC, "nowhere": {50: [run(ok=9, reset=91)]}})).table.rows[1]
    assert [cell.text for cell in nowhere[1:5]] == ["not even 50", NONE, NONE, NONE]


SATURATES = "the server no longer takes what is offered"
LEAST = "4 times the least of all at 50"


@pytest.mark.parametrize(
    ("axis", "holds_up", "ends"),
    [
        ("rate", None, f"a request fails or {SATURATES} or its p99 is above 20.0 ms ({LEAST})"),
        (
            "connections",
            None,
            "a request fails or its throughput is below 80 % of the best that it had before",
        ),
        ("rate", {"limit": "6ms", "allows": ["errors", "saturation"]}, "its p99 is above 6.00 ms"),
        ("rate", {"limit": "6ms", "allows": ["errors"]}, f"{SATURATES} or its p99 is above 6.00 ms"),
        (
            "rate",
            {"limit": "6ms", "allows": ["saturation"], "class": "short"},
            "a request fails or its short p99 is above 6.00 ms",
        ),
        (
            "rate",
            {"limit": "4x", "metric": "threads"},
            f"a request fails or {SATURATES} or its threads is above 8 ({LEAST})",
        ),
        (
            "rate",
            {"limit": 900, "metric": "throughput", "allows": ["errors"]},
            "its throughput is below 900 req/s",
        ),
    ],
)
def test_the_rule_names_every_way_to_break(axis, holds_up, ends):
    runs = {
        place: [run(arrivals="closed" if axis == "connections" else "poisson", server_threads_peak=2)]
        for place in (50, 1000)
    }
    how = curve_card(ladder({"a": runs}, axis, holds_up)).how
    assert how.partition("below the first where ")[2].startswith(
        f"{ends}. It is the median over the repetitions;"
    )
    assert how.endswith("to the greatest; 6 make it one of 95 %. What lies between two places is unknown.")
    assert how.startswith(
        f"Holds up, by the {'suite’s own bound' if holds_up else 'rule for all suites'}: until the last"
    )
