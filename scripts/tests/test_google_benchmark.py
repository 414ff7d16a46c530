"""A recording in Google Benchmark's format: each run with its times in ms and its counters."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

from exporting.formats import google_benchmark

RUN = {
    "started_at": "2024-03-01T12:00:00Z",
    "suite": "hundred",
    "machine": {"cpu": "A CPU", "cores": 4},
    "build": {"build_type": "Debug"},
    "git": {"commit": "0123"},
}
ROW = {
    "workload": "mixed",
    "variant": "async",
    "repetition": 1,
    "verdict": "valid",
    "reasons": None,
    "requests": 3_000,
    "ok": 2_990,
    "makespan_ms": 250.0,
    "throughput_rps": 500.0,
    "server_cpu_us_per_request": 40.0,
    "server_rss_peak_kib": 3900,
    "latency_p50_us": 64.0,
    "latency_p99_us": None,
    "started_at": None,
}


def written(*rows: dict, **run) -> dict:
    summary = [SimpleNamespace(**ROW | row) for row in rows]
    groups: dict = {}
    for row in summary:
        groups.setdefault((row.variant, row.workload), []).append(row)
    recording = SimpleNamespace(run=RUN | run, summary=summary, groups=groups, subject=lambda r: r.variant)
    return google_benchmark(recording)


def test_a_run_is_a_benchmark_with_its_makespan_its_cpu_time_and_the_counters_it_has():
    [benchmark] = written({})["benchmarks"]
    assert benchmark == {
        "name": "mixed/async",
        "family_index": 0,
        "per_family_instance_index": 0,
        "run_name": "mixed/async",
        "run_type": "iteration",
        "repetitions": 1,
        "repetition_index": 0,
        "threads": 1,
        "iterations": 1,
        "real_time": 250.0,
        "cpu_time": 120.0,  # of 3,000 requests at 40 us
        "time_unit": "ms",
        "items_per_second": 500.0,
        "latency_p50_us": 64.0,
        "server_cpu_us_per_request": 40.0,
        "server_rss_peak_kib": 3900,
        "failed_requests": 10,
    }


def test_repetitions_follow_each_other_and_each_variant_is_a_family():
    made = written({"repetition": 2}, {}, {"variant": "pool-8"})["benchmarks"]
    keys = "name family_index repetitions repetition_index".split()
    assert [[each[key] for key in keys] for each in made] == [
        ["mixed/async", 0, 2, 0],
        ["mixed/async", 0, 2, 1],
        ["mixed/pool-8", 1, 1, 0],
    ]
    first, second, _ = written({"repetition": 2, "makespan_ms": 2.0}, {}, {"variant": "pool-8"})["benchmarks"]
    assert (first["real_time"], second["real_time"]) == (250.0, 2.0)


def test_a_run_without_a_makespan_takes_the_time_of_a_request_and_one_without_figures_none():
    timed, idle, bare = written(
        {"makespan_ms": None},
        {"makespan_ms": None, "throughput_rps": 0.0},
        {"makespan_ms": 1.0, "server_cpu_us_per_request": None, "requests": 5, "ok": 5},
    )["benchmarks"]
    assert (timed["real_time"], idle["real_time"]) == (2.0, 0.0)
    assert (bare["cpu_time"], bare["failed_requests"]) == (0.0, 0) and "server_cpu_us_per_request" not in bare


def test_an_invalid_run_is_an_error_with_its_reason():
    valid, late, silent = written({}, {"verdict": "invalid", "reasons": "late"}, {"verdict": "invalid"})[
        "benchmarks"
    ]
    assert "error_occurred" not in valid and "error_message" not in valid
    assert (late["error_occurred"], late["error_message"]) == (True, "late")
    assert (silent["error_occurred"], silent["error_message"]) == (True, "invalid")


def test_the_context_is_the_machine_and_the_build_as_far_as_they_are_known():
    assert written()["context"] == {
        "date": "2024-03-01T12:00:00Z",
        "host_name": "A CPU",
        "executable": "scripts/bench",
        "num_cpus": 4,
        "mhz_per_cpu": 0,
        "cpu_scaling_enabled": False,
        "caches": [],
        "library_build_type": "debug",
        "suite": "hundred",
        "commit": "0123",
    }
    noon = datetime(2024, 3, 1, 12, tzinfo=timezone.utc)
    unknown = {"started_at": None, "machine": None, "build": None, "git": None}
    context = written({}, {"started_at": noon}, **unknown)["context"]
    keys = "date host_name num_cpus library_build_type commit".split()
    assert [context[key] for key in keys] == ["2024-03-01T12:00:00+00:00", "unknown", 0, "release", None]
    assert written({}, **unknown)["context"]["date"] is None
    assert written(build={}, machine={})["context"]["library_build_type"] == "release"
