"""The small picture at the top: which chart it is, who is in it, and where each one's band lies."""

from __future__ import annotations


import pytest

from chart_reading import Made, bars_of, charts_of, key_texts, names_of, small_recording, texts
from chart_reading import lines, recording_of
from charts import rows
from charts.timeline import BAND, draw_glance, some_of
from charts.palette import FAILED, SURFACE
from made_curves import run
from metrics.digest import Digest
from recordings.recording import key_of


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return small_recording(tmp_path_factory.mktemp("glance") / "r")


def test_each_subject_has_a_band_of_its_requests_below_its_name_and_result(made: Made):
    drawn = charts_of(draw_glance, made)
    assert list(drawn) == ["glance"]
    chart = drawn["glance"]
    assert chart.title == "all-long: each request from due to done, all on one clock"
    assert [text.split(":")[0] for text in chart.texts] == ["sequential", "async †"]
    [axes] = chart.figure.axes
    assert axes.get_gid() == "@runs=0.45 0.98 all-long/sequential;1.45 1.98 all-long/async"
    inches = axes.get_position().height * chart.figure.get_size_inches()[1]
    assert inches == pytest.approx(2 * BAND)
    shapes = [bars_of(patch) for patch in axes.patches]
    spans = [(bars[0][0], bars[-1][1]) for bars in shapes]
    assert spans == [pytest.approx((0.45, 0.98)), pytest.approx((1.45, 1.98))]
    rows = {d.subject: made[0].requests_of(key_of(d.representative)) for d in made[1][:2]}
    ends = {name: max(row.due_us + row.latency_us for row in some) for name, some in rows.items()}
    assert [float(p.get_path().vertices[:, 0].max()) for p in axes.patches] == pytest.approx([*ends.values()])
    assert axes.get_xlim() == (0, pytest.approx(1.05 * max(ends.values()))) and axes.get_ylim() == (2, 0)
    places = [(text.get_text().split(",")[0], round(text.xy[1], 2)) for text in axes.texts]
    assert places[0] == ("sequential", 0.22) and places[2] == ("async †", 1.22)
    assert places[1][1] == 0.22 and places[1][0].startswith("1.0") and places[3][1] == 1.22
    [_, crosses] = lines(axes, "x", FAILED)
    assert len(crosses.get_ydata()) == 5 and all(1.45 < y < 1.98 for y in crosses.get_ydata())
    assert key_texts(chart) == ["long", "failed"]


def test_of_many_some_are_chosen_from_the_fastest_to_the_slowest_in_the_order_they_came_in():
    shuffled = [7, 3, 12, 0, 5, 10, 1, 8, 2, 11, 4, 9, 6]
    group = [Digest(f"v{n}", "w", [run(makespan_ms=10.0 + n)], {}) for n in shuffled]
    assert [d.subject for d in some_of(group)] == ["v12", "v0", "v10", "v8", "v2", "v4", "v6"]
    seven = [d for d in group if d.subject in ("v0", "v1", "v2", "v3", "v4", "v5", "v6")]
    assert some_of(iter(seven)) == seven and some_of(group[:1]) == group[:1]
    no_end = Digest("never", "w", [run(makespan_ms=None)], {})
    assert no_end in some_of([*group, no_end]), "who has no makespan is first"


def test_without_a_curve_rows_or_a_makespan_it_is_the_latencies_of_the_first_open_loop():
    entries = [{"name": name, "curve": None} for name in ("closed", "open", "open-2")]
    recording = recording_of(["loadgen", "wrk"], *entries, varies="client", requests_of=lambda _: [])
    made = []
    for workload, arrivals in (("closed", "closed"), ("open", "constant"), ("open-2", "constant")):
        for subject, us in (("loadgen", 450.0), ("wrk", 90_000.0)):
            runs = [
                run(latency_mean_us=us * n, arrivals=arrivals, client=subject, repetition=n, ok=101 - n)
                for n in (1, 2)
            ]
            made.append(Digest(subject, workload, runs, {}))
    chart = charts_of(draw_glance, (recording, made))["glance"]
    assert chart.texts == ["open loadgen: mean latency 450 µs", "open wrk: mean latency 90.0 ms"]
    every = charts_of(rows, (recording, made))["latency"]
    assert len(every.texts) == 4 and every.texts[2:] == [
        text.replace("open", "open-2") for text in chart.texts
    ]
    [axes] = chart.figure.axes
    assert names_of(axes) == ["loadgen", "wrk"] and axes.get_xscale() == "log"
    dots = lines(axes, "o")
    assert [dot.get_xdata()[0] for dot in dots] == [450, 900, 90_000, 180_000]
    assert [dot.get_markerfacecolor() == SURFACE for dot in dots] == [False, True] * 2
    assert [dot.get_gid() for dot in dots][1] == (
        "@series=loadgen/note=loadgen, open, repetition 2: 900 µs, with errors".replace("/", "|")
    )
    assert {"450 µs", "90.0 ms", "mean latency"} <= {*texts(chart.figure), axes.get_title(loc="left")}
    bars = [line for line in lines(axes, points=2) if "note" in (line.get_gid() or "")]
    assert bars[0].get_gid().endswith("note=loadgen, open: median 450 µs (450 µs)")
    servers = recording_of(["loadgen", "wrk"], *entries, varies="variant", requests_of=lambda _: [])
    assert charts_of(rows, (servers, made)) == charts_of(draw_glance, (servers, made)) == {}
    assert charts_of(draw_glance, (recording, made[:2])) == {}


def test_latencies_that_are_alike_stand_on_an_axis_that_is_not_logarithmic():
    recording = recording_of(["loadgen"], {"name": "open"}, varies="client")
    of_runs = [run(latency_mean_us=us, arrivals="constant", repetition=1) for us in (450.0, 500.0)]
    [axes] = charts_of(rows, (recording, [Digest("loadgen", "open", of_runs, {})]))["latency"].figure.axes
    assert axes.get_xscale() == "linear" and axes.get_xlim() == (0, pytest.approx(525))
    [middle] = [list(x) for x, y in (line.get_data() for line in lines(axes, points=2)) if y[0] == y[1]]
    assert middle == [450, 500]
