"""A recording as Perfetto's TrackEvents, for https://ui.perfetto.dev: a process for each run, all beginning
at zero; in it a track for each connection with its requests and their parts as slices, tracks for what waits
for a connection, and the server's CPU, memory and threads as counters. No request is left out.
"""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from exporting.schema import message_class
from recordings.recording import Recording, Row, key_of

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4  # TrackEvent.Type
PARTS = ("connect", "tls", "lag", "service")
_COUNTERS = {
    "server CPU": (
        "%",
        lambda row: 100 * row.server_utilisation if row.server_utilisation is not None else None,
    ),
    "server memory": ("KiB", lambda row: row.server_rss_kib),
    "server threads": ("threads", lambda row: row.server_threads),
}
_WAITING = "waiting for a connection"


def trace_of(recording: Recording) -> bytes:
    trace = message_class("Trace")()
    numbers = count(1)
    for pid, run in enumerate(recording.summary, start=1):
        _Run(trace, numbers, pid, run).write(recording)
    return trace.SerializeToString()


class _Run:
    """The tracks of a run."""

    def __init__(self, trace: Any, numbers: Iterator[int], pid: int, run: Row):
        self.trace, self.numbers, self.run = trace, numbers, run
        names = [run.variant, run.client, run.workload, f"repetition {run.repetition}"]
        self.root = next(numbers)
        process = {"pid": pid, "process_name": ", ".join(map(str, names))}
        self._packet(track_descriptor={"uuid": self.root, "process": process})
        self.free: dict[str, list[tuple[int, int]]] = {}  # by name: tracks, and until when each is taken

    def write(self, recording: Recording) -> None:
        due = lambda row: (row.due_us is None, row.due_us or 0)  # noqa: E731
        for row in sorted(recording.requests_of(key_of(self.run)), key=due):
            self._request(row)
        rows = recording.throughput_of(key_of(self.run))
        for name, (unit, read) in _COUNTERS.items():
            self._counter(name, unit, [(row, read(row)) for row in rows])

    def _request(self, row: Row) -> None:
        name = f"{row.class_} {row.request}" + ("" if row.outcome == "ok" else f", {row.outcome}")
        about = {
            "outcome": row.outcome,
            "status": row.status,
            "due_us": row.due_us,
            "latency_us": row.latency_us,
        }
        if row.due_us is None:  # its run was given up before
            self._event(self._track("never due", 0, 0), 0, INSTANT, name, about)
            return
        due, began = _ns(row.due_us), _ns(row.due_us + (row.queue_us or 0))
        done = max(_ns(row.due_us + (row.latency_us or 0)), began)
        if began > due:
            self._slice(self._track(_WAITING, due, began), due, began, name)
        track = self._track(f"connection {row.connection}", began, done)
        self._event(track, began, BEGIN, name, about)
        at = began
        for part in PARTS:
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
        track = next(self.numbers)
        words = name if not tracks else f"{name} ({len(tracks) + 1})"
        self._packet(track_descriptor={"uuid": track, "parent_uuid": self.root, "name": words})
        tracks.append((track, end))
        return track

    def _counter(self, name: str, unit: str, values: Iterable[tuple[Row, float | None]]) -> None:
        there = [(row, value) for row, value in values if value is not None]
        if there:
            track = next(self.numbers)
            about = {"uuid": track, "parent_uuid": self.root, "name": name, "counter": {"unit_name": unit}}
            self._packet(track_descriptor=about)
            for row, value in there:
                event = {"type": COUNTER, "track_uuid": track, "double_counter_value": value}
                self._packet(timestamp=_ns((row.elapsed_ms + row.interval_ms) * 1e3), track_event=event)

    def _slice(self, track: int, begin: int, end: int, name: str) -> None:
        self._event(track, begin, BEGIN, name)
        self._event(track, end, END)

    def _event(
        self, track: int, at: int, kind: int, name: str = "", about: dict[str, Any] | None = None
    ) -> None:
        event: dict[str, Any] = {"type": kind, "track_uuid": track}
        if name:
            event["name"] = name
        if about:
            notes = [_annotation(key, value) for key, value in about.items() if value is not None]
            event["debug_annotations"] = notes
        self._packet(timestamp=at, track_event=event)

    def _packet(self, **fields: Any) -> None:
        self.trace.packet.add(trusted_packet_sequence_id=1, **fields)


def _annotation(name: str, value: Any) -> dict[str, Any]:
    kinds = {str: "string_value", int: "uint_value", float: "double_value"}
    return {"name": name, kinds[type(value)]: value}


def _ns(us: float) -> int:
    return round(us * 1e3)
