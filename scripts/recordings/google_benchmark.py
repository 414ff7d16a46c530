"""A recording in the JSON format of Google Benchmark, which trackers of benchmarks read. Pure. The time is the
makespan where the run has one, otherwise the time per request. (https://github.com/google/benchmark,
docs/user_guide.md and the output of its JSON reporter.)"""

from typing import Any

from recordings.recording import Recording, Row

_COUNTERS = ("latency_p50_us", "latency_p99_us", "server_cpu_us_per_request", "server_rss_peak_kib")


def google_benchmark(recording: Recording) -> dict[str, Any]:
    """A run is a benchmark `workload/variant`, or `workload/client` where the clients vary."""
    run, machine, build = recording.run, recording.run["machine"] or {}, recording.run["build"] or {}
    first = next((row.started_at.isoformat() for row in recording.summary if row.started_at), None)
    context = {"date": run["started_at"] or first, "host_name": machine.get("cpu") or "unknown"}
    context |= {"executable": "scripts/bench", "num_cpus": machine.get("cores") or 0, "mhz_per_cpu": 0}
    context |= {"cpu_scaling_enabled": False, "caches": []}
    context |= {"library_build_type": (build.get("build_type") or "release").lower()}
    context |= {"suite": run["suite"], "commit": (run["git"] or {}).get("commit")}
    benchmarks = []
    for family, runs in enumerate(recording.groups.values()):
        for index, row in enumerate(sorted(runs, key=lambda row: row.repetition)):
            name = f"{row.workload}/{recording.subject(row)}"
            about = {"name": name, "family_index": family, "per_family_instance_index": 0, "run_name": name}
            about |= {"run_type": "iteration", "repetitions": len(runs), "repetition_index": index}
            benchmarks.append(about | {"threads": 1, "iterations": 1} | _figures(row))
    return {"context": context, "benchmarks": benchmarks}


def _figures(run: Row) -> dict[str, Any]:
    each_ms = 1000 / run.throughput_rps if run.throughput_rps else 0.0
    cpu_ms = (run.server_cpu_us_per_request or 0) * run.requests / 1000
    figures = {"real_time": each_ms if run.makespan_ms is None else run.makespan_ms, "cpu_time": cpu_ms}
    figures |= {"time_unit": "ms", "items_per_second": run.throughput_rps}
    figures |= {key: getattr(run, key) for key in _COUNTERS} | {"failed_requests": run.requests - run.ok}
    if run.verdict != "valid":
        figures |= {"error_occurred": True, "error_message": run.reasons or "invalid"}
    return {key: value for key, value in figures.items() if value is not None}
