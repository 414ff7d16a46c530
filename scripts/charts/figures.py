"""Figures of panels, in each a line per subject, with names at the ends of the lines where every one has room
for its own, and otherwise a legend that all share; and what such lines are drawn of."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from operator import itemgetter
from statistics import fmean
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

from charts.canvas import WIDTH, Chart, captioned, grid, key, panel_title
from charts.palette import MUTED, SURFACE, Style, subject_styles
from charts.svg import gid
from metrics.digest import Spread
from recordings.recording import Recording

Styles = Mapping[str, Style]
LineEnd = tuple[float, float, str]  # where it ends, in points of the figure, and whose it is
LEAST_WIDE = 1.7  # inches, of axes that have names beside them
NARROW = 4.6  # of a single column: what a phone can show
DASHED = {"color": MUTED, "linewidth": 0.8, "linestyle": (0, (2, 2))}
_MOST_LABELS = 8  # lines, above which names at their ends read no easier than a legend
_SIZE, _HIGH = 7.5, 9.5  # points: of the letters, and from a name to the next
_GAP = 10.0  # points from the end of a line to its name
_SHIFTS = sorted(range(-48, 49, 4), key=abs)  # points by which names are moved from where they belong


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
    note: str
    is_hollow: bool


Marks = Mapping[str, Sequence[Mark]]


def panels_chart(
    kind: str, recording: Recording, panels: Iterable[Panel], words: dict[str, str] = {}, **look: Any
) -> Iterator[Chart]:
    """One, or none without panels; `words` are for captions.toml, `look` is for `panels_figure`."""
    if panels := list(panels):
        figure = panels_figure(subject_styles(recording.subjects), panels, **look)
        yield captioned(kind, figure, [panel.text for panel in panels if panel.text], **words)


def panels_figure(styles: Styles, panels: Sequence[Panel], columns: int = 2, height: float = 2.0) -> Figure:
    """So many panels side by side, each of this height in inches."""
    present = {subject for panel in panels for subject in panel.lines}
    styles = {name: style for name, style in styles.items() if name in present}
    columns = min(columns, len(panels))
    wide = NARROW if columns == 1 else WIDTH
    per_row = max(int((wide - 0.7) / (0.6 + 0.075 * max(map(len, styles)))), 1)
    widest = (_GAP + max(map(_width, styles)) + 4) / 72
    has_room = (wide - 0.7) / columns - widest - 0.7 >= LEAST_WIDE
    are_few = max(len(panel.lines) for panel in panels) <= _MOST_LABELS
    for room in (widest, 0) if has_room and are_few else (0,):
        top = 0.3 if room else 0.4 + 0.195 * -(-len(styles) // per_row)
        inches = {"wide": wide, "top": top, "right": max(room, 0.15), "bottom": 0.5, "across": 0.7 + room}
        figure, _ = grid([1] * columns, -(-len(panels) // columns), height, **inches)
        for axes, panel in zip(figure.axes, panels):
            panel.draw(axes, panel.lines, styles)
            panel_title(axes, panel.title, panel.rest)
        if room and all(label_ends(a, styles, p.lines, 72 * room) for a, p in zip(figure.axes, panels)):
            break
    for axes in figure.axes[len(panels) :]:
        axes.set_visible(False)
    handles = [Line2D([], [], color=s.colour, linestyle=s.dashes, lw=2, label=n) for n, s in styles.items()]
    # One that is not drawn is the page's all the same, for its switches.
    key(figure, handles, per_row).set_visible(not room)
    return figure


def draw_marks(axes: Axes, style: Style, marks: Sequence[Mark]) -> None:
    """A line through medians, each with its range."""
    draw_line(axes, style, [m.at for m in marks], [m.spread.median for m in marks], linewidth=1.5)
    for at, spread, note, is_hollow in marks:
        if spread.low < spread.high:
            ends, whose = (spread.low, spread.high), gid(series=style.series)
            axes.plot([at] * 2, ends, color=style.colour, linewidth=1, gid=whose)
        look = {"marker": style.marker, "gid": gid(series=style.series, note=note)}
        draw_dot(axes, at, spread.median, style, is_hollow, **look)


def draw_line(axes: Axes, style: Style, xs: Sequence[float], ys: Sequence[float], **changes: Any) -> None:
    look = {"color": style.colour, "linestyle": style.dashes, "linewidth": 1.7}
    axes.plot(xs, ys, label=style.series, gid=gid(series=style.series, line=1), **look | changes)


def draw_dot(axes: Axes, x: float, y: float, style: Style, is_hollow: bool, **changes: Any) -> None:
    look = {"color": style.colour, "markerfacecolor": SURFACE if is_hollow else style.colour}
    axes.plot(x, y, **look | {"marker": "o", "linestyle": "", "markersize": 4} | changes)


def label_ends(axes: Axes, styles: Styles, names: Iterable[str], room: float) -> bool:
    """Names each of the lines at its end, within `room` points beside the axes, touching no line and no other
    name. False, and nothing is drawn, where one of them has no place. The axes' limits must be final."""
    frame, labels = Bbox(axes.bbox.get_points() + [(0, 0), (room, 0)]), {}
    paths, stacks = _paths_and_stacks(axes)
    for stack in stacks:
        tried = (_boxes(stack, shift, frame, paths, [*labels.values()]) for shift in _SHIFTS)
        placed = dict(zip(stack, next(filter(None, tried), ())))
        paths += [Path([end[:2], (box.x0, fmean(box.intervaly))]) for end, box in placed.items()]
        labels |= placed
    if {series for *_, series in labels} != set(names):
        return False
    for (x, y, series), box in labels.items():
        colour, place = {"color": styles[series].colour}, (box.x0, fmean(box.intervaly))
        arrow = {"arrowstyle": "-", "lw": 0.6, "shrinkA": 1, "shrinkB": 3, "relpos": (0, 0.5)} | colour
        look = {"fontsize": _SIZE, "va": "center", "gid": gid(switch=series)} | colour
        label = axes.annotate(series, (x, y), place, "figure points", arrowprops=arrow, **look)
        label.arrow_patch.set_gid(gid(series=series))
    return True


def _paths_and_stacks(axes: Axes) -> tuple[list[Path], list[list[LineEnd]]]:
    """Of the lines; and where the last part of each series' line ends, together with those that end at about
    the same place of the axis, upwards."""
    paths, ends, stacks = [line.get_path().transformed(line.get_transform()) for line in axes.lines], {}, []
    for line, path in zip(axes.lines, paths):
        if not (series := line.get_label()).startswith("_"):
            ends[series] = max(ends.get(series, ()), (*path.vertices[-1], series))
    for end in sorted(ends.values(), reverse=True):
        if not stacks or stacks[-1][0][0] - end[0] >= 2 * _GAP:
            stacks.append([])
        stacks[-1].append(end)
    return paths, [sorted(stack, key=itemgetter(1)) for stack in stacks]


def _boxes(
    stack: Sequence[LineEnd], shift: float, frame: Bbox, paths: Sequence[Path], taken: Sequence[Bbox]
) -> list[Bbox]:
    """The names of a stack, near their ends but for a move by so much; none where something is in the way."""
    left, boxes = max(x for x, *_ in stack) + _GAP, []
    heights = _spread_out([y + shift for _, y, _ in stack], frame.y0, frame.y1)
    for (*_, series), y in zip(stack, heights):
        box = Bbox.from_bounds(left, y - 0.4 * _HIGH, _width(series), 0.8 * _HIGH)
        is_hit = box.count_overlaps(taken) or any(path.intersects_bbox(box, filled=False) for path in paths)
        if is_hit or box.x1 > frame.x1:
            return []
        boxes.append(box)
    return boxes


def _spread_out(heights: Sequence[float], low: float, high: float) -> list[float]:
    """As far from each other as names are high, in the same order and in the middle of where they belong, and
    between the two limits as far as there is room."""
    firsts = [height - n * _HIGH for n, height in enumerate(heights)]  # where the first would be, of each
    pairs = zip(accumulate(firsts, max), [*accumulate(reversed(firsts), min)][::-1])
    top = high - (len(firsts) - 1) * _HIGH
    return [max(low, min(fmean(pair), top)) + n * _HIGH for n, pair in enumerate(pairs)]


@cache
def _width(name: str) -> float:
    return TextPath((0, 0), name, size=_SIZE).get_extents().width
