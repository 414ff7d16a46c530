"""gate.csv: every slice a gate measured, used or not, one row each. Its only reader and its only writer.

The columns are the fields of quad.Slice and are listed nowhere else. The file is replaced as a whole after
every quad, so that a gate which is stopped keeps the quads it has and can be resumed.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import typing
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.files import replace_file
from gating.quad import BASELINE, CANDIDATE, MAIN, ORDERS, REPEAT, Quad, Slice, quads_of
from recordings.csv_table import CsvColumn, ResultsError, TableSchema, read_table

_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean", datetime: "datetime"}


def _columns() -> tuple[tuple[CsvColumn, bool], ...]:
    """Each column, and whether its cell may be empty."""
    hints = typing.get_type_hints(Slice)
    kinds = {name: typing.get_args(hint) or (hint,) for name, hint in hints.items()}
    return tuple((CsvColumn(name, _TYPES[kind[0]]), type(None) in kind) for name, kind in kinds.items())


_COLUMNS = _columns()
TABLE = TableSchema(
    "gate",
    "gate.csv",
    tuple(column for column, _ in _COLUMNS),
    frozenset(f.name for f in dataclasses.fields(Slice) if f.default is dataclasses.MISSING),
)


class GateCsv:
    """A gate's slices, on disk and in memory. Resumable: those of a file that is there are reused."""

    def __init__(self, path: Path):
        self.path = path
        self.slices: list[Slice] = read_slices(path) if path.is_file() else []

    def add(self, four: list[Slice]) -> None:
        """Keeps what one quad took, repeated slices included."""
        self.slices += four
        replace_file(self.path, _csv(self.slices))

    def quads(self, cell: str, stage: str) -> list[Quad]:
        return quads_of(s for s in self.slices if (s.cell, s.stage) == (cell, stage))

    @property
    def cells(self) -> list[str]:
        return list(dict.fromkeys(s.cell for s in self.slices))

    @property
    def blocks(self) -> int:
        return max((s.block for s in self.slices), default=0)


def read_slices(path: Path) -> list[Slice]:
    """Raises ResultsError with what is wrong with the file."""
    try:
        rows = read_table(path, TABLE)
    except OSError as error:
        raise ResultsError([f"{path}: cannot be read: {error.strerror}: name a gate.csv"]) from None
    mistakes = [
        f"{path} row {number}: {fault}: measure again, or correct the file"
        for number, row in enumerate(rows, start=1)
        if (fault := _fault(row))
    ]
    if mistakes:
        raise ResultsError(mistakes[:10])
    return [Slice(*row[: len(_COLUMNS)]) for row in rows]


def _fault(row: Any) -> str | None:
    """The first thing wrong with the row."""
    for column, optional in _COLUMNS:
        if not optional and getattr(row, column.name) is None:
            return f"{column.name} is empty"
    if row.stage not in (MAIN, REPEAT):
        return f"stage {row.stage!r} is neither main nor repeat"
    if row.side not in (BASELINE, CANDIDATE):
        return f"side {row.side!r} is neither baseline nor candidate"
    if row.order not in ORDERS or not 1 <= row.position <= 4:
        return f"order {row.order!r}, position {row.position} is no place in a quad"
    if ORDERS[row.order][row.position - 1] != row.side:
        return f"{row.side} does not stand at position {row.position} of {row.order}"
    if row.used and min(row.ok, row.requests, row.server_cpu_us_per_request, row.throughput_rps) <= 0:
        return "a used slice needs requests, answers and CPU time above zero"
    return None


def _csv(slices: list[Slice]) -> str:
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(column.name for column in TABLE.columns)
    writer.writerows([_cell(value) for value in dataclasses.astuple(one)] for one in slices)
    return output.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"{value:.6g}" if isinstance(value, float) else value
