"""What the generator says of requests, held against their packets: and how packets are read."""

from __future__ import annotations

import csv
import os
import shutil
import struct
import subprocess
from pathlib import Path
from statistics import median

import pytest

from benching.measure import write_wire
from clients.clients import Asked
from generator_runs import LOADGEN, server
from plans.suite import Run
from plans.variant import Variant
from plans.workload import RequestClass, Workload
from recordings.csv_table import RUN_KEYS
from wire.capture import NotCaptured, captured
from wire.truth import WireExchange, exchanges

SERVER, CLIENT, OTHER = 8080, 50_000, 50_001
HEADER = struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)


def packet(stamp_ns: int, source: int, destination: int, data: int = 5, version: int = 4) -> bytes:
    tcp = struct.pack("!HHIIBBHHH", source, destination, 0, 0, 5 << 4, 0, 0, 0, 0)
    if version == 4:
        ip = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(tcp) + data, 0, 0, 64, 6, 0, 0, 0)
        frame = bytes(12) + b"\x08\x00" + ip + tcp
    else:
        frame = bytes(12) + b"\x86\xdd" + struct.pack("!IHBB32x", 6 << 28, len(tcp) + data, 6, 64) + tcp
    return struct.pack("=4I", *divmod(stamp_ns, 10**9), len(frame), len(frame) + data) + frame


def test_an_exchange_is_from_the_requests_first_packet_to_the_replys_last():
    told = [
        packet(10, CLIENT, SERVER),
        packet(11, CLIENT, SERVER),
        packet(12, SERVER, CLIENT, data=0),
        packet(20, SERVER, CLIENT),
        packet(30, SERVER, CLIENT),
    ]
    assert exchanges(HEADER + b"".join(told), SERVER) == [WireExchange(CLIENT, 10, 30)]


@pytest.mark.parametrize("version", [4, 6])
def test_connections_are_told_apart_and_their_exchanges_are_in_the_order_of_the_requests(version):
    told = [
        packet(10, CLIENT, SERVER, version=version),
        packet(11, OTHER, SERVER, version=version),
        packet(2_000_000_020, SERVER, OTHER, version=version),
        packet(2_000_000_021, OTHER, SERVER, version=version),
        packet(2_000_000_030, SERVER, CLIENT, version=version),
        packet(2_000_000_040, SERVER, OTHER, version=version),
    ]
    found = exchanges(HEADER + b"".join(told), SERVER)
    assert [(e.port, e.requested_ns, e.done_ns) for e in found] == [
        (CLIENT, 10, 2_000_000_030),
        (OTHER, 11, 2_000_000_020),
        (OTHER, 2_000_000_021, 2_000_000_040),
    ]


def test_what_was_not_answered_and_what_is_cut_off_is_no_exchange():
    told = [packet(10, CLIENT, SERVER), packet(20, SERVER, CLIENT), packet(30, CLIENT, SERVER)]
    assert len(exchanges(HEADER + b"".join(told) + packet(40, SERVER, CLIENT)[:20], SERVER)) == 1


def test_what_is_sent_unasked_is_no_reply():
    unasked = [packet(10, SERVER, CLIENT), packet(20, OTHER, CLIENT), packet(30, CLIENT, SERVER)]
    told = [packet(40, SERVER, CLIENT), packet(50, OTHER, CLIENT)]
    assert exchanges(HEADER + b"".join([*unasked, *told]), SERVER) == [WireExchange(CLIENT, 30, 40)]


def other_than_tcp(kind: bytes, at: int) -> bytes:
    """A frame whose IP header names UDP, or that has none."""
    ip = bytearray(bytes([0x45]) + bytes(60))
    ip[at] = 17
    frame = bytes(12) + kind + ip
    return struct.pack("=4I", 0, 5, len(frame), len(frame)) + frame


def test_what_is_not_tcp_is_no_part_of_an_exchange():
    others = other_than_tcp(b"\x08\x00", 9), other_than_tcp(b"\x86\xdd", 6), other_than_tcp(b"\x08\x06", 9)
    told = [packet(10, CLIENT, SERVER), *others, packet(20, SERVER, CLIENT, data=1)]
    assert exchanges(HEADER + b"".join(told), SERVER) == [WireExchange(CLIENT, 10, 20)]


def test_what_is_no_capture_is_refused():
    with pytest.raises(ValueError, match="no capture"):
        exchanges(b"requests,ok", SERVER)
    assert exchanges(HEADER, SERVER) == []


def test_a_captured_run_has_a_row_for_each_quantile_under_its_keys(tmp_path):
    told = [packet(1000, CLIENT, SERVER), packet(5_001_000, SERVER, CLIENT)]
    (tmp_path / "packets").write_bytes(HEADER + b"".join(told))
    workload = Workload("w", None, 1, "kept", (RequestClass("short", 1, "/", False),), duration_ms=1000)
    run = Run(Variant("v", "s", (), None), workload, 1, "wrk")
    keys = dict.fromkeys(RUN_KEYS, "key") | {"pinned": 1}
    write_wire(Asked("wrk", f"127.0.0.1:{SERVER}", run, tmp_path, keys=keys), {"latency_p50_us": 5100.0})
    with (tmp_path / "wire.csv").open(newline="") as file:
        p50, p99, p99_9 = csv.DictReader(file)
    assert [*p50][: len(RUN_KEYS)] == [*RUN_KEYS] and "pinned" not in p50
    assert (p50["measure"], p50["quantile"]) == ("service", "p50")
    assert (float(p50["told_us"]), float(p50["wire_us"])) == (5100, 5000)
    assert p99["told_us"] == "" and p99_9["requests"] == "1"


def capture_of_a_run(folder: Path, *flags: str) -> tuple[list[dict[str, str]], list[WireExchange]]:
    """The rows of requests.csv in the order in which they were sent, and what was seen of them."""
    with server() as (_, url):
        port = int(url.rsplit(":", 1)[1])
        try:
            with captured(port, folder / "packets"):
                load = [LOADGEN, url + "/ping", *flags, "--output", str(folder), "--quiet"]
                assert subprocess.run(load, timeout=60).returncode == 0
        except NotCaptured as why:
            pytest.skip(f"packets cannot be captured: {why}")
    with (folder / "requests.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=sent_us)
    return rows, exchanges((folder / "packets").read_bytes(), port)


def sent_us(row: dict[str, str]) -> float:
    return sum(float(row[part]) for part in ("due_us", "queue_us", "connect_us", "lag_us"))


@pytest.mark.parametrize(
    "flags",
    [
        ("-c", "1", "-n", "2000"),
        ("-c", "20", "-R", "2000", "--arrivals", "poisson", "-d", "1s"),
    ],
    ids=["closed", "open"],
)
def test_every_request_is_done_when_its_last_packet_was_there(tmp_path, flags):
    rows, seen = capture_of_a_run(tmp_path, *flags)
    assert len(rows) == len(seen) and {row["done_by"] for row in rows} == {"kernel"}
    # Who sends in one thread sends in the order of its stamps, so that the nth of both is the same request.
    service = [float(row["service_us"]) for row in rows]
    on_wire = [(e.done_ns - e.requested_ns) / 1e3 for e in seen]
    assert median(abs(told - true) for told, true in zip(service, on_wire)) < 6
    # When it was done both say to a microsecond, wherever the clock of either begins.
    start_us = seen[0].done_ns / 1e3
    apart = [(e.done_ns / 1e3 - start_us) - (sent_us(r) + s) for e, r, s in zip(seen, rows, service)]
    usual = median(apart)
    assert sum(abs(each - usual) < 3 for each in apart) >= 0.99 * len(rows)


def test_without_tcpdump_the_fix_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(NotCaptured, match="scripts/setup --"), captured(1, tmp_path / "packets"):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may capture")
@pytest.mark.skipif(not shutil.which("tcpdump", path="/usr/bin:/usr/sbin"), reason="no tcpdump")
def test_who_may_not_capture_is_told_so(tmp_path):
    with pytest.raises(NotCaptured, match="tcpdump: "), captured(1, tmp_path / "packets"):
        pass
