"""Points of a curve's chart: where each is, which are hollow, what is said of it, and the axes around."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from matplotlib.axes import Axes

from chart_reading import charts_of, lines, recording_of, visible
from charts import curves, timeline
from charts.canvas import Chart
from charts.palette import SURFACE
from made_curves import run
from metrics.digest import Digest

Runs = dict[int, list[SimpleNamespace]]


def entry(name: str, axis: str, at: int, **others) -> dict:
    return {
        "name": f"{name}-{at}",
        "curve": {"name": name, "axis": axis, "at": at},
        "requests": None,
    } | others


def drawn(runs: Runs, axis: str = "rate", **others) -> Chart:
    """Of async along one curve."""
    recording = recording_of(["async"], *(entry("c", axis, at, **others) for at in runs))
    made = [Digest("async", f"c-{at}", some, {}) for at, some in runs.items()]
    return charts_of(curves, (recording, made))["curve-c"]


def panel(chart: Chart, title: str) -> Axes:
    [axes] = [axes for axes in visible(chart) if axes.get_title(loc="left") == title]
    return axes


def ticks(axes: Axes) -> set[float]:
    return {float(f"{tick:.6g}") for tick in axes.get_yticks()}


def test_with_nobody_beside_is_to_the_left_of_any_company_and_reads_as_nothing():
    runs = {at: [run(5.0, idle_all_kib_each=kib)] for at, kib in ((0, None), (100, 2.0), (1000, 3.0))}
    chart = drawn(runs, "companions", company="idle")
    titles = [(axes.get_title(loc="left"), axes.texts[0].get_text()) for axes in visible(chart)]
    assert titles == [("p99", "latency"), ("memory per idle connection", ""), ("memory", "peak")]
    for axes, first in ((panel(chart, "p99"), 100 / 3), (panel(chart, "memory"), 100 / 3)):
        [line] = lines(axes, points=3)
        assert list(line.get_xdata()) == pytest.approx([first, 100, 1000])
        assert list(axes.get_xticks()) == pytest.approx([first, 100, 1000])
        assert axes.get_xlim() == pytest.approx((first / 30**0.05, 1000 * 30**0.05))
        texts = [axes.xaxis.get_major_formatter()(place, 0) for place in axes.get_xticks()]
        assert texts == ["0", "100", "1,000"] and axes.get_xlabel() == "idle connections"
    [line, *_] = lines(panel(chart, "memory per idle connection"), points=2)
    assert list(line.get_xdata()) == [100, 1000], "who is not there takes no memory"
    assert chart.texts[0] == "p99 latency: async from 5.00 ms at 0 to 5.00 ms at 1,000"


def test_a_place_that_is_not_nothing_reads_as_it_is():
    axes = panel(drawn({10: [run(5.0)], 1000: [run(6.0)]}), "p99")
    assert axes.xaxis.get_major_formatter()(10, 0) == "10"
    assert axes.get_xlim() == pytest.approx((10 / 100**0.05, 1000 * 100**0.05))


def test_what_is_hardly_different_is_no_picture_of_noise():
    wide = {(10.0, 14.9): (10 / 1.344, 14.9 * 1.344), (10.0, 15.0): (10 / 1.12, 16.8)}
    for (low, high), limits in wide.items():
        axes = panel(drawn({1: [run(low)], 10: [run(high)]}), "p99")
        assert axes.get_ylim() == pytest.approx([1e3 * limit for limit in limits])


def test_an_axis_has_the_more_ticks_the_nearer_its_values_are():
    for high, is_near in ((371, True), (372, False)):
        assert (2000 in ticks(panel(drawn({1: [run(1)], 10: [run(high)]}), "p99"))) == is_near
    for kib, powers, no_power in ((8192, {2048, 4096, 8192}, 3000), (1 << 18, {4096, 16384, 65536}, 8192)):
        runs = {1: [run(server_rss_peak_kib=2048)], 10: [run(server_rss_peak_kib=kib)]}
        found = ticks(panel(drawn(runs, "connections"), "memory"))
        assert powers <= found and no_power not in found


def test_a_mark_is_hollow_for_any_reason_to_distrust_it_and_tells_it():
    bound = run(latency_p99_us=None, latency_p99_at_least_us=9000.0)
    runs = {
        1: [run(4.0), run(5.0), run(6.0)],
        10: [run(5.0)],
        100: [run(5.0, verdict="invalid", reasons="late"), run(7.0, verdict="invalid", reasons="late")],
        1000: [run(5.0), run(1.0, ok=98, reset=2)],
        10_000: [bound],
    }
    axes = panel(drawn(runs), "p99")
    marks = lines(axes, points=1)
    assert [mark.get_ydata()[0] for mark in marks] == [5000, 5000, 6000, 5000, 9000]
    hollow = [mark.get_xdata()[0] for mark in marks if mark.get_markerfacecolor() == SURFACE]
    assert hollow == [100, 1000, 10_000]
    assert [mark.get_gid().partition("note=")[2] for mark in marks] == [
        "async, p99 latency: 5.00 ms at 1 offered requests/s (4.00 – 6.00 ms), 3 valid runs",
        "async, p99 latency: 5.00 ms at 10 offered requests/s (5.00 ms), 1 valid run",
        "async, p99 latency: 6.00 ms † at 100 offered requests/s (5.00 – 7.00 ms), 2 of 2 runs invalid",
        "async, p99 latency: 5.00 ms at 1,000 offered requests/s (5.00 ms), 1 of 2 runs with errors, "
        "2 requests failed",
        "async, p99 latency: ≥ 9.00 ms at 10,000 offered requests/s (9.00 ms), 1 valid run",
    ]
    uprights = [list(line.get_ydata()) for line in lines(axes, points=2)]
    assert uprights[0] == [4000, 6000] and axes.get_ylim() == pytest.approx((4000 / 1.12, 9000 * 1.12))


def test_what_came_to_nothing_has_no_place_on_a_logarithmic_axis():
    runs = {at: [run(server_context_switches=n)] for at, n in ((1, 0), (10, 300), (100, 500))}
    [line] = lines(panel(drawn(runs, "connections"), "context switches per request"), points=2)[:1]
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([10, 100], [3, 5])


def test_the_memory_of_each_request_in_flight_is_what_the_peak_grew_by():
    runs = {at: [run(server_rss_peak_kib=kib)] for at, kib in ((1, 2048), (101, 2548), (1001, 4048))}
    chart = drawn(runs, "connections", requests=100)
    each, peak = [axes for axes in visible(chart) if axes.get_title(loc="left") == "memory"]
    assert each.texts[0].get_text() == "per request in flight"
    [line] = lines(each, points=2)[:1]
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([101, 1001], [5, 2])
    [whole] = lines(peak, points=3)
    assert list(whole.get_ydata()) == [2048, 2548, 4048]


def test_the_main_figure_of_a_curve_is_what_its_suite_is_about():
    kinds = {
        "closed": ("connections", {}),
        "offered": ("rate", {}),
        "idle": ("companions", {"company": "idle"}),
        "burst": ("connections", {"requests": 100}),
    }
    entries = [entry(name, axis, at, **o) for name, (axis, o) in kinds.items() for at in (1, 10)]
    entries.append(entry("lone", "connections", 1))
    recording = recording_of(["async"], *entries)
    made = [Digest("async", e["name"], [run(makespan_over_ideal=1.5)], {}) for e in entries]
    assert [(p.title, p.rest) for p in curves.main_panels(recording, made)] == [
        ("throughput", "requests/s in closed"),
        ("p99", "latency in offered"),
        ("p99", "latency in idle"),
        ("× ideal", "makespan in burst"),
    ]
    first = charts_of(timeline.draw_glance, (recording, made))["glance"]
    assert first.texts == [
        "throughput requests/s in closed: async from 1,000 req/s at 1 to 1,000 req/s at 10"
    ]
    assert first.figure.get_size_inches()[0] == pytest.approx(4.6)
    assert list(curves.main_panels(recording, made[-1:])) == []


def test_per_cents_have_charts_of_their_own():
    for axis in ("load", "share"):
        classes = [{"name": "short"}]
        recording = recording_of(["async"], *(entry("c", axis, at, classes=classes) for at in (1, 10)))
        made = [Digest("async", f"c-{at}", [run()], {}) for at in (1, 10)]
        assert charts_of(curves, (recording, made)) == {}
