"""The only reader of a recording: run.json at once, each CSV when first asked for, rows by run.

The types of columns are those of the recording's own description, or else today's.
"""

from collections.abc import Mapping
from functools import cached_property, partialmethod
from pathlib import Path
from typing import Any

from recordings import older
from recordings.csv_table import ResultsError, Row, read_header, read_table
from recordings.description import (
    BENCH_FIELDS,
    SCHEMA_PATH,
    SUMMARY,
    Resource,
    fields_of,
    own_resources,
    table_schema,
    todays_resources,
)
from recordings.older import ClassRow
from recordings.run_json import RunKey, no_run_json, planned_runs, read_run_json

OUTCOMES = tuple("ok http_error connect_failed timed_out reset truncated malformed unfinished".split())
TOLD_OF_A_RUN = (0, 4)  # what loadgen exits with when it has told of a run; 4: without one ok
FAILED = "failed"  # beside valid and invalid, which are the generator's: what the bench says of a run


class Recording:
    """A folder in results/, or a summary alone, then with what a run.json beside it says.

    A CSV that is not there reads as no rows. It is in `missing` if the recording should have it: a bench that
    was killed keeps what it finished.
    """

    def __init__(self, path: Path, run: dict[str, Any] | None, today: dict[str, Resource]):
        self.path = path
        self.folder = path if path.is_dir() else path.parent
        self.has_run_json = run is not None
        self.run = run or no_run_json()
        self._today = today
        self._own = own_resources(self.folder)
        self._by_run: dict[str, dict[RunKey, list[Row]]] = {}
        self._files = {name: path / name for name in today | self._own if (path / name).is_file()}
        if path.is_file():
            self._files = {SUMMARY: path}

    @classmethod
    def load(cls, path: Path | str, schema_path: Path = SCHEMA_PATH) -> "Recording":
        """Raises ResultsError for what is no recording; a CSV is checked when its rows are asked for."""
        path = Path(path)
        if not path.exists():
            raise ResultsError([f"{path}: not found: name a recording, as results/latest, or a {SUMMARY}"])
        run_json = path / "run.json" if path.is_dir() else path.with_name("run.json")
        run = read_run_json(run_json) if path.is_dir() or run_json.is_file() else None
        return cls(path, run, todays_resources(schema_path))

    @cached_property
    def summary(self) -> list[Row]:
        """A row per run, with the verdict that counts."""
        return judged(self._read(SUMMARY), self.run)

    @cached_property
    def requests(self) -> list[Row]:
        return self._read("requests.csv")

    @cached_property
    def latency(self) -> list[Row]:
        return self._read("latency.csv")

    @cached_property
    def throughput(self) -> list[Row]:
        return self._read("throughput.csv")

    @property
    def missing(self) -> list[str]:
        """The files that it should have and has not: those it describes, or those it had before it did."""
        if not self.path.is_dir():
            return []
        files = [SUMMARY, *(self._own or ("requests.csv", "latency.csv", "throughput.csv"))]
        return [name for name in dict.fromkeys(files) if name not in self._files]

    @cached_property
    def lacking(self) -> dict[str, list[str]]:
        """The columns of results/schema.json that a file of this recording has not, by file."""
        by_the_bench = {field["name"] for field in BENCH_FIELDS}
        columns = {
            name: fields_of(self._today.get(name)).keys() - by_the_bench - set(read_header(path))
            for name, path in self._files.items()
        }
        return {name: sorted(absent) for name, absent in columns.items() if absent}

    @property
    def variants(self) -> list[str]:
        return self._names("variants", "variant")

    @property
    def clients(self) -> list[str]:
        return self._names("clients", "client")

    @property
    def workloads(self) -> list[str]:
        return self._names("workloads", "workload")

    @property
    def varies(self) -> str:
        """What is compared with each other: `variant`, or `client` of one server."""
        several_clients = len(self.clients) > 1 and len(self.variants) == 1
        return "client" if several_clients else "variant"

    @property
    def subjects(self) -> list[str]:
        return self.clients if self.varies == "client" else self.variants

    def subject(self, row: Row | RunKey) -> str:
        return getattr(row, self.varies)

    def runs(self, subject: str, workload: str) -> list[Row]:
        """The summary rows of one subject under one workload, a row per repetition."""
        return self.groups.get((subject, workload), [])

    @cached_property
    def groups(self) -> dict[tuple[str, str], list[Row]]:
        """The summary rows by subject and workload."""
        groups: dict[tuple[str, str], list[Row]] = {}
        for row in self.summary:
            groups.setdefault((self.subject(row), row.workload), []).append(row)
        return groups

    @property
    def unfinished(self) -> list[str]:
        """The runs that run.json announces and that are not there."""
        made = {key_of(row) for row in self.summary}
        return [
            f"{self.subject(key)}, {key.workload}, repetition {key.repetition}"
            for key in planned_runs(self.run)
            if key not in made
        ]

    @property
    def commit(self) -> str | None:
        """Of a recording that was made from nothing but a commit."""
        git = self.run["git"] or {}
        return None if git.get("dirty") else git.get("commit")

    def workload(self, name: str) -> dict[str, Any]:
        """What run.json declares of a workload; empty if it declares no such one."""
        return next((entry for entry in self.run["workloads"] if entry["name"] == name), {})

    def classes(self, workload: str) -> list[dict[str, Any]]:
        """The workload's classes of request as declared; none if run.json does not say."""
        return self.workload(workload).get("classes") or []

    def classes_of(self, run: Row) -> list[Row] | list[ClassRow]:
        """What each class of request came to in a run, a row of the summary."""
        return self._rows_of("classes", key_of(run)) or older.classes_in_summary(run)

    def _rows_of(self, table: str, key: RunKey) -> list[Row]:
        if table not in self._by_run:
            groups = self._by_run[table] = {}
            for row in self._read("classes.csv") if table == "classes" else getattr(self, table):
                groups.setdefault(key_of(row), []).append(row)
        return self._by_run[table].get(key, [])

    requests_of = partialmethod(_rows_of, "requests")
    latency_of = partialmethod(_rows_of, "latency")
    throughput_of = partialmethod(_rows_of, "throughput")

    def _names(self, declared: str, column: str) -> list[str]:
        names = [entry["name"] for entry in self.run[declared] or []]
        return list(dict.fromkeys([*names, *(getattr(row, column) for row in self.summary)]))

    def _read(self, file: str) -> list[Row]:
        if file not in self._files:
            return []
        own = self._own.get(file)
        return read_table(self._files[file], table_schema(self._today.get(file) or own, own))


def key_of(row: Row) -> RunKey:
    return RunKey(row.variant, row.client, row.workload, row.repetition)


def judged(rows: list[Row], run: Mapping[str, Any]) -> list[Row]:
    """The rows with the verdict that counts: a run is valid only if it ended as it should and did its work.

    Whoever reads a summary asks for nothing but `verdict == "valid"`. The bench writes it so; of recordings
    from before it did, run.json knows which runs failed.
    """
    notes = {
        RunKey(*(entry.get(name) for name in RunKey._fields)): entry.get("note")
        for entry in run["runs"] or []
        if entry.get("status") == FAILED
    }
    return [
        row._replace(verdict=FAILED, reasons=fault)
        if (fault := notes.get(key_of(row)) or unanswered(row._asdict()))
        else row
        for row in rows
    ]


def unanswered(summary: Mapping[str, Any]) -> str | None:
    """Said of a run without one reply that is ok; None of any other."""
    if int(summary.get("ok") or 0):
        return None
    counts = [f"{name} {summary[name]}" for name in OUTCOMES if int(summary.get(name) or 0)]
    requests = summary.get("requests")
    return f"not one of {requests} requests was answered ok: {', '.join(counts) or 'none ended'}"
