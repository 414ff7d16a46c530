"""Shows how far a gate is, with the verdict so far: a bar on a terminal, a plain line per block elsewhere.

Drawn only between blocks of slices: a bar that redraws itself would take time from what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from gating.lines import change_text
from gating.procedure import CellState
from gating.verdict import Rule, is_clear, judged
from text.duration import short_text
from text.table import say


class GateProgress:
    """Used as a context manager; leaving it frees the terminal."""

    def __init__(self, console: Console, rule: Rule, budget_s: float):
        self._console = console
        self._rule = rule
        self._budget_s = budget_s
        self._began = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[left]} at most left"),
            TextColumn("[dim]{task.fields[so_far]}"),
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not console.is_terminal or console.is_dumb_terminal,
        )
        self._task = self._bar.add_task("starting", total=budget_s, left=short_text(budget_s), so_far="")

    def __enter__(self) -> GateProgress:
        if not self._bar.disable:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._bar.disable:  # it would print an empty line
            self._bar.stop()

    def update(self, states: Sequence[CellState], step: str) -> None:
        """What procedure.decide calls after every turn."""
        used_s = time.monotonic() - self._began
        left = short_text(self._budget_s - used_s)
        now = so_far(states, self._rule)
        self._bar.update(self._task, description=step, completed=used_s, left=left, so_far=now, refresh=True)
        if self._bar.disable:
            say(self._console, f"{step} ({left} at most left): {now}")


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
