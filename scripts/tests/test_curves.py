"""Curves: points by variant, what is said of them, and a page that draws them and not each workload."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

import charts
import report
from console_table import print_tables
from curve_words import objective_sentence, sentences
from curves import Curve, Line, Point, apart, curves_of, memory_each_kib, switches_each, workloads_apart
from digest import digests, spread
from findings import findings
from ratios import against_reference
from results import Recording
from synthetic import MODELS, Spec, build


def recording(tmp_path: Path, **changes: object) -> Recording:
    """Workloads of 10, 100 and 400 long requests as the points of one curve, and one that is none."""
    spec = Spec(
        models={name: MODELS[name] for name in ("thread-per-request", "async")},
        workloads={"at-once-10": {"long": 10}, "at-once-100": {"long": 100}, "at-once-400": {"long": 400},
                   "alone": {"long": 100}},
        **{"repetitions": 3} | changes,
    )  # fmt: skip
    folder = build(tmp_path / "curve", spec)
    about = json.loads((folder / "run.json").read_text())
    for entry in about["workloads"]:
        name, _, at = entry["name"].rpartition("-")
        if name:
            entry["curve"] = {"name": name, "axis": "connections", "at": int(at)}
        else:
            entry["reference"] = "async"
    (folder / "run.json").write_text(json.dumps(about))
    return Recording.load(folder)


def test_points_are_gathered_by_variant_in_the_order_of_the_axis(tmp_path):
    made = recording(tmp_path)
    [curve] = curves_of(made, digests(made))
    assert (curve.name, curve.axis, curve.places) == ("at-once", "connections", [10, 100, 400])
    assert [line.variant for line in curve.lines] == ["thread-per-request", "async"]
    assert all([p.at for p in line.points] == [10, 100, 400] for line in curve.lines)
    assert curve.is_burst and curve.axis_text == "requests at once"
    assert workloads_apart(made) == ["alone"]


def test_the_far_end_of_a_burst_is_told_with_what_it_costs(tmp_path):
    made = recording(tmp_path)
    [curve] = curves_of(made, digests(made))
    end, costs = sentences(curve)
    assert end.startswith("**at-once**, 400 requests at once: `async` took 1.")
    assert " the ideal (" in end and "`thread-per-request`" in end
    assert "**What it costs** to hold 400 at once" in costs and "401 threads" in costs
    assert "for each request in flight" in costs


def test_memory_per_request_is_what_the_peak_grew_by(tmp_path):
    made = recording(tmp_path)
    threads = curves_of(made, digests(made))[0].lines[0]
    grown = {p.at: p.digest.server["rss_peak_kib"].median for p in threads.points}
    assert memory_each_kib(threads)[400].median == pytest.approx((grown[400] - grown[10]) / 390)
    assert 10 not in memory_each_kib(threads)


def test_requests_that_failed_at_the_far_end_are_told_instead_of_a_time(tmp_path):
    made = recording(tmp_path, failures={("async", "at-once-400", 1): 7})
    [curve] = curves_of(made, digests(made))
    assert "`async` failed 7 of 1,200 requests" in sentences(curve)[0]


def test_single_workloads_of_the_same_recording_keep_their_own_sentences(tmp_path):
    made = recording(tmp_path)
    texts = [finding.text for finding in findings(made, digests(made))]
    assert any(text.startswith("**alone**") for text in texts)
    assert not any(text.startswith("**at-once-") for text in texts)


def test_the_page_has_a_chart_and_a_table_of_the_curve(tmp_path):
    made = recording(tmp_path, repetitions=6)  # fewer pairs have no interval, and no chart of ratios
    page = report.make(made).read_text()
    assert 'id="curve-at-once"' in page and '<th scope="row">async, 400</th>' in page
    assert (made.folder / "charts" / "curve-at-once.svg").is_file()
    assert 'id="timeline-alone"' in page and 'id="timeline-at-once-10"' not in page
    assert 'id="ratios"' in page


def test_ratios_to_the_reference_are_of_runs_of_the_same_repetition(tmp_path):
    made = recording(tmp_path)
    [found] = against_reference(made)
    assert (found.reference, found.variant, found.workload) == ("async", "thread-per-request", "alone")
    cpu = {
        (row.variant, row.repetition): row.server_cpu_us_per_request
        for row in made.summary
        if row.workload == "alone"
    }
    assert found.cpu.values == pytest.approx(
        [cpu["async", n] / cpu["thread-per-request", n] for n in (1, 2, 3)]
    )


def test_invalid_or_failed_runs_enter_no_ratio(tmp_path):
    made = recording(
        tmp_path,
        failures={("async", "alone", 1): 1},
        invalid={("thread-per-request", "alone", 2): "the generator sent late"},
    )
    [found] = against_reference(made)
    assert len(found.cpu.values) == 1


def test_the_objective_that_was_searched_for_is_told():
    found = {"text": "p99 < 50 ms", "curve": "offered", "highest_rps": {"async": 41200, "sequential": None}}
    assert objective_sentence(found) == (
        "**Objective p99 < 50 ms**, met again twice where the search ended: `async` up to 41,200 requests/s "
        "and `sequential` at no rate. "
        "A run in which the generator was late counts only where it met it all the same: that adds latency."
    )
    assert objective_sentence(None) == ""


def test_what_the_generator_itself_was_late_is_told_apart(tmp_path):
    made = recording(tmp_path)
    table = made.folder / "summary.csv"
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["lag_p99_us"] = "12345"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    late = Recording.load(made.folder)
    told = sentences(curves_of(late, digests(late))[0])
    assert told[1].startswith(
        "Of that the load generator needed 12.3 ms to send them (lag p99 under `async`)"
    )


def test_a_terminal_gets_sentences_of_a_curve_and_tables_of_the_rest(tmp_path):
    text = io.StringIO()
    print_tables(recording(tmp_path), Console(file=text, width=100))
    assert "at-once, 400 requests at once: async took 1." in text.getvalue()
    assert "alone" in text.getvalue() and "at-once-400\n" not in text.getvalue()


def test_rates_without_a_valid_run_are_not_what_comes_after_the_knee(tmp_path):
    made = recording(
        tmp_path,
        invalid={("async", "at-once-100", n): "the generator sent late" for n in (1, 2, 3)},
        failures={("async", "at-once-400", 1): 7},
    )
    curve = replace(curves_of(made, digests(made))[0], axis="rate")
    [text] = [text for text in sentences(curve) if "`async`" in text]
    assert "kept up with 10 requests/s" in text and "; of 400 it answered " in text


@pytest.mark.parametrize(
    ("axis", "entry", "is_burst", "text"),
    [
        ("connections", {"requests": 100}, True, "requests at once"),
        ("connections", {"requests": None}, False, "connections"),
        ("requests", {"requests": 1}, True, "requests at once"),
        ("rate", {"requests": 100}, False, "offered requests/s"),
        ("rate", {}, False, "offered requests/s"),
    ],
)
def test_an_axis_is_named_by_what_varies(axis, entry, is_burst, text):
    curve = Curve("c", axis, [], entry)
    assert (curve.is_burst, curve.axis_text) == (is_burst, text)


def point(at: int, peak_kib: float | None, *runs_kib: float | None) -> Point:
    runs = [SimpleNamespace(server_rss_peak_kib=kib) for kib in runs_kib]
    return Point(at, SimpleNamespace(server={"rss_peak_kib": spread([peak_kib])}, counted=runs))


def test_each_request_in_flight_takes_what_the_peak_grew_by_from_a_hundred_on():
    line = Line("v", [point(10, 1000), point(99, 9000, 9000), point(100, 1900, 1900, 2800, None)])
    found = memory_each_kib(line)
    assert list(found) == [100]
    assert (found[100].low, found[100].high, found[100].runs) == (10.0, 20.0, 2)
    assert line.at(99) is line.points[1].digest and line.at(11) is None


def test_memory_that_no_run_knows_of_is_left_out():
    assert memory_each_kib(Line("v", [point(10, None), point(100, 1900, 1900)])) == {}
    assert memory_each_kib(Line("v", [point(10, 1000), point(100, None, 1900)])) == {}
    assert memory_each_kib(Line("v", [point(10, 1000), point(100, 1900, None)])) == {}


def test_context_switches_are_of_a_request_where_there_was_one():
    runs = [
        SimpleNamespace(server_context_switches=switches, requests=requests)
        for switches, requests in ((300, 100), (500, 100), (None, 100), (7, 0))
    ]
    found = switches_each(SimpleNamespace(counted=runs))
    assert (found.low, found.high, found.runs) == (3.0, 5.0, 2)


def test_the_probes_of_a_search_are_no_workloads_of_their_own(tmp_path):
    made = recording(tmp_path)
    assert [d.workload for d in apart(made, digests(made))] == ["alone", "alone"]
    made.run["objective"] = {"curve": "at-once"}
    assert workloads_apart(made) == ["alone"]


def test_ratios_of_too_few_pairs_have_no_chart(tmp_path):
    made = recording(tmp_path)
    drawn = charts.draw_all(made, digests(made), tmp_path / "charts")
    assert "curve-at-once" in {chart.name for chart in drawn}
    assert "ratios" not in {chart.name for chart in drawn}
