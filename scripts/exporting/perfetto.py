"""A recording as Perfetto's TrackEvents, for https://ui.perfetto.dev: a process for each run, all beginning
at zero; in it a track for each connection with its requests and their parts as slices, tracks for what waits
for a connection, and the server's CPU, memory and threads as counters. No request is left out.

The message classes are of perfetto.proto, which is read here so that nothing has to be generated.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from recordings.recording import Recording, Row

PROTO = Path(__file__).with_name("perfetto.proto")
BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4  # TrackEvent.Type
_PARTS = ("connect", "tls", "lag", "service")
_COUNTERS = (  # column, factor, name and unit
    ("server_utilisation", 100, "server CPU", "%"),
    ("server_rss_kib", 1, "server memory", "KiB"),
    ("server_threads", 1, "server threads", "threads"),
)
_ANNOTATIONS = {str: "string_value", int: "uint_value", float: "double_value"}
_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (optional|repeated) (\w+) (\w+) = (\d+);$", re.MULTILINE)


def trace_of(recording: Recording) -> bytes:
    trace, numbers = message_class("Trace")(), count(1)
    for pid, run in enumerate(recording.summary, start=1):
        _Run(trace, numbers, pid, run).write(recording)
    return trace.SerializeToString()


class _Run:
    """The tracks of a run."""

    def __init__(self, trace: Any, numbers: Iterator[int], pid: int, run: Row):
        self.trace, self.numbers, self.run = trace, numbers, run
        names = [run.variant, run.client, run.workload, f"repetition {run.repetition}"]
        process = {"pid": pid, "process_name": ", ".join(map(str, names))}
        self.root = self._new_track(process=process)
        self.free: dict[str, list[tuple[int, int]]] = {}  # by name: tracks, and until when each is taken

    def write(self, recording: Recording) -> None:
        for row in sorted(recording.requests_of(self.run), key=lambda r: (r.due_us is None, r.due_us or 0)):
            self._request(row)
        for column, factor, name, unit in _COUNTERS:
            rows = [row for row in recording.throughput_of(self.run) if getattr(row, column) is not None]
            if not rows:
                continue
            about = {"parent_uuid": self.root, "name": name, "counter": {"unit_name": unit}}
            track = self._new_track(**about)
            for row in rows:
                value = factor * getattr(row, column)
                event = {"type": COUNTER, "track_uuid": track, "double_counter_value": value}
                self._packet(timestamp=_ns((row.elapsed_ms + row.interval_ms) * 1e3), track_event=event)

    def _request(self, row: Row) -> None:
        name = f"{row.class_} {row.request}" + ("" if row.outcome == "ok" else f", {row.outcome}")
        about = {key: getattr(row, key) for key in ("outcome", "status", "due_us", "latency_us")}
        if row.due_us is None:  # its run was given up before
            at = 0
            self._event(self._track("never due", at, at), at, INSTANT, name, about)
            return
        due, began = _ns(row.due_us), _ns(row.due_us + (row.queue_us or 0))
        done = max(_ns(row.due_us + (row.latency_us or 0)), began)
        if began > due:
            self._slice(self._track("waiting for a connection", due, began), due, began, name)
        track = self._track(f"connection {row.connection}", began, done)
        self._event(track, began, BEGIN, name, about)
        at = began
        for part in _PARTS:
            if took := getattr(row, f"{part}_us", None):
                until = min(at + _ns(took), done)
                self._slice(track, at, until, part)
                at = until
        self._event(track, done, END)

    def _track(self, name: str, begin: int, end: int) -> int:
        """One of that name that is free from `begin` on: slices of one track may not overlap."""
        tracks = self.free.setdefault(name, [])
        for n, (track, until) in enumerate(tracks):
            if until <= begin:
                tracks[n] = (track, end)
                return track
        words = name if not tracks else f"{name} ({len(tracks) + 1})"
        tracks.append((self._new_track(parent_uuid=self.root, name=words), end))
        return tracks[-1][0]

    def _new_track(self, **about: Any) -> int:
        track = next(self.numbers)
        self._packet(track_descriptor={"uuid": track, **about})
        return track

    def _slice(self, track: int, begin: int, end: int, name: str) -> None:
        self._event(track, begin, BEGIN, name)
        self._event(track, end, END)

    def _event(
        self, track: int, at: int, kind: int, name: str | None = None, about: dict[str, Any] = {}
    ) -> None:
        notes = [{"name": key, _ANNOTATIONS[type(v)]: v} for key, v in about.items() if v is not None]
        event = {"type": kind, "track_uuid": track, "name": name, "debug_annotations": notes}
        self._packet(timestamp=at, track_event=event)

    def _packet(self, **fields: Any) -> None:
        self.trace.packet.add(trusted_packet_sequence_id=1, **fields)


def _ns(us: float) -> int:
    return round(us * 1e3)


@cache
def message_class(name: str) -> Any:
    """Of python3-protobuf, which only this needs: who has it not is told so by the door."""
    from google.protobuf import descriptor_pb2, message_factory
    from google.protobuf.descriptor_pool import DescriptorPool

    text, pool, kinds = (
        PROTO.read_text(encoding="utf-8"),
        DescriptorPool(),
        descriptor_pb2.FieldDescriptorProto,
    )
    [package] = re.findall(r"^package ([\w.]+);", text, re.MULTILINE)
    file = descriptor_pb2.FileDescriptorProto(name=PROTO.name, package=package, syntax="proto2")
    for message_name, body in _MESSAGE.findall(text):
        message = file.message_type.add(name=message_name)
        for label, kind, field, number in _FIELD.findall(body):
            entry = message.field.add(name=field, number=int(number))
            entry.label = getattr(kinds, f"LABEL_{label.upper()}")
            entry.type = getattr(kinds, f"TYPE_{kind.upper()}", kinds.TYPE_MESSAGE)
            if entry.type == kinds.TYPE_MESSAGE:
                entry.type_name = f".{package}.{kind}"
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(f"{package}.{name}"))
