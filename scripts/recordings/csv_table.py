"""A CSV file read by the names in its header: typed rows, or a list of what is wrong with the file.

Rows are named tuples made from the columns. An empty cell is None, and so is a column that the file lacks; a
column that nobody described is text."""

import csv
import json
import keyword
import sys
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice, repeat
from pathlib import Path
from typing import Any, TypeVar

from cli.errors import CommandFailed

ANOTHER_VERSION = (
    "made by another version: run scripts/bench again, or check out the commit its run.json names"
)
# By Frictionless' name: how an error calls it, how a cell is read, and all the characters that one may have:
# int() and float() also take '1_000', ' 1' and 'nan'.
TYPES: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "integer": ("an integer", int, "0123456789-"),
    "number": ("a number", float, "0123456789-+.eE"),
    "boolean": ("a boolean (0 or 1)", lambda cell: bool(["0", "1"].index(cell)), ""),
    "string": ("text", sys.intern, ""),
    "datetime": ("an ISO 8601 time", datetime.fromisoformat, ""),
}
_ROWS_AT_A_TIME = 20_000
_MISTAKES_SHOWN = 10

K, T = TypeVar("K"), TypeVar("T")
Row = Any  # a named tuple whose fields are the columns; `class` is spelled `class_`
# A column as Frictionless describes it. Ours may have `needed`: a file without it cannot be read.
Field = Mapping[str, Any]


class ResultsError(CommandFailed):
    """What is wrong with a recording, one line per mistake."""


def read_table(path: Path, fields: Mapping[str, Field]) -> list[Row]:
    """All rows of one CSV, typed; columns that are only there come last. Raises ResultsError."""
    rows: list[Row] = []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            _check(path, _mistakes_of_header(header, fields))
            cells = dict.fromkeys([*fields, *header], repeat(None))
            spelled = [name + "_" if keyword.iskeyword(name) else name for name in cells]
            row_type = namedtuple("Row", spelled, rename=True)  # a name Python lacks is a number
            columns = [fields.get(name, {"name": name, "type": "string"}) for name in header]
            while block := [(reader.line_num, row) for row in islice(reader, _ROWS_AT_A_TIME)]:
                cells |= zip(header, _convert(path, columns, block))
                rows.extend(map(row_type._make, zip(*cells.values())))
    except csv.Error as error:
        raise ResultsError([f"{path} line {reader.line_num}: {error}: {ANOTHER_VERSION}"]) from None
    except UnicodeDecodeError as error:
        raise ResultsError([f"{path}: not UTF-8 ({error.reason}): {ANOTHER_VERSION}"]) from None
    return rows


def _mistakes_of_header(header: list[str], fields: Mapping[str, Field]) -> list[tuple[int, str]]:
    twice = [(n, name) for n, name in enumerate(header, 1) if name in header[: n - 1]]
    missing = sorted(name for name, field in fields.items() if field.get("needed") and name not in header)
    texts = [f": column {n}: {name!r} is there twice" for n, name in twice]
    return [(1, text) for text in (*texts, *(f": the column {name!r} is missing" for name in missing))]


def _convert(path: Path, columns: list[Field], block: list[tuple[int, list[str]]]) -> list[list[Any]]:
    """The block's columns, typed, each as a whole: a cell is looked at alone only to name a mistake. A row
    comes with the line on which it ends: a quoted cell may hold line breaks."""
    width, values, mistakes = len(columns), [], []
    lines, rows = zip(*block)
    _check(
        path, [(line, f": {len(row)} cells, expected {width}") for line, row in block if len(row) != width]
    )
    for number, (column, cells) in enumerate(zip(columns, zip(*rows)), start=1):
        try:
            values.append(_typed(cells, column))
        except ValueError:
            for line, cell in zip(lines, cells):
                try:
                    _typed((cell,), column)
                except ValueError:
                    name = TYPES[column["type"]][0]
                    mistakes.append((line, f", column {number} ({column['name']}): {cell!r} is not {name}"))
    _check(path, sorted(mistakes))
    return values


def _typed(cells: tuple[str, ...], column: Field) -> list[Any]:
    """Raises ValueError."""
    _, parse, characters = TYPES.get(column["type"], TYPES["string"])
    if characters and set("".join(cells)).difference(characters):
        raise ValueError
    if all(cells):
        return list(map(parse, cells))
    return [parse(cell) if cell else None for cell in cells]


def _check(path: Path, mistakes: list[tuple[int, str]]) -> None:
    """Raises ResultsError if there are any, each with its line."""
    texts = [f"{path} line {line}{text}: {ANOTHER_VERSION}" for line, text in mistakes[:_MISTAKES_SHOWN]]
    if len(mistakes) > len(texts):
        texts.append(f"{path}: and {len(mistakes) - len(texts)} more mistakes")
    if texts:
        raise ResultsError(texts)


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """In the order in which each key first comes."""
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def read_header(path: Path) -> list[str]:
    """The names of a CSV's columns; what is wrong with it is for read_table to say."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        return next(csv.reader(file), [])


def read_json(path: Path, fix: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultsError([f"{path}: not found: {fix}"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError([f"{path}: cannot be read ({error}): {fix}"]) from None
    except json.JSONDecodeError as error:
        raise ResultsError([f"{path} line {error.lineno}: not JSON ({error.msg}): {fix}"]) from None
