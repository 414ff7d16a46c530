"""A recording in the formats of other tools: as a trace for https://ui.perfetto.dev, in TrackEvents; and as
JSON of Google Benchmark, which trackers of benchmarks read (https://github.com/google/benchmark,
docs/user_guide.md and the output of its JSON reporter)."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed, UsageError
from cli.files import as_typed, replace_file
from recordings.recording import Recording, Row

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4  # TrackEvent.Type
_PARTS = ("connect", "tls", "lag", "service")
_COUNTERS = (  # column, factor, name and unit
    ("server_utilisation", 100, "server CPU", "%"),
    ("server_rss_kib", 1, "server memory", "KiB"),
    ("server_threads", 1, "server threads", "threads"),
)
_FIGURES = ("latency_p50_us", "latency_p99_us", "server_cpu_us_per_request", "server_rss_peak_kib")
Parts = Sequence[tuple[str, float]]  # in us
_ANNOTATIONS = {str: "string_value", int: "uint_value", float: "double_value"}


def main(argv: list[str] | None = None) -> int:
    parser = ArgumentParser(as_typed("scripts/export.py"), description="Write a recording for another tool.")
    parser.add_argument("recording", type=Path, help="a folder in results/, as results/latest")
    as_perfetto = "a trace for https://ui.perfetto.dev: requests, their parts, the server"
    parser.add_argument("--perfetto", action="store_true", required=True, help=as_perfetto)
    parser.add_argument("--output", type=Path, metavar="FILE", help="default RECORDING/trace.perfetto")
    options = parser.parse_args(argv)
    recording = Recording.load(options.recording)
    if not recording.requests:
        raise UsageError(f"{options.recording}: no requests.csv in it, or an empty one: nothing to trace")
    print(replace_file(options.output or recording.folder / "trace.perfetto", trace_of(recording)))
    return 0


def trace_of(recording: Recording) -> bytes:
    """A process for each run, all beginning at zero; in it a track for each connection with its requests and
    their parts as slices, tracks for what waits for a connection, and the server's CPU, memory and threads as
    counters. No request is left out."""
    trace, numbers = message_class("Trace")(), count(1)
    for pid, run in enumerate(recording.summary, start=1):
        tracks = _Tracks(trace, numbers, pid, run)
        for row in sorted(recording.requests_of(run), key=lambda r: (r.due_us is None, r.due_us or 0)):
            tracks.add_request(row)
        for column, factor, name, unit in _COUNTERS:
            if rows := [row for row in recording.throughput_of(run) if getattr(row, column) is not None]:
                track = tracks.new(name=name, counter={"unit_name": unit})
                for row in rows:
                    end_us, value = (row.elapsed_ms + row.interval_ms) * 1e3, factor * getattr(row, column)
                    tracks.event(track, _ns(end_us), COUNTER, double_counter_value=value)
    return trace.SerializeToString()


class _Tracks:
    """Those of a run."""

    def __init__(self, trace: Any, numbers: Iterator[int], pid: int, run: Row):
        self.add_packet, self.numbers = partial(trace.packet.add, trusted_packet_sequence_id=1), numbers
        self.free: dict[str, list[tuple[int, int]]] = {}  # by name: tracks, and until when each is taken
        self.below: dict[str, int] = {}  # of the tracks below the run's own
        name = f"{run.variant}, {run.client}, {run.workload}, repetition {run.repetition}"
        self.below = {"parent_uuid": self.new(process={"pid": pid, "process_name": name})}

    def new(self, **about: Any) -> int:
        track = next(self.numbers)
        self.add_packet(track_descriptor={"uuid": track} | self.below | about)
        return track

    def event(self, track: int, at_ns: int, kind: int, **about: Any) -> None:
        self.add_packet(timestamp=at_ns, track_event={"type": kind, "track_uuid": track, **about})

    def add_request(self, row: Row) -> None:
        name = f"{row.class_} {row.request}" + ("" if row.outcome == "ok" else f", {row.outcome}")
        about = {key: getattr(row, key) for key in ("outcome", "status", "due_us", "latency_us")}
        notes = [{"name": key, _ANNOTATIONS[type(v)]: v} for key, v in about.items() if v is not None]
        if row.due_us is None:  # its run was given up before
            self.event(self._track("never due", 0, 0), 0, INSTANT, name=name, debug_annotations=notes)
            return
        due, began = _ns(row.due_us), _ns(row.due_us + (row.queue_us or 0))
        done = max(_ns(row.due_us + (row.latency_us or 0)), began)
        if began > due:
            self._slice(self._track("waiting for a connection", due, began), due, began, name)
        parts = [(part, took) for part in _PARTS if (took := getattr(row, f"{part}_us", None))]
        track = self._track(f"connection {row.connection}", began, done)
        self._slice(track, began, done, name, parts, debug_annotations=notes)

    def _track(self, name: str, begin: int, end: int) -> int:
        """One of that name that is free from `begin` on: slices of one track may not overlap."""
        tracks = self.free.setdefault(name, [])
        for n, (track, until) in enumerate(tracks):
            if until <= begin:
                tracks[n] = (track, end)
                return track
        tracks.append((self.new(name=f"{name} ({len(tracks) + 1})" if tracks else name), end))
        return tracks[-1][0]

    def _slice(self, track: int, at: int, end: int, name: str, parts: Parts = (), **about: Any) -> None:
        self.event(track, at, BEGIN, name=name, **about)
        for part, took_us in parts:
            begin, at = at, min(at + _ns(took_us), end)
            self._slice(track, begin, at, part)
        self.event(track, end, END)


def _ns(us: float) -> int:
    return round(us * 1e3)


@cache
def message_class(name: str) -> Any:
    """Of python3-protobuf, which only this needs. Nothing is generated: a file describes the messages."""
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
    except ModuleNotFoundError:
        missing = "the Python package google.protobuf is missing: apt-get install python3-protobuf"
        raise CommandFailed(f"--perfetto: {missing}") from None
    pool, file = descriptor_pool.DescriptorPool(), descriptor_pb2.FileDescriptorProto()
    description = Path(__file__).with_name("perfetto.textproto").read_text(encoding="utf-8")
    pool.Add(text_format.Parse(description, file))
    message = pool.FindMessageTypeByName(f"{file.package}.{name}")
    return message_factory.MessageFactory(pool).GetPrototype(message)


def google_benchmark(recording: Recording) -> dict[str, Any]:
    """A run is a benchmark `workload/variant`, or `workload/client` where the clients vary. Its time is the
    makespan where it has one, otherwise the time per request."""
    run, machine, build = recording.run, recording.run["machine"] or {}, recording.run["build"] or {}
    first = next((row.started_at.isoformat() for row in recording.summary if row.started_at), None)
    context = {"date": run["started_at"] or first, "host_name": machine.get("cpu") or "unknown"}
    context |= {"executable": "scripts/bench", "num_cpus": machine.get("cores") or 0, "mhz_per_cpu": 0}
    context |= {"cpu_scaling_enabled": False, "caches": []}
    context |= {"library_build_type": (build.get("build_type") or "release").lower()}
    context |= {"suite": run["suite"], "commit": (run["git"] or {}).get("commit")}
    benchmarks = []
    for family, runs in enumerate(recording.groups.values()):
        for index, row in enumerate(sorted(runs, key=lambda row: row.repetition)):
            name = f"{row.workload}/{recording.subject(row)}"
            each_ms = 1000 / row.throughput_rps if row.throughput_rps else 0.0
            cpu_ms = (row.server_cpu_us_per_request or 0) * row.requests / 1000
            about = {"name": name, "family_index": family, "per_family_instance_index": 0, "run_name": name}
            about |= {"run_type": "iteration", "repetitions": len(runs), "repetition_index": index}
            about |= {"threads": 1, "iterations": 1}
            about |= {"real_time": each_ms if row.makespan_ms is None else row.makespan_ms}
            about |= {"cpu_time": cpu_ms, "time_unit": "ms", "items_per_second": row.throughput_rps}
            about |= {column: getattr(row, column) for column in _FIGURES}
            about |= {"failed_requests": row.requests - row.ok}
            if row.verdict != "valid":
                about |= {"error_occurred": True, "error_message": row.reasons or "invalid"}
            benchmarks.append({key: value for key, value in about.items() if value is not None})
    return {"context": context, "benchmarks": benchmarks}
