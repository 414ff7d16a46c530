"""Two recordings beside each other: why they must not be compared; which rows, gaps and clocks there are."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import recording, row
from pages import compare
from pages.compare import differences
from recordings.recording import Recording
from stats.comparison import Outcome

DRIFT = (
    "Recordings made at different times drift apart by tens of percent on a shared machine: this is no gate, "
    "as scripts/gate.py is"
)
MACHINE = {"cpu": "A", "cores": 2, "kernel": "6.1", "os": "Debian"}


def side(name: str, rows: list[SimpleNamespace], **about: Any) -> Recording:
    circumstances = {"machine": MACHINE, "build": {"flags": "-O2"}, "wait_ms": 50, "pinned": True}
    return recording(rows, Path(name), **circumstances | about)


@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [
        ({}, {}, []),
        ({}, {"wait_ms": 5, "pinned": False}, ["suite, wait_ms: 50 and 5", "suite, pinned: True and False"]),
        ({}, {"workloads": []}, ["suite, workloads: not the same"]),
        (
            {},
            {"machine": MACHINE | {"cores": 4, "cpu": "B "}},
            ["machine, cpu: A and B", "machine, cores: 2 and 4"],
        ),
        ({}, {"machine": None}, [f"machine, {key}: {value} and unknown" for key, value in MACHINE.items()]),
        ({"machine": MACHINE | {"governor": "x"}}, {}, []),  # from before it was noted
        (
            {"machine": MACHINE | {"governor": "x"}},
            {"machine": MACHINE | {"governor": "y"}},
            ["machine, governor: x and y"],
        ),
        ({"build": None}, {"build": {"flags": {}}}, ["build, flags: not the same"]),
        ({"build": {"lto": False}}, {}, ["build, lto: False and unknown", "build, flags: unknown and -O2"]),
    ],
)
def test_each_circumstance_that_is_not_the_same_is_named_with_both(first, second, lines):
    assert differences(side("a", [row("v")], **first), side("b", [row("v")], **second)) == lines


def test_a_summary_alone_is_held_to_nothing_but_its_suite():
    alone = Recording(Path("b"), None)
    alone.summary = [row("v", suite="y"), row("v", suite="x"), row("v", suite="x")]
    assert differences(side("a", [row("v")]), alone) == ["suite: made-up and x, y"]
    alone.summary = [row("v")]
    assert differences(alone, side("a", [row("v")])) == []


def beside(*sides: Any, **options: Any) -> SimpleNamespace:
    """Of two recordings, or of one and two of its variants."""
    rows, missing, notes = compare.beside(*sides, **options)
    return SimpleNamespace(rows=rows, missing=missing, notes=notes)


def test_rows_are_of_each_subject_under_each_workload_whoever_has_it():
    first, second = side("a", [row("v"), row("v", workload="x")]), side("b", [row("u"), row("v", 2)])
    made = beside(first, second)
    assert {(r.first, r.second, r.workload) for r in made.rows} == {("v", "v", "w")}
    assert made.missing == ["b: v, x", "a: u, w"]


def eight(variant: str, p99_ms: float = 5.0, **others: Any) -> list[SimpleNamespace]:
    return [row(variant, n, p99_ms=p99_ms * (1 + n / 1000), **others) for n in range(1, 9)]


def test_there_is_a_row_for_each_metric_and_one_for_errors():
    sides = side("a", eight("v")), side("b", eight("v", 6, ok=99, reset=1) + eight("v", 6))
    made = beside(*sides)
    assert [r.metric for r in made.rows] == ["throughput", "p99", "CPU per request", "memory", "errors"]
    assert (made.missing, made.notes) == ([], [DRIFT])
    p99, errors = made.rows[1], made.rows[-1]
    assert (p99.first, p99.second, p99.workload, p99.levels) == ("v", "v", "w", ("5.02 ms", "6.03 ms"))
    assert p99.comparison.outcome is Outcome.DIFFERS and errors.levels == ("0", "8")


def test_rows_are_told_to_differ_by_less_than_the_margin_that_was_asked_for():
    sides = side("a", eight("v")), side("b", eight("v", 5.001))
    within, beyond = (beside(*sides, margin=margin).rows[1].comparison for margin in (0.05, 1e-5))
    assert (within.outcome, beyond.outcome) == (Outcome.WITHIN_MARGIN, Outcome.NOT_SHOWN)


def test_what_a_side_lacks_is_named_with_its_path():
    bare = eight("v", server_rss_peak_kib=None)
    sides = side("a", eight("v") + eight("u")), side("b", bare + eight("t"))
    made = beside(*sides)
    assert made.missing == ["b: memory of v, w", "b: u, w", "a: t, w"]
    assert {r.first for r in made.rows} == {"v"} and "memory" not in {r.metric for r in made.rows}
    assert beside(side("b", bare), side("a", eight("v"))).missing == ["b: memory of v, w"]
    one = side("c", bare + eight("u"))
    assert beside(one, one, variants=("v", "u")).missing == [], "two variants need not have the same metrics"


def test_pairs_are_of_the_same_repetition():
    rising = [row("v", n, p99_ms=n) for n in range(1, 9)]
    falling = [row("u", n, p99_ms=2 * n) for n in range(8, 0, -1)]
    one = side("a", rising + falling)
    paired = beside(one, one, variants=("v", "u")).rows[1]
    independent = beside(one, side("b", rising + falling)).rows[1]
    assert (
        paired.comparison.pair_ratios == pytest.approx([2.0] * 8) and not independent.comparison.pair_ratios
    )


def test_latencies_that_end_by_different_clocks_are_named_and_have_no_row():
    sides = side("a", eight("v")), side("b", eight("v", done_by="kernel") + eight("u", done_by="kernel"))
    made, one = beside(*sides), side("c", eight("v") + eight("u", done_by="kernel"))
    text = "Latencies of {} end by different clocks (column done_by), and are not compared"
    assert made.notes == [text.format("v under w"), DRIFT] and "p99" not in {r.metric for r in made.rows}
    assert beside(one, one, variants=("v", "u")).notes == [
        text.format("v and u under w"),
        "Paired by repetition: they were interleaved, so what slowed one slowed both",
    ]
