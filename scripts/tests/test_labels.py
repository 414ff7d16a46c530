"""Names at the ends of lines: where they stand, what they may not touch, and when a legend stands instead."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.textpath import TextPath

from charts.canvas import look
from charts.figures import Panel, Styles, _paths_and_stacks, _spread_out, draw_line, label_ends, panels_figure
from charts.palette import subject_styles

Ends = dict[str, tuple[float, float]]


def figure_of(ends: Ends, levels: range = range(0)) -> Figure:
    """A panel of lines from (0, 50) to these ends, on axes from 0 to 100, and of nameless level lines."""

    def draw(axes, lines, styles: Styles) -> None:
        for name, (x, y) in lines.items():
            draw_line(axes, styles[name], [0, x], [50, y])
        for y in levels:
            axes.plot([0, 100], [y, y])
        axes.set(xlim=(0, 100), ylim=(0, 100))

    with look():
        return panels_figure(subject_styles(ends), [Panel("p", "", ends, draw)], columns=1, height=2)


def names(figure: Figure) -> dict[str, Annotation]:
    return {text.get_text(): text for text in figure.axes[0].texts if text.arrow_patch}


def moved_by(label: Annotation) -> tuple[float, float]:
    """From the end of its line."""
    return label.xyann[0] - label.xy[0], label.xyann[1] - label.xy[1]


def is_legend_seen(figure: Figure) -> bool:
    return figure.legends[0].get_visible()


@pytest.mark.parametrize(
    "ends",
    [
        {"async": (100, 90), "pool-8": (100, 20)},
        {name: (100, 50) for name in ("sequential", "pool-8", "async", "async-2", "thread-per-request")},
        {"sequential": (30, 80), "pool-8": (60, 20), "async": (100, 50)},
    ],
    ids=["far apart", "all at one place", "each at another place"],
)
def test_every_line_is_named_in_its_colour_beside_its_end_and_no_name_touches_another(ends: Ends):
    figure = figure_of(ends)
    figure.draw_without_rendering()
    labels = names(figure)
    assert set(labels) == set(ends) and not is_legend_seen(figure)
    boxes = {name: Text.get_window_extent(label) for name, label in labels.items()}
    for first, second in combinations(boxes.values(), 2):
        assert not first.overlaps(second)
    for line in figure.axes[0].lines:
        assert labels[line.get_label()].get_color() == line.get_color()
        end = figure.axes[0].transData.transform(line.get_xydata()[-1])
        assert labels[line.get_label()].xy == pytest.approx(tuple(end))
        path = line.get_path().transformed(line.get_transform())
        assert not any(path.intersects_bbox(box.padded(-2), filled=False) for box in boxes.values())
    assert all(box.x1 <= figure.bbox.x1 and box.y0 >= 0 for box in boxes.values())


@pytest.mark.parametrize(
    ("ends", "levels"),
    [
        ({f"v{n}": (100, 10 * n) for n in range(9)}, range(0)),  # more than can be told apart at a glance
        ({"a-name-that-leaves-no-room-for-the-axes-beside-which-it-stands": (100, 50)}, range(0)),
        ({"early": (30, 50), "async": (100, 90)}, range(0, 100, 5)),
    ],
    ids=["many", "long", "lines in the way"],
)
def test_where_a_name_has_no_room_the_legend_stands(ends: Ends, levels: range):
    figure = figure_of(ends, levels)
    assert is_legend_seen(figure) and not names(figure)


def test_names_move_as_little_as_keeps_them_spread_out_and_stay_within_their_limits():
    assert _spread_out([10, 50], 0, 100) == [10, 50]
    assert _spread_out([50, 50], 0, 100) == pytest.approx([45.25, 54.75])
    assert _spread_out([50, 50, 20], 0, 100)[0] == pytest.approx(_spread_out([50, 50, 20], 0, 100)[1] - 9.5)
    assert _spread_out([99, 99], 0, 100) == pytest.approx([90.5, 100]) and _spread_out([-5], 0, 100) == [0]


def test_a_name_stands_level_with_its_end_unless_a_line_passes_there():
    [alone] = names(figure_of({"async": (30, 50)})).values()
    assert moved_by(alone) == pytest.approx((10, 0)) and alone.get_gid() == "@switch=async"
    assert alone.arrow_patch.get_gid() == "@series=async"
    [moved] = names(figure_of({"async": (30, 50)}, range(50, 51))).values()
    assert moved_by(moved) == pytest.approx((10, -4)), "by no more than clears it"


def test_it_is_said_whether_every_name_found_its_place():
    styles = subject_styles(["async", "pool-8"])
    axes = Figure(figsize=(6, 2), dpi=72).add_subplot()
    axes.set(xlim=(0, 100), ylim=(0, 100))
    draw_line(axes, styles["async"], [0, 100], [50, 50])
    room = 10 + TextPath((0, 0), "async", size=7.5).get_extents().width
    assert label_ends(axes, styles, ["async", "pool-8"], room) is False, "one has no line"
    assert label_ends(axes, styles, ["async"], room / 2) is False and not axes.texts
    assert label_ends(axes, styles, ["async"], room) is True and len(axes.texts) == 1


def test_a_line_in_parts_ends_where_its_last_part_does():
    axes = Figure().add_subplot()
    for label, x, y in (
        ("a", [0, 9], [1, 4]),
        ("a", [0, 5], [1, 7]),
        ("b", [1], [2]),
        ("_", [1], [1]),
    ):
        axes.plot(x, y, label=label)
    paths, [[a], [b]] = _paths_and_stacks(axes)
    places = [(series, *axes.transData.inverted().transform(end)) for *end, series in (a, b)]
    assert places == [("a", pytest.approx(9), pytest.approx(4)), ("b", pytest.approx(1), pytest.approx(2))]
    assert len(paths) == 4, "what has no name is in the way all the same"


def test_ends_near_each_other_along_the_axis_are_one_stack_upwards():
    figure = Figure(figsize=(2, 1), dpi=72)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 144), ylim=(0, 72))
    assert _paths_and_stacks(axes) == ([], [])
    for x, y, name in ((80, 1, "c"), (100, 9, "a"), (80.5, 5, "b")):
        axes.plot([0, x], [0, y], label=name)
    assert [[name for *_, name in stack] for stack in _paths_and_stacks(axes)[1]] == [["b", "a"], ["c"]]
