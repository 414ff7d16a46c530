"""CSV files checked against a table schema: typed rows, or a list of what is wrong with the file.

The schema is results/schema.json, which `loadgen --schema` writes from the one list of columns there is. A
file that does not match it is refused with the file, the line, the column and the fix. Rows are named tuples
made from the schema, so no column is listed here a second time. An empty cell is None.
"""

from __future__ import annotations

import csv
import json
import keyword
import sys
from collections import namedtuple
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, repeat
from pathlib import Path
from typing import Any

ANOTHER_VERSION = (
    "made by another version: run scripts/bench again, or check out the commit its run.json names"
)

# summary.csv gains columns from version to version: a recording without them is still one.
_NEEDED = {"summary": frozenset("recording suite variant workload repetition requests ok verdict".split())}

_ROWS_AT_A_TIME = 20_000
_MISTAKES_SHOWN = 10

Row = Any  # a named tuple whose fields are the schema's columns; `class` is spelled `class_`


class ResultsError(Exception):
    """What is wrong with a recording, one line per mistake."""

    def __init__(self, mistakes: Iterable[str]):
        self.mistakes = list(mistakes)
        super().__init__("\n".join(self.mistakes))


@dataclass(frozen=True)
class Column:
    name: str
    type: str


@dataclass(frozen=True)
class Table:
    """`needed`: the columns that must be there, None for all; another is unknown where a file lacks it."""

    name: str
    path: str
    columns: tuple[Column, ...]
    needed: frozenset[str] | None = None


def read_schema(path: Path) -> dict[str, Table]:
    """The tables of a Frictionless schema as `loadgen --schema` writes it, by name."""
    data = read_json(path, f"write it with: build/release/loadgen/loadgen --schema > {path}")
    try:
        tables = [
            Table(
                r["name"],
                r["path"],
                tuple(Column(f["name"], f["type"]) for f in r["schema"]["fields"]),
                _NEEDED.get(r["name"]),
            )
            for r in data["resources"]
        ]
    except (KeyError, TypeError) as error:
        raise ResultsError([f"{path}: not a table schema ({error}): {ANOTHER_VERSION}"]) from None
    unknown = [
        f"{path}: {table.name}.{column.name} has the unknown type {column.type!r}: {ANOTHER_VERSION}"
        for table in tables
        for column in table.columns
        if column.type not in _TYPES
    ]
    if unknown:
        raise ResultsError(unknown)
    return {table.name: table for table in tables}


def read_table(path: Path, table: Table) -> list[Row]:
    """All rows of one CSV, typed. Raises ResultsError with the first mistakes found."""
    row_type = _row_type(table)
    rows: list[Row] = []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file, strict=True)
            present = _check_header(path, table, next(reader, []))
            absent = dict.fromkeys((c.name for c in table.columns if c not in present), repeat(None))
            while block := list(islice(reader, _ROWS_AT_A_TIME)):
                found = _convert(path, present, block, len(rows))
                cells = absent | {column.name: values for column, values in zip(present, found)}
                rows.extend(map(row_type._make, zip(*(cells[column.name] for column in table.columns))))
    except csv.Error as error:
        raise ResultsError([f"{path} line {reader.line_num}: {error}: {ANOTHER_VERSION}"]) from None
    except UnicodeDecodeError as error:
        raise ResultsError([f"{path}: not UTF-8 ({error.reason}): {ANOTHER_VERSION}"]) from None
    return rows


def _check_header(path: Path, table: Table, header: list[str]) -> list[Column]:
    """The columns that are there."""
    present = [c for c in table.columns if table.needed is None or c.name in {*table.needed, *header}]
    expected = [column.name for column in present]
    if header == expected:
        return present
    where = f"{path} line 1"
    for number, (found, wanted) in enumerate(zip(header, expected), start=1):
        if found != wanted:
            raise ResultsError(
                [f"{where}, column {number}: found {found!r}, expected {wanted!r}: {ANOTHER_VERSION}"]
            )
    if len(header) > len(expected):
        number = len(expected) + 1
        raise ResultsError(
            [f"{where}, column {number}: {header[number - 1]!r} is unknown: {ANOTHER_VERSION}"]
        )
    number = len(header) + 1
    raise ResultsError([f"{where}, column {number}: {expected[number - 1]!r} is missing: {ANOTHER_VERSION}"])


def _convert(path: Path, expected: list[Column], block: list[list[str]], rows_before: int) -> list[list[Any]]:
    """The block's columns, typed, each as a whole: a cell is looked at alone only to name a mistake."""
    mistakes: list[tuple[int, str]] = []
    width = len(expected)
    for index, row in enumerate(block):
        if len(row) != width:
            mistakes.append((index, f": {len(row)} cells, expected {width}"))
    columns: list[list[Any]] = []
    if not mistakes:
        for number, (column, cells) in enumerate(zip(expected, zip(*block)), start=1):
            try:
                columns.append(_TYPES[column.type](cells))
            except ValueError:
                bad = ((i, cell) for i, cell in enumerate(cells) if not _fits(column.type, cell))
                text = f", column {number} ({column.name}): {{!r}} is not {_article(column.type)}"
                mistakes += [(index, text.format(cell)) for index, cell in bad]
    if mistakes:
        mistakes.sort()
        lines = _line_numbers(path, [rows_before + index for index, _ in mistakes[:_MISTAKES_SHOWN]])
        shown = [f"{path} line {line}{text}: {ANOTHER_VERSION}" for line, (_, text) in zip(lines, mistakes)]
        more = len(mistakes) - len(shown)
        raise ResultsError(shown + ([f"{path}: and {more} more mistakes"] if more else []))
    return columns


def _integers(cells: tuple[str, ...]) -> list[int | None]:
    _only(cells, "0123456789-")
    return list(map(int, cells)) if all(cells) else [int(cell) if cell else None for cell in cells]


def _numbers(cells: tuple[str, ...]) -> list[float | None]:
    _only(cells, "0123456789-+.eE")
    return list(map(float, cells)) if all(cells) else [float(cell) if cell else None for cell in cells]


def _booleans(cells: tuple[str, ...]) -> list[bool | None]:
    values = {"1": True, "0": False, "": None}
    try:
        return [values[cell] for cell in cells]
    except KeyError:
        raise ValueError from None


def _strings(cells: tuple[str, ...]) -> list[str | None]:
    return [sys.intern(cell) if cell else None for cell in cells]


def _datetimes(cells: tuple[str, ...]) -> list[datetime | None]:
    return [datetime.fromisoformat(cell) if cell else None for cell in cells]


def _only(cells: Iterable[str], allowed: str) -> None:
    """int() and float() also take '1_000', ' 1' and 'nan'; a CSV of ours has none of them."""
    if not set("".join(cells)) <= set(allowed):
        raise ValueError


_TYPES: dict[str, Callable[[tuple[str, ...]], list[Any]]] = {
    "integer": _integers,
    "number": _numbers,
    "boolean": _booleans,
    "string": _strings,
    "datetime": _datetimes,
}


def _fits(kind: str, cell: str) -> bool:
    try:
        _TYPES[kind]((cell,))
    except ValueError:
        return False
    return True


def _article(kind: str) -> str:
    return {
        "integer": "an integer",
        "boolean": "a boolean (0 or 1)",
        "datetime": "an ISO 8601 time",
    }.get(kind, f"a {kind}")


def _line_numbers(path: Path, row_indexes: list[int]) -> list[int]:
    """The lines on which these data rows end; a quoted cell may hold line breaks, so rows are not lines."""
    wanted = set(row_indexes)
    found: dict[int, int] = {}
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        for index, _ in enumerate(islice(reader, max(wanted) + 1)):
            if index in wanted:
                found[index] = reader.line_num
    return [found[index] for index in row_indexes]


def _row_type(table: Table) -> Any:
    names = [column.name + "_" if keyword.iskeyword(column.name) else column.name for column in table.columns]
    return namedtuple(f"{table.name}_row", names)


def read_json(path: Path, fix: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultsError([f"{path}: not found: {fix}"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError([f"{path}: cannot be read ({error}): {fix}"]) from None
    except json.JSONDecodeError as error:
        raise ResultsError([f"{path} line {error.lineno}: not JSON ({error.msg}): {fix}"]) from None
