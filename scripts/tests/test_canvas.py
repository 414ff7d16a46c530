"""What every chart is drawn on: where axes lie, when an axis is logarithmic, how its ticks read, its SVG."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from charts import svg
from charts.canvas import (
    WIDTH,
    described,
    grid,
    hide_rest,
    legend,
    legend_space,
    panel_title,
    spans_far,
    time_axis,
)
from charts.palette import class_colours, variant_styles


def inches(figure: Figure, axes) -> tuple[float, float, float, float]:
    """From the left, from the top, wide, high."""
    width, height = figure.get_size_inches()
    box = axes.get_position()
    return box.x0 * width, (1 - box.y1) * height, box.width * width, box.height * height


def test_a_grid_has_its_margins_gaps_and_heights_in_inches_and_shares_the_width():
    figure, rows = grid([1, 2], [1.5, 2.0], left=0.5, right=0.1, top=0.3, bottom=0.4, across=0.6, down=0.7)
    assert tuple(figure.get_size_inches()) == pytest.approx((WIDTH, 0.3 + 1.5 + 0.7 + 2.0 + 0.4))
    share = (WIDTH - 0.5 - 0.1 - 0.6) / 3
    expected = [
        [(0.5, 0.3, share, 1.5), (0.5 + share + 0.6, 0.3, 2 * share, 1.5)],
        [(0.5, 2.5, share, 2.0), (0.5 + share + 0.6, 2.5, 2 * share, 2.0)],
    ]
    assert [[inches(figure, axes) for axes in row] for row in rows] == [
        [pytest.approx(cell) for cell in row] for row in expected
    ]


def test_cells_that_no_panel_needed_are_hidden():
    _, [cells] = grid([1, 1, 1], [1])
    hide_rest(cells, 2)
    assert [axes.get_visible() for axes in cells] == [True, True, False]


@pytest.mark.parametrize(
    ("values", "far"),
    [([1, 8], False), ([1, 8.1], True), ([0, 0, 5], False), ([0, 1, 9], True), ([], False), ([0], False)],
)
def test_an_axis_is_logarithmic_where_the_least_would_be_squeezed(values, far):
    assert spans_far(values) is far


@pytest.mark.parametrize("which", ["x", "y"])
def test_a_time_axis_reads_as_durations(which):
    for is_log in (False, True):
        axes = Figure().add_subplot()
        (axes.set_xlim if which == "x" else axes.set_ylim)(100, 5000)
        time_axis(axes, log=is_log, which=which)
        axis, other = (axes.xaxis, axes.yaxis) if which == "x" else (axes.yaxis, axes.xaxis)
        assert axis.get_major_formatter()(1500, 0) == "1.5 ms"
        assert axis.get_scale() == ("log" if is_log else "linear") and other.get_scale() == "linear"


@pytest.mark.parametrize(
    ("high", "room", "is_fine"),
    [(59, False, True), (60, False, False), (61, True, True), (3000, True, False)],
)
def test_a_logarithmic_axis_has_ticks_between_where_there_is_room(high, room, is_fine):
    axes = Figure().add_subplot()
    axes.set_xlim(1, high)
    time_axis(axes, log=True, room=room)
    assert ({2, 5} <= set(axes.get_xticks())) == is_fine and 10 in axes.get_xticks()


def test_a_legend_takes_as_many_columns_as_fit():
    few, long = ["async", "pool-8"], [f"a-variant-with-a-long-name-{n}" for n in range(6)]
    assert legend_space(few) == pytest.approx(0.375)  # one row
    assert legend_space(long) == pytest.approx(0.765)  # three of two
    assert legend_space(["x" * 200, "y" * 200]) == pytest.approx(0.57)  # under each other
    figure, _ = grid([1], [1])
    legend(figure, variant_styles(few), left=0.5)
    [made] = figure.legends
    assert [text.get_text() for text in made.get_texts()] == few


def test_quieter_words_stand_after_a_panels_name_where_there_are_any():
    for rest in ("", "latency"):
        axes = Figure().add_subplot()
        panel_title(axes, "p99", rest)
        assert [text.get_text() for text in axes.texts] == ["p99", rest][: 2 if rest else 1]
    name, words = axes.texts
    assert words.xyann[0] > name.xyann[0] + 8


def test_values_are_described_by_name():
    assert described({"a": 5_030_000, "b": 53_100}) == "a 5.03 s, b 53.1 ms"


RAW = """<?xml version="1.0"?>
<!-- made by -->
<svg viewBox="0 0 300 150" xmlns:xlink="x">
<metadata>who</metadata>
<defs> <style type="text/css">*{}</style> </defs>
<path id="used" d="M 1.23456
 2.5"/><path id="unused"/>
<use xlink:href="#used"/><g clip-path="url(#used)" style="font: bold 9px 'DejaVu Sans'"/>
<text style="font: 8.5px 'DejaVu Sans'; fill: #1f2328">a</text>
</svg>
"""


def test_a_drawing_is_made_small_with_ids_of_its_own_and_a_description():
    made = svg.adapt(RAW, "n", "A & B", "x < y")
    assert made.startswith(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 300 150" role="img"'
    )
    assert '<title id="n-title">A &amp; B</title>' in made and '<desc id="n-desc">x &lt; y</desc>' in made
    for gone in ("made by", "who", "<style", "unused", "xlink", "9px 'DejaVu", "<?xml"):
        assert gone not in made.partition("</desc>")[2], gone
    assert 'id="n-used" d="M 1.23 2.5"' in made and 'href="#n-used"' in made and "url(#n-used)" in made
    assert 'style="font-weight: bold; font-size: 9px"' in made
    assert 'style="font-size: 8.5px; fill: #1f2328"' in made
    assert made.rstrip().endswith("</svg>") and made.count("<svg") == 1


def test_a_drawing_by_itself_has_a_size_a_ground_and_its_dark_colours():
    made = svg.standalone(svg.adapt(RAW, "n", "t", "d"))
    assert made.startswith('<?xml version="1.0" encoding="utf-8"?>\n<svg width="400" height="200" ')
    head, _, body = made.partition("</desc>\n")
    assert body.startswith("<style>@media (prefers-color-scheme: dark){")
    assert '[style*="fill: #1f2328"]{fill:#e7eaee!important}' in body
    assert '[style*="stroke: #1f2328"]{stroke:#e7eaee!important}' in body
    assert body.index("</style>") < body.index("<rect") < body.index("<path")


def test_a_family_of_variants_shares_a_colour_and_its_members_have_other_dashes():
    names = ["pool-8", "pool-16", "async", "async-2", "async-4", "nginx"]
    styles = variant_styles(names)
    assert list(styles) == names
    assert styles["pool-8"].colour == styles["pool-16"].colour != styles["async"].colour
    assert styles["async-2"].colour == styles["async-4"].colour != styles["async"].colour
    assert styles["pool-8"].dashes == styles["async"].dashes == "-" != styles["pool-16"].dashes
    # A line of async-N often lies on that of async.
    assert "-" not in (styles["async-2"].dashes, styles["async-4"].dashes)
    assert styles["async-2"].dashes != styles["async-4"].dashes
    assert len({style.marker for style in styles.values()}) == 6
    assert styles["nginx"].colour not in {styles[name].colour for name in names[:-1]}


def test_classes_that_wait_are_dark_and_others_bright_while_there_are_colours():
    assert class_colours([("a", True), ("b", False)]) == {"a": "#5650a8", "b": "#e08a1e"}
    assert class_colours([("a", True), ("b", True), ("c", True)])["c"] == "#e08a1e"
    five = class_colours((name, False) for name in "abcde")
    assert list(five.values()) == ["#e08a1e", "#8f8b2d", "#5650a8", "#23908c", "#e08a1e"]
