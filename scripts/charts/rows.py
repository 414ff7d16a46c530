"""Figures of rows: a heading per workload, a row per subject, values as dots and their middle as a bar."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from charts.canvas import grid, key
from charts.palette import MUTED, TEXT

ROW = 0.24


class Rows:
    """Axes that share rows, one for each (heading, name), at `places`; the first axes have the names."""

    def __init__(self, names: Sequence[tuple[str, str]], panels: int, *, right: float, top: float):
        headings = dict.fromkeys(heading for heading, _ in names)
        self.left = 0.3 + 0.078 * max(len(text) for pair in names for text in pair)
        height = ROW * (len(names) + 1.4 * len(headings))
        self.figure, [self.axes] = grid([1] * panels, 1, height, left=self.left, right=right, top=top)
        self.places: list[float] = []
        y = 0.8
        for heading, group in groupby(names, key=lambda pair: pair[0]):
            write(self.axes[0], y, heading, -4, x=0, weight="bold", ha="right")
            for _ in group:
                y += 1
                self.places.append(y)
            y += 1.4
        for axes in self.axes:
            axes.set(ylim=(y - 0.8, 0.15), yticks=[])
            axes.spines["left"].set_visible(False)
            axes.grid(axis="y", visible=False)
        self.axes[0].set_yticks(self.places, [name for _, name in names])
        self.axes[0].tick_params(axis="y", labelcolor=TEXT, length=0)

    def key(self, bar: str, *others: Line2D) -> None:
        """What the dots, the bar and other marks are."""
        plain = {"color": MUTED, "linestyle": ""}
        dot = Line2D([], [], marker="o", markersize=4, label="a repetition", **plain)
        upright = Line2D([], [], marker="|", markersize=9, markeredgewidth=2.2, label=bar, **plain)
        key(self.figure, [dot, upright, *others], left=self.left, handlelength=1.2)


def draw_bar(axes: Axes, y: float, middle: float, colour: str) -> None:
    axes.plot([middle] * 2, [y - 0.34, y + 0.34], color=colour, linewidth=2.2)


def write(axes: Axes, y: float, text: str, points: float, *, x: float = 1, **look: Any) -> None:
    """Beside a row, so many points from the axes' right edge (or from the left one: x = 0)."""
    axes.annotate(text, (x, y), (points, 0), ("axes fraction", "data"), "offset points", va="center", **look)
