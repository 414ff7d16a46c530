"""Requests and replies as they were on the wire, by the packets of a capture; and beside that what a load
generator says of them. Pure.

In a closed loop both are from a request's first packet to its reply's last. In an open loop they are from the
instant that the rate asks for, which no packet shows: the schedule is the one of that rate that begins as
late as it can with no request before its instant.
"""

import math
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from stats.quantiles import quantile

QUANTILES = {"p50": 0.5, "p99": 0.99, "p99_9": 0.999}
# How a tool keeps a rate: one schedule for all connections; each connection its own; or as many tickers as
# connections, which all tick at once, and those that still wait for a reply leave the instant out.
OF_RUN, OF_CONNECTION, TICKING = "run", "connection", "ticking"
_NANOSECONDS, _ETHERNET = 0xA1B23C4D, 1  # as tcpdump writes them here: the stamps' unit, the frames' kind
_IPV4, _IPV6, _TCP = 0x0800, 0x86DD, 6
_FILE_HEADER, _PACKET_HEADER, _FRAME = "=I16xI", struct.Struct("=4I"), struct.Struct("!12xH")


@dataclass
class WireExchange:
    """Instants in nanoseconds of the wall clock: of the request's first packet, and of the reply's last, 0 as
    long as there is none. `port`: the client's, so that it tells the connection."""

    port: int
    requested_ns: int
    done_ns: int = 0


class Beside(NamedTuple):
    """`told_us`: None where the tool does not tell. `requests`: those whose packets were seen. `left_out`: of
    the schedule's instants how many had no request."""

    measure: str
    quantile: str
    told_us: float | None
    wire_us: float
    requests: int
    left_out: int


def exchanges(capture: bytes, server: int) -> list[WireExchange]:
    """Those that were answered, in the order of requests; `server`: its port. A connection has one request
    at a time: what is sent after a reply begins the next one. Raises ValueError for no such capture."""
    every: list[WireExchange] = []
    last: dict[int, WireExchange] = {}  # by the client's port
    for stamp_ns, source, destination in _segments(capture):
        if destination == server and (source not in last or last[source].done_ns):
            last[source] = WireExchange(source, stamp_ns)
            every.append(last[source])
        elif source == server and destination in last:
            last[destination].done_ns = stamp_ns
    return sorted((each for each in every if each.done_ns), key=lambda each: each.requested_ns)


def _segments(capture: bytes) -> Iterator[tuple[int, int, int]]:
    """The stamp in nanoseconds and the ports of those of TCP with data; a last packet may be cut off."""
    at = struct.calcsize(_FILE_HEADER)
    if len(capture) < at or struct.unpack_from(_FILE_HEADER, capture) != (_NANOSECONDS, _ETHERNET):
        raise ValueError("no capture of Ethernet frames with stamps in nanoseconds")
    while len(header := capture[at : at + _PACKET_HEADER.size]) == _PACKET_HEADER.size:
        seconds, fraction, kept, _ = _PACKET_HEADER.unpack(header)
        at += _PACKET_HEADER.size + kept
        if len(frame := capture[at - kept : at]) < kept:
            return
        [kind] = _FRAME.unpack_from(frame)
        ip = frame[_FRAME.size :]
        if kind == _IPV4 and ip[9] == _TCP:
            tcp, size = ip[4 * (ip[0] & 15) :], int.from_bytes(ip[2:4]) - 4 * (ip[0] & 15)
        elif kind == _IPV6 and ip[6] == _TCP:
            tcp, size = ip[40:], int.from_bytes(ip[4:6])
        else:
            continue
        if size > 4 * (tcp[12] >> 4):
            yield seconds * 1_000_000_000 + fraction, *struct.unpack_from("!2H", tcp)


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
    measure, left_out = "latency" if rate_rps else "service", 0
    wire_us = [(each.done_ns - each.requested_ns) / 1e3 for each in seen]
    if rate_rps:
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
    by_port = defaultdict(list)
    for each in seen:
        by_port[each.port].append(each)
    return [us for group in by_port.values() for us in _all_kept(group, step_ns)], 0


def _all_kept(seen: Sequence[WireExchange], step_ns: float) -> list[float]:
    """Of a schedule of that step, each instant of which has its request."""
    start_ns = min(each.requested_ns - k * step_ns for k, each in enumerate(seen))
    return [(each.done_ns - start_ns - k * step_ns) / 1e3 for k, each in enumerate(seen)]


def _some_left_out(seen: Sequence[WireExchange], step_ns: float, tickers: int) -> tuple[list[float], int]:
    """A request is of the last tick before it, whichever connection it takes: the tickers share them. All
    together are as little late as can be, none early."""
    first_ns, whole_ns = seen[0].requested_ns, round(step_ns)
    phases = sorted((each.requested_ns - first_ns) % whole_ns for each in seen)
    # With its tick at the nth phase, those before it are a step later, and all that phase less.
    late_ns = [n * whole_ns - len(phases) * phase for n, phase in enumerate(phases)]
    first_is_late_ns = -phases[late_ns.index(min(late_ns))] % whole_ns
    start_ns = first_ns - first_is_late_ns
    ticks = [math.floor((each.requested_ns - start_ns) / step_ns) for each in seen]
    dones = [(each.done_ns - start_ns - tick * step_ns) / 1e3 for tick, each in zip(ticks, seen)]
    return dones, max((ticks[-1] + 1) * tickers - len(seen), 0)
