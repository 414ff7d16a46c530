"""The description that travels with a recording: datapackage.json, a Frictionless tabular data package.

results/schema.json describes the files of today's generator (`loadgen --schema` writes it) and BENCH_FIELDS
what the bench adds to them. A recording's own description is of the files and columns that it really has."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.files import ROOT, replace_json
from recordings.csv_table import ANOTHER_VERSION, TYPES, Field, ResultsError, read_header, read_json

SCHEMA_PATH = ROOT / "results" / "schema.json"
DESCRIPTION = "datapackage.json"
SUMMARY = "summary.csv"
RUN_KEYS = ("recording", "suite", "variant", "client", "workload", "repetition")
ROWS = ("requests.csv", "latency.csv", "throughput.csv")
WIRE = "wire.csv"

_COLUMNS = tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))
COMPANY_FIELDS = {field["name"]: field for field in _COLUMNS["company"]}
BENCH_FIELDS = {field["name"]: field for field in _COLUMNS["bench"]} | COMPANY_FIELDS

Resource = dict[str, Any]  # one file, as Frictionless describes it


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
