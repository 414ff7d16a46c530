"""A recording while it is being made: its folder, its CSVs growing run by run, its run.json.

The only writer of a recording; results.py is the reader. Each file is replaced as a whole (a temporary name,
then a rename), so that a reader never sees half a file and a bench that is killed keeps every finished run.
summary.csv comes after the other CSVs and run.json last: a run that has a summary has all of its rows.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.paths import shown
from recordings.csv_table import read_schema
from recordings.recording import FAILED, SCHEMA_PATH, unanswered

_ORDER = ("requests.csv", "latency.csv", "throughput.csv", "summary.csv")


class RecordingError(Exception):
    """The generator's files are not what they should be."""


class RecordingWriter:
    """`about` is run.json, which is written again after every run."""

    def __init__(self, folder: Path, about: dict[str, Any]):
        self.folder = folder
        self.runs_kept = 0
        self._about = {
            **about,
            "recording": folder.name,
            "started_at": now(),
            "finished_at": None,
            "runs": [],
        }
        self._write_about()

    @staticmethod
    def is_complete(run_folder: Path) -> bool:
        """Whether all of a run's CSVs are there."""
        return all((run_folder / name).is_file() for name in _ORDER)

    def keep(self, run_folder: Path, changes: dict[str, Any], fault: str | None = None) -> dict[str, str]:
        """Adds one run's CSVs, with `changes` (column: value) made to its summary, which it returns.

        A run with a fault, or without one reply that is ok, is kept with the verdict `failed` and the reason.
        Raises RecordingError, and adds nothing, if a file is missing or has other columns than before.
        """
        additions = {name: _rows(run_folder / name) for name in _ORDER}
        header, rows = additions["summary.csv"]
        summary, rows = _changed(header, rows, changes, fault)
        additions["summary.csv"] = header, rows
        for name, (header, _) in additions.items():
            if (path := self.folder / name).is_file() and _rows(path, header_only=True)[0] != header:
                raise RecordingError(f"loadgen wrote a {name} with other columns than in the runs before")
        for name, (header, rows) in additions.items():
            _append(self.folder / name, header, rows)
        self.runs_kept += 1
        _point_latest(self.folder)
        return summary

    def add_run(self, row: dict[str, Any], fault: str | None = None) -> dict[str, str]:
        """Adds the summary of a run whose client writes no CSVs, and returns it.

        `row` is by column of summary.csv, and what that has no column for is left out. The verdict becomes
        `failed` as in `keep`.
        """
        columns = [column.name for column in read_schema(SCHEMA_PATH)["summary"].columns]
        header = (",".join(columns) + "\r\n").encode()
        path = self.folder / "summary.csv"
        if path.is_file() and _rows(path, header_only=True)[0] != header:
            raise RecordingError(
                "loadgen wrote a summary.csv with other columns than results/schema.json has"
            )
        summary, line = _changed(header, b"," * (len(columns) - 1) + b"\r\n", row, fault)
        _append(path, header, line)
        self.runs_kept += 1
        _point_latest(self.folder)
        return summary

    def note(self, variant: str, workload: str, repetition: int, fault: str | None, client: str) -> None:
        """Adds a run to run.json, with what went wrong if something did."""
        self._about["runs"].append(
            {
                "variant": variant,
                "client": client,
                "workload": workload,
                "repetition": repetition,
                "status": "failed" if fault else "ok",
                "note": fault or "",
            }
        )
        self._write_about()

    def tell(self, key: str, value: Any) -> None:
        """Adds to run.json what was found out meanwhile."""
        self._about[key] = value
        self._write_about()

    def finish(self) -> None:
        self._about["finished_at"] = now()
        self._write_about()

    def discard(self) -> None:
        """Removes the folder: for a recording that was ended before its first run."""
        shutil.rmtree(self.folder)

    def _write_about(self) -> None:
        text = json.dumps(self._about, indent=2, ensure_ascii=False) + "\n"
        _replace(self.folder / "run.json", text.encode())


def say_interrupted(writer: RecordingWriter) -> None:
    """Says what is left of an interrupted bench, unless the terminal it would say it to has gone."""
    where = shown(writer.folder)
    kept = f"{writer.runs_kept} finished runs are in {where}; their report: scripts/report.py {where}"
    if not writer.runs_kept:
        writer.discard()
        kept = "no run had finished, nothing is kept"
    with contextlib.suppress(OSError):
        print(f"\nbench: interrupted; no server is left running; {kept}", file=sys.stderr)


def new_folder(results: Path, suite: str) -> Path:
    """Makes the folder of a new recording, named after the suite and the time."""
    stem = f"{suite}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    results.mkdir(parents=True, exist_ok=True)
    for name in (stem, *(f"{stem}-{n}" for n in range(2, 100))):
        try:
            (results / name).mkdir()
            return results / name
        except FileExistsError:
            continue  # another bench began in the same second
    raise FileExistsError(f"{results / stem}: a hundred recordings of the same second")


def _rows(path: Path, header_only: bool = False) -> tuple[bytes, bytes]:
    """The header line and the rest. The header's names need no quotes, so that its line is the first."""
    try:
        with path.open("rb") as file:
            return file.readline(), b"" if header_only else file.read()
    except FileNotFoundError:
        raise RecordingError(f"loadgen wrote no {path.name}") from None


def _changed(
    header: bytes, rows: bytes, changes: dict[str, Any], fault: str | None
) -> tuple[dict[str, str], bytes]:
    """The summary's one row with the changes made, as cells by column and as it is written."""
    reader = csv.DictReader(io.StringIO((header + rows).decode(), newline=""))
    columns = list(reader.fieldnames or ())
    changes = {name: value for name, value in changes.items() if name in columns}
    summaries = list(reader)
    if len(summaries) != 1:
        raise RecordingError(f"loadgen wrote a summary.csv of {len(summaries)} rows, one was expected")
    if fault := fault or unanswered({**summaries[0], **changes}):
        changes = {**changes, "verdict": FAILED, "reasons": fault}
    summary = {
        **summaries[0],
        **{name: "" if value is None else str(value) for name, value in changes.items()},
    }
    output = io.StringIO(newline="")
    line_end = "\r\n" if header.endswith(b"\r\n") else "\n"
    csv.DictWriter(output, columns, lineterminator=line_end).writerow(summary)
    return summary, output.getvalue().encode()


def _append(path: Path, header: bytes, rows: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    if path.is_file():
        shutil.copyfile(path, temporary)
        with temporary.open("ab") as file:
            file.write(rows)
    else:
        temporary.write_bytes(header + rows)
    os.replace(temporary, path)


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def _point_latest(folder: Path) -> None:
    """`latest` beside the recording points to it. Something else of that name is left alone."""
    latest = folder.parent / "latest"
    if latest.exists() and not latest.is_symlink():
        return
    temporary = folder.parent / f".latest.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(folder.name)
    os.replace(temporary, latest)


def now() -> str:
    """This moment as the CSVs and run.json write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
