"""What came about in a run by when: steps thinned out, samples that are missing, axes that hold all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chart_reading import charts_of, lines, recording_of, steps_of
from charts import runs
from charts.canvas import Chart
from charts.palette import MUTED, subject_styles
from made_curves import run
from metrics.digest import Digest

Rows = list[SimpleNamespace]


def answered(count: int, outcome: str = "ok") -> Rows:
    """One every millisecond, from 1 ms on."""
    return [SimpleNamespace(due_us=n * 1e3, latency_us=1e3, outcome=outcome) for n in range(count)]


def interval(elapsed_ms: float, completed: int = 0, **columns: float | None) -> SimpleNamespace:
    usual = dict.fromkeys(("server_threads", "server_rss_kib", "server_cpu_us", "offered_rps"))
    return SimpleNamespace(elapsed_ms=elapsed_ms, interval_ms=10.0, completed=completed, **usual | columns)


def sample(
    elapsed_ms: float, threads: int = 3, kib: float = 2048.0, cpu_us: float = 500.0
) -> SimpleNamespace:
    return interval(elapsed_ms, server_threads=threads, server_rss_kib=kib, server_cpu_us=cpu_us)


def drawn(requests: dict[str, Rows], intervals: dict[str, Rows] = {}, **columns) -> dict[str, Chart]:
    subjects = list(requests | intervals)
    recording = recording_of(
        subjects,
        {"name": "mixed"},
        requests_of=lambda run: requests.get(run.variant, []),
        throughput_of=lambda run: intervals.get(run.variant, []),
    )
    usual = {"makespan_ms": 5.0, "rows_cut": False} | columns
    made = [Digest(name, "mixed", [run(variant=name, **usual)], {}) for name in subjects]
    return charts_of(runs, (recording, made))


def test_more_steps_than_a_picture_can_show_are_thinned_out_from_the_last_on():
    for count, every in ((199, 1), (200, 2), (500, 3)):
        [axes] = drawn({"async": answered(count)})["completions"].figure.axes
        [line] = axes.lines
        values = list(range(count, -1, -every))[::-1]
        assert steps_of(line) == ([1e3 * n for n in values], values)
        assert line.get_marker() == "None"


def test_axes_end_a_little_beyond_what_they_show():
    chart = drawn({"async": answered(40), "pool-8": answered(5), "fiber": answered(9, "reset")})[
        "completions"
    ]
    [axes] = chart.figure.axes
    assert axes.get_xlim() == (0, pytest.approx(42e3)) and axes.get_ylim() == (0, pytest.approx(42))
    assert chart.texts == [
        "mixed, up to 40 answered, the last after: async 40.0 ms, pool-8 5.00 ms"
    ], "who answered nothing is not in it"
    assert [axes.yaxis.get_major_formatter()(value, 0) for value in (0, 20)] == ["0", "20"]
    far = drawn({"async": answered(41), "pool-8": answered(5)})["completions"].figure.axes[0]
    assert far.get_xscale() == "log" and far.get_xlim() == pytest.approx(
        (1e3 / 41**0.05, 41e3 * 41**0.05)
    )
    assert "completions" not in drawn({"fiber": answered(9, "reset")})


def test_counts_are_those_of_intervals_where_not_every_request_has_a_row():
    some = [interval(0, 4), interval(10, 0), interval(20, 6)]
    for columns in ({"rows_cut": True}, {"rows_cut": False}):
        rows = answered(3) if columns["rows_cut"] else []
        [axes] = drawn({"async": rows}, {"async": some}, **columns)["completions"].figure.axes
        [line] = axes.lines
        assert steps_of(line) == ([0, 10e3, 30e3], [0, 4, 10])


def test_what_an_open_loop_offers_is_counted_over_its_intervals():
    offered = [interval(0, offered_rps=1000.0), interval(10), interval(10, offered_rps=500.0)]
    chart = drawn({"async": answered(9)}, {"async": offered})["completions"]
    [line] = lines(chart.figure.axes[0], colour=MUTED)
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([0, 10e3, 20e3], [0, 10, 15])
    assert chart.texts[0].startswith("mixed, up to 9 answered of 15 offered, the last after: async ")


def test_resources_are_drawn_of_intervals_that_have_all_of_them():
    lacking = [interval(10, server_threads=99, server_rss_kib=9e9), interval(10, server_cpu_us=9e9)]
    intervals = {
        "async": [sample(0), *lacking, sample(20, threads=1, kib=1024, cpu_us=700)],
        "pool-8": [sample(0, threads=9, kib=3072)],
        "fiber": lacking,
    }
    chart = drawn({}, intervals)["resources-mixed"]
    assert chart.texts == [
        "threads, at most: async 3, pool-8 9",
        "resident memory, at most: async 2 MiB, pool-8 3 MiB",
        "CPU time so far, at most: async 1.20 ms, pool-8 500 µs",
    ]
    assert [axes.get_title(loc="left") for axes in chart.figure.axes] == [
        *("threads", "resident memory", "CPU time so far"),
    ]
    values = [[list(line.get_ydata()) for line in axes.lines] for axes in chart.figure.axes]
    assert values == [[[3, 1], [9]], [[2, 1], [3]], [[500, 1200], [500]]]
    styles = subject_styles(["async", "pool-8", "fiber"])
    for axes, most in zip(chart.figure.axes, (9, 3, 1200)):
        assert [list(line.get_xdata()) for line in axes.lines] == [[10e3, 30e3], [10e3]]
        # A single sample would be a line of no length.
        assert [line.get_marker() for line in axes.lines] == ["None", styles["pool-8"].marker]
        assert axes.get_ylim() == (0, pytest.approx(most * 1.05))
    assert drawn({}, {"fiber": lacking}) == {}


def test_an_axis_of_nothing_but_zeros_has_a_length_and_counts_have_no_broken_ticks():
    chart = drawn(
        {}, {"async": [sample(0, threads=2, kib=0, cpu_us=0), sample(10, threads=1, kib=0, cpu_us=0)]}
    )
    threads, memory, cpu = chart["resources-mixed"].figure.axes
    assert memory.get_ylim() == cpu.get_ylim() == (0, pytest.approx(1.05))
    assert all(tick == int(tick) for tick in threads.get_yticks())
    assert any(tick != int(tick) for tick in memory.get_yticks())
