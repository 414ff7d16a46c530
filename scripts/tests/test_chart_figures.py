"""What stands in each chart: the figures of the recording, in the units of its axes, none left out."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from charts import completions, makespan, percentiles, ratios, resources, timeline
from charts import curves as curve_charts
from charts.palette import FAILED, SURFACE, variant_styles
from curves import Curve, Line, Point
from digest import Digest, digests
from ratios import Against, Ratio
from results import Recording, key_of
from stats import median_interval, quantile
from synthetic import MODELS, Spec, build
from units import duration_text, ratio_text

VARIANTS = ("sequential", "async")
FAILS = {("async", "all-long", n): 5 for n in (1, 2)}
Made = tuple[Recording, list[Digest]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    spec = Spec(
        models={name: MODELS[name] for name in VARIANTS},
        workloads={"all-long": {"long": 20}, "mixed": {"long": 10, "short": 10}, "all-short": {"short": 20}},
        failures=FAILS,
        invalid={("sequential", "mixed", 2): "late"},
    )
    recording = Recording.load(build(tmp_path_factory.mktemp("figures") / "r", spec))
    return recording, digests(recording)


def lines(axes, style: str | None = None, colour: str | None = None) -> list:
    return [
        line
        for line in axes.lines
        if (style is None or line.get_marker() == style)
        and (colour is None or to_hex(line.get_color()) == colour)
    ]


def texts(figure: Figure) -> str:
    return " | ".join(t.get_text() for axes in figure.axes for t in axes.texts)


def visible(figure: Figure) -> list:
    return [axes for axes in figure.axes if axes.get_visible()]


def within(axes, x: list[float], y: list[float]) -> bool:
    (left, right), (one, other) = axes.get_xlim(), axes.get_ylim()
    low, high = min(one, other), max(one, other)
    return left <= min(x) and max(x) <= right and low <= min(y) and max(y) <= high


def test_makespans_have_a_row_each_with_its_runs_median_and_ideal(made: Made):
    chart = makespan.draw(*made)
    [axes] = chart.figure.axes
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_yticklabels()] == [d.variant for d in made[1]]
    places = list(axes.get_yticks())
    assert places == sorted(places) and len(set(places)) == len(places) == 6
    assert axes.get_ylim()[0] > places[-1] > places[0] > axes.get_ylim()[1]  # downwards
    for y, digest in zip(places, made[1]):
        here = [line for line in axes.lines if numpy.mean(line.get_ydata()) == pytest.approx(y)]
        dots = sorted(float(line.get_xdata()[0]) for line in here if line.get_marker() == "o")
        assert dots == pytest.approx(sorted(run.makespan_ms * 1e3 for run in digest.runs))
        hollow = [line for line in here if line.get_markerfacecolor() == SURFACE]
        assert len(hollow) == digest.invalid_runs
        ideals = [float(line.get_xdata()[0]) for line in here if line.get_marker() == "|"]
        assert ideals == ([] if digest.ideal_ms is None else [digest.ideal_ms * 1e3])
        bars = sorted((list(line.get_xdata()) for line in here if line.get_marker() == "None"), key=numpy.ptp)
        median = digest.makespan_ms.median * 1e3
        assert [median, median] in bars
        assert [digest.makespan_ms.low * 1e3, digest.makespan_ms.high * 1e3] in bars
        assert within(axes, [*dots, *ideals], [y - 0.34, y + 0.34])


def test_makespans_are_told_with_their_ratio_or_that_there_were_errors(made: Made):
    chart = makespan.draw(*made)
    found = texts(chart.figure)
    for digest in made[1]:
        assert duration_text(digest.makespan_ms.median * 1e3) in found
        if digest.over_ideal:
            assert ratio_text(digest.over_ideal.median) in found
    assert found.count("errors") == 1  # async fails some of all-long; where nothing waits nothing stands
    assert [text for text in found.split(" | ") if text in made[0].workloads] == made[0].workloads
    told = chart.description.split("; ")
    assert len(told) == 6 and told[0].startswith("Median makespans. all-long sequential: 1.0")
    assert re.search(r"1\.\d\d× of the ideal 1\.00 s", told[0]) and "ideal" not in told[1]
    assert makespan.draw(made[0], []) is None


def test_completions_rise_to_what_was_answered_at_its_time(made: Made):
    recording, all_of = made
    chart = completions.draw(*made)
    panels = visible(chart.figure)
    assert len(panels) == 3 and all(len(axes.lines) == 2 for axes in panels)
    styles = variant_styles(recording.variants)
    for axes, workload in zip(panels, recording.workloads):
        for digest in (d for d in all_of if d.workload == workload):
            [line] = lines(axes, colour=styles[digest.variant].colour)
            rows = recording.requests_of(key_of(digest.representative))
            done = sorted(row.due_us + row.latency_us for row in rows if row.outcome == "ok")
            assert list(line.get_xdata())[1:] == done
            assert list(line.get_ydata()) == list(range(len(done) + 1))
            assert within(axes, done, [0, len(done)])
    assert [axes.get_xscale() for axes in panels] == ["log", "log", "linear"]
    assert "all-long, up to 20 answered, the last after: sequential 1.0" in chart.description
    assert "async 50." in chart.description and chart.description.endswith(".")


def test_without_rows_completions_are_those_of_the_intervals(tmp_path: Path):
    spec = Spec(
        models={"async": MODELS["async"]}, workloads={"mixed": {"long": 4, "short": 16}}, repetitions=1
    )
    folder = build(tmp_path / "r", spec)
    (folder / "requests.csv").unlink()
    recording = Recording.load(folder)
    [axes] = completions.draw(recording, digests(recording)).figure.axes
    x, y = (list(values) for values in axes.lines[0].get_data())
    rows = [r for r in recording.throughput_of(("async", "mixed", 1)) if r.completed]
    assert x[1:] == [(r.elapsed_ms + r.interval_ms) * 1e3 for r in rows]
    assert y[-1] == 20 and y[1:] == list(numpy.cumsum([r.completed for r in rows]))


def test_a_percentile_curve_has_the_quantiles_of_all_repetitions(made: Made):
    recording, all_of = made
    chart = percentiles.draw(*made)
    panels = visible(chart.figure)
    assert len(panels) == 4
    colour = variant_styles(recording.variants)["sequential"].colour
    axes = panels[0]  # long requests of all-long
    [line] = lines(axes, colour=colour)
    latencies = [
        row.latency_us for n in (1, 2) for row in recording.requests_of(("sequential", "all-long", n))
    ]
    x, y = (numpy.array(values) for values in line.get_data())
    for share in (0.5, 0.9):
        at = [
            value
            for begin, end, value in zip(x[::2], x[1::2], y[::2])
            if begin < 1 / (1 - share) <= end + 1e-9
        ]
        assert at == [pytest.approx(quantile(latencies, share), rel=0.02)]
    assert x[0] == 1 and x[-1] == pytest.approx(2 * len(latencies))  # half a request from the end
    assert within(axes, list(x), list(y)) and axes.get_xscale() == axes.get_yscale() == "log"
    ticks = [(tick, axes.xaxis.get_major_formatter()(tick, 0)) for tick in axes.get_xticks()]
    assert ticks == [(2, "50"), (10, "90")]
    assert "long requests of all-long: sequential 1.0" in chart.description


def test_a_percentile_that_failures_leave_uncertain_is_dotted(made: Made):
    axes = visible(percentiles.draw(*made).figure)[0]
    certain, uncertain = lines(axes, colour=variant_styles(VARIANTS)["async"].colour)
    assert uncertain.get_linestyle() != certain.get_linestyle()
    assert max(certain.get_xdata()) <= min(uncertain.get_xdata()) + 1e-9
    assert lines(visible(percentiles.draw(*made).figure)[3])  # where none failed nothing is


def test_the_servers_resources_are_those_sampled_in_the_run_that_is_shown(made: Made):
    recording, all_of = made
    chart = resources.draw(recording, all_of, "all-long")
    threads, memory, cpu = chart.figure.axes
    for digest in (d for d in all_of if d.workload == "all-long"):
        rows = recording.throughput_of(key_of(digest.representative))
        colour = variant_styles(recording.variants)[digest.variant].colour
        expected = (
            (threads, [row.server_threads for row in rows]),
            (memory, [row.server_rss_kib / 1024 for row in rows]),
            (cpu, list(numpy.cumsum([row.server_cpu_us for row in rows]))),
        )
        for axes, values in expected:
            [line] = lines(axes, colour=colour)
            x = [(row.elapsed_ms + row.interval_ms) * 1e3 for row in rows]
            assert list(line.get_xdata()) == x and list(line.get_ydata()) == pytest.approx(values)
            assert within(axes, x, values)
    assert threads.get_xscale() == "log"
    ticks = [axes.yaxis.get_major_formatter()(2048, 0) for axes in (threads, memory, cpu)]
    assert ticks == ["2,048", "2.05e+03 MiB", "2.048 ms"]
    assert threads.yaxis.get_major_formatter()(0, 0) == "0"
    assert "sequential: at most 1 thread and 3.83 MiB, " in chart.description
    assert resources.draw(recording, all_of, "none such") is None
    assert resources.draw(recording, all_of, "all-short").figure.axes[0].get_xscale() == "linear"


def test_a_timeline_has_a_bar_for_each_request_from_due_to_done(made: Made):
    recording, all_of = made
    chart = timeline.draw(recording, all_of, "mixed")
    assert len(chart.figure.axes) == 4  # on one clock, and each on its own
    slow, slow_alone, quick, quick_alone = chart.figure.axes
    rows = recording.requests_of(key_of(all_of[2].representative))
    boxes = []
    for patch in slow.patches:
        corners = patch.get_path().vertices.reshape(-1, 5, 2)
        boxes += [(bar[0][1], bar[0][0], bar[1][0], bar[2][1]) for bar in corners]
    boxes.sort()
    assert len(boxes) == 20 and [(top, bottom) for top, _, _, bottom in boxes] == [
        (n, n + 1) for n in range(20)
    ]
    end = max(row.latency_us for row in rows)
    ends = sorted(row.latency_us for row in rows)
    assert [right for _, _, right, _ in boxes] == pytest.approx([max(e, end * 0.0035) for e in ends])
    assert all(left == 0 for _, left, _, _ in boxes)
    assert slow.get_xlim() == quick.get_xlim() == slow_alone.get_xlim() == (0, pytest.approx(end * 1.04))
    assert quick_alone.get_xlim()[1] < end / 2
    assert slow.get_ylim() == (20, 0)
    assert [label.get_text() for label in slow.get_yticklabels()] == ["1", "20"]
    assert len(slow.patches) == 2 and len({patch.get_facecolor() for patch in slow.patches}) == 2
    assert "All on one clock" in texts(chart.figure) and "Each on its own clock" in texts(chart.figure)


def test_a_timeline_marks_what_failed_and_the_ideal_end(made: Made):
    recording, all_of = made
    chart = timeline.draw(recording, all_of, "all-long")
    crosses = [lines(axes, colour=FAILED) for axes in chart.figure.axes]
    assert [len(found) for found in crosses] == [0, 0, 1, 1]
    assert len(crosses[2][0].get_xdata()) == 5
    for axes, ideal_us in zip(chart.figure.axes[::2], (1_000_000, 50_000)):
        assert [ideal_us, ideal_us] in [list(line.get_xdata()) for line in axes.lines]
    [legend] = chart.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["long", "ideal end", "failed"]
    sequential, at_once = chart.description.split("; ")
    assert "sequential: 20 requests done after 1.0" in sequential and sequential.endswith(
        "one after the other"
    )
    assert "× ideal" in sequential and "failed" not in sequential
    assert at_once.endswith("a wall: nearly all end together, 5 of them failed.") and "ideal" not in at_once


def test_a_timeline_of_what_is_about_as_fast_has_one_clock(made: Made):
    recording, all_of = made
    chart = timeline.draw(recording, all_of, "all-short")
    assert len(chart.figure.axes) == 2 and "clock" not in texts(chart.figure)
    assert not any(list(line.get_xdata()) for axes in chart.figure.axes for line in axes.lines)
    [legend] = chart.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["short"]
    assert "on the right" not in chart.caption and "evenly" not in chart.caption
    assert timeline.draw(recording, all_of, "none such") is None


def test_a_long_timeline_draws_some_and_says_so(tmp_path: Path):
    spec = Spec(models={"async": MODELS["async"]}, workloads={"many": {"short": 1000}}, repetitions=1)
    recording = Recording.load(build(tmp_path / "r", spec))
    chart = timeline.draw(recording, digests(recording), "many")
    [axes] = chart.figure.axes
    assert axes.get_ylim()[0] == 334  # every third
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1", "1,000"]
    assert "Of the 1,000 requests, evenly chosen ones are drawn." in chart.caption
    assert "async: 1,000 requests done after" in chart.description


def ratio(*values: float) -> Ratio:
    return Ratio(list(values), median_interval(values))


def test_ratios_have_a_row_for_each_of_the_others(made: Made):
    quick = ratio(0.5, 0.6, 0.7)
    found = [
        Against("async", "sequential", "mixed", cpu=quick, throughput=ratio(2.0, 3.0, 4.0)),
        Against("async", "sequential", "all-long", cpu=None, throughput=ratio(1.1, 1.2, 1.3)),
        Against("async", "sequential", "all-short", cpu=None, throughput=None),
    ]
    chart = ratios.draw(made[0], found)
    cpu, rate = chart.figure.axes
    assert len(lines(cpu, "o")) == 1 and list(lines(cpu, "o")[0].get_xdata()) == [0.5, 0.6, 0.7]
    assert [list(line.get_xdata()) for line in lines(rate, "o")] == [[2.0, 3.0, 4.0], [1.1, 1.2, 1.3]]
    assert [1, 1] in [list(line.get_xdata()) for line in cpu.lines]
    assert [0.5, 0.7] in [list(line.get_xdata()) for line in cpu.lines]
    assert cpu.get_xlim()[0] < 0.5 and cpu.get_xlim()[1] > 1
    assert rate.get_xlim()[0] < 1 and rate.get_xlim()[1] > 4
    assert [label.get_text() for label in cpu.get_yticklabels()] == ["sequential"] * 2
    assert not any(label.get_text() for label in rate.get_yticklabels())
    top, bottom = cpu.get_yticks()
    assert cpu.get_ylim()[0] > bottom > top > cpu.get_ylim()[1]
    assert lines(rate, "o")[0].get_ydata()[0] == top
    assert "0.60×" in texts(chart.figure) and "3.00×" in texts(chart.figure)
    assert chart.description == (
        "Medians of paired ratios. mixed: async beside sequential: 0.60× of its CPU per request, 3.00× "
        "of its requests per second; all-long: async beside sequential: 1.20× of its requests per second."
    )
    assert ratios.draw(made[0], found[2:]) is None


@pytest.mark.parametrize(
    ("values", "told"),
    [([0.9, 1.1], {0.9, 1, 1.2}), ([0.4, 1.5], {0.5, 0.7, 1}), ([0.1, 5], {0.1, 0.2, 0.5, 1, 2, 5})],
)
def test_an_axis_of_ratios_is_the_finer_the_nearer_they_are(values, told):
    axes = Figure().add_subplot()
    ratios.ratio_axis(axes, values)
    ticks = {float(f"{tick:.6g}") for tick in axes.get_xticks()}
    assert told - {1.2} <= ticks and (1.2 in ticks) == (1.2 in told) and (0.7 in ticks or 0.7 not in told)
    assert axes.xaxis.get_major_formatter()(0.5, 0) == "0.5×"


def curve(all_of: list[Digest], axis: str = "connections", **entry: object) -> Curve:
    """The workloads as points at 1, 10 and 100."""
    found = [
        Line(v, [Point(10**n, d) for n, d in enumerate(d for d in all_of if d.variant == v)])
        for v in VARIANTS
    ]
    return Curve("c", axis, found, entry)


def test_a_curve_has_a_panel_for_each_figure_with_a_mark_at_each_point(made: Made):
    recording, all_of = made
    chart = curve_charts.draw(recording, curve(all_of))
    panels = visible(chart.figure)
    titles = [axes.texts[0].get_text() for axes in panels]
    assert titles == ["throughput", "p99", "CPU", "context switches", "threads", "resident memory"]
    colour = variant_styles(recording.variants)["sequential"].colour
    mine = [d for d in all_of if d.variant == "sequential"]
    for axes, figure in (
        (panels[0], lambda d: d.throughput_rps),
        (panels[2], lambda d: d.server["cpu_us_per_request"]),
    ):
        [line] = [found for found in lines(axes, colour=colour) if len(found.get_xdata()) == 3]
        assert list(line.get_xdata()) == [1, 10, 100]
        assert list(line.get_ydata()) == [figure(d).median for d in mine]
        ranges = [
            list(found.get_ydata()) for found in lines(axes, colour=colour) if len(found.get_xdata()) == 2
        ]
        assert ranges == [[figure(d).low, figure(d).high] for d in mine]
        assert within(axes, [1, 100], [value for d in mine for value in (figure(d).low, figure(d).high)])
        assert axes.get_xscale() == axes.get_yscale() == "log"
        assert axes.xaxis.get_major_formatter()(1000, 0) == "1,000"
    assert {20, 50} <= set(panels[2].get_yticks())  # within a decade or so there are ticks between
    assert chart.description.startswith("Against connections. throughput requests/s: sequential from ")
    assert "CPU per request: sequential from 4" in chart.description and " at 1 to " in chart.description


def test_a_mark_is_hollow_where_requests_failed(made: Made):
    recording, all_of = made
    [rate, *_] = visible(curve_charts.draw(recording, curve(all_of)).figure)
    marks = [line for line in rate.lines if len(line.get_xdata()) == 1]
    hollow = [float(line.get_xdata()[0]) for line in marks if line.get_markerfacecolor() == SURFACE]
    assert len(marks) == 6 and hollow == [1.0]  # all-long of async


def test_an_open_loops_curve_has_the_rate_offered_and_where_the_search_ended(made: Made):
    recording, all_of = made
    about = dict(recording.run)
    recording.run["objective"] = {
        "text": "p99 < 50 ms",
        "curve": "c",
        "highest_rps": {"async": 30, "sequential": None},
    }
    try:
        panels = visible(curve_charts.draw(recording, curve(all_of, "rate")).figure)
    finally:
        recording.run["objective"] = about["objective"]
    assert [axes.texts[0].get_text() for axes in panels] == ["p50", "p99", "throughput", "CPU"]
    knees = [[30, 30] in [list(line.get_xdata()) for line in axes.lines] for axes in panels]
    offered = [
        any(list(line.get_xdata()) == list(line.get_ydata()) == [1, 100] for line in axes.lines)
        for axes in panels
    ]
    assert knees == [True, True, False, False]
    assert offered == [False, False, True, False]
    assert panels[0].get_xlabel() == "offered requests/s"


def test_a_curve_of_one_point_is_none(made: Made):
    recording, all_of = made
    single = Curve("c", "rate", [Line("async", [Point(5, all_of[1])])], {})
    assert curve_charts.draw(recording, single) is None
    assert curve_charts.draw(recording, Curve("c", "rate", [], {})) is None
    assert math.isfinite(all_of[1].throughput_rps.median)


def test_all_that_is_drawn_is_in_view(made: Made):
    recording, all_of = made
    drawn = [
        *(makespan.draw(*made), percentiles.draw(*made), completions.draw(*made)),
        *(
            draw(recording, all_of, w)
            for w in recording.workloads
            for draw in (timeline.draw, resources.draw)
        ),
        curve_charts.draw(recording, curve(all_of)),
    ]
    for axes in (axes for chart in drawn for axes in visible(chart.figure)):
        for x, y in (line.get_data() for line in axes.lines if line.get_transform() == axes.transData):
            positive = [(a, b) for a, b in zip(x, y) if a > 0 or axes.get_xscale() == "linear"]
            assert within(axes, [a for a, _ in positive], [b for _, b in positive]), axes.texts[0].get_text()


def test_rows_are_as_far_apart_as_their_names_are_high(made: Made):
    row = Against("async", "sequential", "mixed", cpu=ratio(0.5, 0.6, 0.7), throughput=None)
    for chart in (makespan.draw(*made), ratios.draw(made[0], [row])):
        axes = chart.figure.axes[0]
        first, last = axes.get_ylim()
        inches = axes.get_position().height * chart.figure.get_size_inches()[1] / abs(first - last)
        assert 0.2 < inches < 0.3
