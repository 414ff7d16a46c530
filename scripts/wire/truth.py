"""Requests and replies as they were on the wire, by the packets of a capture; and beside that what a load
generator says of them. Pure.

In a closed loop both are from a request's first packet to its reply's last. In an open loop they are from the
instant that the rate asks for, which no packet shows: the schedule is the one of that rate that begins as
late as it can with no request before its instant.
"""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from stats.quantiles import quantile

QUANTILES = {"p50": 0.5, "p99": 0.99, "p99_9": 0.999}
# How a tool keeps a rate: one schedule for all connections; each connection its own; or as many tickers as
# connections, which all tick at once, and those that still wait for a reply leave the instant out.
OF_RUN, OF_CONNECTION, TICKING = "run", "connection", "ticking"
_NANOSECONDS, _ETHERNET = 0xA1B23C4D, 1  # as tcpdump writes them here: the stamps' unit, the frames' kind
_IPV4, _IPV6, _TCP = 0x0800, 0x86DD, 6
_FILE_HEADER, _PACKET_HEADER, _FRAME = struct.Struct("=I16xI"), struct.Struct("=4I"), struct.Struct("!12xH")


class WireExchange(NamedTuple):
    """Instants in nanoseconds of the wall clock: of the request's first packet, and of the reply's last.
    `port`: the client's, so that it tells the connection."""

    port: int
    requested_ns: int
    done_ns: int


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
    """Those that were answered, in the order in which they were requested; `server`: its port.

    A connection has one request at a time: what the client sends after a reply begins the next one.
    """
    asked: dict[int, int] = {}
    open_ones: dict[int, WireExchange] = {}
    ended = []
    for stamp, source, destination in _packets(capture):
        if destination == server:
            if done := open_ones.pop(source, None):
                ended.append(done)
            asked.setdefault(source, stamp)
        elif source == server and destination in asked:
            open_ones[destination] = WireExchange(destination, asked.pop(destination), stamp)
        elif source == server and destination in open_ones:
            open_ones[destination] = open_ones[destination]._replace(done_ns=stamp)
    return sorted([*ended, *open_ones.values()], key=lambda exchange: exchange.requested_ns)


def _packets(capture: bytes) -> Iterator[tuple[int, int, int]]:
    """The stamp in nanoseconds, the source and the destination of those with data; a last one may be cut off.
    Raises ValueError for what tcpdump did not write so."""
    if len(capture) < _FILE_HEADER.size or _FILE_HEADER.unpack_from(capture) != (_NANOSECONDS, _ETHERNET):
        raise ValueError("no capture of Ethernet frames with stamps in nanoseconds")
    at = _FILE_HEADER.size
    while len(header := capture[at : at + _PACKET_HEADER.size]) == _PACKET_HEADER.size:
        seconds, fraction, kept, _ = _PACKET_HEADER.unpack(header)
        at += _PACKET_HEADER.size + kept
        if at <= len(capture) and (ports := _with_data(capture[at - kept : at])):
            yield (seconds * 1_000_000_000 + fraction, *ports)


def _with_data(frame: bytes) -> tuple[int, int] | None:
    """The ports of a TCP segment that carries data."""
    [kind] = _FRAME.unpack_from(frame)
    ip = frame[_FRAME.size :]
    if kind == _IPV4 and ip[9] == _TCP:
        header, size = 4 * (ip[0] & 15), int.from_bytes(ip[2:4])
    elif kind == _IPV6 and ip[6] == _TCP:
        header, size = 40, 40 + int.from_bytes(ip[4:6])
    else:
        return None
    tcp = ip[header:]
    has_data = size > header + 4 * (tcp[12] >> 4)
    return (int.from_bytes(tcp[0:2]), int.from_bytes(tcp[2:4])) if has_data else None


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
    groups = groupby(sorted(seen, key=attrgetter("port")), key=attrgetter("port"))
    return [us for _, group in groups for us in _all_kept(list(group), step_ns)], 0


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
