"""Figures of panels that share a legend, in each a line per subject; and what such lines are drawn of."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts.canvas import WIDTH, Chart, captioned, grid, key, panel_title
from charts.labels import MOST as MOST_LABELS, label_ends, room_for
from charts.palette import MUTED, SURFACE, Style, subject_styles
from charts.svg import gid
from metrics.digest import Digest, Spread
from metrics.soundness import MARK
from recordings.recording import Recording

Styles = Mapping[str, Style]
LEFT = 0.66
LEAST_WIDE = 1.7  # inches, of axes that have names beside them
ONE_WIDE = 5.2  # of a single column: what a phone can show
DASHED = {"color": MUTED, "linewidth": 0.8, "linestyle": (0, (2, 2))}


class Panel(NamedTuple):
    """`lines` is what `draw` draws a line of for each subject; it limits and labels the axes, too."""

    title: str
    rest: str
    lines: Mapping[str, Any]
    draw: Callable[[Axes, Mapping[str, Any], Styles], None]
    text: str = ""  # what is to be seen


class Mark(NamedTuple):
    """A place along a line, what is there, and what is said of it."""

    at: float
    spread: Spread
    note: str = ""
    is_hollow: bool = False


Lines = Mapping[str, Sequence[Mark]]


def panels_chart(
    kind: str, recording: Recording, panels: Iterable[Panel], words: dict[str, str] = {}, **look: Any
) -> Iterator[Chart]:
    """One, or none without panels; `words` are for captions.toml, `look` is for `panels_figure`."""
    if panels := list(panels):
        figure = panels_figure(subject_styles(recording.subjects), panels, **look)
        yield captioned(kind, figure, [panel.text for panel in panels if panel.text], **words)


def panels_figure(
    styles: Styles,
    panels: Sequence[Panel],
    *,
    columns: int = 2,
    height: float = 2.1,
    bottom: float = 0.5,
    wide: float = WIDTH,
) -> Figure:
    """So many panels side by side, each of this height in inches, with names at the ends of their lines; or,
    where one has no room for them, a legend of who is in any."""
    present = {subject for panel in panels for subject in panel.lines}
    styles = {name: style for name, style in styles.items() if name in present}
    columns = min(columns, len(panels))
    wide = min(wide, ONE_WIDE) if columns == 1 else wide
    per_row, widest = _legend_columns(list(styles), wide), room_for(styles)
    has_room = (wide - LEFT) / columns - widest - 0.7 >= LEAST_WIDE
    are_few = max(len(panel.lines) for panel in panels) <= MOST_LABELS
    for room in (widest, 0) if has_room and are_few else (0,):
        top = 0.3 if room else 0.4 + 0.195 * -(-len(styles) // per_row)
        edges = {"left": LEFT, "top": top, "bottom": bottom, "wide": wide, "right": max(room, 0.15)}
        figure, _ = grid([1] * columns, -(-len(panels) // columns), height, gaps=(0.7 + room, 0.62), **edges)
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


def _legend_columns(names: Sequence[str], wide: float) -> int:
    """As many as fit side by side; matplotlib fills them one after the other."""
    for columns in range(len(names), 1, -1):
        rows = -(-len(names) // columns)
        widest = [max(map(len, names[at : at + rows])) for at in range(0, len(names), rows)]
        if sum(0.55 + 0.075 * letters for letters in widest) < wide - 0.7:
            return columns
    return 1


def draw_marks(axes: Axes, style: Style, marks: Sequence[Mark]) -> None:
    """A line through medians, each with its range."""
    draw_line(axes, style, [m.at for m in marks], [m.spread.median for m in marks], linewidth=1.5)
    for at, spread, note, is_hollow in marks:
        whose, named = gid(series=style.series), gid(series=style.series, note=note)
        axes.plot([at] * 2, [spread.low, spread.high], color=style.colour, linewidth=1, gid=whose)
        draw_dot(axes, at, spread.median, style, is_hollow, marker=style.marker, gid=named)


def draw_line(axes: Axes, style: Style, xs: Sequence[float], ys: Sequence[float], **changes: Any) -> None:
    look = {"color": style.colour, "linestyle": style.dashes, "linewidth": 1.7}
    axes.plot(xs, ys, label=style.series, gid=gid(series=style.series, line=1), **look | changes)


def draw_dot(axes: Axes, x: float, y: float, style: Style, is_hollow: bool, **changes: Any) -> None:
    look = {"color": style.colour, "markerfacecolor": SURFACE if is_hollow else style.colour}
    axes.plot(x, y, **look | {"marker": "o", "linestyle": "", "markersize": 4} | changes)


def mark_end(axes: Axes, digest: Digest, x: float, y: float) -> None:
    """The mark at the end of a line that no run that counts stands behind."""
    if not digest.counts:
        look = {"color": MUTED, "annotation_clip": False, "gid": gid(series=digest.subject)}
        axes.annotate(MARK, (x, y), (1, 1), textcoords="offset points", **look)
