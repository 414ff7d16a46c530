"""A figure taken to pieces for the page: each of its axes as a drawing of its own, cut out of the one SVG, so
that they stand side by side where there is room and below each other on a phone; and its legend as HTML."""

import re
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from charts.tags import tag

_GROUP = re.compile(r'^  <g[^>\n]* data-panel="(\d+)".*?^  </g>$', re.MULTILINE | re.DOTALL)
_HANDLES = "legend_handles" if hasattr(Legend, "legend_handles") else "legendHandles"  # before 3.7
_MARGIN = 2.0  # points around what is cut out


class Cutout(NamedTuple):
    """`view_box` is what is cut out, in the figure's points; `width` is its natural one in CSS pixels."""

    title: str
    view_box: str
    width: float
    body: str


class Swatch(NamedTuple):
    """An entry of the legend: a line (dashes), a mark or an area of a colour, and whose they are."""

    name: str
    kind: str
    colour: str
    dashes: str = ""


def tag_panels(figure: Figure) -> None:
    """Before it is drawn: each of the axes gets its number, its place and its scales."""
    width, height = (72 * inches for inches in figure.get_size_inches())
    for number, axes in enumerate(_visible(figure)):
        box = axes.get_position()
        place = (box.x0 * width, (1 - box.y1) * height, box.width * width, box.height * height)
        scales = {"x": _scale(axes.xaxis), "y": _scale(axes.yaxis)}
        for line in axes.lines:  # one without a point would be taken to lie at the figure's corner
            line.set_in_layout(len(line.get_xdata()) > 0)
        tag(axes, panel=number, box=" ".join(f"{value:.2f}" for value in place), **scales)


def panels_of(figure: Figure, drawn: str) -> list[Cutout]:
    """`drawn` is the SVG that matplotlib drew of the figure after `tag_panels`, with tags as attributes."""
    groups = {int(match[1]): re.sub(r">\s+<", "><", match[0]) for match in _GROUP.finditer(drawn)}
    *_, rest = drawn.rpartition("\n <defs>")
    clips = f"<defs>{rest.partition('</defs>')[0]}</defs>" if "clipPath" in rest else ""
    axes = _visible(figure)
    return [
        Cutout(_title(each), " ".join(f"{value:.1f}" for value in box), box[2] * 4 / 3, body)
        for number, (each, box) in enumerate(zip(axes, _boxes(figure, axes)))
        for body in [groups[number] + ("" if number else clips)]
    ]


def swatches_of(figure: Figure) -> list[Swatch]:
    return [
        _swatch(handle, text.get_text())
        for legend in figure.legends
        for handle, text in zip(getattr(legend, _HANDLES), legend.get_texts())
    ]


def _visible(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_visible()]


def _title(axes: Axes) -> str:
    words = [axes.get_title(loc="left"), *(text.get_text() for text in axes.texts[:1])]
    return " ".join(filter(None, words)) if words[0] else ""


def _scale(axis: Axis) -> str:
    """`log 1 100 us`: how a place on the axis reads; what it counts is the axis' gid."""
    low, high = axis.axes.get_xlim() if axis.axis_name == "x" else axis.axes.get_ylim()
    return f"{axis.get_scale()} {low:.8g} {high:.8g} {axis.get_gid() or ''}".strip()


def _boxes(figure: Figure, axes: list[Axes]) -> list[tuple[float, float, float, float]]:
    """What is to be cut out for each of them. All have the same margins at the sides, and those that are in a
    row have them above and below, so that they line up."""
    renderer, points = FigureCanvasAgg(figure).get_renderer(), 72 / figure.dpi
    inner = [each.get_window_extent(renderer) for each in axes]
    outer = [each.get_tightbbox(renderer) for each in axes]
    left = max(i.x0 - o.x0 for i, o in zip(inner, outer))
    right = max(o.x1 - i.x1 for i, o in zip(inner, outer))
    height, boxes = figure.bbox.height, []
    for each in inner:
        row = [(i, o) for i, o in zip(inner, outer) if abs(i.y0 - each.y0) < 1]
        above, below = max(o.y1 - i.y1 for i, o in row), max(i.y0 - o.y0 for i, o in row)
        x, y = each.x0 - left, height - each.y1 - above
        width, high = each.width + left + right, each.height + above + below
        box = [value * points for value in (x, y, width, high)]
        boxes.append((box[0] - _MARGIN, box[1] - _MARGIN, box[2] + 2 * _MARGIN, box[3] + 2 * _MARGIN))
    return boxes


def _swatch(handle: Line2D | Patch, name: str) -> Swatch:
    if isinstance(handle, Patch):
        return Swatch(name, "area", to_hex(handle.get_facecolor()))
    colour, marker = to_hex(handle.get_color()), handle.get_marker()
    if handle.get_linestyle() in ("None", "", " "):
        return Swatch(name, {"x": "cross", "|": "tick"}.get(marker, "dot"), colour)
    # Of the line as it was given: matplotlib has scaled it by the width.
    dashes = handle._unscaled_dash_pattern[1] if handle.is_dashed() else ()
    return Swatch(name, "line", colour, " ".join(f"{2 * dash:g}" for dash in dashes or ()))
