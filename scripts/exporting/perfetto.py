"""A recording as a trace for https://ui.perfetto.dev, in TrackEvents: a process for each run, all beginning
at zero; in it a track for each connection with its requests and their parts as slices, tracks for what waits
for a connection, and the server's CPU, memory and threads as counters. No request is left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed, UsageError
from cli.files import replace_file
from cli.flags import Flags, argument, flag, switch
from recordings.recording import Recording, Row

DESCRIPTOR = Path(__file__).with_name("perfetto.textproto")
BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4  # TrackEvent.Type
_PARTS = ("connect", "tls", "lag", "service")
_COUNTERS = (  # column, factor, name and unit
    ("server_utilisation", 100, "server CPU", "%"),
    ("server_rss_kib", 1, "server memory", "KiB"),
    ("server_threads", 1, "server threads", "threads"),
)
_ANNOTATIONS = {str: "string_value", int: "uint_value", float: "double_value"}
_NO_PROTOBUF = "--perfetto: the Python package google.protobuf is missing: apt-get install python3-protobuf"


@dataclass(frozen=True)
class ExportOptions(Flags):
    """Write a recording for another tool."""

    COMMAND = "scripts/export.py"
    USAGE = "RECORDING --perfetto [--output FILE]"

    recording: Path | None = argument("RECORDING", "a folder in results/, as results/latest", read=Path)
    perfetto: bool = switch("a trace for https://ui.perfetto.dev: requests, their parts, the server")
    output: Path | None = flag("FILE", "default trace.perfetto in the recording's folder", read=Path)

    def mistakes(self) -> Iterator[str]:
        if not self.recording or not self.perfetto:
            yield "name a recording and what it is to become: RECORDING --perfetto"


def main(argv: list[str] | None = None) -> int:
    options = ExportOptions.parse(argv)
    recording = Recording.load(options.recording)
    if not recording.requests:
        raise UsageError(f"{options.recording}: no requests.csv in it, or an empty one: nothing to trace")
    try:
        trace = trace_of(recording)
    except ModuleNotFoundError:
        raise CommandFailed(_NO_PROTOBUF) from None
    path = options.output or recording.folder / "trace.perfetto"
    replace_file(path, trace)
    print(path)
    return 0


def trace_of(recording: Recording) -> bytes:
    trace, numbers = message_class("Trace")(), count(1)
    for pid, run in enumerate(recording.summary, start=1):
        tracks = _Tracks(trace, numbers, pid, run)
        for row in sorted(recording.requests_of(run), key=lambda r: (r.due_us is None, r.due_us or 0)):
            tracks.add_request(row)
        for counter in _COUNTERS:
            tracks.add_counter(recording.throughput_of(run), *counter)
    return trace.SerializeToString()


class _Tracks:
    """Those of a run."""

    def __init__(self, trace: Any, numbers: Iterator[int], pid: int, run: Row):
        self.add_packet, self.numbers = partial(trace.packet.add, trusted_packet_sequence_id=1), numbers
        name = f"{run.variant}, {run.client}, {run.workload}, repetition {run.repetition}"
        self.root = self._new_track(process={"pid": pid, "process_name": name})
        self.free: dict[str, list[tuple[int, int]]] = {}  # by name: tracks, and until when each is taken

    def add_counter(self, rows: list[Row], column: str, factor: int, name: str, unit: str) -> None:
        rows = [row for row in rows if getattr(row, column) is not None]
        if not rows:
            return
        track = self._new_track(parent_uuid=self.root, name=name, counter={"unit_name": unit})
        for row in rows:
            at, value = _ns((row.elapsed_ms + row.interval_ms) * 1e3), factor * getattr(row, column)
            self._event(track, at, COUNTER, double_counter_value=value)

    def add_request(self, row: Row) -> None:
        name = f"{row.class_} {row.request}" + ("" if row.outcome == "ok" else f", {row.outcome}")
        about = {key: getattr(row, key) for key in ("outcome", "status", "due_us", "latency_us")}
        notes = [{"name": key, _ANNOTATIONS[type(v)]: v} for key, v in about.items() if v is not None]
        if row.due_us is None:  # its run was given up before
            self._event(self._track("never due", 0, 0), 0, INSTANT, name=name, debug_annotations=notes)
            return
        due, began = _ns(row.due_us), _ns(row.due_us + (row.queue_us or 0))
        done = max(_ns(row.due_us + (row.latency_us or 0)), began)
        if began > due:
            self._slice(self._track("waiting for a connection", due, began), due, began, name)
        track = self._track(f"connection {row.connection}", began, done)
        self._event(track, began, BEGIN, name=name, debug_annotations=notes)
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
        words = f"{name} ({len(tracks) + 1})" if tracks else name
        tracks.append((self._new_track(parent_uuid=self.root, name=words), end))
        return tracks[-1][0]

    def _new_track(self, **about: Any) -> int:
        track = next(self.numbers)
        self.add_packet(track_descriptor={"uuid": track, **about})
        return track

    def _slice(self, track: int, begin: int, end: int, name: str) -> None:
        self._event(track, begin, BEGIN, name=name)
        self._event(track, end, END)

    def _event(self, track: int, at: int, kind: int, **about: Any) -> None:
        self.add_packet(timestamp=at, track_event={"type": kind, "track_uuid": track, **about})


def _ns(us: float) -> int:
    return round(us * 1e3)


@cache
def message_class(name: str) -> Any:
    """Of python3-protobuf, which only this needs. Nothing is generated: a file describes the messages."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

    pool, file = descriptor_pool.DescriptorPool(), descriptor_pb2.FileDescriptorProto()
    pool.Add(text_format.Parse(DESCRIPTOR.read_text(encoding="utf-8"), file))
    message = pool.FindMessageTypeByName(f"{file.package}.{name}")
    return message_factory.MessageFactory(pool).GetPrototype(message)
