"""A recording of load generators, read back: the rows of peers.csv, and what each client comes to.

Ratios are ours over theirs, of two runs of one repetition, which a slow minute of the machine slows alike;
they are never made of two medians. Runs that failed are counted and enter nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers import table
from metrics.ratios import Ratio, ratio
from recordings.recording import ResultsError, read_run_json
from stats.quantiles import MedianInterval, median_interval
from recordings.csv_table import Row

OURS = "loadgen"


@dataclass(frozen=True)
class PeerRecording:
    folder: Path
    run: dict[str, Any]
    rows: list[Row]

    @classmethod
    def load(cls, folder: Path | str) -> PeerRecording:
        folder = Path(folder)
        run = read_run_json(folder / "run.json")
        if run.get("kind") != "peers" or not isinstance(run.get("clients"), list):
            raise ResultsError([f"{folder / 'run.json'}: not a recording of load generators: see its suite"])
        return cls(folder, run, table.read(folder))

    @property
    def workloads(self) -> list[dict[str, Any]]:
        return self.run["workloads"]

    @property
    def skipped(self) -> list[str]:
        return [client["name"] for client in self.run["clients"] if not client.get("there")]


@dataclass(frozen=True)
class PeerDigest:
    """What the repetitions of one client under one workload come to; None where no run tells."""

    client: str
    workload: str
    runs: list[Row]
    failed: int
    cpu_us: MedianInterval | None
    throughput_rps: MedianInterval | None
    latency_mean_us: MedianInterval | None
    latency_p99_us: MedianInterval | None
    added_us: MedianInterval | None  # latency - service
    cpu_ratio: Ratio | None
    throughput_ratio: Ratio | None


def digests(recording: PeerRecording) -> list[PeerDigest]:
    """One per workload and client that has a row, in the order run.json declares them."""
    return [
        digest(client["name"], workload["name"], recording.rows)
        for workload in recording.workloads
        for client in recording.run["clients"]
        if any((row.client, row.workload) == (client["name"], workload["name"]) for row in recording.rows)
    ]


def digest(client: str, workload: str, rows: list[Row]) -> PeerDigest:
    asked = [row for row in rows if row.workload == workload]
    mine = [row for row in asked if row.client == client]
    counted = [row for row in mine if row.fault is None]
    ours = [row for row in asked if row.client == OURS and row.fault is None]

    def middle(column: str) -> MedianInterval | None:
        values = [value for row in counted if (value := getattr(row, column)) is not None]
        return median_interval(values) if values else None

    def against_ours(column: str) -> Ratio | None:
        return None if client == OURS else ratio(ours, counted, lambda row: getattr(row, column))

    return PeerDigest(
        client=client,
        workload=workload,
        runs=mine,
        failed=len(mine) - len(counted),
        cpu_us=middle("cpu_us_per_request"),
        throughput_rps=middle("throughput_rps"),
        latency_mean_us=middle("latency_mean_us"),
        latency_p99_us=middle("latency_p99_us"),
        added_us=middle("latency_minus_service_mean_us"),
        cpu_ratio=against_ours("cpu_us_per_request"),
        throughput_ratio=against_ours("throughput_rps"),
    )
