"""The two kinds of figures: of panels that share a legend, in each a line per subject; and of rows, a heading
per workload and a row per subject, with values as dots and their middle as a bar."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts.canvas import WIDTH, grid, key, panel_title
from charts.labels import MOST as MOST_LABELS, label_ends, room_for
from charts.palette import MUTED, SURFACE, TEXT, Style, subject_styles
from charts.tags import gid
from metrics.digest import Digest, Spread
from metrics.soundness import MARK

Styles = Mapping[str, Style]
LEFT = 0.66
LEAST_WIDE = 1.7  # inches, of axes that have names beside them
ROW = 0.24
ROWS_WIDTH = 5.2


class Panel(NamedTuple):
    """`lines` is what `draw` draws a line of for each subject; it limits and labels the axes, too."""

    title: str
    rest: str
    lines: Mapping[str, Any]
    draw: Callable[[Axes, Mapping[str, Any], Styles], None]


def panels_figure(
    subjects: Sequence[str],
    panels: Sequence[Panel],
    *,
    columns: int,
    height: float,
    bottom: float = 0.35,
    wide: float = WIDTH,
    styles: Styles | None = None,
) -> Figure:
    """So many panels side by side, each of this height in inches, with names at the ends of their lines; or,
    where one has no room for them, a legend of who is in any."""
    present = {subject for panel in panels for subject in panel.lines}
    styles = {name: style for name, style in (styles or subject_styles(subjects)).items() if name in present}
    columns = min(columns, len(panels))
    wide = min(wide, ROWS_WIDTH) if columns == 1 else wide  # what a phone can show
    per_row = _legend_columns(list(styles), wide)
    widest = room_for(styles)
    has_room = (wide - LEFT) / columns - widest - 0.7 >= LEAST_WIDE
    are_few = max(len(panel.lines) for panel in panels) <= MOST_LABELS
    for room in (widest, 0) if has_room and are_few else (0,):
        top = 0.3 if room else 0.4 + 0.195 * -(-len(styles) // per_row)
        edges = {"left": LEFT, "top": top, "bottom": bottom, "wide": wide, "right": max(room, 0.15)}
        rows = -(-len(panels) // columns)
        figure, _ = grid([1] * columns, rows, height, gaps=(0.7 + room, 0.62), **edges)
        for axes, panel in zip(figure.axes, panels):
            panel.draw(axes, panel.lines, styles)
            panel_title(axes, panel.title, panel.rest)
        if room and all(label_ends(a, styles, p.lines, room) for a, p in zip(figure.axes, panels)):
            break
    for axes in figure.axes[len(panels) :]:
        axes.set_visible(False)
    handles = [Line2D([], [], color=s.colour, linestyle=s.dashes, lw=2, label=n) for n, s in styles.items()]
    # One that is not drawn is the page's all the same, for its switches.
    key(figure, handles, left=LEFT, columns=per_row, handlelength=1.9).set_visible(not room)
    return figure


Mark = tuple[float, Spread, str, bool]  # its place, what it shows, what is said of it, whether it is hollow


def draw_marks(axes: Axes, style: Style, marks: Sequence[Mark]) -> None:
    """A line through medians, each with its range."""
    draw_line(axes, style, [at for at, *_ in marks], [s.median for _, s, *_ in marks], linewidth=1.5)
    for at, spread, note, is_hollow in marks:
        whose = gid(series=style.series)
        axes.plot([at] * 2, [spread.low, spread.high], color=style.colour, linewidth=1, gid=whose)
        face, named = SURFACE if is_hollow else style.colour, gid(series=style.series, note=note)
        look = {"color": style.colour, "markerfacecolor": face, "gid": named}
        axes.plot(at, spread.median, style.marker, markersize=4, **look)


def draw_line(axes: Axes, style: Style, xs: Sequence[float], ys: Sequence[float], **changes: Any) -> None:
    look = {"color": style.colour, "linestyle": style.dashes, "linewidth": 1.7}
    axes.plot(xs, ys, label=style.series, gid=gid(series=style.series, line=1), **look | changes)


def mark_end(axes: Axes, digest: Digest, x: float, y: float) -> None:
    """The mark at the end of a line that no run that counts stands behind."""
    if not digest.counts:
        look = {"color": MUTED, "annotation_clip": False, "gid": gid(series=digest.subject)}
        axes.annotate(MARK, (x, y), (1, 1), textcoords="offset points", **look)


def _legend_columns(names: Sequence[str], wide: float) -> int:
    """As many as fit side by side; matplotlib fills them one after the other."""
    for columns in range(len(names), 1, -1):
        rows = -(-len(names) // columns)
        widest = [max(map(len, names[at : at + rows])) for at in range(0, len(names), rows)]
        if sum(0.55 + 0.075 * letters for letters in widest) < wide - 0.7:
            return columns
    return 1


class Rows:
    """Axes with the same rows, one for each (heading, name), at `places`. They stand below each other, as
    narrow as a phone can show."""

    def __init__(self, names: Sequence[tuple[str, str]], panels: int, *, right: float, top: float):
        headings = dict.fromkeys(heading for heading, _ in names)
        self.left = 0.3 + 0.078 * max(len(text) for pair in names for text in pair)
        height = ROW * (len(names) + 1.4 * len(headings))
        gaps, wide = (0.0, 0.75), ROWS_WIDTH + max(self.left - 1.6, 0)
        self.figure, cells = grid(
            [1], panels, height, left=self.left, right=right, top=top, gaps=gaps, wide=wide
        )
        self.axes = [axes for [axes] in cells]
        self.places: list[float] = []
        y = 0.8
        for heading, group in groupby(names, key=lambda pair: pair[0]):
            for axes in self.axes:
                write(axes, y, heading, -4, x=0, weight="bold", ha="right")
            for _ in group:
                y += 1
                self.places.append(y)
            y += 1.4
        for axes in self.axes:
            axes.set(ylim=(y - 0.8, 0.15))
            axes.spines["left"].set_visible(False)
            axes.grid(axis="y", visible=False)
            axes.set_yticks(self.places, [name for _, name in names])
            axes.tick_params(axis="y", labelcolor=TEXT, length=0)

    def key(self, bar: str, *others: Line2D) -> None:
        """What the dots, the bar and other marks are."""
        plain = {"color": MUTED, "linestyle": ""}
        dot = Line2D([], [], marker="o", markersize=4, label="a repetition", **plain)
        upright = Line2D([], [], marker="|", markersize=9, markeredgewidth=2.2, label=bar, **plain)
        key(self.figure, [dot, upright, *others], left=self.left, handlelength=1.2)


def draw_bar(axes: Axes, y: float, middle: float, style: Style, note: str = "") -> None:
    axes.plot(
        [middle] * 2,
        [y - 0.34, y + 0.34],
        color=style.colour,
        linewidth=2.2,
        gid=gid(series=style.series, note=note),
    )


def write(axes: Axes, y: float, text: str, points: float, *, x: float = 1, **look: Any) -> None:
    """Beside a row, so many points from the axes' right edge (or from the left one: x = 0)."""
    axes.annotate(text, (x, y), (points, 0), ("axes fraction", "data"), "offset points", va="center", **look)
