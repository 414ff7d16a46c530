"""What a recording says of its own files: which columns there are, and how each is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recordings.csv_table import (
    BENCH_FIELDS,
    COMPANY_FIELDS,
    RUN_KEYS,
    ResultsError,
    fields_of,
    own_resources,
    resources_of,
    table_schema,
    todays_resources,
    write_description,
)
from recordings.recording import Recording


def resource(path: str, *names: str, **types: str) -> dict:
    fields = [{"name": name, "type": types.get(name, "string")} for name in names]
    return {"name": path.removesuffix(".csv"), "path": path, "schema": {"fields": fields}}


def schema(folder: Path, *resources: dict) -> Path:
    path = folder / "schema.json"
    path.write_text(json.dumps({"resources": list(resources)}))
    return path


ROWS = [resource(f"{name}.csv", "variant") for name in ("requests", "latency", "throughput")]


def test_todays_summary_is_the_generators_and_then_the_benchs_columns(tmp_path):
    made = todays_resources(
        schema(tmp_path, resource("summary.csv", "variant", "client", "ok", "suite"), *ROWS)
    )
    assert list(made) == ["summary.csv", "requests.csv", "latency.csv", "throughput.csv", "wire.csv"]
    names = list(fields_of(made["summary.csv"]))
    assert names == ["variant", "client", "ok", "suite", *(n for n in BENCH_FIELDS if n != "client")]
    assert set(COMPANY_FIELDS) < set(names)
    wire = list(fields_of(made["wire.csv"]))
    assert wire[:3] == ["variant", "client", "suite"]  # which run it is, as in the summary
    assert len(wire) > 3 and not set(wire[3:]) & set(RUN_KEYS)
    assert made["wire.csv"]["encoding"] == "utf-8" and "fields" not in made["wire.csv"]


def test_a_field_without_a_type_is_text_and_one_of_a_kind_nobody_knows_is_refused(tmp_path):
    bare = {"name": 7, "path": "summary.csv", "schema": {"fields": [{"name": "note"}]}}
    made = todays_resources(schema(tmp_path, bare, *ROWS))["summary.csv"]
    assert made["name"] == "7" and made["schema"]["fields"][0] == {"type": "string", "name": "note"}
    path = schema(tmp_path, resource("summary.csv", "variant", "ok", ok="colour"), *ROWS[:2])
    with pytest.raises(ResultsError) as caught:
        todays_resources(path)
    unknown, absent = caught.value.mistakes
    assert unknown.startswith(
        f"{path}: summary.csv, ok: the type 'colour' is unknown: made by another version"
    )
    assert absent.startswith(f"{path}: describes no throughput.csv: made by another version")


def test_a_recording_from_before_it_described_itself_has_no_description(tmp_path):
    assert own_resources(tmp_path) == {}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [resource("own.csv", "a")]}))
    assert list(own_resources(tmp_path)) == ["own.csv"]


def test_columns_that_a_file_lacks_are_named_but_for_the_benchs_own(tmp_path):
    columns = fields_of(todays_resources()["summary.csv"]).keys() - BENCH_FIELDS - {"suite", "ok"}
    (tmp_path / "summary.csv").write_text(",".join([*sorted(columns), "odd"]) + "\n")
    (tmp_path / "own.csv").write_text("a\n")
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [resource("own.csv", "a", "b")]}))
    assert Recording(tmp_path, None).lacking == {"summary.csv": ["ok", "suite"]}


def test_a_column_is_read_as_the_recording_says_before_what_is_said_today(tmp_path):
    today = table_schema(resources_of(tmp_path)["latency.csv"])
    own = resource("latency.csv", "lower_us", "odd", lower_us="integer")
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [own]}))
    fields = table_schema(resources_of(tmp_path)["latency.csv"])
    assert (fields["lower_us"]["type"], fields["odd"]["type"]) == ("integer", "string")
    assert today["lower_us"]["type"] == "number" and "odd" not in today
    assert fields["upper_us"] == today["upper_us"]


def test_every_row_has_a_client_and_cannot_be_read_without_saying_which_run_it_is():
    fields = table_schema(resource("latency.csv", "variant", "lower_us"))
    assert fields["client"]["type"] == "string" and not fields["client"].get("needed")
    assert [name for name, field in fields.items() if field.get("needed")] == [
        "variant",
        "workload",
        "repetition",
    ]
    assert fields["workload"]["type"] == "string"
    typed = table_schema(resource("summary.csv", "repetition", repetition="integer"))
    assert (typed["repetition"]["type"], typed["repetition"]["needed"]) == ("integer", True)
    assert typed["verdict"]["needed"]


def described(folder: Path, run: dict) -> dict:
    write_description(folder, run)
    return json.loads((folder / "datapackage.json").read_text())


def test_a_folder_is_described_by_its_files_with_todays_before_its_own(tmp_path):
    folder = tmp_path / "Gate-1"
    folder.mkdir()
    own = resource("own.csv", "a", "at", a="integer", at="datetime")
    (folder / "datapackage.json").write_text(json.dumps({"resources": [own, resource("gone.csv", "x")]}))
    (folder / "own.csv").write_text("at,a,new\n")
    (folder / "summary.csv").write_text("started_at,ok\n")
    package = described(folder, {"title": None, "suite": "hundred"})
    assert {key: package[key] for key in package if key != "resources"} == {
        "profile": "tabular-data-package",
        "name": "gate-1",
        "title": "hundred",
    }
    summary, mine = package["resources"]
    assert (summary["path"], mine["path"]) == ("summary.csv", "own.csv")
    assert [field["name"] for field in summary["schema"]["fields"]] == ["started_at", "ok"]
    assert [field.get("format") for field in summary["schema"]["fields"]] == ["any", None]
    assert mine["schema"]["fields"] == [
        {"type": "datetime", "name": "at", "format": "any"},
        {"type": "integer", "name": "a"},
        {"name": "new", "type": "string"},
    ]
    assert mine["schema"]["missingValues"] == [""] and mine["encoding"] == "utf-8"


def test_a_recording_is_called_by_its_own_name_and_title(tmp_path):
    run = {"recording": "Hundred-2", "title": "100 at once", "suite": "hundred", "started_at": "2024-03-01"}
    package = described(tmp_path, run)
    assert package == {
        "profile": "tabular-data-package",
        "name": "hundred-2",
        "title": "100 at once",
        "created": "2024-03-01",
        "resources": [],
    }


def test_a_file_is_described_as_it_was_when_it_was_made(tmp_path):
    own = resource("latency.csv", "lower_us", lower_us="integer") | {"title": "of then"}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [own]}))
    (tmp_path / "latency.csv").write_text("lower_us,requests\n")
    [latency] = described(tmp_path, {})["resources"]
    assert latency["title"] == "of then"
    types = {field["name"]: field["type"] for field in latency["schema"]["fields"]}
    assert types == {"lower_us": "integer", "requests": "integer"}  # the second as it is today
