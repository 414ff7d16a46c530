"""Charts of overload, of CPU-bound requests and of a cold start: who is in them, and that all is in view."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chart_reading import charts_of, lines, names_of, recording_of, visible, within
from charts import curves, rows
from charts.palette import SURFACE
from made_curves import run
from metrics.digest import Digest


def test_the_axes_of_fair_hold_every_range_and_who_has_no_run_that_counts_is_not_in_it():
    entry = {"classes": [{"name": "short"}, {"name": "cpu"}]}
    entries = [
        entry | {"name": f"{name}-{at}", "curve": {"name": name, "axis": axis, "at": at}}
        for name, axis in (("beside", "share"), ("offered", "rate"))
        for at in (0, 40)
    ]
    recording = recording_of(["async", "pool-8"], *entries)
    made = []
    for n, workload in enumerate(recording.workloads):
        tails = {"short": [1000.0 * (n + 1), 600.0 * (n + 1), 3000.0 * (n + 1)], "cpu": [9e9]}
        classes = {name: [SimpleNamespace(latency_p99_us=us) for us in p99] for name, p99 in tails.items()}
        made.append(Digest("async", workload, [run()], classes))
        made.append(Digest("pool-8", workload, [run(verdict="invalid")], classes))
    chart = charts_of(curves.draw, (recording, made))["fair"]
    [panel] = visible(chart)
    assert chart.texts == ["p99 of short in beside: async from 1.00 ms at 0 to 2.00 ms at 40"]
    line, *ranges = lines(panel, points=2)
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([0, 40], [1000, 2000])
    assert [list(upright.get_ydata()) for upright in ranges] == [[600, 3000], [1200, 6000]]
    assert panel.get_ylim() == pytest.approx(
        (600 / 1.1220, 6000 * 1.1220), rel=1e-3
    ) and panel.get_xlim() == pytest.approx((-0.8, 42))
    assert panel.get_xlabel() == "% of a core for CPU-bound requests"
    assert list(charts_of(curves.draw, (recording, made[4:]))) == ["curve-offered"]
    mains = [(main.title, main.rest) for main in curves.main_panels(recording, made)]
    assert mains == [("p99 of short", "in beside"), ("p99", "latency in offered")]


def test_a_subject_without_capacity_is_not_drawn_and_one_above_it_is_in_view():
    curve = {"name": "offered", "axis": "load"}
    recording = recording_of(
        ["async", "pool-8"], *({"name": f"o-{at}", "curve": curve | {"at": at}} for at in (50, 200))
    )
    used = {"duration_s": 1.0, "server_utilisation": 0.5, "capacity_cpu_us_per_request": 1000.0}
    made = [
        Digest(subject, f"o-{at}", [run(**used, throughput_rps=rate, capacity_rps=capacity)], {})
        for subject, capacity in (("async", 1000.0), ("pool-8", None))
        for at, rate in ((50, 500.0), (200, 1500.0))
    ]
    chart = charts_of(curves.draw, (recording, made))["overload"]
    goodput, nobody = visible(chart)
    assert chart.texts[0] == "goodput in offered: async from 50 % at 50 to 150 % at 200"
    [main] = curves.main_panels(recording, made)
    assert (main.title, main.rest, [*main.lines]) == ("goodput", "in offered", ["async"])
    assert goodput.get_ylim() == (0, pytest.approx(1.5 * 1.05)) and within(goodput, [50, 200], [0.5, 1.5])
    assert len(lines(goodput, points=2)) == 2 and nobody.get_ylim()[1] == pytest.approx(1.05)


def test_a_cold_start_has_a_dot_for_each_run_on_axes_that_hold_them_all():
    recording = recording_of(["async", "pool-8", "fiber"], {"name": "burst", "silence_ms": 1000})

    def cold_run(start_ms: float | None, rest_kib: float | None, makespan_ms: float, verdict="valid"):
        columns = {"server_start_ms": start_ms, "server_rest_rss_kib": rest_kib, "makespan_ms": makespan_ms}
        return run(**columns, verdict=verdict, repetition=1)

    runs = {
        "async": [cold_run(8, 4096, 50), cold_run(12, 5120, 30, "invalid"), cold_run(10, 4096, 60)],
        "pool-8": [cold_run(6, 3072, 40), cold_run(None, 3072, 45)],
        "fiber": [cold_run(500, None, 400)],
    }
    chart = charts_of(
        rows.draw_cold, (recording, [Digest(name, "burst", some, {}) for name, some in runs.items()])
    )["cold"]
    text = "burst async: start to first reply 9.00 ms, memory at rest 4.00 MiB, makespan 55.0 ms"
    assert chart.texts[0] == text and len(chart.texts) == 2
    expected = [
        ([8e3, 12e3, 10e3, 6e3], 12e3, [9e3, 6e3]),
        ([4096, 5120, 4096, 3072, 3072], 5120, [4096, 3072]),
        ([50e3, 30e3, 60e3, 40e3, 45e3], 60e3, [55e3, 42.5e3]),
    ]
    for axes, (values, most, medians) in zip(visible(chart), expected, strict=True):
        assert names_of(axes) == ["async", "pool-8"]
        dots = lines(axes, "o")
        assert [dot.get_xdata()[0] for dot in dots] == values
        assert [dot.get_markerfacecolor() == SURFACE for dot in dots] == [n == 1 for n in range(len(dots))]
        bars = [list(x) for x, y in (line.get_data() for line in lines(axes, points=2)) if y[0] != y[1]]
        assert bars == [[at, at] for at in medians]
        assert axes.get_xlim() == (0, pytest.approx(most * 1.05))
