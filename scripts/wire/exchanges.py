"""Requests and replies as they were on the wire: what the packets of a capture say of each exchange. Pure."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_NANOSECONDS, _ETHERNET = 0xA1B23C4D, 1  # as tcpdump writes them here: the stamps' unit, the frames' kind
_IPV4, _IPV6, _TCP = 0x0800, 0x86DD, 6
_FILE_HEADER, _PACKET_HEADER, _FRAME = struct.Struct("=I16xI"), struct.Struct("=4I"), struct.Struct("!12xH")


class WireExchange(NamedTuple):
    """Instants in nanoseconds of the wall clock: of the request's first packet and of the reply's, and of the
    last one of the reply. `port`: the client's, so that it tells the connection."""

    port: int
    requested_ns: int
    answered_ns: int
    done_ns: int


class Packet(NamedTuple):
    """A packet that carries data."""

    stamp_ns: int
    source: int
    destination: int


class NoCapture(ValueError):
    """The file is none that is understood here."""


def exchanges(capture: bytes, server: int) -> list[WireExchange]:
    """Those that were answered, in the order in which they were requested; `server`: its port.

    A connection has one request at a time: what the client sends after a reply begins the next one.
    """
    asked: dict[int, int] = {}
    open_ones: dict[int, WireExchange] = {}
    ended = []
    for packet in packets(capture):
        if packet.destination == server:
            if done := open_ones.pop(packet.source, None):
                ended.append(done)
            asked.setdefault(packet.source, packet.stamp_ns)
        elif packet.source == server:
            port, stamp = packet.destination, packet.stamp_ns
            if port in asked:
                open_ones[port] = WireExchange(port, asked.pop(port), stamp, stamp)
            elif port in open_ones:
                open_ones[port] = open_ones[port]._replace(done_ns=stamp)
    return sorted([*ended, *open_ones.values()], key=lambda exchange: exchange.requested_ns)


def packets(capture: bytes) -> Iterator[Packet]:
    """Those with data. Raises NoCapture for what tcpdump did not write so; a last one may be cut off."""
    if len(capture) < _FILE_HEADER.size or _FILE_HEADER.unpack_from(capture) != (_NANOSECONDS, _ETHERNET):
        raise NoCapture("no capture of Ethernet frames with stamps in nanoseconds")
    at = _FILE_HEADER.size
    while at + _PACKET_HEADER.size <= len(capture):
        seconds, fraction, kept, _ = _PACKET_HEADER.unpack_from(capture, at)
        at += _PACKET_HEADER.size
        if at + kept > len(capture):
            break
        if ports := _with_data(capture[at : at + kept]):
            yield Packet(seconds * 1_000_000_000 + fraction, *ports)
        at += kept


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
    if size <= header + 4 * (tcp[12] >> 4):
        return None
    return int.from_bytes(tcp[0:2]), int.from_bytes(tcp[2:4])
