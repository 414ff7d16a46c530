"""A timeline of made-up requests: their order, their bars, and what is said of the shape they come to."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chart_reading import bars_of, charts_of, key_texts, lines, names_of, recording_of, texts
from charts import timeline
from charts.canvas import Chart
from charts.palette import FAILED
from charts.timeline import run_requests
from made_curves import run
from metrics.digest import Digest


def request(
    due_ms: float | None, took_ms: float, class_: str = "long", outcome: str = "ok"
) -> SimpleNamespace:
    due_us = None if due_ms is None else due_ms * 1e3
    return SimpleNamespace(due_us=due_us, latency_us=took_ms * 1e3, class_=class_, outcome=outcome)


def drawn(rows: dict[str, list[SimpleNamespace]], classes: list[dict] = [], **columns) -> Chart | None:
    """Of a run of each of these subjects."""
    recording = recording_of(
        list(rows),
        {"name": "mixed"},
        classes=lambda _: classes,
        requests_of=lambda run: rows[run.variant],
    )
    usual = {"workload": "mixed", "repetition": 1, "rows_cut": False, "makespan_ms": 10.0}
    made = [Digest(name, "mixed", [run(variant=name, **usual | columns)], {}) for name in rows]
    return charts_of(timeline, (recording, made)).get("timeline-mixed")


def test_rows_are_in_the_order_in_which_they_were_due_and_then_done():
    rows = [request(2, 8), request(0, 9), request(None, 1), request(0, 3, outcome="reset"), request(1, 1)]
    chart = drawn({"async": rows})
    [axes] = chart.figure.axes
    [patch] = axes.patches
    assert bars_of(patch) == [(0, 1, 0, 3000), (1, 2, 0, 9000), (2, 3, 1000, 2000), (3, 4, 2000, 10_000)]
    [cross] = lines(axes, "x", FAILED)
    assert (list(cross.get_xdata()), list(cross.get_ydata())) == ([3000], [0.5])
    assert list(axes.get_yticks()) == [0.5, 3.5] and names_of(axes) == ["1", "4"]
    assert axes.get_gid() == "@series=async|runs=0 4 mixed/async"
    assert key_texts(chart) == ["long", "failed"]
    assert drawn({"async": [request(None, 1)]}) is None


def test_classes_are_those_that_are_declared_or_else_those_that_there_are():
    rows = {"async": [request(0, 5), request(0, 5, "short")]}
    declared = [{"name": "short"}, {"name": "long", "waits": True}, {"name": "absent"}]
    chart = drawn(rows, declared)
    assert key_texts(chart) == ["short", "long", "absent"]
    shapes = {patch.get_gid(): bars_of(patch) for patch in chart.figure.axes[0].patches}
    assert shapes == {"@series=short": [(1, 2, 0, 5000)], "@series=long": [(0, 1, 0, 5000)]}
    assert key_texts(drawn(rows)) == ["long", "short"]


@pytest.mark.parametrize(
    ("tenth_ms", "shape"),
    [
        (29.9, "a staircase: they end one after the other"),
        (30, "in steps"),
        (80, "in steps"),
        (80.1, "a wall: nearly all end together"),
    ],
)
def test_the_shape_is_by_when_a_tenth_had_ended(tenth_ms: float, shape: str):
    rows = [request(0, end) for end in (1, *[tenth_ms] * 9, 100)]
    assert drawn({"async": rows}).texts == [f"async: 11 requests done after 100 ms, {shape}"]
    rows[-1].outcome = "reset"
    assert drawn({"async": rows}).texts[0].endswith(f", {shape}, 1 of them failed")


def test_what_is_not_drawn_is_said():
    rows = {"async": [request(0, 5)] * 200, "fiber": [request(0, 5)] * 201}
    recordings = {name: {name: some} for name, some in rows.items()}
    whole, halved = (drawn(some) for some in recordings.values())
    assert whole.figure.axes[0].get_ylim() == (200, 0)
    assert all("of more than 200, evenly chosen ones are drawn." in c.caption for c in (whole, halved))
    assert halved.figure.axes[0].get_ylim() == (101, 0) and names_of(halved.figure.axes[0]) == ["1", "201"]
    assert "requests.csv" not in whole.caption
    assert "keeps; those are not drawn." in drawn(recordings["async"], rows_cut=True).caption


def test_it_is_named_which_repetition_is_drawn():
    rows = [request(0, 5)]
    digests = [
        Digest(name, "mixed", [run(workload="mixed", repetition=n, rows_cut=False, makespan_ms=5.0)], {})
        for name, n in (("async", 2), ("fiber", 3))
    ]
    recording = recording_of(["async"], {"name": "mixed"}, classes=lambda _: [], requests_of=lambda _: rows)
    [chart] = charts_of(timeline, (recording, digests)).values()
    assert chart.caption.endswith("the repetition with the median makespan.")
    assert texts(chart.figure) == ["5.00 ms, repetition 2", "5.00 ms, repetition 3"]
    made = run_requests(recording, digests[0])
    assert (made.total, made.end_us, made.key, made.failed) == (1, 5000, "mixed/async", [])


def test_far_ends_have_a_clock_of_their_own_beside_the_one_they_share():
    rows = {"async": [request(1, 9)], "pool-8": [request(0, 80)], "fiber": [request(0, 81)]}
    for names, count in ((("async", "pool-8"), 2), (("async", "fiber"), 4)):
        chart = drawn({name: rows[name] for name in names}, ideal_ms=5.0, makespan_over_ideal=2.0)
        assert len(chart.figure.axes) == count and ("on its own clock" in texts(chart.figure)) == (count == 4)
        end_us = 80e3 if count == 2 else 81e3
        shared = [axes.get_xlim() for axes in chart.figure.axes[:: count // 2]]
        assert shared == [(0, pytest.approx(1.05 * end_us))] * 2
        assert key_texts(chart) == ["long", "ideal end"]
    assert chart.figure.axes[1].get_xlim() == (0, pytest.approx(10_500))
    assert (
        chart.texts[0] == "async: 1 request done after 10.0 ms, 2.00× ideal, a wall: nearly all end together"
    )
    # However short, a bar can be seen, on either clock.
    short = drawn({"async": [request(0, 0.001), request(0, 10)], "fiber": [request(0, 100)]})
    widths = [bars_of(a.patches[0])[0][3] for a in short.figure.axes[:2]]
    assert widths == pytest.approx([350, 35])


def test_rows_are_lower_where_there_are_many():
    for count, height in ((6, 1.3), (7, 0.7)):
        figure = drawn({f"v{n}": [request(0, 5)] for n in range(count)}).figure
        assert figure.axes[0].get_position().height * figure.get_size_inches()[1] == pytest.approx(height)
