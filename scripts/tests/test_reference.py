"""A recording becomes a committed one, whole or without its rows; and every committed one is read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from pages import reference
from pages import page as report
from metrics.digest import digests
from words.findings import findings
from recordings.recording import Recording, ResultsError
from synthetic import build


def test_a_recording_is_kept_whole_with_a_report_of_its_own(tmp_path):
    made = reference.keep(build(tmp_path / "made"), tmp_path / "kept", without_rows=False)
    names = {path.name for path in made.iterdir()}
    assert names >= {"summary.csv", "requests.csv", "run.json", "report.html", "charts"}


def test_without_rows_it_has_its_charts_and_nothing_is_said_to_be_missing(tmp_path):
    made = reference.keep(build(tmp_path / "made"), tmp_path / "kept", without_rows=True)
    names = {path.name for path in made.iterdir()}
    assert names == {"charts", "classes.csv", "datapackage.json", "report.html", "run.json", "summary.csv"}
    assert (made / "charts" / "percentiles.svg").is_file()
    assert json.loads((made / "run.json").read_text())["left_out"] == list(reference.ROWS)
    kept = Recording.load(made)
    assert not any("missing" in finding.text for finding in findings(kept, digests(kept)))


def test_charts_that_could_not_be_drawn_again_are_not_thrown_away(tmp_path):
    made = reference.keep(build(tmp_path / "made"), tmp_path / "kept", without_rows=True)
    with pytest.raises(ResultsError, match="its report cannot be made again"):
        report.main([str(made)])
    assert (made / "charts" / "percentiles.svg").is_file()


def test_what_is_no_recording_replaces_nothing(tmp_path):
    kept = reference.keep(build(tmp_path / "made"), tmp_path / "kept", without_rows=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResultsError):
        reference.keep(tmp_path / "empty", kept, without_rows=False)
    assert (kept / "summary.csv").is_file()


COMMITTED = sorted(path.parent for path in reference.REFERENCE.glob("*/run.json"))


def lines_of(path: Path) -> int:
    with path.open(newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def test_there_are_committed_recordings():
    assert {"hundred", "load", "peers", "servers"} <= {folder.name for folder in COMMITTED}


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_a_committed_recording_is_read_whatever_its_version(folder):
    recording = Recording.load(folder)
    assert recording.missing == [] or set(recording.missing) <= set(recording.run["left_out"])
    for table in ("requests", "latency", "throughput"):
        path = folder / f"{table}.csv"
        assert len(getattr(recording, table)) == (lines_of(path) if path.is_file() else 0)
    runs = [(recording.subject(row), row.workload) for row in recording.summary]
    assert {subject for subject, _ in runs} <= set(recording.subjects)
    assert sum(len(recording.runs(*names)) for names in set(runs)) == len(runs) > 0
    for row in recording.summary:
        classes = recording.classes_of(row)
        declared = recording.classes(row.workload)
        assert recording.varies == "client" or len(classes) == len(declared) or not declared
        assert all(one.requests > 0 and one.class_ for one in classes)
    assert recording.unfinished == []


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_a_committed_recording_describes_its_columns(folder):
    """Each file that it describes is there, and has the columns in this order."""
    package = json.loads((folder / "datapackage.json").read_text())
    assert {r["path"] for r in package["resources"]} == {path.name for path in folder.glob("*.csv")}
    for resource in package["resources"]:
        with (folder / resource["path"]).open(newline="") as file:
            header = next(csv.reader(file))
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        assert all(field["description"] for field in resource["schema"]["fields"])


def test_what_older_recordings_lack_is_said(tmp_path):
    made = build(tmp_path / "made")
    assert Recording.load(made).lacking == {}
    with (made / "summary.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    gone = rows[0].index("generator_bound")
    with (made / "summary.csv").open("w", newline="") as file:
        csv.writer(file).writerows(row[:gone] + row[gone + 1 :] for row in rows)
    assert {file: list(names) for file, names in Recording.load(made).lacking.items()} == {
        "summary.csv": ["generator_bound"]
    }


def test_a_recording_from_before_they_described_themselves_is_described_when_it_is_kept(tmp_path):
    made = build(tmp_path / "made")
    (made / "datapackage.json").unlink()
    kept = reference.keep(made, tmp_path / "kept", without_rows=True)
    files = {r["path"] for r in json.loads((kept / "datapackage.json").read_text())["resources"]}
    assert files == {path.name for path in kept.glob("*.csv")} and "summary.csv" in files
