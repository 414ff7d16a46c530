"""The curves of a recording: workloads that differ in one number, each variant's figures along it.

Pure. A workload is a point of a curve where its suite gave a list (workload.py); charts, tables and sentences
of such suites start here instead of from single workloads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from metrics.digest import Digest, Spread, spread
from recordings.recording import Recording


@dataclass(frozen=True)
class Point:
    at: int
    digest: Digest


@dataclass(frozen=True)
class Line:
    """One variant along the axis, in the axis' order."""

    variant: str
    points: list[Point]

    def at(self, value: int) -> Digest | None:
        return next((point.digest for point in self.points if point.at == value), None)


@dataclass(frozen=True)
class Curve:
    """`axis` is connections, requests or rate; `entry` is what run.json says of the first workload."""

    name: str
    axis: str
    lines: list[Line]
    entry: dict[str, Any]

    @property
    def places(self) -> list[int]:
        return sorted({point.at for line in self.lines for point in line.points})

    @property
    def axis_text(self) -> str:
        if self.axis == "rate":
            return "offered requests/s"
        return "requests at once" if self.is_burst else "connections"

    @property
    def is_burst(self) -> bool:
        """Whether all of a point's requests are due at the start."""
        return self.axis != "rate" and self.entry.get("requests") is not None


def curves_of(recording: Recording, digests: list[Digest]) -> list[Curve]:
    """All curves that have a finished run, in the order run.json declares them."""
    places: dict[str, dict[str, Any]] = {
        entry["name"]: entry for entry in recording.run["workloads"] if entry.get("curve")
    }
    found: dict[str, dict[str, list[Point]]] = {}
    entries: dict[str, dict[str, Any]] = {}
    for digest in digests:
        entry = places.get(digest.workload)
        if entry:
            name = entry["curve"]["name"]
            entries.setdefault(name, entry)
            of_variant = found.setdefault(name, {})
            of_variant.setdefault(digest.variant, []).append(Point(entry["curve"]["at"], digest))
    return [
        Curve(
            name,
            entries[name]["curve"]["axis"],
            [
                Line(variant, sorted(lines[variant], key=lambda point: point.at))
                for variant in recording.variants
                if variant in lines
            ],
            entries[name],
        )
        for name, lines in found.items()
    ]


def apart(recording: Recording, digests: list[Digest]) -> list[Digest]:
    """The digests of the workloads that are no point of a curve."""
    single = set(workloads_apart(recording))
    return [digest for digest in digests if digest.workload in single]


def workloads_apart(recording: Recording) -> list[str]:
    """What is neither a point of a curve nor, where a rate was searched for, one of the search's probes."""
    entries = recording.run["workloads"]
    if recording.run["objective"]:
        return [entry["name"] for entry in entries if not entry.get("curve")]
    on_curve = {entry["name"] for entry in entries if entry.get("curve")}
    return [name for name in recording.workloads if name not in on_curve]


def memory_each_kib(line: Line) -> dict[int, Spread]:
    """What each request in flight adds to the server's memory: (peak at c - peak at the least) / (c - least).

    Nothing below a hundred requests, where pages and arenas weigh more than they do.
    """
    first, *others = line.points
    base = first.digest.server["rss_peak_kib"]
    found = {}
    for point in others:
        peak = point.digest.server["rss_peak_kib"]
        if base and peak and point.at >= 100:
            each = [
                (run.server_rss_peak_kib - base.median) / (point.at - first.at)
                for run in point.digest.counted
                if run.server_rss_peak_kib is not None
            ]
            if (known := spread(each)) is not None:
                found[point.at] = known
    return found


def switches_each(digest: Digest) -> Spread | None:
    """Context switches of the server's whole life, per request."""
    return spread(
        run.server_context_switches / requests
        for run in digest.counted
        if run.server_context_switches is not None and (requests := run.requests)
    )
