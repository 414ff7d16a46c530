"""A recording in the JSON format of Google Benchmark, which trackers of benchmarks read. Pure.

A run is a benchmark `workload/variant` (`workload/client` where the clients vary), its repetitions are
repetitions. The time is the makespan where the run has one, otherwise the time per request.
(https://github.com/google/benchmark, docs/user_guide.md and the output of its JSON reporter.)
"""

from typing import Any

from recordings.recording import Recording, Row

_COUNTERS = ("latency_p50_us", "latency_p99_us", "server_cpu_us_per_request", "server_rss_peak_kib")


def google_benchmark(recording: Recording) -> dict[str, Any]:
    run = recording.run
    machine = run["machine"] or {}
    first = next((row.started_at for row in recording.summary if row.started_at), None)
    context = {
        "date": run["started_at"] or (first.isoformat() if first else None),
        "host_name": machine.get("cpu") or "unknown",
        "executable": "scripts/bench",
        "num_cpus": machine.get("cores") or 0,
        "mhz_per_cpu": 0,
        "cpu_scaling_enabled": False,
        "caches": [],
        "library_build_type": ((run["build"] or {}).get("build_type") or "release").lower(),
        "suite": run["suite"],
        "commit": (run["git"] or {}).get("commit"),
    }
    benchmarks = [
        _benchmark(f"{row.workload}/{recording.subject(row)}", family, index, len(runs), row)
        for family, runs in enumerate(recording.groups.values())
        for index, row in enumerate(sorted(runs, key=lambda row: row.repetition))
    ]
    return {"context": context, "benchmarks": benchmarks}


def _benchmark(name: str, family: int, index: int, repetitions: int, run: Row) -> dict[str, Any]:
    counters = {"items_per_second": run.throughput_rps} | {key: getattr(run, key) for key in _COUNTERS}
    is_valid, real_ms = run.verdict == "valid", run.makespan_ms
    if real_ms is None:
        real_ms = 1000 / run.throughput_rps if run.throughput_rps else 0.0
    return {
        "name": name,
        "family_index": family,
        "per_family_instance_index": 0,
        "run_name": name,
        "run_type": "iteration",
        "repetitions": repetitions,
        "repetition_index": index,
        "threads": 1,
        "iterations": 1,
        "real_time": real_ms,
        "cpu_time": (run.server_cpu_us_per_request or 0) * run.requests / 1000,
        "time_unit": "ms",
        **{key: value for key, value in counters.items() if value is not None},
        "failed_requests": run.requests - run.ok,
        **({} if is_valid else {"error_occurred": True, "error_message": run.reasons or "invalid"}),
    }
