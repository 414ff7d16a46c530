"""One slice: the generator's command line and what its JSON says. Pure, but for reading that.

A side that did not do its work is a failed benchmark and not a slow one: fast errors look fast.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gating.procedure import BenchmarkFailed
from recordings.recording import OUTCOMES

# The limit of a request, and how long a slice waits at its end for requests in flight.
REQUEST_LIMIT_S = 2.0

_COPIED = (
    "requests ok duration_s throughput_rps server_cpu_us_per_request server_utilisation generator_utilisation"
    " verdict reasons"
).split()
_AT_LEAST = "at least "  # before a statistic of which failed requests leave only a lower bound


@dataclass(frozen=True)
class GateCell:
    """One comparison: how each side's server is started, and what it is asked for."""

    name: str
    commands: dict[str, list[str]]  # by side
    ready_path: str
    target: str
    connections: int = 64
    connection_mode: str = "kept"


def generator_command(
    loadgen: Path, cell: GateCell, address: str, server_pid: int, length_s: float
) -> list[str]:
    load = ["-d", f"{round(length_s * 1000)}ms", "-c", str(cell.connections)]
    limits = ["--timeout", f"{REQUEST_LIMIT_S:g}s", "--drain", f"{REQUEST_LIMIT_S:g}s"]
    mode = ["--connection-mode", cell.connection_mode]
    return [
        *[str(loadgen), f"http://{address}{cell.target}"],
        *[*load, *mode, *limits, "--rows-cap", "0", "--server-pid", str(server_pid), "--json"],
    ]


def slice_figures(log: Path, who: str) -> dict[str, Any]:
    """What the generator's JSON says of a slice. Raises BenchmarkFailed if the side did not do its work."""
    try:
        [line] = [line for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
        report = json.loads(line)
        failed = ", ".join(f"{name} {report[name]}" for name in OUTCOMES if name != "ok" and report[name])
        figures = {
            "started_at": datetime.fromisoformat(report["started_at"]),
            "failures": failed or None,
            "latency_p50_us": _bounded(report, "latency_p50"),
            "latency_p99_us": _bounded(report, "latency_p99"),
            "client_bound": report.get("client_bound"),
        }
        figures |= {name: report[name] for name in _COPIED}
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise BenchmarkFailed(f"{who}: loadgen's figures cannot be read ({error!r})") from None
    requests, ok = figures["requests"], figures["ok"]
    # A server that leaves half of its requests unanswered is broken and not slow.
    if ok * 2 < requests or not ok or not report["throughput_rps"]:
        answered = f"{who} answered {ok} of {requests} requests: {failed or 'nothing was asked'}"
        doubt = (
            "" if report["verdict"] == "valid" else f"; the generator calls it invalid: {report['reasons']}"
        )
        raise BenchmarkFailed(answered + doubt)
    if not figures["server_cpu_us_per_request"]:
        raise BenchmarkFailed(f"{who}: its CPU time cannot be read, so its capacity is unknown")
    return figures


def _bounded(report: dict[str, Any], name: str) -> float | None:
    """A statistic, or its lower bound: in a key of its own, or in words."""
    value = report[f"{name}_us"]
    if isinstance(value, str):
        return float(value.removeprefix(_AT_LEAST))
    return report.get(f"{name}_at_least_us") if value is None else value
