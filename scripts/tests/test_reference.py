"""A recording becomes a committed one: whole, or without its rows, which is then no fault of it."""

from __future__ import annotations

import json

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
    assert sorted(path.name for path in made.iterdir()) == [
        "charts",
        "report.html",
        "run.json",
        "summary.csv",
    ]
    assert (made / "charts" / "percentiles.svg").is_file()
    assert json.loads((made / "run.json").read_text())["left_out"] == list(reference.ROWS)
    kept = Recording.load(made)
    assert not any("missing" in finding.text for finding in findings(kept, digests(kept)))


def test_charts_that_could_not_be_drawn_again_are_not_thrown_away(tmp_path, capsys):
    made = reference.keep(build(tmp_path / "made"), tmp_path / "kept", without_rows=True)
    assert report.main([str(made)]) == 2
    assert "its report cannot be made again" in capsys.readouterr().err
    assert (made / "charts" / "percentiles.svg").is_file()


def test_what_is_no_recording_replaces_nothing(tmp_path):
    kept = reference.keep(build(tmp_path / "made"), tmp_path / "kept", without_rows=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResultsError):
        reference.keep(tmp_path / "empty", kept, without_rows=False)
    assert (kept / "summary.csv").is_file()
