"""What the gate measures: blocks. A block is one pair of fresh server processes under one `loadgen --versus`,
which drives baseline and candidate in turn, in slices shorter than the machine's drift.

Pure. The block is the only sample: how a process lies in memory makes it some percent faster or slower for
as long as it lives, so that slices of one pair share its luck and are not independent of each other.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from metrics.soundness import done_by
from recordings.csv_table import Row
from sides.cells import SIDES


class GateMetric(NamedTuple):
    """`read` takes a side's row of summary.csv; `sign` is +1 where more is better."""

    unit: str
    sign: int
    read: Callable[[Row], float | None]


def _capacity(row: Row) -> float | None:
    """Requests answered in a second of the server's CPU: what one core of this server can serve."""
    cpu_us = row.server_cpu_us_per_request
    return row.ok / row.requests / cpu_us * 1e6 if cpu_us and row.requests else None


METRICS = {
    "capacity": GateMetric("req/s of CPU", +1, _capacity),
    "throughput": GateMetric("req/s", +1, lambda row: row.throughput_rps),
    "p50": GateMetric("µs", -1, lambda row: row.latency_p50_us or row.latency_p50_at_least_us),
    "p99": GateMetric("µs", -1, lambda row: row.latency_p99_us or row.latency_p99_at_least_us),
}


@dataclass(frozen=True)
class Block:
    """`difference` by metric: log(candidate / baseline), signed so that negative is worse.

    `client_bound`: the generator was the limit on both sides. `is_open`: the load came at a fixed rate.
    """

    difference: dict[str, float]
    level: dict[str, tuple[float, float]]  # by metric: baseline and candidate
    requests: tuple[int, int]
    failed: tuple[int, int]
    client_bound: bool
    is_open: bool


def is_valid(rows: Sequence[Row]) -> bool:
    """Whether the generator kept its promise on both sides."""
    return len(rows) == len(SIDES) and all(row.verdict == "valid" for row in rows)


def block_of(rows: Iterable[Row]) -> Block:
    """The block of its two rows of summary.csv; without latencies where they end by different clocks."""
    before, after = sorted(rows, key=lambda row: SIDES.index(row.variant))
    are_alike = done_by(before) == done_by(after)
    levels = {name: (metric.read(before), metric.read(after)) for name, metric in METRICS.items()}
    levels = {n: both for n, both in levels.items() if all(both) and (are_alike or METRICS[n].unit != "µs")}
    difference = {n: METRICS[n].sign * math.log(last / first) for n, (first, last) in levels.items()}
    requests, ok = (before.requests, after.requests), (before.ok, after.ok)
    failed = (requests[0] - ok[0], requests[1] - ok[1])
    client_bound = bool(before.client_bound and after.client_bound)
    return Block(difference, levels, requests, failed, client_bound, is_open=before.offered_rps is not None)
