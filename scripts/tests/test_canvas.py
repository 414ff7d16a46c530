"""What every chart is drawn on: where axes lie, when an axis is logarithmic, how its ticks read, its SVG."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from chart_reading import swatches_of
from charts.canvas import (
    MARK_NOTE,
    WIDTH,
    Chart,
    grid,
    key,
    look,
    marked,
    panel_title,
    save,
    set_axis,
    spans_far,
)
from charts.figures import Panel, panels_figure
from charts.palette import class_colours, subject_styles
from charts.svg import as_attributes, gid, panels_of, tag_panels
from made_curves import run
from metrics.digest import Digest
from metrics.metrics import MARK


def inches(figure: Figure, axes: Axes) -> tuple[float, float, float, float]:
    """From the left, from the top, wide, high."""
    width, height = figure.get_size_inches()
    box = axes.get_position()
    return box.x0 * width, (1 - box.y1) * height, box.width * width, box.height * height


def test_a_grid_has_its_margins_gaps_and_heights_in_inches_and_shares_the_width():
    figure, rows = grid([1, 2], 2, 1.5, left=0.5, right=0.1, top=0.3, bottom=0.4, across=0.6, down=0.7)
    assert tuple(figure.get_size_inches()) == pytest.approx((WIDTH, 0.3 + 1.5 + 0.7 + 1.5 + 0.4))
    share = (WIDTH - 0.5 - 0.1 - 0.6) / 3
    for top, cells in zip((0.3, 2.5), rows, strict=True):
        expected = [(0.5, top, share, 1.5), (0.5 + share + 0.6, top, 2 * share, 1.5)]
        assert [inches(figure, axes) for axes in cells] == [pytest.approx(cell) for cell in expected]


def figure_of(*panels: tuple[str, ...], columns: int = 3) -> Figure:
    """A panel for each of the lists of subjects, two inches high."""
    subjects = [name for names in panels for name in names]
    drawn = [Panel("p", "", dict.fromkeys(names), lambda *_: None) for names in panels]
    return panels_figure(subject_styles(subjects), drawn, columns=columns, height=2)


def test_cells_that_no_panel_needed_are_hidden():
    axes = figure_of(*[("async",)] * 5).axes
    assert [cell.get_visible() for cell in axes] == [True] * 5 + [False]
    assert len(figure_of(*[("async",)] * 2).axes) == 2


def test_a_legend_takes_as_many_columns_as_fit_and_the_panels_begin_below_it():
    long = tuple(f"a-variant-with-a-long-name-{n}" for n in range(6))
    for names, top in (
        (("async", "pool-8"), 0.595),  # one row
        (long, 0.985),  # three of two
        (("x" * 200, "y" * 200), 0.79),  # under each other
    ):
        figure = figure_of(names, names)
        assert inches(figure, figure.axes[0])[1] == pytest.approx(top)


def test_a_legend_names_who_is_in_any_panel_in_the_order_of_the_recording():
    panels = [Panel("p", "", dict.fromkeys(names), lambda *_: None) for names in (["c"], ["a", "c"])]
    [legend] = panels_figure(subject_styles("abc"), panels, columns=2, height=2).legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "c"]


@pytest.mark.parametrize(
    ("values", "far"),
    [([1, 8], False), ([1, 8.1], True), ([0, 0, 5], False), ([0, 1, 9], True), ([], False), ([0], False)],
)
def test_an_axis_is_logarithmic_where_the_least_would_be_squeezed(values, far):
    assert spans_far(values) is far


@pytest.mark.parametrize("which", ["x", "y"])
def test_a_time_axis_reads_as_durations_and_holds_its_values(which):
    for is_log in (False, True):
        axes = Figure().add_subplot()
        set_axis(getattr(axes, f"{which}axis"), [100, 5000], log=is_log)
        axis, other = (axes.xaxis, axes.yaxis) if which == "x" else (axes.yaxis, axes.xaxis)
        assert axis.get_major_formatter()(1500, 0) == "1.5 ms"
        assert axis.get_scale() == ("log" if is_log else "linear") and other.get_scale() == "linear"
        low, high = axis.get_view_interval()
        assert 5000 < high < 7000 and (50 < low < 100 if is_log else low == 0)


@pytest.mark.parametrize(
    ("which", "high", "is_fine"), [("y", 200, True), ("y", 400, False), ("x", 13, True), ("x", 18, False)]
)
def test_a_logarithmic_axis_has_ticks_between_where_there_is_room(which, high, is_fine):
    _, [[axes]] = grid([1], 1, 2, wide=2.9)
    axis = getattr(axes, f"{which}axis")
    set_axis(axis, [1, high], log=True)
    assert ({2, 5} <= set(axis.get_majorticklocs())) == is_fine and 10 in axis.get_majorticklocs()


def test_quieter_words_stand_after_a_panels_name():
    axes = Figure().add_subplot()
    panel_title(axes, "a longer name", "latency")
    assert axes.get_title(loc="center") == "a longer name" and axes.texts[0].get_text() == "latency"
    with look():
        axes = Figure().add_subplot()
        panel_title(axes, "a longer name", "latency")
        axes.figure.draw_without_rendering()
        [name] = [text for text in axes.findobj(Text) if text.get_text() == "a longer name"]
        assert axes.texts[0].get_window_extent().x0 > name.get_window_extent().x1


def test_a_legend_begins_at_its_place_below_the_upper_edge_in_as_many_columns_as_are_asked_for():
    handles = [Line2D([], [], label=name) for name in "abc"]
    for columns, rows in ((0, 1), (2, 2), (1, 3)):
        with look():
            figure, _ = grid([1], 1, 2, left=0.5, top=1)
            legend = key(figure, handles, columns)
            figure.draw_without_rendering()
        box, (_, high) = legend.get_window_extent(), figure.get_size_inches()
        assert box.x0 / figure.dpi == pytest.approx(0.5) and high - box.y1 / figure.dpi == pytest.approx(0.08)
        assert len({text.get_window_extent().y0 // 2 for text in legend.get_texts()}) == rows


def test_who_has_no_run_that_counts_is_marked():
    digests = [Digest("async", "w", [run(verdict=verdict)], {}) for verdict in ("valid", "invalid")]
    assert list(map(marked, digests)) == ["async", f"async {MARK}"]


def test_a_drawing_whose_lines_bear_their_names_says_so_to_the_page(tmp_path: Path):
    for is_seen in (True, False):
        with look():
            figure, _ = grid([1], 1, 1, left=1, top=1)
            key(figure, [Line2D([], [], label="a")]).set_visible(is_seen)
            svg = save(Chart("c", "C", "", "", ["a"], figure, hint="linked"), tmp_path).svg
        assert f'<div class="drawing linked{"" if is_seen else " labelled"}"' in svg


def test_a_chart_is_saved_with_its_words_under_a_name_that_a_file_can_have(tmp_path: Path):
    for texts, note in ((["a 1", "b 2"], ""), ([f"a {MARK} 1", "b 2"], MARK_NOTE)):
        with look():
            chart = Chart(
                "timeline-a/b & c",
                "A & B",
                "The caption.",
                "Opening.",
                texts,
                grid([1], 1, 1, left=1, top=1)[0],
            )
            saved = save(chart, tmp_path)
        assert (saved.name, saved.title) == ("timeline-a-b-c", "A & B")
        assert saved.caption == f"The caption.{note}"
        assert f'<p class="unseen" id="timeline-a-b-c-desc">Opening. {texts[0]}; b 2.</p>' in saved.svg
        file = (tmp_path / "timeline-a-b-c.svg").read_text()
        assert f'<desc id="timeline-a-b-c-desc">Opening. {texts[0]}; b 2.</desc>' in file
    assert {path.name for path in tmp_path.iterdir()} == {"timeline-a-b-c.png", "timeline-a-b-c.svg"}


def test_a_drawing_by_itself_has_a_size_a_ground_its_dark_colours_and_words(tmp_path: Path):
    with look():
        figure, [[axes]] = grid([1], 1, 1.5, wide=4, top=0.25, bottom=0.25)
        axes.plot([1, 2], [1, 2])
        save(Chart("n", "A & B", "", "x", ["<", " y"], figure), tmp_path)
    drawing = (tmp_path / "n.svg").read_text()
    assert drawing.startswith('<?xml version="1.0" encoding="utf-8"?>\n<svg width="384" height="192" ')
    assert 'viewBox="0 0 288 144"' in drawing and drawing.count("<svg") == drawing.count("</svg>") == 1
    assert '<title id="n-title">A &amp; B</title>' in drawing
    assert '<desc id="n-desc">x &lt;;  y.</desc>' in drawing
    head, _, body = drawing.partition("</desc>\n")
    assert body.startswith("<style>@media (prefers-color-scheme: dark){")
    assert '[style*="fill: #1f2328"]{fill:#e7eaee!important}' in body
    assert '[style*="stroke: #1f2328"]{stroke:#e7eaee!important}' in body
    assert body.index("</style>") < body.index("<rect") < body.index("<path")


def test_what_a_drawing_tells_the_page_becomes_attributes():
    axes = Figure().add_subplot()
    axes.set_gid(gid(series="a|b", runs="0"))
    tag_panels(axes.figure)
    assert as_attributes(f'<g id="{axes.get_gid()}">').startswith(
        '<g data-series="a/b" data-runs="0" data-panel="0" data-box="'
    )
    assert gid(note="x: 1") == "@note=x: 1"


def test_panels_are_cut_out_around_their_axes_and_say_where_those_are():
    figure, [[left, right]] = grid([1, 1], 1, 1, left=0.5, top=0.5)
    left.set_title("left", loc="left")
    right.plot([], [], "x", clip_on=False)  # lies nowhere, and must not widen its panel
    left.legend(handles=[]).remove()
    figure.legend(handles=left.plot([1, 2], [1, 2], color="#0a6ebd", linestyle=(0, (5, 2)), label="a"))
    tag_panels(figure)
    groups = "".join(f'\n  <g id="{axes.get_gid()}">\n   <path/>\n  </g>' for axes in (left, right))
    panels = panels_of(figure, as_attributes(f"<svg>{groups}\n</svg>"))
    assert [panel["title"] for panel in panels] == ["left", ""]
    for panel, axes in zip(panels, (left, right)):
        x, y, width, height = map(float, panel["view_box"].split())
        box = [72 * inch for inch in inches(figure, axes)]
        assert x < box[0] and y < box[1] and x + width > box[0] + box[2] and y + height > box[1] + box[3]
        assert width < box[2] + 60 and f'data-box="{box[0]:.2f} {box[1]:.2f}' in panel["body"]
    [(shape, name)] = swatches_of(figure)
    assert name == "a" and shape.startswith("path") and "stroke: #0a6ebd" in shape and "array: 10 4" in shape


def test_a_family_of_variants_shares_a_colour_and_its_members_have_other_dashes():
    names = ["pool-8", "pool-16", "async", "async-2", "async-4", "nginx"]
    styles = subject_styles(names)
    assert list(styles) == names
    assert styles["pool-8"].colour == styles["pool-16"].colour != styles["async"].colour
    assert styles["async-2"].colour == styles["async-4"].colour != styles["async"].colour
    assert styles["pool-8"].dashes == styles["async"].dashes == "-" != styles["pool-16"].dashes
    # A line of async-N often lies on that of async.
    assert "-" not in (styles["async-2"].dashes, styles["async-4"].dashes)
    assert styles["async-2"].dashes != styles["async-4"].dashes
    assert len({style.marker for style in styles.values()}) == 6
    assert {name: style.series for name, style in styles.items()} == {name: name for name in names}
    assert styles["nginx"].colour not in {styles[name].colour for name in names[:-1]}


def test_a_family_is_solid_dashed_dotted_and_dash_dotted_and_begins_again():
    dashes = ["-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (6, 2, 1.2, 2))]
    pools = subject_styles(f"pool-{n}" for n in range(5))
    assert [style.dashes for style in pools.values()] == [*dashes, "-"]
    loops = subject_styles(["async", *(f"async-{n}" for n in range(5))])
    assert [style.dashes for style in loops.values()] == ["-", *dashes[1:], "-", dashes[1]]


def test_strangers_have_colours_of_their_own_and_then_those_of_our_servers():
    styles = subject_styles(["async", *(f"v{n}" for n in range(14))])
    colours = [style.colour for style in styles.values()]
    assert len(set(colours[1:14])) == 13 and colours[14] == colours[1]
    assert colours.index(colours[0], 1) > 5 and [style.dashes for style in styles.values()][:6] == ["-"] * 6


def test_who_offloads_or_is_limited_has_the_colour_of_its_twin():
    names = ["async", "async-limited", "async-offload", "pool-8", "pool-8-limited", "pool-keep-8"]
    colours = [style.colour for style in subject_styles(names).values()]
    assert len(set(colours[:3])) == 1 and colours[3] == colours[4] != colours[5] and len(set(colours)) == 3


def test_classes_that_wait_are_dark_and_others_bright_while_there_are_colours():
    assert class_colours([("a", True), ("b", False)]) == {"a": "#5650a8", "b": "#e08a1e"}
    assert class_colours([("a", True), ("b", True), ("c", True)])["c"] == "#e08a1e"
    five = class_colours((name, False) for name in "abcde")
    assert list(five.values()) == ["#e08a1e", "#8f8b2d", "#5650a8", "#23908c", "#e08a1e"]
