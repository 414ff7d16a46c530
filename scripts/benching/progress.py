"""Shows what runs and how long is left: a bar on a terminal that can redraw it, a line per run elsewhere.

It draws when a run begins or ends and once a second in a long one, from the bench's own thread: a bar that
redraws itself would take processor time from what is measured. The bar's length is time, as what it stands
for differs a hundredfold between runs."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from statistics import fmean

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from plans.plan import Run, expected_s
from text.table import say
from text.units import short_text


class RunProgress(ExitStack):
    """Of the runs, in order. On a terminal, which leaving it frees, only a run that failed has a line."""

    def __init__(self, runs: Sequence[Run], console: Console, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self.redraws = console.is_terminal and not console.is_dumb_terminal
        self._console, self._runs, self._clock, self._began = console, runs, clock, clock()
        self._longer_s: list[float] = []  # than expected, of the runs that have ended
        columns = ["{task.description}", BarColumn(bar_width=30), "{task.fields[left]} left"]
        columns.append(TextColumn("[dim]{task.fields[detail]}"))
        how = {"auto_refresh": False, "transient": True, "redirect_stdout": False, "redirect_stderr": False}
        self._bar = Progress(*columns, console=console, disable=not self.redraws, **how)
        self._total_s = expected_s(runs)
        self._task = self._bar.add_task("", total=self._total_s, left="", detail="")
        if self.redraws:  # elsewhere it would print an empty line
            self.enter_context(self._bar)

    def tick(self) -> None:
        ended, left_s = len(self._longer_s), self.left_s()
        texts = {"left": short_text(left_s), "detail": str(self._runs[ended])}
        texts["description"] = f"run {ended + 1} of {len(self._runs)}"
        self._bar.update(self._task, completed=self._total_s - left_s, refresh=True, **texts)

    def end(self, result: str, fault: str | None) -> None:
        """Of the run under way; the next one has begun."""
        run, now_s = self._runs[len(self._longer_s)], self._clock()
        self._longer_s.append(now_s - self._began - run.expected_s)
        self._began = now_s
        outcome = f"{run}: " + "; ".join(filter(None, (fault and f"FAILED: {fault}", result)))
        if not self.redraws:
            number = f"{len(self._longer_s)}/{len(self._runs)}"
            say(self._console, f"{number} {outcome} ({short_text(self.left_s())} left)")
        elif fault:
            say(self._console, outcome)

    def left_s(self) -> float:
        """Expected of the rest of this run and of the runs after it, corrected by what the others took."""
        correction_s = fmean(self._longer_s or [0.0])
        times = [max(run.expected_s + correction_s, 0.0) for run in self._runs[len(self._longer_s) :]]
        return max(times[0] - (self._clock() - self._began), 0.0) + sum(times[1:]) if times else 0.0
