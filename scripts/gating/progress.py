"""Shows how far a gate is, with the verdict so far: a bar on a terminal, a plain line per block elsewhere.

Drawn only between blocks of slices: a bar that redraws itself would take time from what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from text.duration import short_text
from gating.lines import change_text
from gating.procedure import CellState
from gating.verdict import Rule, is_clear, judged


class GateProgress:
    """Used as a context manager; leaving it frees the terminal. `heard` is what procedure.decide calls."""

    def __init__(self, console: Console, rule: Rule, budget_s: float):
        self._console = console
        self._rule = rule
        self._budget_s = budget_s
        self._began = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.fields[step]}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[left]} at most left"),
            TextColumn("[dim]{task.fields[so_far]}"),
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        left = short_text(budget_s)
        self._task = self._bar.add_task("", total=budget_s, step="starting", left=left, so_far="")
        self._can_redraw = console.is_terminal and not console.is_dumb_terminal

    def __enter__(self) -> GateProgress:
        if self._can_redraw:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._can_redraw:
            self._bar.stop()

    def heard(self, states: Sequence[CellState], step: str) -> None:
        used_s = time.monotonic() - self._began
        left = short_text(self._budget_s - used_s)
        now = so_far(states, self._rule)
        if self._can_redraw:
            self._bar.update(self._task, completed=used_s, step=step, left=left, so_far=now, refresh=True)
        else:
            self._console.print(
                f"{step} ({left} at most left): {now}", markup=False, highlight=False, soft_wrap=True
            )


def so_far(states: Sequence[CellState], rule: Rule) -> str:
    """`async capacity -0.4 % [-2.1, +1.3], not regressed so far`"""
    texts = []
    for state in states:
        result = judged(state.cell, state.main, rule)
        if not result.metrics:
            continue
        worst = min(result.gated, key=lambda metric: metric.estimate)
        clear = "not regressed" if is_clear(result, rule) else "undecided"
        texts.append(f"{state.cell} {worst.name} {change_text(worst.name, worst)}, {clear} so far")
    return "; ".join(texts) or "nothing to say yet"
