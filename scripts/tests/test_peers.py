"""Recordings of peers.csv: how they are read, how runs are paired, what is said of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from charts import peers as chart
from charts.canvas import look, save
from charts.palette import DARK_OF
from cli.paths import ROOT
from peers import table
from peers.recorded import PeerRecording, digest, digests
from peers.words import rule, sentences, tables
from metrics.ratios import interval_text
from recordings.recording import ResultsError
from stats.quantiles import MedianInterval
from text.units import duration_text, ratio_text


def a_row(client: str, workload: str, repetition: int, **figures: Any) -> dict[str, Any]:
    return {
        "recording": "r",
        "suite": "peers",
        "client": client,
        "workload": workload,
        "repetition": repetition,
        "requests": 1000,
        "errors": 0,
        "duration_s": 2.0,
        "throughput_rps": 500.0,
        "cpu_us_per_request": 8.0,
        "latency_mean_us": 130.5,
        "latency_p99_us": None,
        "latency_minus_service_mean_us": None,
        "tool_version": "1",
        "pinned": True,
        "started_at": "2026-01-01T00:00:00.000Z",
        "fault": None,
        **figures,
    }


def record(folder: Path, rows: list[dict[str, Any]], **about: Any) -> PeerRecording:
    folder.mkdir(exist_ok=True)
    (folder / table.FILE).write_bytes(table.header() + b"".join(map(table.line, rows)))
    clients = list(dict.fromkeys(row["client"] for row in rows))
    run = {
        "recording": "r",
        "suite": "peers",
        "kind": "peers",
        "repetitions": max(row["repetition"] for row in rows),
        "duration_ms": 2000,
        "variants": [{"name": "nginx", "version": "9.9"}],
        "workloads": [
            {"name": "closed-64", "connections": 64, "rate_rps": None},
            {"name": "open-1000", "connections": 10, "rate_rps": 1000},
        ],
        "clients": [{"name": name, "there": True, "commands": {}} for name in clients],
        "pinned": True,
        "finished_at": "2026-01-01T00:10:00.000Z",
        "seed": 7,
        **about,
    }
    (folder / "run.json").write_text(json.dumps(run))
    return PeerRecording.load(folder)


@pytest.fixture
def recording(tmp_path: Path) -> PeerRecording:
    """Ours needs 0.8 and 1.0 times what wrk needs, repetition by repetition, on a machine that slows down."""
    rows = []
    for repetition in range(1, 16):
        slow = 1 + repetition  # so that no pair but the right one gives the right ratio
        share = 0.8 if repetition <= 8 else 1.0
        for workload in ("closed-64", "open-1000"):
            figures = {"cpu_us_per_request": 8.0 * slow * share, "throughput_rps": 1e5 / slow / share}
            rows.append(a_row("loadgen", workload, repetition, latency_minus_service_mean_us=11.5, **figures))
        rows.append(
            a_row("wrk", "closed-64", repetition, cpu_us_per_request=8.0 * slow, throughput_rps=1e5 / slow)
        )
    return record(tmp_path / "r", rows)


def test_a_ratio_is_of_two_runs_of_one_repetition(recording):
    wrk = digest("wrk", "closed-64", recording.rows)
    assert wrk.cpu_ratio.values == pytest.approx([0.8] * 8 + [1.0] * 7)
    assert wrk.cpu_ratio.interval == MedianInterval(*map(pytest.approx, (0.8, 0.8, 1.0, 0.96484375)))
    assert wrk.throughput_ratio.values == pytest.approx([1.25] * 8 + [1.0] * 7)
    assert digest("loadgen", "closed-64", recording.rows).cpu_ratio is None


def test_a_run_that_failed_is_counted_and_enters_no_ratio(tmp_path):
    rows = [a_row(c, "closed-64", n) for n in (1, 2, 3) for c in ("loadgen", "ab")]
    rows[0] |= {"fault": "sent late"}  # ours, repetition 1
    rows[3] |= {"fault": "ab counted 3 errors", "errors": 3}  # theirs, repetition 2
    rows[5] |= {"cpu_us_per_request": 16.0}
    ab = digest("ab", "closed-64", record(tmp_path / "r", rows).rows)
    assert ab.cpu_ratio.values == [0.5] and ab.failed == 1 and len(ab.runs) == 3


def test_without_a_pair_there_is_no_ratio(tmp_path):
    rows = [a_row("loadgen", "closed-64", 1), a_row("ab", "closed-64", 2)]
    recorded = record(tmp_path / "r", rows)
    assert digest("ab", "closed-64", recorded.rows).cpu_ratio is None
    assert not [
        finding for finding in sentences(recorded) if finding.kind == "result" and "needs" in finding.text
    ]
    assert chart.draw_ratios(recorded, digests(recorded)) is None


def test_the_sentences_are_the_figures(recording):
    texts = [finding.text for finding in sentences(recording) if finding.kind == "result"]
    assert texts == [
        "**closed-64**: `loadgen` needs 57.6 µs of CPU per request: 0.80× [0.80, 1.00] that of `wrk`.",
        "**closed-64**: `loadgen` makes 13,889 requests per second: 1.25× [1.00, 1.25] those of `wrk`.",
        "**open-1000**: the mean latency of the same server is 130 µs by `loadgen`, as each tool tells it.",
        "**open-1000**: of `loadgen`’s, 11.5 µs [11.5, 11.5] on average is not service but queue, "
        "connect and lag.",
    ]
    assert "coverage 96 % or more" in rule(recording)


def test_what_is_missing_or_went_wrong_is_said_first(tmp_path):
    rows = [a_row(c, "closed-64", 1) for c in ("loadgen", "wrk", "ab")]
    clients = [{"name": n, "there": n != "ab", "commands": {}} for n in ("loadgen", "wrk", "ab")]
    failed = {
        "client": "wrk",
        "workload": "closed-64",
        "repetition": 2,
        "status": "failed",
        "note": "wrk died",
    }
    recorded = record(tmp_path / "r", rows, clients=clients, pinned=False, runs=[failed], finished_at=None)
    texts = [finding.text for finding in sentences(recorded)]
    assert texts[:5] == [
        "The bench was stopped before its end: 3 runs are here.",
        "1 run of `wrk` failed and counted for nothing: wrk died.",
        "Not installed, so not here: `ab`.",
        "Nothing was pinned: server and clients shared one core, so the rates are of both together.",
        "`wrk` has no usable open loop and no part in `open-1000`.",
    ]


def test_the_tables_leave_out_what_nobody_has(recording):
    closed, opened = tables(recording)
    assert closed.headings[:4] == ["CPU per request", "loadgen needs", "requests/s", "loadgen makes"]
    assert closed.rows[1][1][1] == "0.80× [0.80, 1.00]"
    assert "p99" not in closed.headings and "loadgen makes" not in opened.headings


def test_an_interval_says_its_unit_once_where_it_is_the_same():
    assert interval_text(MedianInterval(0.91, 0.89, 0.94, 0.96), ratio_text) == "0.91× [0.89, 0.94]"
    assert interval_text(MedianInterval(1100, 900, 1200, 0.96), duration_text) == "1.10 ms [900 µs, 1.20 ms]"


def test_a_file_with_other_columns_is_refused_with_file_line_and_column(recording):
    path = recording.folder / table.FILE
    path.write_bytes(path.read_bytes().replace(b",errors,", b",mistakes,", 1))
    with pytest.raises(ResultsError, match=r"peers.csv line 1: the column 'errors' is missing"):
        PeerRecording.load(recording.folder)
    path.write_bytes(table.header() + table.line(a_row("wrk", "closed-64", 1)).replace(b",1000,", b",many,"))
    with pytest.raises(
        ResultsError, match=r"peers.csv line 2, column 6 \(requests\): 'many' is not an integer"
    ):
        PeerRecording.load(recording.folder)


def test_a_row_is_written_as_the_other_csvs_are_and_none_of_its_columns_is_forgotten():
    row = a_row("wrk", "closed-64", 1, cpu_us_per_request=8.1234567, fault='said "no", twice')
    line = table.line(row)
    assert line.endswith(b"\r\n") and b",8.123457," in line and b',"said ""no"", twice"' in line
    assert table.header().startswith(b"recording,suite,client,workload,repetition,") and b",1,2026" in line
    del row["pinned"]
    with pytest.raises(ValueError, match="pinned"):
        table.line(row)


def test_every_column_is_described_in_the_readme_of_the_results():
    text = (ROOT / "results" / "README.md").read_text()
    for column in table.COLUMNS:
        assert f"| `{column.name}` | {column.meaning} |" in text


def test_the_charts_adapt_to_the_dark_and_say_in_words_what_they_show(recording, tmp_path):
    with look():
        drawn = [
            save(one, tmp_path / "charts")
            for one in (
                chart.draw_ratios(recording, digests(recording)),
                chart.draw_latency(recording, digests(recording)),
            )
        ]
    ratios, latency = (one.svg for one in drawn)
    assert "closed-64, loadgen beside wrk: 0.80× of its CPU per request, 1.25× of its requests" in ratios
    assert "Median of the mean latencies: loadgen 130 µs." in latency
    for svg in (ratios, latency):
        assert set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", svg)) <= set(DARK_OF)
