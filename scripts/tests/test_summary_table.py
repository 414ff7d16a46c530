"""The table of a workload, as the page, the terminal and the README show it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import synthetic
from metrics.curves import single_workloads
from metrics.digest import digests
from metrics.metrics import MARK, PAGE, README, TERMINAL
from pages.tables import summary_table
from recordings.recording import Recording
from synthetic import Spec
from text.table import Table, print_table


@pytest.fixture
def recording(tmp_path) -> Recording:
    return Recording.load(synthetic.build(tmp_path / "hundred-x"))


def table_of(recording: Recording, workload: str, place: str = TERMINAL) -> Table:
    return summary_table(recording, digests(recording), workload, place)


def headings(table: Table) -> list[str]:
    return [column.heading for column in table.columns]


def cell(table: Table, subject: str, heading: str):
    [row] = [row for row in table.rows if row[0].text.strip("`") == subject]
    return row[headings(table).index(heading)]


def printed(table: Table, width: int | None) -> str:
    text = io.StringIO()
    print_table(
        table, Console(file=text, width=width, force_terminal=width is not None, no_color=True, _environ={})
    )
    return text.getvalue()


@pytest.mark.parametrize("place", [PAGE, TERMINAL, README])
def test_a_row_per_variant_and_a_column_per_metric_that_is_meant_for_the_place(recording, place):
    for workload in single_workloads(recording):
        table = table_of(recording, workload, place)
        assert [row[0].text.strip("`") for row in table.rows] == recording.variants
        assert {"makespan", "threads", "memory", "errors"} <= set(headings(table))
    assert ("max" in headings(table)) is (place == PAGE) and ("p50" in headings(table)) is (place != README)


def test_classes_are_told_apart_where_there_are_several(recording):
    assert {"long p99", "short p99"} <= set(headings(table_of(recording, "mixed")))
    assert "long p99" not in headings(table_of(recording, "all-long"))


def test_a_column_without_a_figure_is_left_out(recording):
    assert "ideal" in headings(table_of(recording, "mixed"))
    assert "ideal" not in headings(table_of(recording, "all-short"))
    assert "requests/s" not in headings(table_of(recording, "mixed")), "it would tell the makespan again"


def test_the_range_is_beneath_on_the_page_and_beside_in_the_readme(recording):
    on_page = cell(table_of(recording, "mixed", PAGE), "async", "makespan")
    assert " – " in on_page.note and " – " not in on_page.text
    assert "× (" in cell(table_of(recording, "mixed", README), "async", "× ideal").text


def test_a_narrow_terminal_gets_fewer_columns_rather_than_cut_ones(recording):
    table = table_of(recording, "mixed")
    wide, narrow = printed(table, 160), printed(table, 90)
    assert "p50" in wide and "p50" not in narrow
    assert "makespan" in narrow and "errors" in narrow and "…" not in narrow
    assert "…" not in printed(table, None), "a pipe gets whole cells"


def test_figures_of_runs_of_which_none_counts_are_marked(tmp_path):
    spec = Spec(failures={("async", "mixed", n): 2 for n in (1, 2)}, invalid={("pool-8", "mixed", 1): "late"})
    table = table_of(Recording.load(synthetic.build(tmp_path / "r", spec)), "mixed", PAGE)
    assert cell(table, "async", "makespan").text.endswith(MARK)
    assert cell(table, "async", "errors").text == "4 reset; 2 of 2 runs with errors"
    assert cell(table, "async", "errors").kind == "bad"
    assert (
        MARK not in cell(table, "pool-8", "makespan").text and cell(table, "pool-8", "runs").text == "1 of 2"
    )
    assert cell(table, "pool-8", "errors") == ("1 of 2 runs invalid", "late", "bad")
    assert cell(table, "async-2", "runs").text == "2 of 2"
    assert cell(table, "async-2", "errors") == ("none", "", "")
