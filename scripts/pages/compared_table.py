"""The table of a comparison: a row per workload, subject and metric, with its ratio, interval and finding."""

from __future__ import annotations

import math
from collections.abc import Sequence

from metrics.comparing import Compared
from text.table import Cell, Column, Table, make_table
from text.units import NONE, ratio_text


def compared_table(
    title: str, rows: Sequence[Compared], headings: tuple[str, str], names_subjects: bool = False
) -> Table:
    """`headings` are those of the two sides; `names_subjects`: the rows are of different subjects."""
    columns = [
        Column("workload", lambda row: row.workload, is_words=True),
        Column("of", lambda row: " / ".join(dict.fromkeys((row.second, row.first))), is_words=True),
        Column("metric", lambda row: row.metric, is_words=True),
        Column(headings[0], lambda row: row.levels[0]),
        Column(headings[1], lambda row: row.levels[1]),
        Column("ratio", lambda row: ratio_text(row.comparison.ratio)),
        Column("interval", _interval_text),
        Column("finding", _finding_cell, is_words=True),
    ]
    return make_table(title, columns if names_subjects else [columns[0], *columns[2:]], rows)


def _interval_text(row: Compared) -> str:
    """`0.93 – 1.12×`, with a question mark where so few runs bound nothing."""
    interval = row.comparison.interval
    if interval is None:
        return NONE
    return f"{interval.low:.2f} – {ratio_text(interval.high)}" if math.isfinite(interval.high) else "?"


def _finding_cell(row: Compared) -> Cell:
    return Cell(row.comparison.sentence, kind="good" if row.comparison.differs else "")
