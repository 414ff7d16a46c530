"""A bar on a terminal, as long as what it stands for takes; nothing where the terminal cannot redraw.

It draws only when it is asked to: a bar that redraws itself would take processor time from what is measured.
"""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from text.units import short_text


class TimeBar:
    """Used as a context manager; leaving it frees the terminal. `left`: what stands behind the time left."""

    def __init__(self, console: Console, total_s: float, left: str = "left"):
        self.console = console
        self.redraws = console.is_terminal and not console.is_dumb_terminal
        self._total_s = total_s
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn(f"{{task.fields[left]}} {left}"),
            TextColumn("[dim]{task.fields[detail]}"),
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=total_s, left=short_text(total_s), detail="")

    def __enter__(self) -> Self:
        if self.redraws:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.redraws:  # it would print an empty line
            self._bar.stop()

    def draw(self, heading: str, left_s: float, detail: str) -> None:
        if self.redraws:
            texts = {"description": heading, "left": short_text(left_s), "detail": detail}
            self._bar.update(self._task, completed=max(self._total_s - left_s, 0), refresh=True, **texts)
