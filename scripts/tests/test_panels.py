"""A figure taken to pieces: what is cut out around each of its axes, and its legend's entries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from chart_reading import swatches_of
from charts.canvas import grid
from charts.svg import as_attributes, panels_of, tag_panels


def cut(figure: Figure, defs: str = "") -> list[dict[str, Any]]:
    tag_panels(figure)
    axes = [each for each in figure.axes if each.get_visible()]
    groups = "".join(f'\n  <g id="{each.get_gid()}">\n   <path/>\n  </g>' for each in axes)
    return panels_of(figure, as_attributes(f"<svg>{groups}\n{defs}</svg>"))


def box_of(panel: dict[str, Any]) -> list[float]:
    x, y, width, height = map(float, panel["view_box"].split())
    return [x, y, x + width, y + height]


def place(figure: Figure, axes: Axes) -> list[float]:
    """Of the axes with all that belongs to them, in points from the figure's upper left corner."""
    outer, points = axes.get_tightbbox(FigureCanvasAgg(figure).get_renderer()), 72 / figure.dpi
    high = figure.bbox.height
    return [value * points for value in (outer.x0, high - outer.y1, outer.x1, high - outer.y0)]


def test_panels_are_cut_as_tightly_as_lets_them_line_up():
    figure, rows = grid([1, 2], 2, 1, left=0.7, top=0.5, bottom=0.6, right=0.5)
    [[a, b], [c, d]] = rows
    b.set(ylim=(0, 1e6), title="only this row has a title")
    b.ticklabel_format(style="plain")
    b.text(1.08, 0.5, "beside", transform=b.transAxes)
    c.set_xlabel("only this row has a label")
    panels = cut(figure)
    boxes, places = [box_of(panel) for panel in panels], [place(figure, axes) for axes in (a, b, c, d)]
    inner = [[float(v) for v in re.search('data-box="([^"]*)"', p["body"])[1].split()] for p in panels]
    room = [[p - b for p, b in zip(some[:2], box)] + [b - p for p, b in zip(some[2:], box[2:])]
            for some, box in zip(places, boxes)]  # fmt: skip
    margin = pytest.approx(2, abs=0.11)
    assert [min(left for left, *_ in room), min(right for _, _, right, _ in room)] == [margin] * 2
    assert [min(above for _, above, _, _ in room), min(below for *_, below in room)] == [margin] * 2
    lefts = [x - box[0] for (x, *_), box in zip(inner, boxes)]
    rights = [box[2] - x - width for (x, _, width, _), box in zip(inner, boxes)]
    assert lefts == pytest.approx([lefts[0]] * 4, abs=0.11)
    assert rights == pytest.approx([rights[0]] * 4, abs=0.11)
    for panel, box in zip(panels, boxes):
        assert panel["width"] == pytest.approx((box[2] - box[0]) * 4 / 3, abs=0.15)


def test_a_panel_says_where_its_axes_are_and_how_a_place_on_them_reads():
    inches = {"left": 0.5, "top": 0.4, "bottom": 0.35, "right": 0.2, "across": 0.5, "wide": 6}
    figure, [[axes, hidden]] = grid([1, 1], 1, 1, **inches)
    hidden.set_visible(False)
    axes.set(xscale="log", xlim=(1, 2000), ylim=(10, -0.5))
    axes.xaxis.set_gid("us")
    [panel] = cut(figure)
    assert panel["body"].startswith(
        '  <g data-panel="0" data-box="36.00 28.80 172.80 72.00" '
        'data-x="log 1 2000 us" data-y="linear 10 -0.5">'
    )


def test_a_panels_title_has_its_quieter_words_and_without_a_title_there_are_none():
    figure, [[a, b, c]] = grid([1] * 3, 1, 1, left=0.5, top=0.5)
    a.set_title("p99", loc="left")
    a.text(0, 0, "latency")
    a.text(0, 0, "another text")
    b.text(0, 0, "latency")
    c.set_title("threads", loc="left")
    assert [panel["title"] for panel in cut(figure)] == ["p99 latency", "", "threads"]


def test_what_drawings_are_clipped_by_is_once_in_the_first():
    figure, _ = grid([1, 1], 1, 1, left=0.5, top=0.5)
    clip = '<clipPath id="a"/>'
    first, second = cut(figure, f"\n <defs>\n{clip}\n </defs>\n")
    assert clip in first["body"] and "</defs>" in first["body"] and clip not in second["body"]
    assert all("<defs>" not in panel["body"] for panel in cut(figure, "\n <defs>\n<path/></defs>"))


def test_each_entry_of_a_legend_is_a_line_a_mark_or_an_area():
    black = {"color": "#000000"}
    handles = {
        "solid": Line2D([], [], **black),
        "dashed": Line2D([], [], linestyle=(0, (5, 2)), linewidth=3, **black),
        "dot": Line2D([], [], linestyle="", marker="o", **black),
        "cross": Line2D([], [], linestyle="", marker="x", **black),
        "tick": Line2D([], [], linestyle="", marker="|", **black),
        "area": Line2D([], [], linestyle="", marker="s", color="#ff0000"),
    }
    figure = Figure()
    for name, handle in handles.items():
        handle.set_label(name)
    figure.legend(handles=list(handles.values()))
    shapes = {name: shape for shape, name in swatches_of(figure)}
    assert list(shapes) == list(handles)
    assert all("#000000" in shape for name, shape in shapes.items() if name != "area")
    begins = {"dot": "circle ", "area": "rect ", "cross": 'path d="M7 2l6 6', "tick": 'path d="M10 0V10'}
    for name in ("solid", "dashed"):
        begins[name] = 'path d="M0 5H20'
    assert [name for name, begin in begins.items() if not shapes[name].startswith(begin)] == []
    assert (
        "array: none" in shapes["solid"] and "array: 10 4" in shapes["dashed"] and "#ff0000" in shapes["area"]
    )
