"""Percentile curves of made-up latencies: where the steps are, how the tail ends, and what is said of p99."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chart_reading import charts_of, lines, recording_of
from charts import runs
from charts.canvas import Chart
from made_curves import run
from metrics.digest import Digest


def bucket(us: float, count: int, censored: bool = False, measure: str = "latency") -> SimpleNamespace:
    return SimpleNamespace(measure=measure, class_="short", upper_us=us, requests=count, censored=censored)


def drawn(*buckets: SimpleNamespace, verdict: str = "valid") -> Chart | None:
    recording = recording_of(["async"], {"name": "mixed"}, latency_of=lambda _: list(buckets))
    made = [Digest("async", "mixed", [run(verdict=verdict)], {})]
    return charts_of(runs.draw_percentiles, (recording, made)).get("percentiles")


@pytest.mark.parametrize(("slow", "p99"), [(1, "1.00 ms"), (2, "20.0 ms")])
def test_p99_is_what_99_of_100_took_at_most(slow: int, p99: str):
    chart = drawn(bucket(1000, 100 - slow), bucket(20_000, slow), bucket(9e9, 500, measure="service"))
    assert chart.texts == [f"short requests of mixed: async {p99}"]


def test_the_tail_is_stretched_and_ends_half_a_request_before_the_end():
    [axes] = drawn(bucket(1000, 90), bucket(2000, 9), bucket(20_000, 1)).figure.axes
    [certain] = axes.lines
    assert list(certain.get_xdata()) == pytest.approx([1, 10, 10, 100, 100, 200])
    assert list(certain.get_ydata()) == [1000, 1000, 2000, 2000, 20_000, 20_000]
    assert axes.get_xlim() == pytest.approx((1, 220)) and list(axes.get_xticks()) == [2, 10, 100]
    assert axes.get_yscale() == "log" and axes.get_ylim() == pytest.approx(
        (1000 / 20**0.05, 20_000 * 20**0.05)
    )
    assert [axes.xaxis.get_major_formatter()(place, 0) for place in (2, 1000)] == ["50", "99.9"]


def test_what_failed_is_dotted_from_where_it_could_have_been_longer():
    [axes] = drawn(bucket(1000, 5), bucket(2000, 5, censored=True)).figure.axes
    certain, uncertain = axes.lines
    assert list(certain.get_xdata()) == [1, 2] and list(uncertain.get_xdata()) == pytest.approx([2, 20])
    assert list(uncertain.get_ydata()) == [2000, 2000] and uncertain.is_dashed() and not certain.is_dashed()
    assert axes.get_yscale() == "linear" and axes.get_ylim() == (0, pytest.approx(2100))
    [axes] = drawn(bucket(2000, 5, censored=True)).figure.axes
    [uncertain] = axes.lines
    assert uncertain.is_dashed() and "async" in {
        t.get_text() for t in axes.texts
    }, "named although nothing is certain"


def test_of_a_single_request_there_is_a_median_in_view():
    chart = drawn(bucket(0.5, 1), bucket(9, 1), verdict="invalid")
    [axes] = chart.figure.axes
    assert axes.get_xlim() == pytest.approx((1, 4.4)) and axes.get_ylim() == pytest.approx(
        (1 / 1.12, 9 * 1.12)
    )
    assert chart.texts == ["short requests of mixed: async † 9.00 µs"]
    assert [(text.get_text(), text.xy) for text in axes.texts[:1]] == [("†", (4, 9))]
    [one] = drawn(bucket(10, 1)).figure.axes
    assert one.get_xlim() == pytest.approx((1, 2.2)) and len(lines(one, points=2)) == 1
    assert drawn() is None and drawn(bucket(10, 1, measure="service")) is None
