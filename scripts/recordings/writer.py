"""A recording while it is being made: its folder, its CSVs growing run by run, its run.json.

The only writer; recording.py is the reader. Each file is replaced as a whole (a temporary name, then a
rename), so that a reader never sees half a file and a bench that is killed keeps every finished run.
summary.csv comes after the other CSVs and run.json last: a run that has a summary has all of its rows."""

import contextlib
import csv
import io
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.files import replace_file, replace_json
from plans.suite import OWN_CLIENT
from recordings.csv_table import BENCH_FIELDS, COMPANY_FIELDS, ROWS, SUMMARY, WIRE, fields_of, read_header
from recordings.csv_table import todays_resources, write_description
from recordings.recording import FAILED, RunKey, unanswered


class RecordingError(Exception):
    """A run's rows are not what they should be."""


class RecordingWriter:
    """`about` is run.json, which is written again after every run."""

    def __init__(self, folder: Path, about: dict[str, Any]):
        self.folder, self.runs_kept = folder, 0
        self._about = {**about, "recording": folder.name, "started_at": now(), "finished_at": None}
        has_company = any(workload.get("company") for workload in about.get("workloads", ()))
        self._bench_columns = [n for n in BENCH_FIELDS if has_company or n not in COMPANY_FIELDS]
        self.tell("runs", [])

    def keep(self, run_folder: Path, changes: dict[str, Any], fault: str | None = None) -> dict[str, str]:
        """Adds one run's CSVs, with `changes` (column: value) made to its summary, which it returns. A run
        with a fault, or without one reply that is ok, is kept with the verdict `failed` and why. Raises
        RecordingError, and adds nothing, if it has no summary or a file has other columns than before."""
        files = _files(run_folder, *ROWS, "classes.csv", WIRE, SUMMARY)
        if SUMMARY not in files:
            raise RecordingError(f"loadgen wrote no {SUMMARY}")
        columns, *rows = csv.reader(io.StringIO(files[SUMMARY].decode(), newline=""))
        if len(rows) != 1:
            raise RecordingError(f"loadgen wrote a {SUMMARY} of {len(rows)} rows, one was expected")
        columns += [name for name in self._bench_columns if name not in columns]
        if unknown := sorted(changes.keys() - set(columns)):
            raise RecordingError(f"loadgen wrote a {SUMMARY} without the column {', '.join(unknown)}")
        if missing := sorted({path.name for path in self.folder.glob("*.csv")} - files.keys() - {WIRE}):
            raise RecordingError(f"loadgen wrote no {', '.join(missing)}, as it did in the runs before")
        row = dict(zip(columns, rows[0]))
        return self._add(files, columns, row | {"client": row.get("client") or OWN_CLIENT} | changes, fault)

    def add_run(self, run_folder: Path, row: dict[str, Any], fault: str | None = None) -> dict[str, str]:
        """As `keep`, of a run of which the bench itself makes the summary. `row`: what is known of it, by the
        summary's columns, or RecordingError; in the folder is what its packets say, if they were captured."""
        if self.runs_kept:
            columns = read_header(self.folder / SUMMARY)
        else:
            todays = fields_of(todays_resources()[SUMMARY])
            columns = [name for name in todays if name not in BENCH_FIELDS or name in self._bench_columns]
        if unknown := sorted(row.keys() - set(columns)):
            raise RecordingError(f"a {SUMMARY} has no column {', '.join(unknown)}")
        common = {"recording": self.folder.name, "suite": self._about.get("suite"), "verdict": "valid"}
        return self._add(_files(run_folder, WIRE), columns, common | row, fault)

    def note(self, variant: str, workload: str, repetition: int, fault: str | None, client: str) -> None:
        """Adds a run to run.json, with what went wrong if something did."""
        run = RunKey(variant, client, workload, repetition)._asdict()
        run |= {"status": FAILED if fault else "ok", "note": fault or ""}
        self.tell("runs", [*self._about["runs"], run])

    def tell(self, key: str, value: Any) -> None:
        """Adds to run.json what became known meanwhile."""
        self._about[key] = value
        replace_json(self.folder / "run.json", self._about)

    def discard(self) -> None:
        shutil.rmtree(self.folder)

    def _add(
        self, files: dict[str, bytes], columns: list[str], row: dict[str, Any], fault: str | None
    ) -> dict[str, str]:
        """Adds a run to its files, describes new ones; the cells of its summary, with the bench's verdict."""
        if fault := fault or unanswered(row):
            row = row | {"verdict": FAILED, "reasons": fault}
        summary = {name: _cell(row.get(name)) for name in columns}
        lines = io.StringIO(newline="")
        csv.writer(lines).writerows([columns, summary.values()])
        files[SUMMARY] = lines.getvalue().encode()
        before = _files(self.folder, *files)
        for name in before:
            header, end, rows = files[name].partition(b"\n")  # no name in a header needs quotes
            if not before[name].startswith(header + end):
                raise RecordingError(f"loadgen wrote a {name} with other columns than in the runs before")
            files[name] = before[name] + rows
        for name, content in files.items():
            replace_file(self.folder / name, content)
        if files.keys() - before.keys():
            write_description(self.folder, self._about)
        self.runs_kept += 1
        _point_latest(self.folder)
        return summary


def new_folder(results: Path, suite: str) -> Path:
    """Makes the folder of a new recording, named after the suite and the time."""
    stem = f"{suite}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    results.mkdir(parents=True, exist_ok=True)
    for name in (stem, *(f"{stem}-{n}" for n in range(2, 100))):
        with contextlib.suppress(FileExistsError):  # another bench began in the same second
            (results / name).mkdir()
            return results / name
    raise FileExistsError(f"{results / stem}: a hundred recordings of the same second")


def unseen_folder(results: Path, name: str) -> Path:
    """The same, and git does not see it in whosever repository it is, until its .gitignore goes."""
    folder = new_folder(results, name)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    return folder


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return "" if value is None else str(int(value) if isinstance(value, bool) else value)


def _files(folder: Path, *names: str) -> dict[str, bytes]:
    """Those that are there, by their name."""
    return {path.name: path.read_bytes() for name in names if (path := folder / name).is_file()}


def _point_latest(folder: Path) -> None:
    """`latest` beside the recording points to it. Something else of that name is left alone."""
    latest = folder.parent / "latest"
    if latest.exists() and not latest.is_symlink():
        return
    temporary = folder.parent / f".latest.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(folder.name)
    temporary.replace(latest)


def now() -> str:
    """This moment as the CSVs and run.json write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
