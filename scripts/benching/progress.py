"""Shows what runs and how long is left: a bar on a terminal, a plain line per run elsewhere.

It draws when a run begins or ends and once a second in a long one, from the bench's own thread: a bar that
redraws itself would take processor time from what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from plans.plan import Run
from text.duration import short_text


class TimeLeft:
    """How long the runs that are left should take: their expected time, corrected by what the others took."""

    def __init__(self, runs: Sequence[Run], clock: Callable[[], float] = time.monotonic):
        self._left = list(runs)
        self._clock = clock
        self._began: float | None = None
        self._corrections_s: list[float] = []

    def begin(self) -> None:
        self._began = self._clock()

    def end(self) -> None:
        self._corrections_s.append(self._running_s() - self._left.pop(0).expected_s)
        self._began = None

    def left_s(self) -> float:
        """Seconds; of the run under way only what is expected of its rest."""
        corrections = self._corrections_s
        correction = sum(corrections) / len(corrections) if corrections else 0.0
        times = [max(run.expected_s + correction, 0.0) for run in self._left]
        if times:
            times[0] = max(times[0] - self._running_s(), 0.0)
        return sum(times)

    def _running_s(self) -> float:
        return 0.0 if self._began is None else self._clock() - self._began


class PlainLines:
    """A line per run. A context manager; leaving it frees the terminal."""

    def __init__(self, runs: Sequence[Run], console: Console):
        self._console = console
        self._time = TimeLeft(runs)
        self._total = len(runs)
        self._ended = 0

    def __enter__(self) -> PlainLines:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, run: Run) -> None:
        self._time.begin()

    def tick(self) -> None:
        pass

    def end(self, run: Run, result: str, fault: str | None) -> None:
        self._ended += 1
        self._time.end()
        left = short_text(self._time.left_s())
        self._say(f"{self._ended}/{self._total} {run}: {_outcome(result, fault)} ({left} left)")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class Bar(PlainLines):
    """A line for a run that failed only, below them a bar."""

    def __init__(self, runs: Sequence[Run], console: Console):
        super().__init__(runs, console)
        self._progress = Progress(
            TextColumn("run {task.fields[number]} of {task.fields[runs]}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[left]} left"),
            TextColumn("[dim]{task.description}"),
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        total_s = self._time.left_s()
        fields = {"number": 1, "runs": self._total, "left": short_text(total_s)}
        self._task = self._progress.add_task("", total=total_s, **fields)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, run: Run) -> None:
        super().begin(run)
        self._progress.update(self._task, description=str(run), number=self._ended + 1)
        self.tick()

    def tick(self) -> None:
        left_s = self._time.left_s()
        # The bar's length is time, as what it stands for differs a hundredfold between runs.
        done_s = max((self._progress.tasks[0].total or 0.0) - left_s, 0.0)
        self._progress.update(self._task, completed=done_s, left=short_text(left_s), refresh=True)

    def end(self, run: Run, result: str, fault: str | None) -> None:
        self._ended += 1
        self._time.end()
        if fault:
            self._say(f"{run}: {_outcome(result, fault)}")


def show(runs: Sequence[Run], console: Console) -> PlainLines:
    can_redraw = console.is_terminal and not console.is_dumb_terminal
    return Bar(runs, console) if can_redraw else PlainLines(runs, console)


def _outcome(result: str, fault: str | None) -> str:
    return "; ".join(filter(None, (f"FAILED: {fault}" if fault else "", result)))
