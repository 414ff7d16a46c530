"""What the gate measures: slices of one second, four of them a quad, and what a quad says of the candidate.

Pure. Baseline A and candidate B are driven in turn, A B B A or B A A B, so that a machine that slows down
evenly slows both alike. The quad's log ratios are the only sample there is: seconds and requests within it
are not independent of each other.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

BASELINE, CANDIDATE = "baseline", "candidate"
ORDERS = {
    "ABBA": (BASELINE, CANDIDATE, CANDIDATE, BASELINE),
    "BAAB": (CANDIDATE, BASELINE, BASELINE, CANDIDATE),
}
MAIN, REPEAT = "main", "repeat"
_FULL_CORE = 0.95
ATTEMPTS = 4  # at a slice: the first, and three repeats while its run is invalid


@dataclass(frozen=True)
class Slice:
    """One invocation of the generator against one side: a row of gate.csv. `used`: it is part of a quad."""

    stage: str
    cell: str
    quad: int  # from 1, within the cell and stage
    order: str
    position: int  # from 1 to 4, within the quad
    side: str
    attempt: int  # from 1; a slice whose run is invalid is measured again
    used: bool
    block: int  # slices of one block had the same two server processes
    started_at: datetime | None
    requests: int
    ok: int
    failures: str | None  # `http_error 3, reset 1`
    duration_s: float
    throughput_rps: float
    server_cpu_us_per_request: float
    server_utilisation: float  # of one core
    generator_utilisation: float
    latency_p50_us: float | None
    latency_p99_us: float | None
    steal_share: float | None  # of the server's core
    load_1m: float | None
    verdict: str
    reasons: str | None
    client_bound: bool | None = None  # the generator's own verdict; older files lack it

    @property
    def is_client_bound(self) -> bool:
        """Whether the generator was the limit; in older files, by the rule that it had then."""
        return self.generator_utilisation >= _FULL_CORE if self.client_bound is None else self.client_bound

    @property
    def capacity_rps(self) -> float:
        """Requests answered in a second of the server's CPU: what one core of this server can serve."""
        return self.ok / (self.server_cpu_us_per_request * self.requests) * 1e6


@dataclass(frozen=True)
class GateMetric:
    """`read` takes a slice's figure, None where it has none; `sign` is +1 where more is better."""

    name: str
    unit: str
    sign: int
    read: Callable[[Slice], float | None]


METRICS = {
    metric.name: metric
    for metric in (
        GateMetric("capacity", "req/s of CPU", +1, lambda s: s.capacity_rps),
        GateMetric("observed", "req/s", +1, lambda s: s.throughput_rps),
        GateMetric("p50", "µs", -1, lambda s: s.latency_p50_us),
        GateMetric("p99", "µs", -1, lambda s: s.latency_p99_us),
    )
}


@dataclass(frozen=True)
class Quad:
    """`difference` by metric: mean(log B) - mean(log A), signed so that negative is worse.

    `client_bound`: the generator was the limit throughout, on both sides.
    """

    block: int
    difference: dict[str, float]
    level: dict[str, tuple[float, float]]  # by metric: baseline and candidate, geometric means of two slices
    failed_share: tuple[float, float]
    failed: tuple[int, int]
    client_bound: bool


def quads_of(slices: Iterable[Slice]) -> list[Quad]:
    """The complete quads of one cell and stage, in order."""
    # A quad that was interrupted is measured again in another block: the two must not be mixed.
    by_number: dict[tuple[int, int], list[Slice]] = defaultdict(list)
    for one in filter(lambda one: one.used, slices):
        by_number[one.quad, one.block].append(one)
    return [quad_of(four) for _, four in sorted(by_number.items()) if len(four) == 4]


def quad_of(four: list[Slice]) -> Quad:
    sides = [[s for s in four if s.side == side] for side in (BASELINE, CANDIDATE)]
    difference: dict[str, float] = {}
    level: dict[str, tuple[float, float]] = {}
    for metric in METRICS.values():
        logs = [_mean_log(metric, side) for side in sides]
        if None not in logs:
            difference[metric.name] = metric.sign * (logs[1] - logs[0])
            level[metric.name] = (math.exp(logs[0]), math.exp(logs[1]))
    failed = [sum(s.requests - s.ok for s in side) for side in sides]
    return Quad(
        block=four[0].block,
        difference=difference,
        level=level,
        failed=(failed[0], failed[1]),
        failed_share=tuple(n / max(sum(s.requests for s in side), 1) for n, side in zip(failed, sides)),
        client_bound=all(s.is_client_bound for s in four),
    )


def invalid_text(cell: str, last: Slice) -> str:
    """For a slice that was invalid at every attempt. Which side it hit is chance: the machine is blamed."""
    load = "" if last.load_1m is None else f", load {last.load_1m:.1f}"
    invalid = f"a slice of the {last.side} was invalid {last.attempt} times: {last.reasons}"
    return f"{cell}: {invalid}: the machine is too busy{load}; the {last.side} is not to blame"


def _mean_log(metric: GateMetric, side: list[Slice]) -> float | None:
    values = [metric.read(s) for s in side]
    return sum(map(math.log, values)) / len(values) if all(values) else None
