"""The only reader of a recording: run.json at once, each CSV when first asked for, rows by run.

How a CSV is checked against results/schema.json is in tables.py. Nothing is computed here: medians are in
stats.py and digest.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from cli.paths import ROOT
from recordings.csv_table import ANOTHER_VERSION, ResultsError, Row, Table, read_json, read_schema, read_table

SCHEMA_PATH = ROOT / "results" / "schema.json"
OUTCOMES = (
    "ok",
    "http_error",
    "connect_failed",
    "timed_out",
    "reset",
    "truncated",
    "malformed",
    "unfinished",
)
TOLD_OF_A_RUN = (0, 4)  # what loadgen exits with when it has told of a run; 4: without one ok
FAILED = "failed"  # beside valid and invalid, which are the generator's: what the bench says of a run

__all__ = [
    "FAILED",
    "OUTCOMES",
    "TOLD_OF_A_RUN",
    "Recording",
    "ResultsError",
    "Row",
    "RunKey",
    "SCHEMA_PATH",
    "judged",
    "key_of",
    "planned_runs",
    "read_run_json",
    "unanswered",
]


class RunKey(NamedTuple):
    variant: str
    workload: str
    repetition: int


class Recording:
    """One folder in results/: run.json at once, each CSV when first asked for.

    A CSV that is not there reads as no rows and its name is in `missing`: a bench that was killed keeps what
    it finished.
    """

    def __init__(self, folder: Path, run: dict[str, Any], schema: dict[str, Table]):
        self.folder = folder
        self.run = run
        self._schema = schema

    @classmethod
    def load(cls, folder: Path | str, schema_path: Path = SCHEMA_PATH) -> Recording:
        folder = Path(folder)
        if not folder.is_dir():
            raise ResultsError(
                [f"{folder}: no such folder: name one that scripts/bench made, as results/latest"]
            )
        run, schema = read_run_json(folder / "run.json"), read_schema(schema_path)
        absent = {"summary", "requests", "latency", "throughput"} - schema.keys()
        if absent:
            raise ResultsError(
                [f"{schema_path}: describes no {n}: {ANOTHER_VERSION}" for n in sorted(absent)]
            )
        return cls(folder, run, schema)

    @cached_property
    def summary(self) -> list[Row]:
        return judged(self._read("summary"), self.run)

    @cached_property
    def requests(self) -> list[Row]:
        return self._read("requests")

    @cached_property
    def latency(self) -> list[Row]:
        return self._read("latency")

    @cached_property
    def throughput(self) -> list[Row]:
        return self._read("throughput")

    @property
    def missing(self) -> list[str]:
        return [t.path for t in self._schema.values() if not (self.folder / t.path).is_file()]

    @property
    def variants(self) -> list[str]:
        return _ordered([v["name"] for v in self.run["variants"]], [row.variant for row in self.summary])

    @property
    def workloads(self) -> list[str]:
        return _ordered([w["name"] for w in self.run["workloads"]], [row.workload for row in self.summary])

    @property
    def varies(self) -> str:
        return "variant"

    @property
    def subjects(self) -> list[str]:
        return self.variants

    def subject(self, row: Row) -> str:
        return row.variant

    def classes_of(self, run: Row) -> list[Any]:
        """One for each class of the run's requests."""
        rows = []
        for k in range(1, 5):
            if getattr(run, f"class_{k}"):
                values = {
                    n: getattr(run, f"class_{k}_{n}")
                    for n in ("requests", "latency_p99_us", "latency_p99_at_least_us")
                }
                rows.append(SimpleNamespace(class_=getattr(run, f"class_{k}"), **values))
        return rows

    def runs(self, subject: str, workload: str) -> list[Row]:
        """The summary rows of one subject under one workload, a row per repetition."""
        return [row for row in self.summary if row.variant == subject and row.workload == workload]

    def workload(self, name: str) -> dict[str, Any]:
        """What run.json declares of a workload; empty if it declares no such one."""
        return next((entry for entry in self.run["workloads"] if entry["name"] == name), {})

    def classes(self, workload: str) -> list[dict[str, Any]]:
        """The workload's classes of request as declared; none if run.json does not say."""
        return self.workload(workload).get("classes") or []

    def requests_of(self, key: RunKey) -> list[Row]:
        return self._requests_by_run.get(key, [])

    def latency_of(self, key: RunKey) -> list[Row]:
        return self._latency_by_run.get(key, [])

    def throughput_of(self, key: RunKey) -> list[Row]:
        return self._throughput_by_run.get(key, [])

    @cached_property
    def _requests_by_run(self) -> dict[RunKey, list[Row]]:
        return _by_run(self.requests)

    @cached_property
    def _latency_by_run(self) -> dict[RunKey, list[Row]]:
        return _by_run(self.latency)

    @cached_property
    def _throughput_by_run(self) -> dict[RunKey, list[Row]]:
        return _by_run(self.throughput)

    def _read(self, name: str) -> list[Row]:
        table = self._schema[name]
        path = self.folder / table.path
        return read_table(path, table) if path.is_file() else []


def key_of(row: Row) -> RunKey:
    return RunKey(row.variant, row.workload, row.repetition)


def judged(rows: list[Row], run: dict[str, Any] | None) -> list[Row]:
    """The rows with the verdict that counts: a run is valid only if it ended as it should and did its work.

    Whoever reads a summary asks for nothing but `verdict == "valid"`. The bench writes it so; of recordings
    from before it did, run.json knows which runs failed.
    """
    failed = {
        RunKey(entry.get("variant"), entry.get("workload"), entry.get("repetition")): entry.get("note")
        for entry in (run or {}).get("runs") or []
        if entry.get("status") == FAILED
    }
    return [
        row._replace(verdict=FAILED, reasons=fault)
        if (fault := failed.get(key_of(row)) or unanswered(row._asdict()))
        else row
        for row in rows
    ]


def unanswered(summary: Mapping[str, Any]) -> str | None:
    """Said of a run without one reply that is ok; None of any other."""
    if int(summary["ok"] or 0):
        return None
    told = [f"{name} {summary[name]}" for name in OUTCOMES if int(summary.get(name) or 0)]
    return f"not one of {summary['requests']} requests was answered ok: {', '.join(told) or 'none ended'}"


def read_run_json(path: Path) -> dict[str, Any]:
    """run.json, with the keys every reader relies on checked and the optional ones filled with None."""
    run = read_json(path, "not a recording: name a folder that scripts/bench made, as results/latest")
    required = {"recording": str, "suite": str, "variants": list, "workloads": list, "repetitions": int}
    optional = (
        "started_at",
        "finished_at",
        "seed",
        "wait_ms",
        "command",
        "pinned",
        "one_core",
        "machine",
        "build",
        "git",
        "runs",
        "planned",
        "skipped",
        "title",
        "objective",
        "left_out",
    )
    if not isinstance(run, dict):
        raise ResultsError([f"{path}: expected an object: {ANOTHER_VERSION}"])
    mistakes = [
        f"{path}: {key} is missing or not a {kind.__name__}: {ANOTHER_VERSION}"
        for key, kind in required.items()
        if not isinstance(run.get(key), kind)
    ]
    for key in ("variants", "workloads"):
        entries = run.get(key)
        if isinstance(entries, list) and not all(isinstance(e, dict) and "name" in e for e in entries):
            mistakes.append(f"{path}: every entry of {key} needs a name: {ANOTHER_VERSION}")
    if mistakes:
        raise ResultsError(mistakes)
    return {**dict.fromkeys(optional), **run}


def planned_runs(run: dict[str, Any]) -> list[RunKey]:
    """What a run.json announces: every variant under every workload, unless it says otherwise."""
    every = {w["name"]: run["repetitions"] for w in run["workloads"]}
    return [
        RunKey(variant["name"], workload, repetition)
        for variant in run["variants"]
        for workload, repetitions in (run["planned"] or {}).get(variant["name"], every).items()
        for repetition in range(1, repetitions + 1)
    ]


def _by_run(rows: list[Row]) -> dict[RunKey, list[Row]]:
    groups: dict[RunKey, list[Row]] = {}
    for row in rows:
        groups.setdefault(key_of(row), []).append(row)
    return groups


def _ordered(declared: list[str], seen: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*declared, *seen]))
