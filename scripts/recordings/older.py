"""What recordings from earlier versions have, read as what today's have.

Load generators had a file of their own, peers.csv; a run's classes had columns of the summary, four at most.
"""

from __future__ import annotations

from itertools import count
from typing import Any, NamedTuple

from recordings.csv_table import Row

_PEERS_FIELDS = (
    ("recording", "string", "the folder's name"),
    ("suite", "string", "the suite's name"),
    ("client", "string", "the load generator"),
    ("workload", "string", "what was asked of it"),
    ("repetition", "integer", "from 1; ratios are between runs of one repetition"),
    ("requests", "integer", "requests that the tool says were completed"),
    ("errors", "integer", "replies other than 2xx, and requests without a reply"),
    ("duration_s", "number", "how long the tool says it took, with as many digits as it prints"),
    ("throughput_rps", "number", "requests per second as the tool prints it"),
    ("cpu_us_per_request", "number", "user and system time of the whole process (wait4) per request"),
    ("latency_mean_us", "number", "as the tool prints it; each has its own idea of where latency begins"),
    ("latency_p99_us", "number", "as the tool prints it"),
    ("latency_minus_service_mean_us", "number", "loadgen: what queueing, connecting and lag added"),
    ("tool_version", "string", "as the tool or the package manager tells it"),
    ("pinned", "boolean", "whether server and client each had a core to themselves"),
    ("started_at", "datetime", "when the tool was started, UTC"),
    ("fault", "string", "why the run does not count; empty where it does"),
)
PEERS: dict[str, Any] = {
    "name": "peers",
    "path": "peers.csv",
    "schema": {"fields": [{"name": n, "type": t, "description": d} for n, t, d in _PEERS_FIELDS]},
}
_TODAYS_NAME = {
    "cpu_us_per_request": "client_cpu_us_per_request",
    "tool_version": "client_version",
    "fault": "reasons",
}


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


def summary_of_peers(rows: list[Row], run: dict[str, Any], row_type: Any) -> list[Row]:
    """The rows of peers.csv as rows of the summary; what peers.csv did not have is None."""
    workloads = {workload["name"]: workload for workload in run["workloads"]}
    variant = run["variants"][0]["name"] if run["variants"] else None
    unknown = dict.fromkeys(row_type._fields)
    return [
        row_type(**{**unknown, **_as_summary(row._asdict(), variant, workloads.get(row.workload) or {})})
        for row in rows
    ]


def _as_summary(peer: dict[str, Any], variant: str | None, workload: dict[str, Any]) -> dict[str, Any]:
    cells = {_TODAYS_NAME.get(name, name): value for name, value in peer.items()}
    errors, added_us = cells.pop("errors"), cells.pop("latency_minus_service_mean_us")
    mean_us = cells["latency_mean_us"]
    return {
        **cells,
        "variant": variant,
        "ok": max(cells["requests"] - errors, 0),
        "verdict": "failed" if cells["reasons"] else "valid",
        "service_mean_us": None if None in (mean_us, added_us) else mean_us - added_us,
        "arrivals": "constant" if workload.get("rate_rps") else "closed",
        "connections": workload.get("connections"),
        "connection_mode": "kept",
    }
