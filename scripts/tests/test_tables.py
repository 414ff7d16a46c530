"""Tables of workloads, curves and comparisons, cell by cell: what stands where, and what is left out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import recording, row
from metrics.comparing import Compared
from metrics.curves import curves_of
from metrics.digest import digests
from metrics.metrics import PAGE, README, TERMINAL
from pages.tables import compared_table, curve_table, summary_table
from stats.comparison import Comparison, Interval, Outcome
from text.table import Table, TableCell
from text.units import NONE

TARGETS = [{"name": "long", "target": "/task"}, {"name": "short"}, {"name": "never", "target": "/never"}]


def cells(table: Table) -> dict[str, list[TableCell]]:
    """By the heading of its column."""
    headings = [" ".join(filter(None, (c.heading, c.note))) for c in table.columns]
    return {heading: list(below) for heading, below in zip(headings, zip(*table.rows))}


def texts(table: Table) -> dict[str, list[str]]:
    return {heading: [cell.text for cell in below] for heading, below in cells(table).items()}


def summary(*rows: SimpleNamespace, place: str = PAGE, **entry: Any) -> Table:
    made = recording(rows, workloads=[{"name": "w"} | entry])
    return summary_table(made, digests(made), "w", place)


# --- What was asked ---


@pytest.mark.parametrize(
    ("entry", "asked"),
    [
        (
            {"classes": TARGETS, "connections": 1000, "connection_mode": "fresh"},
            "10 long (`/task`), 10 short (`?`); 1,000 at once, fresh connections",
        ),
        (
            {"classes": TARGETS[:1], "connections": 5, "connection_mode": "kept"},
            "10 long (`/task`); 5 at once, kept connections",
        ),
        ({"classes": TARGETS[:1], "connections": 5}, "10 long (`/task`); 5 at once"),
        ({"classes": TARGETS[:1], "connection_mode": "kept"}, "10 long (`/task`)"),
        ({"connections": 5, "connection_mode": "kept"}, "5 at once, kept connections"),
        ({}, ""),
    ],
)
def test_what_was_asked_stands_beneath_the_title(entry: dict[str, Any], asked: str) -> None:
    assert summary(row("a", classes={"long": 9, "short": 3}), **entry).subtitle == asked
    assert summary(**entry).subtitle == "", "of no runs"


def test_of_more_than_six_classes_the_first_and_the_last_are_named() -> None:
    def of(count: int) -> Table:
        names = [f"c{n}" for n in range(1, count + 1)]
        entry = {"classes": [{"name": name, "target": "/x"} for name in names]}
        return summary(row("a", classes=dict.fromkeys(names, 3)), **entry)

    assert of(6).subtitle.count(",") == 5 and "c6 p99" in texts(of(6))
    assert of(7).subtitle == "10 c1 (`/x`) to 10 c7 (`/x`)" and "c7 p99" not in texts(of(7))
    assert "c1 p99" not in texts(of(1))


def test_points_of_a_curve_are_told_with_what_they_share() -> None:
    workloads = [
        {"name": f"w{at}", "curve": {"name": "c", "axis": "connections", "at": at}, "classes": TARGETS,
         "connections": at, "connection_mode": "kept"}
        for at in (1, 1000)
    ]  # fmt: skip
    classes = {"long": 9, "short": 3}
    rows = [row(name, workload=f"w{at}", classes=classes) for name in "ab" for at in (1000, 1)]
    made = recording(rows, workloads=workloads)
    [curve] = curves_of(made, digests(made))
    table = curve_table(made, curve, TERMINAL)
    assert table.title == "c"
    assert table.subtitle == "Against connections. long (`/task`), short (`?`); kept connections"
    assert texts(table)["variant"] == ["a, 1", "a, 1,000", "b, 1", "b, 1,000"]
    both = recording(
        [row("a", workload="w1", classes=classes), row("b", workload="w1", classes={"short": 3})]
    )
    assert cells(summary_table(both, digests(both), "w1", PAGE))["long p99"][1] == (NONE, "", "")


# --- Figures ---

MADE = [row("a", n, makespan_ms=50.0 + n, makespan_over_ideal=1.0 + n / 100, server_threads_peak=3,
            classes={"long": 8, "short": n}) for n in (1, 2, 3)]  # fmt: skip
LOST = row("b", makespan_ms=40.0, makespan_over_ideal=1.0, verdict="invalid", reasons="late",
           classes={"long": 8, "short": 2})  # fmt: skip


def test_a_range_stands_beneath_a_figure_on_the_page_and_nowhere_on_a_terminal() -> None:
    page, terminal = cells(summary(*MADE, LOST)), cells(summary(*MADE, LOST, place=TERMINAL))
    assert page["makespan"] == [("52.0 ms", "51.0 – 53.0 ms", ""), ("40.0 ms†", "", "")]
    assert terminal["makespan"] == [("52.0 ms", "", ""), ("40.0 ms†", "", "")]
    assert page["threads"] == [("3", "", ""), (NONE, "", "")]
    assert page["runs"] == [("3 of 3", "", ""), ("0 of 1", "", "")] and "runs" not in terminal
    assert page["errors"] == [("none", "", ""), ("1 of 1 run invalid", "late", "bad")]
    assert terminal["errors"] == [("none", "", ""), ("1 of 1 run invalid", "", "bad")]


def test_the_readme_has_names_as_code_ranges_in_brackets_and_classes_behind_the_ideal() -> None:
    table = summary(*MADE, place=README)
    assert texts(table) == {
        "variant": ["`a`"],
        "makespan": ["52.0 ms"],
        "× ideal": ["1.02× (1.01 – 1.03×)"],
        "long p99": ["8.00 ms"],
        "short p99": ["2.00 ms"],
        "CPU per request": ["20.0 µs"],
        "threads": ["3"],
        "memory": ["2.00 MiB"],
        "errors": ["none"],
    }
    assert [c.heading for c in table.columns if c.is_words] == ["variant", "errors"] and len(
        table.columns
    ) == 9


def test_classes_stand_behind_p99_elsewhere_and_what_is_expendable_is_the_metrics() -> None:
    table = summary(*MADE)
    headings = [column.heading for column in table.columns]
    assert headings[headings.index("p99") :][:3] == ["p99", "long p99", "short p99"]
    expendable = {column.heading: column.expendable for column in table.columns}
    assert [expendable[name] for name in ("makespan", "p99", "long p99")] == [0, 2, 0]
    assert [c.heading for c in table.columns if c.is_words] == ["variant", "errors"]


def test_errors_are_told_with_facts_and_reasons_beneath_them() -> None:
    def errors(*rows: SimpleNamespace) -> TableCell:
        return cells(summary(*rows))["errors"][0]

    bad = {"verdict": "invalid"}
    assert errors(row("a", saturated=True, client_bound=True)) == ("none", "client-bound; saturated", "")
    assert errors(row("a", 1, reasons="x", **bad), row("a", 2, reasons="y", **bad)) == (
        "2 of 2 runs invalid",
        "x; y",
        "bad",
    )
    assert errors(row("a", 1, saturated=True), row("a", 2, reasons="x", **bad)) == (
        "1 of 2 runs invalid",
        "saturated; x",
        "bad",
    )
    three = [row("a", 1, **bad), row("a", 2, verdict="failed", reasons=""), row("a", 3, ok=99, reset=1)]
    assert errors(*three) == ("1 reset; 1 of 3 runs failed, 1 invalid, 1 with errors", "", "bad")


# --- Comparisons ---


def compared(first: str, second: str, **of: Any) -> Compared:
    return Compared(first, second, "w", "p99", ("5 ms", "6 ms"), Comparison((5, 6), (8, 8), **of))


def test_a_comparison_has_both_levels_the_ratio_its_interval_and_what_is_found() -> None:
    table = compared_table(
        "t",
        [
            compared("a", "b", ratio=1.2, interval=Interval(1.104, 1.306), outcome=Outcome.DIFFERS),
            compared("a", "b", ratio=1.2, interval=Interval(0.5, float("inf")), outcome=Outcome.TOO_FEW),
            compared("a", "b", outcome=Outcome.ZERO),
        ],
        ("A", "B"),
    )
    assert texts(table) == {
        "workload": ["w"] * 3, "of": ["b / a"] * 3, "metric": ["p99"] * 3,
        "A": ["5 ms"] * 3, "B": ["6 ms"] * 3,
        "ratio": ["1.20×", "1.20×", NONE], "interval": ["1.10 – 1.31×", NONE, NONE],
        "finding": ["differs by 1.20× [1.10, 1.31×]", "too few repetitions", "a side is zero"],
    }  # fmt: skip
    assert [cell.kind for cell in cells(table)["finding"]] == ["good", "", ""]
    assert [c.is_words for c in table.columns] == [True] * 3 + [False] * 4 + [True]
    assert [c.expendable for c in table.columns] == [0, 0, 0, 1, 1, 0, 2, 0]


def test_subjects_are_named_where_the_headings_do_not_name_them() -> None:
    rows = [compared("a", "a", ratio=1.0), compared("a", "b", ratio=1.0)]
    assert texts(compared_table("t", rows, ("A", "B")))["of"] == ["a", "b / a"]
    assert list(texts(compared_table("t", rows[1:], ("a", "b")))) == ["workload", "metric", "a", "b", "ratio"]
