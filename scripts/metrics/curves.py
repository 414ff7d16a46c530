"""The curves of a recording: workloads that differ in one number, of which their suite gave a list
(plans/workload.py), and each subject's figures along it."""

from operator import attrgetter
from typing import Any, NamedTuple

from metrics.digest import Digest, Spread, spread
from metrics.metrics import METRICS, Figure
from recordings.csv_table import grouped
from recordings.recording import Recording

_AXES = {
    "rate": "offered requests/s",
    "load": "% of its own capacity offered",
    "share": "% of a core for CPU-bound requests",
}
_COMPANY = {  # the clients that are there beside the load generator, by what they do (plans/workload.py)
    "idle": "idle connections",
    "leaves": "clients that leave",
    "reads": "slow readers",
    "sends": "slow senders",
}


class Point(NamedTuple):
    at: int
    digest: Digest


class CurveLine(NamedTuple):
    """One subject along the axis, in the axis' order."""

    subject: str
    points: list[Point]

    def at(self, value: int) -> Digest | None:
        return next((point.digest for point in self.points if point.at == value), None)


class Curve(NamedTuple):
    """`axis` is connections, requests, rate, load or share (plans/workload), or companions; `entry` is what
    run.json says of the first workload."""

    name: str
    axis: str
    lines: list[CurveLine]
    entry: dict[str, Any]

    @property
    def places(self) -> list[int]:
        return sorted({point.at for line in self.lines for point in line.points})

    def at(self, place: int) -> list[Digest]:
        """Of the subjects that were measured there."""
        return [digest for line in self.lines if (digest := line.at(place))]

    @property
    def axis_text(self) -> str:
        if self.has_company:
            return _COMPANY[self.entry["company"]]
        return _AXES.get(self.axis, "requests at once" if self.is_burst else "connections")

    @property
    def has_company(self) -> bool:
        """Whether its points differ by who is there beside the load generator."""
        return self.axis == "companions"

    @property
    def is_burst(self) -> bool:
        """Whether all of a point's requests are due at the start."""
        return self.axis in ("connections", "requests") and self.entry.get("requests") is not None


def curves_of(recording: Recording, digests: list[Digest]) -> list[Curve]:
    """All curves that have a finished run, in the order run.json declares them."""
    entries = {entry["name"]: entry for entry in recording.run["workloads"] if entry.get("curve")}
    on_curves = [d for d in digests if d.workload in entries]
    curves = []
    for name, members in grouped(on_curves, lambda d: entries[d.workload]["curve"]["name"]).items():
        points = sorted((Point(entries[d.workload]["curve"]["at"], d) for d in members), key=attrgetter("at"))
        by_subject = grouped(points, lambda point: point.digest.subject)
        lines = [CurveLine(who, by_subject[who]) for who in recording.subjects if who in by_subject]
        first = next(entry for entry in entries.values() if entry["curve"]["name"] == name)
        curves.append(Curve(name, first["curve"]["axis"], lines, first))
    return curves


def single_workloads(recording: Recording) -> list[str]:
    """Those that are neither a point of a curve nor, where a rate was searched for, a probe of the search."""
    declared = [entry["name"] for entry in recording.run["workloads"]]
    names = declared if recording.run["objective"] else recording.workloads
    return [name for name in names if not recording.workload(name).get("curve")]


def single_digests(recording: Recording, digests: list[Digest]) -> list[Digest]:
    workloads = set(single_workloads(recording))
    return [digest for digest in digests if digest.workload in workloads]


def memory_each_kib(line: CurveLine) -> dict[int, Spread]:
    """What each request in flight adds to the server's memory: (peak at c - peak at the least) / (c - least).
    Nothing below a hundred requests, where pages and arenas weigh more than they do."""
    (least, base), *others = line.points
    memory, each = base["memory"], {}
    for at, digest in others if memory else ():
        peaks = filter(None, map(METRICS["memory"].read, digest.counted))
        figures = [Figure((peak.value - memory.median) / (at - least)) for peak in peaks]
        if at >= 100 and figures:
            each[at] = spread(figures)
    return each
