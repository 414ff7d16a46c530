"""What stands in each chart: the figures of the recording, in the units of its axes, none left out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy
import pytest

from chart_reading import (
    bars_of,
    COLOURS,
    VARIANTS,
    Made,
    charts_of,
    key_texts,
    lines,
    load,
    names_of,
    of_workload,
    steps_of,
    small_recording,
    texts,
    visible,
    within,
    xs,
)
from charts import rows, runs, timeline
from charts.canvas import Chart
from charts.palette import FAILED, MUTED, SURFACE
from metrics.metrics import MARK, counts
from recordings.recording import key_of
from synthetic import MODELS, Spec, build
from text.units import duration_text, ratio_text


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return small_recording(tmp_path_factory.mktemp("figures") / "r")


@pytest.fixture(scope="module")
def drawn(made: Made) -> dict[str, Chart]:
    modules = (timeline, rows, runs.draw_percentiles, runs)
    return {name: chart for module in modules for name, chart in charts_of(module, made).items()}


def test_makespans_have_a_row_each_with_its_runs_median_and_ideal(made: Made, drawn: dict[str, Chart]):
    [axes] = drawn["makespan"].figure.axes
    assert axes.get_xscale() == "log"
    assert names_of(axes) == [*VARIANTS[:1], f"async {MARK}", *VARIANTS * 2]
    places = list(axes.get_yticks())
    assert places == sorted(places) and len(set(places)) == len(places) == 6
    assert axes.get_ylim()[0] > places[-1] > places[0] > axes.get_ylim()[1]  # downwards
    for y, digest in zip(places, made[1]):
        here = [line for line in axes.lines if numpy.mean(line.get_ydata()) == pytest.approx(y)]
        dots = [float(line.get_xdata()[0]) for line in here if line.get_marker() == "o"]
        assert sorted(dots) == pytest.approx(sorted(run.makespan_ms * 1e3 for run in digest.runs))
        hollow = [line for line in here if line.get_markerfacecolor() == SURFACE]
        assert len(hollow) == sum(not counts(run) for run in digest.runs)
        ideals = [float(line.get_xdata()[0]) for line in here if line.get_marker() == "|"]
        assert ideals == ([digest["ideal"].median] if digest["ideal"] else [])
        bars, spread = xs([line for line in here if line.get_marker() == "None"]), digest["makespan"]
        assert bars == [[spread.low, spread.high], [spread.median] * 2]
        assert within(axes, [*dots, *ideals], [y - 0.34, y + 0.34])


def test_makespans_are_written_with_their_ratio_or_that_there_were_errors(
    made: Made, drawn: dict[str, Chart]
):
    chart = drawn["makespan"]
    written = texts(chart.figure)
    for digest in made[1]:  # where nothing waits nothing stands beside it
        ratio, text = digest["over_ideal"], duration_text(digest["makespan"].median)
        beside = f", {ratio_text(ratio.median)} ideal" if ratio else ", errors" if digest.failures else ""
        assert text + beside in written
    assert len([text for text in written if text.endswith(", errors")]) == 1
    assert [text for text in written if text in made[0].workloads] == made[0].workloads
    assert chart.opening == "Median makespans." and len(chart.texts) == 6
    assert chart.texts[0].startswith("all-long sequential: makespan 1.0")
    assert chart.texts[0].endswith("× ideal") and "ideal" not in chart.texts[1]
    assert list(rows.draw(made[0], [])) == []


def test_completions_rise_to_what_was_answered_at_its_time(made: Made, drawn: dict[str, Chart]):
    recording, chart = made[0], drawn["completions"]
    panels = chart.figure.axes
    assert len(panels) == 3 and all(len(axes.lines) == 2 for axes in panels)
    for axes, workload in zip(panels, recording.workloads):
        for digest in of_workload(made, workload):
            [line] = lines(axes, colour=COLOURS[digest.subject])
            rows = recording.requests_of(key_of(digest.representative))
            done = sorted(row.due_us + row.latency_us for row in rows if row.outcome == "ok")
            assert steps_of(line) == ([0, *done], list(range(len(done) + 1)))
            assert within(axes, done, [0, len(done)])
    assert [axes.get_xscale() for axes in panels] == ["log", "log", "linear"]
    assert chart.texts[0].startswith("all-long, up to 20 answered, the last after: sequential 1.0")
    assert f", async {MARK} 50." in chart.texts[0]
    marks = [[text.get_text() for text in axes.texts].count(MARK) for axes in panels]
    assert marks == [1, 0, 0]  # at the end of the line of async, none of whose runs of all-long counts


def test_without_rows_completions_are_those_of_the_intervals(tmp_path: Path):
    models, workloads = {"async": MODELS["async"]}, {"mixed": {"long": 4, "short": 16}}
    folder = build(tmp_path / "r", Spec(models=models, workloads=workloads, repetitions=1))
    (folder / "requests.csv").unlink()
    made = load(folder)
    [axes] = charts_of(runs, made)["completions"].figure.axes
    x, y = steps_of(axes.lines[0])
    rows = [row for row in made[0].throughput_of(key_of(made[1][0].representative)) if row.completed]
    assert x[1:] == [(row.elapsed_ms + row.interval_ms) * 1e3 for row in rows]
    assert y[-1] == 20 and y[1:] == list(numpy.cumsum([row.completed for row in rows]))


def test_completions_of_an_open_loop_stand_beside_what_it_offered(tmp_path: Path):
    models, workloads = {"async": MODELS["async"]}, {"mixed": {"long": 4, "short": 16}}
    recording, groups = load(build(tmp_path / "r", Spec(models=models, workloads=workloads, repetitions=1)))
    intervals = [row._asdict() | {"offered_rps": 1000.0} for row in recording.throughput]
    recording.throughput = [SimpleNamespace(**row) for row in intervals]
    chart = charts_of(runs, (recording, groups))["completions"]
    [line] = lines(chart.figure.axes[0], colour=MUTED)
    ends = [(row["elapsed_ms"] + row["interval_ms"]) / 1e3 for row in intervals]
    assert list(line.get_xdata()) == pytest.approx([0, *(1e6 * end for end in ends)])
    assert list(line.get_ydata()) == pytest.approx([0, *(1000 * end for end in ends)])
    assert chart.texts[0].startswith(f"mixed, up to 20 answered of {round(1000 * ends[-1])} offered, ")


def test_a_percentile_curve_has_the_quantiles_of_all_repetitions(made: Made, drawn: dict[str, Chart]):
    chart = drawn["percentiles"]
    axes = chart.figure.axes[0]  # long requests of all-long
    assert len(chart.figure.axes) == 4
    latencies = [row.latency_us for run in made[1][0].runs for row in made[0].requests_of(key_of(run))]
    [line] = lines(axes, colour=COLOURS["sequential"])
    x, y = (numpy.array(values) for values in line.get_data())
    for share in (0.5, 0.9):
        place = 1 / (1 - share)
        heights = [v for begin, end, v in zip(x[::2], x[1::2], y[::2]) if begin < place <= end + 1e-9]
        assert heights == [pytest.approx(numpy.quantile(latencies, share, method="inverted_cdf"), rel=0.02)]
    assert x[0] == 1 and x[-1] == pytest.approx(2 * len(latencies))  # half a request from the end
    assert within(axes, list(x), list(y)) and axes.get_xscale() == axes.get_yscale() == "log"
    ticks = [(tick, axes.xaxis.get_major_formatter()(tick, 0)) for tick in axes.get_xticks()]
    assert ticks == [(2, "50"), (10, "90")]
    assert chart.texts[0].startswith("long requests of all-long: sequential 1.0")


def test_a_percentile_that_failures_leave_uncertain_is_dotted(drawn: dict[str, Chart]):
    panels = drawn["percentiles"].figure.axes
    certain, uncertain = lines(panels[0], colour=COLOURS["async"])
    assert uncertain.get_linestyle() != certain.get_linestyle()
    assert max(certain.get_xdata()) <= min(uncertain.get_xdata()) + 1e-9
    [certain] = lines(panels[3], colour=COLOURS["async"])  # where none failed nothing is
    assert certain.get_linestyle() == "-"


def test_the_servers_resources_are_those_sampled_in_the_run_that_is_drawn(
    made: Made, drawn: dict[str, Chart]
):
    chart = drawn["resources-all-long"]
    threads, memory, cpu = chart.figure.axes
    for digest in of_workload(made, "all-long"):
        rows = made[0].throughput_of(key_of(digest.representative))
        x = [(row.elapsed_ms + row.interval_ms) * 1e3 for row in rows]
        for axes, values in (
            (threads, [row.server_threads for row in rows]),
            (memory, [row.server_rss_kib / 1024 for row in rows]),
            (cpu, list(numpy.cumsum([row.server_cpu_us for row in rows]))),
        ):
            [line] = lines(axes, colour=COLOURS[digest.subject])
            assert list(line.get_xdata()) == x and list(line.get_ydata()) == pytest.approx(values)
            assert within(axes, x, values)
    ticks = [axes.yaxis.get_major_formatter()(2048, 0) for axes in (threads, memory, cpu)]
    assert ticks == ["2,048", "2,048 MiB", "2.048 ms"]
    assert threads.yaxis.get_major_formatter()(0, 0) == "0" and threads.get_xscale() == "log"
    assert chart.texts[0].startswith("threads, at most: sequential 1, async")
    assert chart.texts[1].startswith("resident memory, at most: sequential 3.83 MiB, async")
    assert drawn["resources-all-short"].figure.axes[0].get_xscale() == "linear"


def test_a_timeline_has_a_bar_for_each_request_from_due_to_done(made: Made, drawn: dict[str, Chart]):
    chart = drawn["timeline-mixed"]
    slow, slow_alone, quick, quick_alone = chart.figure.axes  # on one clock, and each on its own
    boxes = sorted(bar for patch in slow.patches for bar in bars_of(patch))
    ends = sorted(
        row.latency_us for row in made[0].requests_of(key_of(of_workload(made, "mixed")[0].representative))
    )
    assert [box[:3] for box in boxes] == [(n, n + 1, 0) for n in range(20)]
    # However short, a bar can be seen.
    assert [box[3] for box in boxes] == pytest.approx([max(end, ends[-1] * 0.0035) for end in ends])
    clock = (0, pytest.approx(ends[-1] * 1.05))
    assert slow.get_xlim() == quick.get_xlim() == slow_alone.get_xlim() == clock
    assert quick_alone.get_xlim()[1] < ends[-1] / 2
    assert slow.get_ylim() == (20, 0) and names_of(slow) == ["1", "20"]
    assert len(slow.patches) == 2 and len({patch.get_facecolor() for patch in slow.patches}) == 2
    whose = [axes.texts[0].get_text() for axes in chart.figure.axes]
    assert whose[1::2] == ["on its own clock"] * 2 and "clock" not in whose[0] + whose[2]


def test_a_timeline_marks_what_failed_and_the_ideal_end(drawn: dict[str, Chart]):
    chart = drawn["timeline-all-long"]
    crosses = [lines(axes, "x", FAILED) for axes in chart.figure.axes]
    assert [len(line.get_xdata()) for [line] in crosses] == [0, 0, 5, 5]
    for axes, ideal_us in zip(chart.figure.axes[::2], (1_000_000, 50_000)):
        assert [ideal_us] * 2 in xs(axes.lines)
    assert key_texts(chart) == ["long", "ideal end", "failed"]
    sequential, together = chart.texts
    assert sequential.startswith("sequential: 20 requests done after 1.0")
    assert sequential.endswith("one after the other") and "× ideal" in sequential
    assert together.endswith("a wall: nearly all end together, 5 of them failed") and "ideal" not in together


def test_a_timeline_of_what_is_about_as_fast_has_one_clock(drawn: dict[str, Chart]):
    chart = drawn["timeline-all-short"]
    assert len(chart.figure.axes) == 2 and "clock" not in " ".join(texts(chart.figure))
    assert not any(x for axes in chart.figure.axes for x in xs(axes.lines))
    assert key_texts(chart) == ["short"]


def test_a_long_timeline_draws_some_and_says_so(tmp_path: Path):
    models = {"async": MODELS["async"]}
    folder = build(tmp_path / "r", Spec(models=models, workloads={"many": {"short": 1000}}, repetitions=1))
    [chart] = charts_of(timeline, load(folder)).values()
    [axes] = chart.figure.axes
    assert axes.get_ylim()[0] == 200  # every fifth
    assert names_of(axes) == ["1", "1,000"]
    assert "of more than 200, evenly chosen ones are drawn." in chart.caption
    assert chart.texts[0].startswith("async: 1,000 requests done after")


def test_all_that_is_drawn_is_in_view(drawn: dict[str, Chart]):
    for name, chart in drawn.items():
        for axes in visible(chart):
            for line in (line for line in axes.lines if line.get_transform() == axes.transData):
                points = [(x, y) for x, y in zip(*line.get_data()) if x > 0 or axes.get_xscale() == "linear"]
                assert not points or within(axes, *map(list, zip(*points))), name


def test_an_axis_that_is_not_logarithmic_begins_at_nothing(made: Made, drawn: dict[str, Chart]):
    alike = (made[0], [digest for digest in made[1] if digest.subject == "async"])
    [percentiles_alike] = charts_of(runs.draw_percentiles, alike).values()
    long = percentiles_alike.figure.axes[0]
    assert long.get_yscale() == "linear" and long.get_ylim()[1] > max(long.lines[-1].get_ydata())
    for chart in (drawn["completions"], percentiles_alike, drawn["resources-all-short"]):
        for axes in visible(chart):
            assert axes.get_yscale() == "log" or axes.get_ylim()[0] == 0
            assert axes.get_xscale() == "log" or axes.get_xlim()[0] == 0
