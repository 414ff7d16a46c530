"""Where each request of a made-up run stands in its trace: on which track, from when to when."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("google.protobuf", reason="no python3-protobuf: scripts/setup --tests installs it")

from exporting.formats import message_class, trace_of  # noqa: E402

KINDS = {1: "begin", 2: "end", 3: "at", 4: "count"}
PARTS = ("queue_us", "connect_us", "tls_us", "lag_us", "service_us")


def request(number: int, due_us: float | None, latency_us: float | None, **others: Any) -> SimpleNamespace:
    usual = {"class_": "short", "connection": 0, "outcome": "ok", "status": 200} | dict.fromkeys(PARTS)
    return SimpleNamespace(request=number, due_us=due_us, latency_us=latency_us, **usual | others)


def interval(elapsed_ms: float, **columns: float | None) -> SimpleNamespace:
    empty = dict.fromkeys(("server_utilisation", "server_rss_kib", "server_threads"))
    return SimpleNamespace(elapsed_ms=elapsed_ms, interval_ms=5.0, **empty | columns)


def trace(requests: list[SimpleNamespace], intervals: list[SimpleNamespace] = []) -> Any:
    """Of two runs, the second of which has nothing."""
    about = {"variant": "async", "client": "loadgen", "workload": "mixed"}
    recording = SimpleNamespace(
        summary=[SimpleNamespace(**about, repetition=n) for n in (1, 2)],
        requests_of=lambda run: requests if run.repetition == 1 else [],
        throughput_of=lambda run: intervals if run.repetition == 1 else [],
    )
    return message_class("Trace").FromString(trace_of(recording))


def events(made: Any) -> Iterator[tuple[str, float, str, str]]:
    """Each with its track's name, its time in microseconds, its kind, and its name or number."""
    tracks = {p.track_descriptor.uuid: p.track_descriptor for p in made.packet}
    for packet in (packet for packet in made.packet if packet.HasField("track_event")):
        event = packet.track_event
        is_number = event.HasField("double_counter_value")
        said = f"{event.double_counter_value:g}" if is_number else event.name
        yield tracks[event.track_uuid].name, packet.timestamp / 1e3, KINDS[event.type], said


def test_requests_stand_on_their_connections_in_the_order_in_which_they_were_due():
    shuffled = [
        request(5, None, None, outcome="unfinished"),
        request(1, 500.0, 800.0, queue_us=500.0, service_us=400.0, outcome="reset"),
        request(2, 600.0, 300.0, connection=1, queue_us=100.0, lag_us=5.0),
        request(6, None, None, outcome="unfinished"),
        request(4, 0.5, None, connection=2),
        request(0, 0.0, 1000.0, connect_us=10.0, tls_us=20.0, lag_us=5.0, service_us=965.0),
        request(3, 900.0, 100.0),
    ]
    assert list(events(trace(shuffled))) == [
        *(("connection 0", 0, "begin", "short 0"), ("connection 0", 0, "begin", "connect")),
        *(("connection 0", 10, "end", ""), ("connection 0", 10, "begin", "tls")),
        *(("connection 0", 30, "end", ""), ("connection 0", 30, "begin", "lag")),
        *(("connection 0", 35, "end", ""), ("connection 0", 35, "begin", "service")),
        *(("connection 0", 1000, "end", ""), ("connection 0", 1000, "end", "")),
        # Without an end it has no length.
        *(("connection 2", 0.5, "begin", "short 4"), ("connection 2", 0.5, "end", "")),
        # What waits has a track of its own; the connection is taken up at the very moment it is free.
        ("waiting for a connection", 500, "begin", "short 1, reset"),
        ("waiting for a connection", 1000, "end", ""),
        ("connection 0", 1000, "begin", "short 1, reset"),
        *(("connection 0", 1000, "begin", "service"), ("connection 0", 1300, "end", "")),  # never beyond it
        ("connection 0", 1300, "end", ""),
        # Two that wait at once would overlap on one track.
        ("waiting for a connection (2)", 600, "begin", "short 2"),
        ("waiting for a connection (2)", 700, "end", ""),
        *(("connection 1", 700, "begin", "short 2"), ("connection 1", 700, "begin", "lag")),
        *(("connection 1", 705, "end", ""), ("connection 1", 900, "end", "")),
        *(("connection 0 (2)", 900, "begin", "short 3"), ("connection 0 (2)", 1000, "end", "")),
        *(("never due", 0, "at", "short 5, unfinished"), ("never due", 0, "at", "short 6, unfinished")),
    ]


def test_each_run_is_a_process_with_tracks_below_it():
    made = trace([request(0, 0.0, 1000.0), request(1, None, None)])
    tracks = [p.track_descriptor for p in made.packet if p.HasField("track_descriptor")]
    assert [(t.uuid, t.process.pid, t.process.process_name, t.name, t.parent_uuid) for t in tracks] == [
        (1, 1, "async, loadgen, mixed, repetition 1", "", 0),
        (2, 0, "", "connection 0", 1),
        (3, 0, "", "never due", 1),
        (4, 2, "async, loadgen, mixed, repetition 2", "", 0),
    ]
    assert {packet.trusted_packet_sequence_id for packet in made.packet} == {1}  # all in one order


def test_a_request_has_its_outcome_and_its_times_beside_it():
    made = trace([request(0, 2.5, 1000.0, status=404), request(1, None, None, status=None)])
    notes = [
        [(n.name, n.string_value or n.uint_value or n.double_value) for n in p.track_event.debug_annotations]
        for p in made.packet
    ]
    assert [some for some in notes if some] == [
        [("outcome", "ok"), ("status", 404), ("due_us", 2.5), ("latency_us", 1000.0)],
        [("outcome", "ok")],
    ]


def test_what_the_server_used_is_counted_at_the_end_of_each_interval():
    sampled = [
        interval(0.0, server_utilisation=0.5, server_threads=3),
        interval(5.0),
        interval(10.0, server_utilisation=1.25, server_threads=4),
    ]
    made = trace([], sampled)
    assert list(events(made)) == [
        *(("server CPU", 5000, "count", "50"), ("server CPU", 15_000, "count", "125")),
        *(("server threads", 5000, "count", "3"), ("server threads", 15_000, "count", "4")),
    ]
    units = {p.track_descriptor.name: p.track_descriptor.counter.unit_name for p in made.packet}
    assert units["server CPU"] == "%" and units["server threads"] == "threads"
    assert list(events(trace([], [interval(0.0, server_rss_kib=2048.0)]))) == [
        ("server memory", 5000, "count", "2048")
    ]
