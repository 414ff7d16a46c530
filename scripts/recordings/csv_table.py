"""A CSV file read by the names in its header: typed rows, or a list of what is wrong with the file.

Rows are named tuples made from the columns. An empty cell is None, and so is a column that the file lacks; a
column that nobody described is text.
"""

import csv
import json
import keyword
import sys
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice, repeat
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from cli.errors import CommandFailed

ANOTHER_VERSION = (
    "made by another version: run scripts/bench again, or check out the commit its run.json names"
)

K, T = TypeVar("K"), TypeVar("T")
_ROWS_AT_A_TIME = 20_000
_MISTAKES_SHOWN = 10

Row = Any  # a named tuple whose fields are the columns; `class` is spelled `class_`
# A column as Frictionless describes it. Ours may have `needed`: a file without it cannot be read; and
# `default`: what an empty cell means, and a file that lacks the column.
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
            _check_header(path, fields, header)
            names = dict.fromkeys([*fields, *header])
            spelled = [name + "_" if keyword.iskeyword(name) else name for name in names]
            row_type = namedtuple("Row", spelled, rename=True)  # a name Python lacks is a number
            cells = names | {name: repeat(field.get("default")) for name, field in fields.items()}
            columns = [fields.get(name, {"name": name, "type": "string"}) for name in header]
            while block := [(reader.line_num, row) for row in islice(reader, _ROWS_AT_A_TIME)]:
                cells |= zip(header, _convert(path, columns, block))
                rows.extend(map(row_type._make, zip(*cells.values())))
    except csv.Error as error:
        raise ResultsError([f"{path} line {reader.line_num}: {error}: {ANOTHER_VERSION}"]) from None
    except UnicodeDecodeError as error:
        raise ResultsError([f"{path}: not UTF-8 ({error.reason}): {ANOTHER_VERSION}"]) from None
    return rows


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


def _check_header(path: Path, fields: Mapping[str, Field], header: list[str]) -> None:
    twice = [(n, name) for n, name in enumerate(header, 1) if name in header[: n - 1]]
    mistakes = [f"column {n}: {name!r} is there twice" for n, name in twice]
    needed = {name for name, field in fields.items() if field.get("needed")}
    mistakes += [f"the column {name!r} is missing" for name in sorted(needed - set(header))]
    if mistakes:
        raise ResultsError(f"{path} line 1: {mistake}: {ANOTHER_VERSION}" for mistake in mistakes)


def _convert(path: Path, columns: list[Field], block: list[tuple[int, list[str]]]) -> list[list[Any]]:
    """The block's columns, typed, each as a whole: a cell is looked at alone only to name a mistake. A row
    comes with the line on which it ends: a quoted cell may hold line breaks."""
    width, values = len(columns), []
    lines, rows = zip(*block)
    mistakes = [(line, f": {len(row)} cells, expected {width}") for line, row in block if len(row) != width]
    for number, (column, cells) in enumerate(zip(columns, () if mistakes else zip(*rows)), start=1):
        kind = TYPES.get(column["type"], TYPES["string"])
        try:
            values.append(kind.typed(cells, column.get("default")))
        except (KeyError, ValueError):
            where = f", column {number} ({column['name']})"
            for line, cell in zip(lines, cells):
                try:
                    kind.typed((cell,))
                except (KeyError, ValueError):
                    mistakes.append((line, f"{where}: {cell!r} is not {kind.name}"))
    if mistakes:
        most = sorted(mistakes)[:_MISTAKES_SHOWN]
        texts = [f"{path} line {line}{text}: {ANOTHER_VERSION}" for line, text in most]
        more = len(mistakes) - len(texts)
        raise ResultsError(texts + ([f"{path}: and {more} more mistakes"] if more else []))
    return values


class _Type(NamedTuple):
    """`characters`: all that a cell may have; int() and float() also take '1_000', ' 1' and 'nan'."""

    name: str
    parse: Callable[[str], Any]
    characters: frozenset[str] | None = None

    def typed(self, cells: tuple[str, ...], default: Any = None) -> list[Any]:
        """Raises ValueError or KeyError."""
        if self.characters and not self.characters.issuperset("".join(cells)):
            raise ValueError
        if all(cells):
            return list(map(self.parse, cells))
        return [self.parse(cell) if cell else default for cell in cells]


TYPES = {
    "integer": _Type("an integer", int, frozenset("0123456789-")),
    "number": _Type("a number", float, frozenset("0123456789-+.eE")),
    "boolean": _Type("a boolean (0 or 1)", {"1": True, "0": False}.__getitem__),
    "string": _Type("text", sys.intern),
    "datetime": _Type("an ISO 8601 time", datetime.fromisoformat),
}


def read_json(path: Path, fix: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultsError([f"{path}: not found: {fix}"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError([f"{path}: cannot be read ({error}): {fix}"]) from None
    except json.JSONDecodeError as error:
        raise ResultsError([f"{path} line {error.lineno}: not JSON ({error.msg}): {fix}"]) from None
