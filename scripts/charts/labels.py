"""Names at the ends of lines, in place of a legend: where every line of a panel has room for its own."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import attrgetter
from statistics import fmean
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.cbook import pts_to_poststep
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D, Bbox

from charts.palette import Style
from charts.svg import gid

MOST = 8  # lines, above which names at their ends read no easier than a legend
_SIZE, _HIGH = 7.5, 9.5  # points: of the letters, and from a name to the next
_GAP = 10.0  # points from the end of a line to its name
_SHIFTS = sorted(range(-48, 49, 4), key=abs)  # points by which names are moved from where they belong


class LineEnd(NamedTuple):
    """Where a line ends, in points of the figure."""

    x: float
    y: float
    series: str


def room_for(names: Iterable[str]) -> float:
    """Beside the axes, in inches."""
    return (_GAP + max(map(_width, names)) + 4) / 72


def label_ends(axes: Axes, styles: Mapping[str, Style], names: Iterable[str], room: float) -> bool:
    """Names each of the lines at its end, within `room` inches beside the axes, touching no line and no other
    name. False, and nothing is drawn, where one of them has no place. The axes' limits must be final."""
    dots, points = axes.figure.dpi / 72, Affine2D().scale(72 / axes.figure.dpi)
    inner = axes.bbox.transformed(points)
    frame = Bbox.from_extents(inner.x0, inner.y0, inner.x1 + 72 * room, inner.y1)
    paths, ends = _paths_and_ends(axes, points)
    stacks, taken = _stacks(ends), []
    for stack in stacks:
        boxes = next(filter(None, (_boxes(stack, shift, frame, paths, taken) for shift in _SHIFTS)), [])
        taken += boxes
        paths += map(_joint, stack, boxes)
    if len(taken) < len(ends) or {end.series for end in ends} != set(names):
        return False
    for (x, y, series), box in zip(chain(*stacks), taken):
        colour, offset = styles[series].colour, (box.x0 - x, box.y0 + box.height / 2 - y)
        arrow = {"arrowstyle": "-", "linewidth": 0.6, "shrinkA": 1, "shrinkB": 3, "relpos": (0, 0.5)}
        look = {"color": colour, "fontsize": _SIZE, "va": "center", "arrowprops": arrow | {"color": colour}}
        place = axes.transData.inverted().transform((x * dots, y * dots))
        text = axes.annotate(series, place, offset, "data", "offset points", annotation_clip=False, **look)
        text.set_gid(gid(switch=series))
        text.arrow_patch.set_gid(gid(series=series))
    return True


def _paths_and_ends(axes: Axes, points: Affine2D) -> tuple[list[Path], list[LineEnd]]:
    """Of the lines; and of each series its last point: its line may have several parts."""
    paths, ends = [], {}
    for line in axes.lines:
        is_stepped = line.get_drawstyle() != "default"
        path = Path(pts_to_poststep(*line.get_data()).T) if is_stepped else line.get_path()
        paths.append(path.transformed(line.get_transform() + points))
        series = line.get_label()
        if not series.startswith("_") and len(path.vertices):
            end = LineEnd(*paths[-1].vertices[-1], series)
            ends[series] = max(ends.get(series, end), end)
    return paths, list(ends.values())


def _stacks(ends: Iterable[LineEnd]) -> list[list[LineEnd]]:
    """Those that end at about one place of the axis, upwards."""
    stacks: list[list[LineEnd]] = []
    for end in sorted(ends, reverse=True):
        if stacks and stacks[-1][0].x - end.x < 2 * _GAP:
            stacks[-1].append(end)
        else:
            stacks.append([end])
    return [sorted(stack, key=attrgetter("y")) for stack in stacks]


def _boxes(
    stack: Sequence[LineEnd], shift: float, frame: Bbox, paths: Sequence[Path], taken: Sequence[Bbox]
) -> list[Bbox]:
    """The names of a stack, near their ends but for a move by so much; none where something is in the way."""
    left, boxes = max(end.x for end in stack) + _GAP, []
    for end, y in zip(stack, _spread_out([end.y + shift for end in stack], frame.y0, frame.y1)):
        boxes.append(Bbox.from_bounds(left, y - 0.4 * _HIGH, _width(end.series), 0.8 * _HIGH))
        joint = _joint(end, boxes[-1])
        is_hit = any(path.intersects_bbox(boxes[-1], filled=False) for path in paths)
        is_hit |= any(boxes[-1].overlaps(n) or joint.intersects_bbox(n, filled=False) for n in taken)
        if is_hit or boxes[-1].x1 > frame.x1:
            return []
    return boxes


def _joint(end: LineEnd, box: Bbox) -> Path:
    """What joins a name to the end of its line."""
    return Path([(end.x, end.y), (box.x0, box.y0 + box.height / 2)])


def _spread_out(heights: Sequence[float], low: float, high: float) -> list[float]:
    """As far from each other as names are high, as little moved as that takes (isotonic regression), and
    between the two limits as far as there is room."""
    blocks: list[list[float]] = []  # each of those that are moved together: where the first would be, of each
    for n, height in enumerate(heights):
        blocks.append([height - n * _HIGH])
        while len(blocks) > 1 and fmean(blocks[-2]) >= fmean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    firsts = [fmean(block) for block in blocks for _ in block]
    top = high - (len(firsts) - 1) * _HIGH
    return [max(low, min(first, top)) + n * _HIGH for n, first in enumerate(firsts)]


@cache
def _width(name: str) -> float:
    return TextPath((0, 0), name, size=_SIZE).get_extents().width
