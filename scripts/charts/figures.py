"""The two kinds of figures: of panels that share a legend, in each a line per subject; and of rows, a heading
per workload and a row per subject, with values as dots and their middle as a bar."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts.canvas import WIDTH, grid, key, panel_title
from charts.palette import MUTED, TEXT, Style, subject_styles
from metrics.digest import Digest
from metrics.soundness import MARK

Styles = Mapping[str, Style]
LEFT = 0.66
ROW = 0.24


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
        widest = [max(map(len, names[at : at + rows])) for at in range(0, len(names), rows)]
        if sum(0.55 + 0.075 * letters for letters in widest) < WIDTH - 0.7:
            return columns
    return 1


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
