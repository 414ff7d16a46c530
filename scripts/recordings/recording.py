"""The only reader of a recording: run.json at once, which says what was to be run, where and of what it was
made, and how each run ended; each CSV when first asked for, typed by its own description, or else today's."""

from collections.abc import Mapping
from functools import cached_property, partialmethod
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from plans.suite import OWN_CLIENT
from recordings.csv_table import ANOTHER_VERSION, BENCH_FIELDS, ROWS, SUMMARY, WIRE, ResultsError, Row
from recordings.csv_table import fields_of, grouped, own_resources, read_header, read_json, read_table
from recordings.csv_table import resources_of, table_schema, todays_resources

OUTCOMES = tuple("ok http_error connect_failed timed_out reset truncated malformed unfinished".split())
TOLD_OF_A_RUN = (0, 4)  # what loadgen exits with when it has told of a run; 4: without one ok
FAILED = "failed"  # beside valid and invalid, which are the generator's: what the bench says of a run
_OF_A_CLASS = "requests latency_p50_us latency_p99_us latency_p50_at_least_us latency_p99_at_least_us".split()
_REQUIRED = {"recording": str, "suite": str, "variants": list, "workloads": list, "repetitions": int}
_OPTIONAL = (
    "started_at finished_at seed wait_ms command pinned one_core machine build git runs planned skipped "
    "title objective left_out clients holds_up"
).split()
# What is read of a summary that lies alone.
_NO_RUN_JSON = {**dict.fromkeys((*_REQUIRED, *_OPTIONAL)), "variants": [], "workloads": [], "repetitions": 0}


class RunKey(NamedTuple):
    variant: str
    client: str
    workload: str
    repetition: int


class Recording:
    """A folder in results/, or a summary alone, then with what a run.json beside it says.

    A CSV that is not there reads as no rows. It is in `missing` if the recording should have it: a bench that
    was killed keeps what it finished."""

    def __init__(self, path: Path, run: dict[str, Any] | None):
        self.path, self.folder = path, path if path.is_dir() else path.parent
        self.has_run_json, self.run = run is not None, run or _NO_RUN_JSON
        self._resources = resources_of(self.folder)
        self._by_run: dict[str, dict[RunKey, list[Row]]] = {}
        self._files = {name: path / name for name in self._resources if (path / name).is_file()}
        if path.is_file():
            self._files = {SUMMARY: path}

    @classmethod
    def load(cls, path: Path | str) -> "Recording":
        """Raises ResultsError for what is no recording; a CSV is checked when its rows are asked for."""
        path = Path(path)
        if not path.exists():
            raise ResultsError([f"{path}: not found: name a recording, as results/latest, or a {SUMMARY}"])
        run_json = path / "run.json" if path.is_dir() else path.with_name("run.json")
        run = _read_run_json(run_json) if path.is_dir() or run_json.is_file() else None
        return cls(path, run)

    @cached_property
    def summary(self) -> list[Row]:
        """A row per run, with the verdict that counts: valid only if it ended as it should and did its work.

        Whoever reads a summary asks for nothing but `verdict == "valid"`. The bench writes it so; of
        recordings from before it did, run.json knows which runs failed."""
        failed = [entry for entry in self.run["runs"] or [] if entry.get("status") == FAILED]
        notes = {RunKey(*map(entry.get, RunKey._fields)): entry.get("note") for entry in failed}
        rows = self._read(SUMMARY)
        faults = [notes.get(key_of(row)) or unanswered(row._asdict()) for row in rows]
        return [r._replace(verdict=FAILED, reasons=fault) if fault else r for r, fault in zip(rows, faults)]

    requests = cached_property(lambda self: self._read("requests.csv"))
    latency = cached_property(lambda self: self._read("latency.csv"))
    throughput = cached_property(lambda self: self._read("throughput.csv"))
    wire = cached_property(lambda self: self._read(WIRE))
    _classes = cached_property(lambda self: self._read("classes.csv"))

    @property
    def missing(self) -> list[str]:
        """The files that it should have and has not: those it describes, or those it had before it did."""
        if not self.path.is_dir():
            return []
        files = dict.fromkeys([SUMMARY, *(own_resources(self.folder) or ROWS)])
        return [name for name in files if name not in self._files]

    @property
    def lacking(self) -> dict[str, list[str]]:
        """The columns of results/schema.json that a file of this recording has not, by file."""
        lacking = {}
        for name, resource in todays_resources().items():
            if path := self._files.get(name):
                lacking[name] = sorted(fields_of(resource).keys() - BENCH_FIELDS - {*read_header(path)})
        return {name: columns for name, columns in lacking.items() if columns}

    variants = property(lambda self: self._names("variant"))
    clients = property(lambda self: self._names("client"))
    workloads = property(lambda self: self._names("workload"))
    subjects = property(lambda self: self._names(self.varies))

    @property
    def varies(self) -> str:
        """What is compared with each other: `variant`, or `client` where each workload has one server."""
        servers = {(row.workload, row.variant) for row in self.summary}
        has_one_each = len(servers) == len({workload for workload, _ in servers})
        return "client" if len(self.clients) > 1 and has_one_each else "variant"

    def subject(self, row: Row | RunKey) -> str:
        return getattr(row, self.varies)

    def runs(self, subject: str, workload: str) -> list[Row]:
        """The summary rows of one subject under one workload, a row per repetition."""
        return self.groups.get((subject, workload), [])

    @cached_property
    def groups(self) -> dict[tuple[str, str], list[Row]]:
        """The summary rows by subject and workload."""
        return grouped(self.summary, lambda row: (self.subject(row), row.workload))

    @property
    def unfinished(self) -> list[str]:
        """The runs that run.json announces and that are not there."""
        made = {key_of(row) for row in self.summary}
        left = [key for key in planned_runs(self.run) if key not in made]
        return [f"{self.subject(key)}, {key.workload}, repetition {key.repetition}" for key in left]

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

    def classes_of(self, run: Row) -> list[Row]:
        """What each class of request came to in a run, a row of the summary."""
        return self._rows_of("_classes", run) or _classes_in_summary(run)

    def _rows_of(self, table: str, run: Row | RunKey) -> list[Row]:
        if table not in self._by_run:
            self._by_run[table] = grouped(getattr(self, table), key_of)
        return self._by_run[table].get(key_of(run), [])

    requests_of = partialmethod(_rows_of, "requests")
    latency_of = partialmethod(_rows_of, "latency")
    throughput_of = partialmethod(_rows_of, "throughput")
    wire_of = partialmethod(_rows_of, "wire")

    def _names(self, column: str) -> list[str]:
        """Those that run.json declares before those that only the summary has."""
        names = [entry["name"] for entry in self.run[f"{column}s"] or []]
        return list(dict.fromkeys([*names, *(getattr(row, column) for row in self.summary)]))

    def _read(self, file: str) -> list[Row]:
        if file not in self._files:
            return []
        rows = read_table(self._files[file], table_schema(self._resources[file]))
        return [row if row.client else row._replace(client=OWN_CLIENT) for row in rows]


def key_of(row: Row | RunKey) -> RunKey:
    return RunKey(row.variant, row.client, row.workload, row.repetition)


def unanswered(summary: Mapping[str, Any]) -> str | None:
    """Said of a run without one reply that is ok; None of any other."""
    if int(summary.get("ok") or 0):
        return None
    counts = [f"{name} {summary[name]}" for name in OUTCOMES if int(summary.get(name) or 0)]
    requests = summary.get("requests")
    return f"not one of {requests} requests was answered ok: {', '.join(counts) or 'none ended'}"


def _classes_in_summary(run: Row) -> list[Row]:
    """Those of an older summary, which has columns for each, as text where nothing describes them."""
    rows: list[Row] = []
    while name := getattr(run, f"class_{len(rows) + 1}", None):
        cells = {column: getattr(run, f"class_{len(rows) + 1}_{column}", None) for column in _OF_A_CLASS}
        numbers = {column: cell and float(cell) for column, cell in cells.items()}
        rows.append(SimpleNamespace(class_=name, **numbers))
    return rows


def _read_run_json(path: Path) -> dict[str, Any]:
    """run.json, with the keys every reader relies on checked and the optional ones filled with None."""
    run = read_json(path, "not a recording: name a folder that scripts/bench made, as results/latest")
    if not isinstance(run, dict):
        raise ResultsError([f"{path}: expected an object: {ANOTHER_VERSION}"])
    wrong = [(key, kind.__name__) for key, kind in _REQUIRED.items() if not isinstance(run.get(key), kind)]
    mistakes = [f"{key} is missing or not a {kind}" for key, kind in wrong]
    for key in ("variants", "workloads", "clients"):
        entries = run.get(key)
        if isinstance(entries, list) and not all(isinstance(e, dict) and "name" in e for e in entries):
            mistakes.append(f"every entry of {key} needs a name")
    if mistakes:
        raise ResultsError(f"{path}: {mistake}: {ANOTHER_VERSION}" for mistake in mistakes)
    # Which run an entry is of: it need not name the one server or the one client that there is.
    of_all = {"client": OWN_CLIENT}
    if len(run["variants"]) == 1:
        of_all["variant"] = run["variants"][0]["name"]
    runs = run.get("runs") and [of_all | entry for entry in run["runs"]]
    return {**dict.fromkeys(_OPTIONAL), **run, "runs": runs}


def planned_runs(run: Mapping[str, Any]) -> list[RunKey]:
    """What a run.json announces: every variant and client under every workload, unless it says otherwise."""
    every = {workload["name"]: run["repetitions"] for workload in run["workloads"]}
    planned = run["planned"] or {}
    return [
        RunKey(variant["name"], client["name"], workload, repetition)
        for variant in run["variants"]
        for client in run["clients"] or [{"name": OWN_CLIENT}]
        for workload, repetitions in planned.get(client["name"], planned.get(variant["name"], every)).items()
        # A client may not be installed, or have no command for a workload.
        if client.get("there", True) and (client.get("commands") or {}).get(workload, True) is not None
        for repetition in range(1, repetitions + 1)
    ]
