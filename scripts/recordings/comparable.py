"""Whether two results may be compared at all: the same machine, build flags and suite. Pure, but for reading.

What differs is named; a result without a run.json beside it says nothing of where it was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recordings.recording import (
    SCHEMA_PATH,
    Recording,
    ResultsError,
    Row,
    judged,
    key_of,
    planned_runs,
    read_run_json,
)
from recordings.csv_table import read_schema, read_table

_MACHINE = ("cpu", "cores", "kernel", "os")


@dataclass(frozen=True)
class Results:
    """The runs of a recording's folder or of a summary.csv alone; `run` is its run.json, if there is one."""

    path: Path
    rows: list[Row]
    run: dict[str, Any] | None

    @property
    def groups(self) -> dict[tuple[str, str], list[Row]]:
        """The runs by variant and workload."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            found.setdefault((row.variant, row.workload), []).append(row)
        return found

    @property
    def commit(self) -> str | None:
        """Of a recording that was made from nothing but a commit."""
        git = (self.run or {}).get("git") or {}
        return None if git.get("dirty") else git.get("commit")

    @property
    def unfinished(self) -> list[str]:
        """The runs that run.json announces and that are not there."""
        if self.run is None:
            return []
        have = {key_of(row) for row in self.rows}
        return [
            f"{key.variant}, {key.workload}, repetition {key.repetition}"
            for key in planned_runs(self.run)
            if key not in have
        ]


def load(path: Path) -> Results:
    """Raises ResultsError with what is wrong with the recording or the file."""
    if path.is_dir():
        recording = Recording.load(path)
        if recording.missing and "summary.csv" in recording.missing:
            raise ResultsError([f"{path}: no summary.csv in it: no run had finished"])
        return Results(path, recording.summary, recording.run)
    if not path.is_file():
        raise ResultsError([f"{path}: not found: name a recording, as results/latest, or a summary.csv"])
    rows = read_table(path, read_schema(SCHEMA_PATH)["summary"])
    beside = path.with_name("run.json")
    run = read_run_json(beside) if beside.is_file() else None
    return Results(path, judged(rows, run), run)


def differences(first: Results, second: Results) -> list[str]:
    """Why the two must not be compared, a line each; none if nothing speaks against it."""
    suites = [sorted({str(row.suite) for row in side.rows}) for side in (first, second)]
    found = []
    if suites[0] != suites[1]:
        found.append(f"suite: {', '.join(suites[0])} and {', '.join(suites[1])}")
    if first.run is None or second.run is None:
        return found
    runs = (first.run, second.run)
    for key in ("wait_ms", "workloads", "pinned"):
        found += _differing(f"suite, {key}", *(run.get(key) for run in runs))
    for key in _MACHINE:
        found += _differing(f"machine, {key}", *((run.get("machine") or {}).get(key) for run in runs))
    builds = [run.get("build") or {} for run in runs]
    for key in dict.fromkeys([*builds[0], *builds[1]]):
        found += _differing(f"build, {key}", *(build.get(key) for build in builds))
    return found


def _differing(what: str, first: Any, second: Any) -> list[str]:
    if first == second:
        return []
    # A whole list of workloads would not fit a line.
    long = any(isinstance(value, (list, dict)) for value in (first, second))
    return [f"{what}: not the same" if long else f"{what}: {_shown(first)} and {_shown(second)}"]


def _shown(value: Any) -> str:
    return "unknown" if value is None else str(value).strip()
