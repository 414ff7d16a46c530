"""The CSVs of a recording as typed rows, or a list of what is wrong; and datapackage.json, the description
that travels with them: a Frictionless data package of the files and columns that the recording really has.
Today's are in results/schema.json (`loadgen --schema` writes it) and, what the bench adds, columns.toml.

Rows are named tuples made from the columns. An empty cell is None, and so is a column that the file lacks; a
column that nobody described is text."""

import csv
import json
import keyword
import sys
import tomllib
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice, repeat
from pathlib import Path
from typing import Any, TypeVar

from cli.errors import CommandFailed
from cli.files import ROOT, replace_json

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
SCHEMA_PATH = ROOT / "results" / "schema.json"
DESCRIPTION = "datapackage.json"
SUMMARY = "summary.csv"
RUN_KEYS = ("recording", "suite", "variant", "client", "workload", "repetition")
ROWS = ("requests.csv", "latency.csv", "throughput.csv")
WIRE = "wire.csv"

_COLUMNS = tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))
COMPANY_FIELDS = {field["name"]: field for field in _COLUMNS["company"]}
BENCH_FIELDS = {field["name"]: field for field in _COLUMNS["bench"]} | COMPANY_FIELDS
_ROWS_AT_A_TIME = 20_000
_MISTAKES_SHOWN = 10

K, T = TypeVar("K"), TypeVar("T")
Row = Any  # a named tuple whose fields are the columns; `class` is spelled `class_`
# A column as Frictionless describes it. Ours may have `needed`: a file without it cannot be read.
Field = Mapping[str, Any]
Resource = dict[str, Any]  # one file, as Frictionless describes it


class ResultsError(CommandFailed):
    """What is wrong with a recording, one line per mistake."""


def read_table(path: Path, fields: Mapping[str, Field]) -> list[Row]:
    """All rows of one CSV, typed; columns that are only there come last. Raises ResultsError."""
    rows: list[Row] = []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            twice = [(n, name) for n, name in enumerate(header, 1) if name in header[: n - 1]]
            texts = [f": column {n}: {name!r} is there twice" for n, name in twice]
            missing = (name for name, field in fields.items() if field.get("needed") and name not in header)
            texts += [f": the column {name!r} is missing" for name in sorted(missing)]
            _check(path, [(1, text) for text in texts])
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


def todays_resources(schema_path: Path = SCHEMA_PATH) -> dict[str, Resource]:
    """The files of a recording made today, by their name."""
    fix = f"write it with: build/release/loadgen/loadgen --schema > {schema_path}"
    resources = _read_resources(schema_path, fix)
    mistakes = [
        f"{file}, {field['name']}: the type {field['type']!r} is unknown"
        for file, resource in resources.items()
        for field in resource["schema"]["fields"]
        if field["type"] not in TYPES
    ]
    mistakes += [f"describes no {file}" for file in (SUMMARY, *ROWS) if file not in resources]
    if mistakes:
        raise ResultsError(f"{schema_path}: {mistake}: {ANOTHER_VERSION}" for mistake in mistakes)
    names = fields_of(resources[SUMMARY])
    keys = [field for name, field in names.items() if name in RUN_KEYS]
    resources[SUMMARY]["schema"]["fields"] += [f for name, f in BENCH_FIELDS.items() if name not in names]
    wire = {**_COLUMNS["csv"], **_COLUMNS["wire"]}
    resources[WIRE] = wire | {"schema": {"fields": [*keys, *wire.pop("fields")]}}
    return resources


def own_resources(folder: Path) -> dict[str, Resource]:
    """The files that a recording describes itself, by their name; none in one from before it did."""
    path = folder / DESCRIPTION
    fix = f"remove it, and the columns are taken to be those of results/{SCHEMA_PATH.name}"
    return _read_resources(path, fix) if path.is_file() else {}


def resources_of(folder: Path) -> dict[str, Resource]:
    """The files of a recording, by their name, there or not; what it says itself goes before today's."""
    resources = todays_resources()
    for name, own in own_resources(folder).items():
        fields = (fields_of(resources[name]) if name in resources else {}) | fields_of(own)
        resources[name] = own | {"schema": own["schema"] | {"fields": [*fields.values()]}}
    return resources


def fields_of(resource: Resource) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in resource["schema"]["fields"]}


def table_schema(resource: Resource) -> dict[str, Field]:
    """How the file's columns are read. Every row has a client, whether the file names it or not."""
    fields = {"client": BENCH_FIELDS["client"]} | fields_of(resource)
    for name in _COLUMNS["needed"].get(resource["path"], _COLUMNS["needed"]["any"]):
        fields[name] = fields.get(name, {"name": name, "type": "string"}) | {"needed": True}
    return fields


def write_description(folder: Path, run: Mapping[str, Any]) -> None:
    """Describes the CSVs that are in the folder, with the columns that are in their headers; one that nobody
    knows is text."""
    there = {n: resource for n, resource in resources_of(folder).items() if (folder / n).is_file()}
    for file, resource in there.items():
        fields = fields_of(resource)
        columns = [fields.get(name, {"name": name, "type": "string"}) for name in read_header(folder / file)]
        # By default a Frictionless time has no milliseconds.
        columns = [column | ({"format": "any"} if column["type"] == "datetime" else {}) for column in columns]
        schema = {"missingValues": [""], **resource["schema"], "fields": columns}
        there[file] = {**_COLUMNS["csv"], **resource, "schema": schema}
    package = {
        "profile": "tabular-data-package",
        "name": str(run.get("recording") or folder.name).lower(),
        "title": run.get("title") or run.get("suite"),
        "created": run.get("started_at"),
        "resources": [*there.values()],
    }
    replace_json(folder / DESCRIPTION, {key: value for key, value in package.items() if value is not None})


def _read_resources(path: Path, fix: str) -> dict[str, Resource]:
    data = read_json(path, fix)
    try:
        for resource in data["resources"]:
            schema, resource["name"] = resource["schema"], str(resource["name"])
            schema["fields"] = [{"type": "string", **f, "name": f["name"]} for f in schema["fields"]]
        return {resource["path"]: resource for resource in data["resources"]}
    except (KeyError, TypeError) as error:
        raise ResultsError([f"{path}: not a table schema ({error}): {fix}"]) from None
