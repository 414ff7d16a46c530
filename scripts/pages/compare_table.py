"""Comparisons on a terminal: a row per variant, workload and metric."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from stats.comparison import DIFFERS, Compared
from text.units import NONE, ratio_text

_WIDER_THAN_ANY = 1000


def print_compared(rows: Sequence[Compared], names: tuple[str, str], console: Console) -> None:
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("workload", "variant", "metric"):
        shown.add_column(heading, no_wrap=True)
    for heading in (*names, "ratio", "interval"):
        shown.add_column(heading.replace("[", r"\["), justify="right", overflow="fold")
    shown.add_column("finding")
    for row in rows:
        style = "bold" if row.finding.startswith(DIFFERS) else None
        cells = (row.workload, row.subject, row.measure, *row.levels, ratio_text(row.ratio), limits_text(row))
        shown.add_row(*(cell.replace("[", r"\[") for cell in (*cells, row.finding)), style=style)
    if not console.is_terminal:  # a pipe has no width of its own
        console.width = Measurement.get(console, console.options.update(width=_WIDER_THAN_ANY), shown).maximum
    console.print(shown)


def limits_text(row: Compared) -> str:
    """`0.93 – 1.12×`, with a question mark where so few runs bound nothing."""
    if row.interval is None:
        return NONE
    if not math.isfinite(row.interval.high):
        return "?"
    return f"{row.interval.low:.2f} – {ratio_text(row.interval.high)}"
