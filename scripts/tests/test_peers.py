"""Load generators beside each other: the same machinery as for servers, with the client as what varies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from metrics.comparing import against_references
from metrics.digest import digests
from metrics.metrics import PAGE
from pages import page
from pages.tables import summary_table
from recordings.recording import Recording
from recordings.writer import RecordingWriter, now
from words.findings import findings

WORKLOADS = [
    {"name": "closed-64", "connections": 64, "reference": "loadgen"},
    {"name": "open-1000", "connections": 10, "rate_rps": 1000, "reference": "loadgen"},
]


def row(client: str, workload: str, repetition: int, **figures: Any) -> dict[str, Any]:
    return {
        "variant": "nginx",
        "client": client,
        "workload": workload,
        "repetition": repetition,
        "requests": 1000,
        "ok": 1000,
        "arrivals": "closed" if workload == "closed-64" else "constant",
        "connections": 64,
        "connection_mode": "kept",
        "duration_s": 2.0,
        "throughput_rps": 500.0,
        "client_cpu_us_per_request": 8.0,
        "latency_mean_us": 130.5,
        **figures,
    }


def record(folder: Path, rows: list[dict[str, Any]], **about: Any) -> Recording:
    clients = list(dict.fromkeys(row["client"] for row in rows))
    commands = {"closed-64": ["a", "b"], "open-1000": ["a"]}
    details = {
        "suite": "peers",
        "repetitions": max(row["repetition"] for row in rows),
        "variants": [{"name": "nginx"}],
        "workloads": WORKLOADS,
        "clients": [{"name": name, "there": True, "commands": commands} for name in clients],
        "pinned": True,
    }
    folder.mkdir(exist_ok=True)
    writer = RecordingWriter(folder, details | about)
    for each in rows:
        each = dict(each)
        fault = each.pop("fault", None)
        writer.add_run(folder.parent, each, fault)  # of which nothing was captured
        writer.note("nginx", each["workload"], each["repetition"], fault, client=each["client"])
    writer.tell("finished_at", now())
    return Recording.load(folder)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """loadgen needs 0.8 times what wrk needs, repetition by repetition, on a machine that slows down."""
    rows = []
    for repetition in range(1, 13):
        slow = 1 + repetition  # so that no pair but the right one gives the right ratio
        for workload in ("closed-64", "open-1000"):
            figures = {"client_cpu_us_per_request": 6.4 * slow, "throughput_rps": 1.25e5 / slow}
            rows.append(row("loadgen", workload, repetition, service_mean_us=119.0, **figures))
        figures = {"client_cpu_us_per_request": 8.0 * slow, "throughput_rps": 1e5 / slow}
        rows.append(row("wrk", "closed-64", repetition, **figures))
    return record(tmp_path / "peers-x", rows)


def test_clients_of_one_server_are_what_varies(recording):
    assert recording.varies == "client" and recording.subjects == ["loadgen", "wrk"]


def test_a_ratio_is_of_two_runs_of_one_repetition(recording):
    cost, rate = against_references(recording)
    assert (cost.first, cost.second, cost.metric) == ("wrk", "loadgen", "client CPU per request")
    assert cost.comparison.pair_ratios == pytest.approx([0.8] * 12)
    assert rate.comparison.ratio == pytest.approx(1.25) and rate.comparison.differs


def test_the_sentences_are_the_figures(recording):
    texts = "\n".join(f.text for f in findings(recording, digests(recording)) if f.kind == "result")
    assert "`loadgen` in pairs: client CPU per request 48.0 µs; 0.80× [0.80, 0.80] of `wrk`’s" in texts
    assert "throughput 16,741 req/s; 1.25× [1.25, 1.25] of `wrk`’s" in texts


def test_of_a_fixed_count_what_it_has_beyond_the_ideal_is_held_beside_the_floor(tmp_path):
    workloads = [{"name": "kept-100", "requests": 100, "connections": 100, "reference": "loadgen"}]
    rows = [
        row(client, "kept-100", n, arrivals="closed", makespan_ms=1000 + beyond_ms, ideal_ms=1000)
        for n in range(1, 13)
        for client, beyond_ms in (("loadgen", 6), ("bare_loop", 4))
    ]
    made = record(tmp_path / "r", rows, workloads=workloads)
    text = "\n".join(f.text for f in findings(made, digests(made)))
    assert "; makespan beyond the ideal 6.00 ms; 1.50× [1.50, 1.50] of `bare_loop`’s (pairs: 12" in text
    assert "mean latency" not in text and "No part in `kept-100`, having no such load" in text


def test_clocks_that_differ_are_told_beside_the_latencies_that_they_are_of(tmp_path):
    rows = [row("loadgen", "open-1000", 1, done_by="kernel"), row("hey", "open-1000", 1)]
    made = record(tmp_path / "r", rows)
    text = "\n".join(f.text for f in findings(made, digests(made)))
    assert "mean latency, as each tells it: `" in text and "`loadgen` 130 µs" in text
    assert "; of `loadgen` until the kernel had the reply." in text


def test_a_run_that_failed_is_counted_and_enters_no_ratio(tmp_path):
    rows = [row(c, "closed-64", n) for n in range(1, 9) for c in ("loadgen", "ab")]
    rows[0] |= {"fault": "sent late"}
    rows[3] |= {"fault": "ab counted 3 errors", "ok": 997, "http_error": 3}
    made = record(tmp_path / "r", rows)
    assert against_references(made)[0].comparison.counts == (6, 6)
    warnings = "\n".join(f.text for f in findings(made, digests(made)) if f.kind == "warning")
    assert "1 run of `ab` failed: ab counted 3 errors." in warnings


def test_without_a_pair_there_is_no_ratio(tmp_path):
    made = record(tmp_path / "r", [row("loadgen", "closed-64", 1), row("ab", "closed-64", 2)])
    assert against_references(made) == []


def test_who_is_not_installed_is_named(tmp_path):
    clients = [{"name": n, "there": n != "hey", "commands": {}} for n in ("loadgen", "wrk", "hey")]
    made = record(tmp_path / "r", [row(c, "closed-64", 1) for c in ("loadgen", "wrk")], clients=clients)
    assert any("`hey`" in f.text for f in findings(made, digests(made)) if f.kind == "warning")


def test_who_has_no_loop_for_a_workload_is_named_and_nobody_else(tmp_path):
    commands = {"loadgen": {"closed-64": ["a"], "open-1000": ["a"]}, "ab": {"closed-64": ["b"]}}
    clients = [{"name": n, "there": True, "commands": c} for n, c in commands.items()]
    made = record(tmp_path / "r", [row(c, "closed-64", 1) for c in commands], clients=clients)
    told = [f.text for f in findings(made, digests(made)) if "No part" in f.text]
    assert told == ["No part in `open-1000`, having no such load: `ab`."]


def test_the_table_is_of_what_clients_are_compared_by(recording):
    table = summary_table(recording, digests(recording), "closed-64", PAGE)
    headings = [column.heading for column in table.columns]
    assert headings[0] == "client" and "client CPU per request" in headings and "memory" not in headings


def test_the_page_has_the_pairs_and_the_charts(recording):
    text = page.make(recording).read_text()
    assert "References against the others" in text and 'id="ratios"' in text
    assert "loadgen" in text and "wrk" in text
