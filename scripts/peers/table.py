"""peers.csv: THE list of its columns, from which rows are written and by which they are read.

`loadgen --schema` describes the files that the generator writes; this one the bench writes.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, NamedTuple

from recordings.csv_table import Column, Row, TableSchema, read_table

FILE = "peers.csv"


class Described(NamedTuple):
    name: str
    type: str
    meaning: str


COLUMNS = (
    Described("recording", "string", "the folder's name"),
    Described("suite", "string", "the suite's name"),
    Described("client", "string", "the load generator"),
    Described("workload", "string", "what was asked of it"),
    Described("repetition", "integer", "from 1; ratios are between runs of one repetition"),
    Described("requests", "integer", "requests that the tool says were completed"),
    Described("errors", "integer", "replies other than 2xx, and requests without a reply"),
    Described("duration_s", "number", "how long the tool says it took, with as many digits as it prints"),
    Described("throughput_rps", "number", "requests per second as the tool prints it"),
    Described(
        "cpu_us_per_request", "number", "user and system time of the whole process (wait4) per request"
    ),
    Described(
        "latency_mean_us", "number", "as the tool prints it; each has its own idea of where latency begins"
    ),
    Described("latency_p99_us", "number", "as the tool prints it"),
    Described("latency_minus_service_mean_us", "number", "loadgen: what queueing, connecting and lag added"),
    Described("tool_version", "string", "as the tool or the package manager tells it"),
    Described("pinned", "boolean", "whether server and client each had a core to themselves"),
    Described("started_at", "datetime", "when the tool was started, UTC"),
    Described("fault", "string", "why the run does not count; empty where it does"),
)

TABLE = TableSchema("peers", FILE, tuple(Column(column.name, column.type) for column in COLUMNS))


def header() -> bytes:
    return _line([column.name for column in COLUMNS])


def line(values: dict[str, Any]) -> bytes:
    """A row; every column must have a value, None for an empty cell."""
    if values.keys() != {column.name for column in COLUMNS}:
        raise ValueError(f"not the columns of {FILE}: {sorted(values.keys() ^ {c.name for c in COLUMNS})}")
    return _line([_cell(values[column.name]) for column in COLUMNS])


def read(folder: Path) -> list[Row]:
    """The rows of a recording; none if it has no finished run. Raises ResultsError for another's columns."""
    path = folder / FILE
    return read_table(path, TABLE) if path.is_file() else []


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _line(cells: list[str]) -> bytes:
    output = io.StringIO(newline="")
    csv.writer(output, lineterminator="\r\n").writerow(cells)
    return output.getvalue().encode()
