"""What stands in the charts of a whole recording: curves and ratios, and that their rows can be read."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

import pytest
from matplotlib.axes import Axes

from chart_reading import (
    COLOURS,
    Made,
    charts_of,
    lines,
    names_of,
    small_recording,
    texts,
    visible,
    within,
    xs,
)
from charts import curves, rows
from charts.canvas import Chart
from charts.palette import SURFACE
from charts.rows import draw_ratios as draw_ratios_of
from metrics.comparing import Compared, shown_together
from stats.comparison import of_ratios

CPU, RATE = "CPU per request", "throughput"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return small_recording(tmp_path_factory.mktemp("figures") / "r")


def curve_charts(
    made: Made, axis: str = "connections", requests: int | None = None, objective: dict | None = None
) -> list[Chart]:
    """The workloads as points at 1, 10 and 100 of one curve."""
    recording = copy(made[0])
    entries = [
        entry | {"curve": {"name": "c", "axis": axis, "at": 10**n}, "requests": requests}
        for n, entry in enumerate(recording.run["workloads"])
    ]
    recording.run = recording.run | {"workloads": entries, "objective": objective}
    return list(charts_of(curves, (recording, made[1])).values())


def titles(chart: Chart) -> list[str]:
    return [axes.get_title(loc="left") for axes in visible(chart)]


def test_a_curve_has_a_panel_for_each_metric_with_a_mark_at_each_point(made: Made):
    [chart] = curve_charts(made)
    panels = visible(chart)
    assert titles(chart) == [
        *("throughput", "p99", "CPU per request"),
        *("context switches per request", "threads", "memory"),
    ]
    for axes, metric in ((panels[0], "throughput"), (panels[1], "p99"), (panels[2], "cpu")):
        spreads = [digest[metric] for digest in made[1] if digest.subject == "sequential"]
        [line] = lines(axes, colour=COLOURS["sequential"], points=3)
        assert list(line.get_xdata()) == [1, 10, 100]
        assert list(line.get_ydata()) == [spread.median for spread in spreads]
        ranges = [
            list(upright.get_ydata()) for upright in lines(axes, colour=COLOURS["sequential"], points=2)
        ]
        assert ranges == [[spread.low, spread.high] for spread in spreads if spread.low < spread.high]
        assert within(axes, [1, 100], [value for row in ranges for value in row])
        assert axes.get_xscale() == axes.get_yscale() == "log"
        assert axes.xaxis.get_major_formatter()(1000, 0) == "1,000"
    assert {20, 50} <= set(panels[2].get_yticks())  # within a decade or so there are ticks between
    assert [axes.yaxis.get_major_formatter()(4096, 0) for axes in panels[4:]] == ["4,096", "4 MiB"]
    assert chart.opening == "Against connections." and chart.title == "c: against connections"
    assert chart.texts[0].startswith("throughput requests/s: sequential from ")
    assert chart.texts[2].startswith("CPU per request: sequential from 4") and " at 1 to " in chart.texts[2]


def test_a_mark_is_hollow_where_requests_failed(made: Made):
    marks = lines(visible(curve_charts(made)[0])[0], points=1)
    hollow = xs([line for line in marks if line.get_markerfacecolor() == SURFACE])
    assert len(marks) == 6 and hollow == [[1]]  # all-long of async


def test_an_open_loops_curve_has_the_rate_offered_and_where_the_search_ended(made: Made):
    objective = {"text": "p99 < 50 ms", "curve": "c", "highest_rps": {"async": 30, "sequential": None}}
    [chart] = curve_charts(made, "rate", objective=objective)
    assert titles(chart) == ["p99", "p50", "throughput", "CPU per request"]
    knees = [[30, 30] in xs(axes.lines) for axes in visible(chart)]
    assert knees == [True, True, False, False]
    equal = [
        [list(x) for x, y in (line.get_data() for line in axes.lines) if list(x) == list(y)]
        for axes in visible(chart)
    ]
    offered = [[1, 100] in ends for ends in equal]
    assert offered == [False, False, True, False]
    assert visible(chart)[0].get_xlabel() == "offered requests/s"
    assert "the highest rate with p99 < 50 ms" in chart.caption
    [other] = curve_charts(made, "rate", objective=objective | {"curve": "another"})
    assert not any([30, 30] in xs(axes.lines) for axes in visible(other)) and "highest" not in other.caption


def test_a_burst_has_a_panel_less_where_no_request_needs_memory_of_its_own(made: Made):
    [burst] = curve_charts(made, requests=100)
    expected = ["× ideal", "memory", "threads", "CPU per request", "context switches per request"]
    assert titles(burst) == expected
    assert len(burst.figure.axes) == 6
    assert burst.title == "c: against requests at once"


def test_a_curve_of_one_point_is_none(made: Made):
    first = [digest for digest in made[1] if digest.workload == "all-long"]
    assert curve_charts((made[0], first)) == []
    assert curve_charts((made[0], [])) == []


def row(metric: str, workload: str, *pair_ratios: float) -> Compared:
    comparison = of_ratios([1.0] * len(pair_ratios), pair_ratios, is_paired=True)
    return Compared("sequential", "async", workload, metric, ("", ""), comparison)


@pytest.fixture
def draw_ratios(made: Made, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    def draw(*rows: Compared) -> Chart | None:
        monkeypatch.setattr("charts.rows.against_references", lambda _: shown_together(rows))
        return charts_of(draw_ratios_of, made).get("ratios")

    return draw


AROUND_0_6 = tuple(0.6 * 1.04**n for n in range(-4, 5))


def test_ratios_have_a_row_for_each_of_the_others(draw_ratios):
    around_3 = [5 * ratio for ratio in AROUND_0_6]
    chart = draw_ratios(
        row(CPU, "mixed", *AROUND_0_6), row(RATE, "mixed", *around_3), row(RATE, "all-long", 1.1, 1.2, 1.4)
    )
    assert chart.title == "What our servers need and serve beside the others"
    cpu, rate = chart.figure.axes
    assert [list(line.get_xdata()) for line in lines(cpu, "o")] == [pytest.approx(AROUND_0_6)]
    dots = [list(line.get_xdata()) for line in lines(rate, "o")]
    assert dots == [pytest.approx(around_3), pytest.approx([1.1, 1.2, 1.4])]
    assert within(cpu, [*AROUND_0_6, 1], [1]) and within(rate, [*around_3, 1], [1])
    assert names_of(cpu) == names_of(rate) == ["sequential"] * 2  # on a phone they stand apart
    top, bottom = cpu.get_yticks()
    assert cpu.get_ylim()[0] > bottom > top > cpu.get_ylim()[1]
    assert {line.get_ydata()[0] for line in lines(rate, "o")} == {top, bottom}
    assert {"mixed: async", "all-long: async", "0.60×", "3.00×", "1.20×"} <= set(texts(chart.figure))
    assert chart.texts == [
        "mixed, CPU per request, async beside sequential: 0.60×, differs by 0.60× [0.53, 0.67×]",
        "mixed, throughput, async beside sequential: 3.00×, differs by 3.00× [2.67, 3.37×]",
        "all-long, throughput, async beside sequential: 1.20×, too few repetitions",
    ]


def level_lines(axes: Axes) -> list[list[float]]:
    """The ends of the lines that lie in a row."""
    return [list(x) for x, y in (line.get_data() for line in lines(axes, points=2)) if y[0] == y[1]]


def test_a_row_has_the_line_of_its_interval_only_where_there_are_pairs_enough(draw_ratios):
    cpu, rate = draw_ratios(row(CPU, "mixed", *AROUND_0_6), row(RATE, "mixed", 1.1, 1.2, 1.4)).figure.axes
    [(low, high)] = level_lines(cpu)
    assert min(AROUND_0_6) <= low < 0.6 < high <= max(AROUND_0_6)
    assert level_lines(rate) == []
    assert draw_ratios(row(RATE, "mixed", 1.1, 1.2, 1.4)) is None
    assert draw_ratios() is None


@pytest.mark.parametrize(
    ("ends", "ticks", "no_ticks"),
    [
        ((0.9, 1.1), {0.9, 1, 1.2}, set()),
        ((0.4, 1.5), {0.5, 0.7, 1}, {1.2, 0.8}),
        ((0.1, 5), {0.1, 0.2, 0.5, 1, 2, 5}, {0.7, 3}),
    ],
)
def test_an_axis_of_ratios_is_the_finer_the_nearer_they_are(draw_ratios, ends, ticks, no_ticks):
    [axes] = draw_ratios(row(CPU, "mixed", *ends, *[1.0] * 7)).figure.axes
    places = {float(f"{tick:.6g}") for tick in axes.get_xticks()}
    assert ticks <= places and not no_ticks & places
    assert axes.xaxis.get_major_formatter()(0.5, 0) == "0.5×"


def test_a_legend_lies_within_the_figure_above_the_axes(made: Made, draw_ratios):
    for chart in (*curve_charts(made), draw_ratios(row(CPU, "mixed", *AROUND_0_6))):
        chart.figure.draw_without_rendering()
        [box] = [legend.get_window_extent() for legend in chart.figure.legends]
        frame = chart.figure.bbox
        assert 0 < box.x0 < box.x1 <= frame.x1 and box.y1 <= frame.y1
        assert box.y0 > max(axes.get_window_extent().y1 for axes in chart.figure.axes)


def test_names_of_rows_lie_within_the_figure_as_far_apart_as_they_are_high(made: Made, draw_ratios):
    for chart in (charts_of(rows, made)["makespan"], draw_ratios(row(CPU, "mixed", *AROUND_0_6))):
        axes = chart.figure.axes[0]
        first, last = axes.get_ylim()
        inches = axes.get_position().height * chart.figure.get_size_inches()[1] / abs(first - last)
        assert 0.2 < inches < 0.3
        chart.figure.draw_without_rendering()
        names = [*axes.get_yticklabels(), *axes.texts]
        assert 0 <= min(name.get_window_extent().x0 for name in names) < 75  # of 860 pixels
