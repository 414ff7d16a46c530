"""A gate's verdict on a terminal: a row for each metric of each cell, and the verdict last."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from gating.lines import headline, lines, quads_text
from gating.procedure import Decision
from gating.verdict import Rule

_WIDER_THAN_ANY = 1000


def print_decision(decision: Decision, rule: Rule, console: Console) -> None:
    rows = lines(decision, rule)
    if rows:
        shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for heading, justify in (
            ("cell", "left"),
            ("metric", "left"),
            ("baseline", "right"),
            ("candidate", "right"),
            ("change [95 %]", "right"),
            ("finding", "left"),
            ("would have seen", "right"),
        ):
            shown.add_column(heading.replace("[", r"\["), justify=justify)
        for row in rows:
            style = "bold red" if row.regressed else None if row.gated else "dim"
            cells = (
                row.cell,
                row.metric,
                row.baseline,
                row.candidate,
                row.change,
                row.finding,
                row.detectable,
            )
            shown.add_row(*(cell.replace("[", r"\[") for cell in cells), style=style)
        if not console.is_terminal:  # a pipe has no width of its own
            options = console.options.update(width=_WIDER_THAN_ANY)
            console.width = Measurement.get(console, options, shown).maximum
        console.print(shown)
        _say(console, f"margin {rule.margin * 100:.3g} %; {quads_text(decision)}")
    _say(console, f"verdict: {headline(decision, rule)}")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
