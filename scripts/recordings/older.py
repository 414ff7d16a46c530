"""What recordings from earlier versions have, read as what today's have.

Load generators had a file of their own, peers.csv; a run's classes had columns of the summary, four at most.
"""

from itertools import count
from typing import Any, NamedTuple

from recordings.csv_table import Row


class ClassRow(NamedTuple):
    """One class of request in one run. A statistic has its value, or what it is at least."""

    class_: str
    requests: int
    latency_p50_us: float | None
    latency_p99_us: float | None
    latency_p50_at_least_us: float | None
    latency_p99_at_least_us: float | None


def classes_in_summary(run: Row) -> list[ClassRow]:
    """The classes that a row of the summary tells of in columns of its own; none in one of today's.

    Where nothing describes these columns they are text.
    """
    rows = []
    for k in count(1):
        if (name := getattr(run, f"class_{k}", None)) is None:
            return rows
        latencies = (getattr(run, f"class_{k}_{column}", None) for column in ClassRow._fields[2:])
        numbers = (None if value is None else float(value) for value in latencies)
        rows.append(ClassRow(name, int(getattr(run, f"class_{k}_requests")), *numbers))


def summary_of_peers(rows: list[Row], run: dict[str, Any]) -> list[Row]:
    """The rows of peers.csv as rows of the summary; what peers.csv did not have is None."""
    workloads = {workload["name"]: workload for workload in run["workloads"]}
    summaries = []
    for row in rows:
        workload = workloads.get(row.workload) or {}
        latencies = row.latency_mean_us, row.latency_minus_service_mean_us
        summary = row._replace(
            variant=run["variants"][0]["name"] if run["variants"] else None,
            ok=max(row.requests - row.errors, 0),
            verdict="failed" if row.fault else "valid",
            reasons=row.fault,
            client_version=row.tool_version,
            client_cpu_us_per_request=row.cpu_us_per_request,
            service_mean_us=None if None in latencies else latencies[0] - latencies[1],
            arrivals="constant" if workload.get("rate_rps") else "closed",
            connections=workload.get("connections"),
            connection_mode="kept",
        )
        summaries.append(summary)
    return summaries
