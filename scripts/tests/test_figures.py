"""Figures of panels and of rows: how wide they are, where each row lies, when names stand beside lines."""

from __future__ import annotations

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.textpath import TextPath

from charts.canvas import WIDTH, look
from charts.figures import LEAST_WIDE, NARROW, Mark, Panel, draw_line, draw_marks, panels_figure
from charts.palette import SURFACE, Style, subject_styles
from charts.rows import WIDE, rows_figure, write
from metrics.digest import Spread


def inches(axes: Axes) -> tuple[float, float, float, float]:
    """From the left, from the right, from the top, high."""
    (width, height), box = axes.figure.get_size_inches(), axes.get_position()
    return box.x0 * width, (1 - box.x1) * width, (1 - box.y1) * height, box.height * height


def room_for(names: list[str]) -> float:
    """In inches: from a line to the name, the name itself, and a little more."""
    return (10 + max(TextPath((0, 0), name, size=7.5).get_extents().width for name in names) + 4) / 72


def figure_of(*panels: list[str], columns: int, is_drawn: bool = True) -> Figure:
    """With a line for each name, of as many as there are upwards."""

    def draw(axes, lines, styles) -> None:
        for n, name in enumerate(lines if is_drawn else ()):
            draw_line(axes, styles[name], [0, 100], [n, n])
        axes.set(xlim=(0, 100), ylim=(-1, len(lines)))

    names = list(dict.fromkeys(name for some in panels for name in some))
    made = [Panel("p", "", dict.fromkeys(some), draw) for some in panels]
    with look():
        return panels_figure(subject_styles(names), made, columns, 2)


def is_named(figure: Figure) -> bool:
    return not figure.legends[0].get_visible()


def test_names_beside_lines_have_their_room_at_the_right_and_between_columns():
    names = ["async", "thread-per-request"]
    figure = figure_of(*[names] * 3, columns=2)
    left, right, below, hidden = figure.axes
    assert is_named(figure) and not hidden.get_visible()
    room = room_for(names)
    assert inches(right)[1] == pytest.approx(room)
    assert WIDTH - inches(left)[1] + room + 0.7 == pytest.approx(inches(right)[0])
    assert [inches(axes)[2] for axes in (left, below)] == pytest.approx([0.3, 0.3 + 2 + 0.62])
    assert {text.get_text() for text in right.texts} == {"", *names}


def test_one_column_is_as_wide_as_a_phone_can_show():
    for count, columns, width in ((1, 3, NARROW), (3, 1, NARROW), (2, 3, WIDTH)):
        assert figure_of(*[["async"]] * count, columns=columns).get_size_inches()[0] == pytest.approx(width)


def test_eight_names_stand_beside_their_lines_and_of_nine_a_legend_does():
    names = [f"v{n}" for n in range(9)]
    assert is_named(figure_of(names[:8], columns=1)) and not is_named(figure_of(names, columns=1))
    # It is of one panel, not of all.
    assert is_named(figure_of(names[:5], names[5:], columns=2))


def test_names_stand_beside_lines_only_where_those_keep_their_width():
    long = [n for n in range(1, 40) if room_for(["x" * n]) <= 1.55]  # (8.6 - 0.7) / 2 - 0.7 - 1.7
    fits, not_so = (figure_of(["x" * n], ["x" * n], columns=2) for n in (long[-1], long[-1] + 1))
    assert is_named(fits) and not is_named(not_so)
    left, right, *_ = inches(fits.axes[0])
    assert WIDTH - left - right >= LEAST_WIDE
    assert inches(not_so.axes[1])[1] == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("letters", "rows"),
    [
        ((18, 18), 1),
        ((19, 19), 2),
        ((18, 3, 3), 2),
        ((52, 3), 2),
        ((3, 18, 3, 3, 3), 3),
        ((9, 9, 9, 9), 2),
    ],
)
def test_a_legend_has_as_few_rows_as_its_names_leave_room_for(letters: tuple[int, ...], rows: int):
    names = [str(n) * count for n, count in enumerate(letters)]
    figure = figure_of(names, columns=1, is_drawn=False)
    assert inches(figure.axes[0])[2] == pytest.approx(0.4 + 0.195 * rows)


def test_a_line_of_marks_goes_through_medians_with_the_range_of_each():
    axes, style = Figure().add_subplot(), Style("#0000ff", (0, (5, 2)), "s", "async")
    marks = [
        Mark(1, Spread(5, 4, 9), "a note", False),
        Mark(10, Spread(7, 6, 8), "another", True),
        Mark(20, Spread(9, 9, 9), "", False),
    ]
    draw_marks(axes, style, marks)
    line, *others = axes.lines
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([1, 10, 20], [5, 7, 9])
    assert (line.get_label(), line.get_gid(), line.is_dashed()) == ("async", "@series=async|line=1", True)
    drawn = [(*map(list, o.get_data()), o.get_marker(), o.get_markerfacecolor(), o.get_gid()) for o in others]
    assert drawn == [
        ([1, 1], [4, 9], "None", "#0000ff", "@series=async"),
        ([1], [5], "s", "#0000ff", "@series=async|note=a note"),
        ([10, 10], [6, 8], "None", "#0000ff", "@series=async"),
        ([10], [7], "s", SURFACE, "@series=async|note=another"),
        ([20], [9], "s", "#0000ff", "@series=async|note="),
    ]
    assert {to_hex(each.get_color()) for each in axes.lines} == {"#0000ff"}


def test_rows_stand_below_their_headings_one_apart():
    names = [("mixed", "async"), ("mixed", "pool-8"), ("all-long", "async")]
    with look():
        figure, both, places = rows_figure(names, 2, 0.4, "median", Line2D([], [], label="ideal"))
    assert places == [1.8, 2.8, pytest.approx(5.2)]
    upper, lower = both
    for axes in both:
        headings = [(text.get_text(), text.xy[1]) for text in axes.texts]
        assert headings == [("mixed", 0.8), ("all-long", pytest.approx(4.2))]
        assert {text.xy[0] for text in axes.texts} == {0} and {text.xyann[0] for text in axes.texts} == {-4}
        assert axes.get_ylim() == (pytest.approx(5.8), 0.15)
        assert [label.get_text() for label in axes.get_yticklabels()] == ["async", "pool-8", "async"]
        assert inches(axes)[:2] == pytest.approx((0.3 + 0.078 * len("all-long"), 0.4))
        assert inches(axes)[3] == pytest.approx(0.24 * (3 + 2 * 1.4))
    assert inches(lower)[2] - inches(upper)[2] == pytest.approx(0.24 * 5.8 + 0.75)
    assert figure.get_size_inches()[0] == pytest.approx(WIDE)
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a repetition", "median", "ideal"]


def test_rows_with_long_names_are_the_wider_by_what_those_take():
    figure, [axes], _ = rows_figure([("w", "x" * 50)], 1, 0.4, "median")
    assert inches(axes)[0] == pytest.approx(0.3 + 0.078 * 50)
    assert figure.get_size_inches()[0] == pytest.approx(WIDE + 0.3 + 0.078 * 50 - 1.6)


def test_what_is_written_beside_a_row_is_so_far_from_an_edge_of_the_axes():
    axes = Figure().add_subplot()
    write(axes, 3, "at the right", 6, weight="bold")
    write(axes, 4, "at the left", -4, x=0)
    places = [(text.get_text(), text.xy, text.xyann) for text in axes.texts]
    assert places == [("at the right", (1, 3), (6, 0)), ("at the left", (0, 4), (-4, 0))]
