"""Curves: points by variant, what is said of them, and a page that draws them and not each workload."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from metrics.comparing import against_references
from metrics.curves import Curve, CurveLine, Point
from metrics.curves import curves_of, memory_each_kib, single_digests, single_workloads
from metrics.digest import Digest, digests
from metrics.metrics import METRICS
from pages import page
from recordings.recording import Recording
from synthetic import MODELS, Spec, build
from words.curve_words import objective_sentence, sentences
from words.findings import findings


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
    assert [line.subject for line in curve.lines] == ["thread-per-request", "async"]
    assert all([p.at for p in line.points] == [10, 100, 400] for line in curve.lines)
    assert curve.is_burst and curve.axis_text == "requests at once"
    assert single_workloads(made) == ["alone"]


def test_the_far_end_of_a_burst_is_told_with_what_it_costs(tmp_path):
    made = recording(tmp_path)
    [curve] = curves_of(made, digests(made))
    end, costs = sentences(curve)
    assert end.startswith("**at-once**, 400 requests at once, of the ideal: `async` 1.")
    assert "× (1." in end and "`thread-per-request`" in end
    assert "**What it costs** to hold 400 at once" in costs and "threads 401" in costs
    assert "for each request in flight" in costs


def test_memory_per_request_is_what_the_peak_grew_by(tmp_path):
    made = recording(tmp_path)
    threads = curves_of(made, digests(made))[0].lines[0]
    grown = {p.at: p.digest["memory"].median for p in threads.points}
    assert memory_each_kib(threads)[400].median == pytest.approx((grown[400] - grown[10]) / 390)
    assert 10 not in memory_each_kib(threads)


def test_requests_that_failed_at_the_far_end_are_told_beside_the_time_of_the_others(tmp_path):
    made = recording(tmp_path, failures={("async", "at-once-400", 1): 7})
    [curve] = curves_of(made, digests(made))
    assert "`async` 1." in sentences(curve)[0]
    assert "`async` failed 7 of 1,200 requests" in sentences(curve)[0]


def test_requests_that_failed_in_every_run_are_told_instead_of_a_time(tmp_path):
    made = recording(tmp_path, failures={("async", "at-once-400", n): 7 for n in (1, 2, 3)})
    [curve] = curves_of(made, digests(made))
    first, costs = sentences(curve)
    assert "`async` failed 21 of 1,200 requests" in first and "`async` 1." not in first
    assert "`async`" not in costs


def test_single_workloads_of_the_same_recording_keep_their_own_sentences(tmp_path):
    made = recording(tmp_path)
    texts = [finding.text for finding in findings(made, digests(made))]
    assert any(text.startswith("**alone**") for text in texts)
    assert not any(text.startswith("**at-once-") for text in texts)


def test_the_page_has_a_chart_and_a_table_of_the_curve(tmp_path):
    made = recording(tmp_path, repetitions=6)  # fewer pairs have no interval, and no chart of ratios
    text = page.make(made).read_text()
    [brief] = re.findall('id="answer">.*?<tbody>(.*?)</tbody>', text, re.DOTALL)
    assert '<th scope="row">async</th>' in brief and 'class="note"' not in brief, "there is no room for them"
    assert 'id="curve-at-once"' in text and '<th scope="row">async, 400</th>' in text
    assert (made.folder / "charts" / "curve-at-once.svg").is_file()
    assert 'id="timeline-alone"' in text and 'id="timeline-at-once-10"' not in text
    assert 'id="ratios"' in text


def test_ratios_to_the_reference_are_of_runs_of_the_same_repetition(tmp_path):
    made = recording(tmp_path)
    row = next(row for row in against_references(made) if row.metric == "CPU per request")
    assert (row.second, row.first, row.workload) == ("async", "thread-per-request", "alone")
    cpu = {
        (row.variant, row.repetition): row.server_cpu_us_per_request
        for row in made.summary
        if row.workload == "alone"
    }
    ratios = [cpu["async", n] / cpu["thread-per-request", n] for n in (1, 2, 3)]
    assert row.comparison.pair_ratios == pytest.approx(ratios)


def test_invalid_or_failed_runs_enter_no_ratio(tmp_path):
    made = recording(
        tmp_path,
        failures={("async", "alone", 1): 1},
        invalid={("thread-per-request", "alone", 2): "the generator sent late"},
    )
    assert {row.comparison.counts for row in against_references(made)} == {(1, 1)}


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
    assert told[0].endswith("; to send them took 12.3 ms (lag p99 under `async`).")


def test_a_terminal_gets_sentences_of_a_curve_and_tables_of_the_rest(tmp_path):
    text = io.StringIO()
    page.print_summary(recording(tmp_path), Console(file=text, width=100))
    assert "at-once, 400 requests at once, of the ideal: async 1." in text.getvalue()
    assert "alone" in text.getvalue() and "at-once-400\n" not in text.getvalue()


@pytest.mark.parametrize(("workload", "has_note"), [("at-once-10", False), ("alone", True)])
def test_a_mark_is_explained_on_a_terminal_where_it_is_printed(tmp_path, workload, has_note):
    text, invalid = io.StringIO(), {("async", workload, n): "sent late" for n in (1, 2, 3)}
    page.print_summary(recording(tmp_path, invalid=invalid), Console(file=text, width=100))
    assert ("no run of it counts" in text.getvalue()) is has_note


def of_rates(made: Recording, change) -> Curve:
    """Its curve as one of offered rates, with other values where `change` gives them for a row."""
    rows = [row._asdict() for row in made.summary]
    made.summary = [SimpleNamespace(**row | change(SimpleNamespace(**row))) for row in rows]
    [curve] = curves_of(made, digests(made))
    return curve._replace(axis="rate", entry={})


def test_rates_without_a_valid_run_are_not_what_comes_after_the_knee(tmp_path):
    made = recording(tmp_path, invalid={("async", "at-once-100", n): "sent late" for n in (1, 2, 3)})
    curve = of_rates(made, lambda row: {"saturated": row.workload == "at-once-400"})
    [text] = [text for text in sentences(curve) if "`async`" in text]
    assert "kept up with 10 requests/s" in text and "; when offered 400/s, it answered " in text


def test_rates_at_which_requests_failed_are_told_by_how_many(tmp_path):
    made = recording(tmp_path, failures={("async", "at-once-400", n): 7 for n in (1, 2, 3)})
    curve = of_rates(made, lambda row: {})
    [text] = [text for text in sentences(curve) if "`async`" in text]
    assert "kept up with 100 requests/s" in text and text.endswith(
        "; when offered 400/s, 21 of 1,200 requests failed."
    )


def test_a_server_that_kept_up_with_no_rate_is_said_to_have(tmp_path):
    curve = of_rates(recording(tmp_path), lambda row: {"saturated": True})
    assert "**at-once**: `async` kept up with none of the rates." in sentences(curve)


def closed_loop(made: Recording, **limited: bool) -> list[str]:
    curve = of_rates(
        made,
        lambda row: {
            "throughput_rps": {"at-once-10": 500.0, "at-once-100": 4000.0}.get(row.workload, 3000.0),
            "client_bound": limited.get(row.variant, False),
        },
    )
    return sentences(curve._replace(axis="connections"))


def test_the_most_of_a_closed_loop_is_listed(tmp_path):
    [most] = closed_loop(recording(tmp_path))
    assert most.startswith("**at-once**, 10 to 400 connections, the most requests/s: `")
    assert "`async` 4,000 with 100" in most and "at least" not in most


def test_the_most_is_at_least_where_the_generator_was_the_limit(tmp_path):
    [most] = closed_loop(recording(tmp_path), **{"async": True})
    assert "`async` at least 4,000" in most and "`thread-per-request` 4,000" in most
    assert most.endswith(" (at least: the load generator was the limit).")


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


def point(at: int, *peaks_kib: float | None) -> Point:
    """Of a run for each peak of memory; None where it is not known."""
    valid = {"verdict": "valid", "ok": 1, "requests": 1}
    runs = [SimpleNamespace(server_rss_peak_kib=kib, **valid) for kib in peaks_kib]
    return Point(at, Digest("v", "w", runs, {}))


def test_each_request_in_flight_takes_what_the_peak_grew_by_from_a_hundred_on():
    line = CurveLine("v", [point(10, 1000), point(99, 9000), point(100, 1900, 2800, None)])
    each = memory_each_kib(line)
    assert list(each) == [100]
    assert (each[100].low, each[100].high, each[100].runs) == (10.0, 20.0, 2)
    assert line.at(99) is line.points[1].digest and line.at(11) is None


def test_memory_that_no_run_has_is_left_out():
    assert memory_each_kib(CurveLine("v", [point(10, None), point(100, 1900)])) == {}
    assert memory_each_kib(CurveLine("v", [point(10, 1000), point(100, None)])) == {}


@pytest.mark.parametrize(("switches", "requests", "each"), [(300, 100, 3.0), (None, 100, None), (7, 0, None)])
def test_context_switches_are_of_a_request_where_there_was_one(switches, requests, each):
    run = SimpleNamespace(server_context_switches=switches, requests=requests)
    figure = METRICS["switches_each"].read(run)
    assert (figure and figure.value) == each


def test_the_probes_of_a_search_are_no_workloads_of_their_own(tmp_path):
    made = recording(tmp_path)
    assert [digest.workload for digest in single_digests(made, digests(made))] == ["alone", "alone"]
    made.run["workloads"] = [entry for entry in made.run["workloads"] if entry["name"] != "at-once-10"]
    assert set(single_workloads(made)) == {"at-once-10", "alone"}
    made.run["objective"] = {"curve": "at-once"}
    assert single_workloads(made) == ["alone"]
