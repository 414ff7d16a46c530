"""A slice's figures from the generator's JSON, and what is no slice at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gating.procedure import BenchmarkFailed
from gating.slice_load import GateCell, generator_command, slice_figures
from recordings.recording import OUTCOMES

TOLD = {
    **dict.fromkeys(OUTCOMES, 0),
    "started_at": "2026-01-01T00:00:00Z",
    "requests": 1000,
    "ok": 990,
    "http_error": 10,
    "duration_s": 1.0,
    "throughput_rps": 990.0,
    "server_cpu_us_per_request": 12.5,
    "server_utilisation": 0.99,
    "generator_utilisation": 0.5,
    "latency_p50_us": 60.0,
    "latency_p50_at_least_us": None,
    "latency_p99_us": None,
    "latency_p99_at_least_us": 900.0,
    "verdict": "valid",
    "reasons": None,
}


def figures(folder: Path, **changes):
    log = folder / "loadgen.json"
    log.write_text(json.dumps(TOLD | changes) + "\n")
    return slice_figures(log, "async: the candidate")


def test_figures_are_taken_over_and_failures_named(tmp_path):
    found = figures(tmp_path)
    assert found["failures"] == "http_error 10"
    assert (found["latency_p50_us"], found["latency_p99_us"]) == (60.0, 900.0)
    assert found["started_at"].year == 2026


def test_the_generators_own_word_is_taken_over_and_a_bound_may_be_said_in_words(tmp_path):
    assert figures(tmp_path)["client_bound"] is None
    told = {"client_bound": True, "latency_p99_us": "at least 81234.5"}
    found = figures(tmp_path, **told)
    assert (found["client_bound"], found["latency_p99_us"]) == (True, 81234.5)


def test_what_is_said_beside_the_figures_does_not_hide_them(tmp_path):
    log = tmp_path / "loadgen.json"
    log.write_text(json.dumps(TOLD) + "\nloadgen: not one request was answered ok\n")
    assert slice_figures(log, "async: the candidate")["ok"] == 990


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ok": 400, "reset": 600}, "the candidate answered 400 of 1000 requests: http_error 10, reset 600"),
        ({"ok": 0, "requests": 0, "http_error": 0}, "answered 0 of 0 requests: nothing was asked"),
        (
            {"ok": 0, "timed_out": 990, "verdict": "invalid", "reasons": "it was not run for 300 ms"},
            "timed_out 990; the generator calls it invalid: it was not run for 300 ms",
        ),
        ({"server_cpu_us_per_request": None}, "its CPU time cannot be read"),
        ({"started_at": None}, "loadgen's figures cannot be read"),
    ],
)
def test_a_side_that_does_not_do_its_work_has_failed(tmp_path, changes, told):
    with pytest.raises(BenchmarkFailed, match=told):
        figures(tmp_path, **changes)


@pytest.mark.parametrize("text", ["", "loadgen: no server\n", "{}\n", '"ok"\n'])
def test_what_is_not_the_generators_json_is_a_failure(tmp_path, text):
    (tmp_path / "loadgen.json").write_text(text)
    with pytest.raises(BenchmarkFailed, match="figures cannot be read"):
        slice_figures(tmp_path / "loadgen.json", "async: the baseline")


def test_the_generator_is_told_the_cells_load():
    cell = GateCell("pool-8", {}, "/health", "/task?cpu_ms=1", connections=8, connection_mode="fresh")
    words = generator_command(Path("loadgen"), cell, "127.0.0.1:1234", 42, 0.25)
    assert words[1] == "http://127.0.0.1:1234/task?cpu_ms=1"
    assert [words[words.index(f) + 1] for f in ("-d", "-c", "--connection-mode", "--server-pid")] == [
        *("250ms", "8", "fresh", "42")
    ]
