"""What a load generator says of its requests, beside what was on the wire. Pure.

In a closed loop both are from a request's first packet to its reply's last. In an open loop they are from the
instant that the rate asks for, which no packet shows: the schedule is the one of that rate that begins as
late as it can with no request before its instant.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from wire.exchanges import WireExchange

QUANTILES = {"p50": 0.5, "p99": 0.99, "p99_9": 0.999}
# How a tool keeps a rate: one schedule for all connections; each connection its own; or as many tickers as
# connections, which all tick at once, and those that still wait for a reply leave the instant out.
OF_RUN, OF_CONNECTION, TICKING = "run", "connection", "ticking"


class Beside(NamedTuple):
    """`told_us`: None where the tool does not tell. `requests`: those whose packets were seen. `left_out`: of
    the schedule's instants how many had no request."""

    measure: str
    quantile: str
    told_us: float | None
    wire_us: float
    requests: int
    left_out: int


def beside(
    row: Mapping[str, Any],
    seen: Sequence[WireExchange],
    rate_rps: float | None,
    connections: int,
    schedule: str,
) -> list[Beside]:
    """`row`: the run's of summary.csv, in which a tool that knows no parts has the whole as latency. `seen`:
    in the order of the requests."""
    if not seen:
        return []
    measure, left_out = "service", 0
    wire_us = [(each.done_ns - each.requested_ns) / 1e3 for each in seen]
    if rate_rps is not None:
        measure = "latency"
        wire_us, left_out = latencies(seen, rate_rps, connections, schedule)
    rows = []
    for name, q in QUANTILES.items():
        says = row.get(f"{measure}_{name}_us") or row.get(f"latency_{name}_us")
        told_us = float(says) if says else None
        rows.append(Beside(measure, name, told_us, quantile(wire_us, q), len(seen), left_out))
    return rows


def latencies(
    seen: Sequence[WireExchange], rate_rps: float, connections: int, schedule: str
) -> tuple[list[float], int]:
    """In microseconds from each request's instant to its reply, and how many instants had no request."""
    if schedule == OF_RUN:
        return _all_kept(seen, 1e9 / rate_rps), 0
    step_ns = 1e9 * connections / rate_rps
    if schedule == TICKING:
        return _some_left_out(seen, step_ns, connections)
    by_port: dict[int, list[WireExchange]] = {}
    for each in seen:
        by_port.setdefault(each.port, []).append(each)
    return [us for group in by_port.values() for us in _all_kept(group, step_ns)], 0


def _all_kept(seen: Sequence[WireExchange], step_ns: float) -> list[float]:
    """Of a schedule of that step, each instant of which has its request."""
    start_ns = min(each.requested_ns - k * step_ns for k, each in enumerate(seen))
    return [(each.done_ns - start_ns - k * step_ns) / 1e3 for k, each in enumerate(seen)]


def _some_left_out(seen: Sequence[WireExchange], step_ns: float, tickers: int) -> tuple[list[float], int]:
    """A request is of the last tick before it, whichever connection it takes: the tickers share them."""
    start_ns = seen[0].requested_ns - _late_by([each.requested_ns for each in seen], round(step_ns))
    ticks = [math.floor((each.requested_ns - start_ns) / step_ns) for each in seen]
    left_out = (ticks[-1] + 1) * tickers - len(seen)
    dones = [(each.done_ns - start_ns - tick * step_ns) / 1e3 for tick, each in zip(ticks, seen)]
    return dones, max(left_out, 0)


def _late_by(requested_ns: Sequence[int], step_ns: int) -> int:
    """How late the first request was: so that all together are as little late as can be, none early."""
    phases = sorted((each - requested_ns[0]) % step_ns for each in requested_ns)
    # With its tick at the nth phase, those before it are a step later, and all that phase less.
    late_ns = [n * step_ns - len(phases) * phase for n, phase in enumerate(phases)]
    return -phases[late_ns.index(min(late_ns))] % step_ns


def quantile(values: Sequence[float], q: float) -> float:
    """By nearest rank, as loadgen has them."""
    return sorted(values)[max(math.ceil(q * len(values)), 1) - 1]
