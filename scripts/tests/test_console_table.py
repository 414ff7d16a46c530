"""The tables at the bench's end: what is in them, and what is left out where there is no room."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import synthetic
from pages.console_table import print_tables
from recordings.recording import Recording


@pytest.fixture
def recording(tmp_path) -> Recording:
    return Recording.load(synthetic.build(tmp_path / "hundred-x"))


def printed(recording: Recording, terminal_width: int | None) -> list[str]:
    text = io.StringIO()
    is_terminal = terminal_width is not None
    print_tables(
        recording,
        Console(file=text, width=terminal_width, force_terminal=is_terminal, no_color=True, _environ={}),
    )
    return text.getvalue().splitlines()


def heading_of(lines: list[str], workload: str) -> str:
    at = next(i for i, line in enumerate(lines) if workload in line)
    return next(line for line in lines[at:] if "variant" in line)


def test_each_workload_has_a_table_with_a_row_per_variant(recording):
    lines = printed(recording, None)
    for workload in recording.workloads:
        assert sum(line.strip() == workload for line in lines) == 1
    for variant in recording.variants:
        assert sum(line.split()[:1] == [variant] for line in lines) == len(recording.workloads)
    assert "…" not in "".join(lines), "a pipe gets whole cells"


def test_classes_are_told_apart_where_there_are_several(recording):
    lines = printed(recording, None)
    assert "long p99" in heading_of(lines, "mixed") and "short p99" in heading_of(lines, "mixed")
    assert "long p99" not in heading_of(lines, "all-long")


def test_a_column_without_a_figure_is_left_out(recording):
    lines = printed(recording, None)
    assert "ideal" in heading_of(lines, "mixed") and "ideal" not in heading_of(lines, "all-short")


def test_a_narrow_terminal_gets_fewer_columns_rather_than_cut_ones(recording):
    wide, narrow = printed(recording, 160), printed(recording, 90)
    assert "p50" in heading_of(wide, "mixed") and "p50" not in heading_of(narrow, "mixed")
    assert "makespan" in heading_of(narrow, "mixed") and "errors" in heading_of(narrow, "mixed")
    assert "…" not in "".join(narrow)
