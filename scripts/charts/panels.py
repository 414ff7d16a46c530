"""Figures of panels that share a legend: in each panel a line per subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts.canvas import WIDTH, grid, key, panel_title
from charts.palette import MUTED, Style, subject_styles
from metrics.digest import Digest
from metrics.soundness import MARK

Styles = Mapping[str, Style]
LEFT = 0.66


class Panel(NamedTuple):
    """`lines` is what `draw` draws a line of for each subject; it limits and labels the axes, too."""

    title: str
    rest: str
    lines: Mapping[str, Any]
    draw: Callable[[Axes, Mapping[str, Any], Styles], None]


def panels_figure(
    subjects: Sequence[str], panels: Sequence[Panel], *, columns: int, height: float, bottom: float = 0.35
) -> Figure:
    """So many panels side by side, each of this height in inches, and a legend of who is in any."""
    present = {subject for panel in panels for subject in panel.lines}
    styles = {name: style for name, style in subject_styles(subjects).items() if name in present}
    columns, per_row = min(columns, len(panels)), _legend_columns(list(styles))
    top = 0.4 + 0.195 * -(-len(styles) // per_row)
    figure, _ = grid([1] * columns, -(-len(panels) // columns), height, left=LEFT, top=top, bottom=bottom)
    for axes, panel in zip(figure.axes, panels):
        panel.draw(axes, panel.lines, styles)
        panel_title(axes, panel.title, panel.rest)
    for axes in figure.axes[len(panels) :]:
        axes.set_visible(False)
    handles = [Line2D([], [], color=s.colour, linestyle=s.dashes, lw=2, label=n) for n, s in styles.items()]
    key(figure, handles, left=LEFT, columns=per_row, handlelength=1.9)
    return figure


def draw_line(axes: Axes, style: Style, xs: Sequence[float], ys: Sequence[float], **changes: Any) -> None:
    axes.plot(xs, ys, **{"color": style.colour, "linestyle": style.dashes, "linewidth": 1.7} | changes)


def mark_end(axes: Axes, digest: Digest, x: float, y: float) -> None:
    """The mark at the end of a line that no run that counts stands behind."""
    if not digest.counts:
        axes.annotate(MARK, (x, y), (1, 1), textcoords="offset points", color=MUTED, annotation_clip=False)


def _legend_columns(names: Sequence[str]) -> int:
    """As many as fit side by side; matplotlib fills them one after the other."""
    for columns in range(len(names), 1, -1):
        rows = -(-len(names) // columns)
        widest = [max(map(len, islice(names, at, at + rows))) for at in range(0, len(names), rows)]
        if sum(0.55 + 0.075 * letters for letters in widest) < WIDTH - 0.7:
            return columns
    return 1
