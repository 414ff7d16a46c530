"""A recording grows by whole runs: readers see every finished run, and never half a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recordings.writer import RecordingError, RecordingWriter, new_folder

SUMMARY = "variant,ok,server_context_switches,reasons"


@pytest.fixture
def writer(tmp_path: Path) -> RecordingWriter:
    return RecordingWriter(new_folder(tmp_path / "results", "hundred"), {"suite": "hundred"})


@pytest.fixture
def run_folder(tmp_path: Path):
    """A folder with the four CSVs of a run."""

    def make(variant: str, summary_header: str = SUMMARY, line_end: str = "\n") -> Path:
        folder = tmp_path / f"run-{variant}"
        folder.mkdir()
        for name in ("requests", "latency", "throughput"):
            (folder / f"{name}.csv").write_bytes(f"variant,x{line_end}{variant},1{line_end}".encode())
        text = f'{summary_header}{line_end}{variant},100,1,"late, ""very"""{line_end}'
        (folder / "summary.csv").write_bytes(text.encode())
        return folder

    return make


def run_json(writer: RecordingWriter) -> dict:
    return json.loads((writer.folder / "run.json").read_text())


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_runs_follow_each_other_under_one_header(writer, run_folder, line_end):
    for variant in ("async", "pool-8"):
        writer.keep(run_folder(variant, line_end=line_end), {})
    assert (writer.folder / "requests.csv").read_bytes().decode() == line_end.join(
        ["variant,x", "async,1", "pool-8,1", ""]
    )


def test_changes_are_made_to_the_summary_and_other_cells_stay_as_they_are(writer, run_folder):
    summary = writer.keep(run_folder("async"), {"server_context_switches": 4711})
    assert summary["server_context_switches"] == "4711" and summary["ok"] == "100"
    assert (writer.folder / "summary.csv").read_text() == f'{SUMMARY}\nasync,100,4711,"late, ""very"""\n'


def test_an_unknown_figure_is_an_empty_cell(writer, run_folder):
    writer.keep(run_folder("async"), {"server_context_switches": None})
    assert (writer.folder / "summary.csv").read_text().splitlines()[1].startswith("async,100,,")


def test_a_run_that_lacks_a_file_adds_nothing(writer, run_folder):
    folder = run_folder("async")
    (folder / "latency.csv").unlink()
    with pytest.raises(RecordingError, match="wrote no latency.csv"):
        writer.keep(folder, {})
    assert [path.name for path in writer.folder.iterdir()] == ["run.json"]


def test_a_run_with_other_columns_adds_nothing(writer, run_folder):
    writer.keep(run_folder("async"), {})
    before = {path.name: path.read_bytes() for path in writer.folder.iterdir()}
    with pytest.raises(RecordingError, match="summary.csv with other columns"):
        writer.keep(run_folder("pool-8", summary_header="variant,ok,new,reasons"), {})
    assert before == {path.name: path.read_bytes() for path in writer.folder.iterdir()}


def test_a_change_to_a_column_that_is_not_there_is_refused(writer, run_folder):
    with pytest.raises(RecordingError, match="without the column nope"):
        writer.keep(run_folder("async"), {"nope": 1})


def test_a_reader_that_has_a_file_open_keeps_what_it_began_to_read(writer, run_folder):
    writer.keep(run_folder("async"), {})
    with (writer.folder / "requests.csv").open() as file:
        writer.keep(run_folder("pool-8"), {})
        assert file.read() == "variant,x\nasync,1\n"


def test_latest_points_to_the_newest_recording_that_has_a_run(writer, run_folder, tmp_path):
    latest = tmp_path / "results" / "latest"
    assert not latest.is_symlink()
    writer.keep(run_folder("async"), {})
    assert latest.resolve() == writer.folder.resolve()
    newer = RecordingWriter(new_folder(tmp_path / "results", "hundred"), {})
    newer.keep(run_folder("pool-8"), {})
    assert latest.resolve() == newer.folder.resolve() and not latest.readlink().is_absolute()


def test_a_folder_named_latest_is_left_alone(writer, run_folder, tmp_path):
    (tmp_path / "results" / "latest").mkdir()
    writer.keep(run_folder("async"), {})
    assert not (tmp_path / "results" / "latest").is_symlink()


def test_two_recordings_of_the_same_second_have_folders_of_their_own(tmp_path):
    folders = {new_folder(tmp_path, "hundred") for _ in range(5)}
    assert len(folders) == 5 and all(folder.name.startswith("hundred-2") for folder in folders)


def test_run_json_is_there_from_the_start_and_knows_each_run(writer):
    assert run_json(writer)["recording"] == writer.folder.name and run_json(writer)["runs"] == []
    writer.note("async", "mixed", 1, None)
    writer.note("pool-8", "mixed", 1, "the server ended by SIGKILL during the run")
    ok, failed = run_json(writer)["runs"]
    assert (ok["status"], ok["note"]) == ("ok", "")
    assert (failed["status"], failed["variant"]) == ("failed", "pool-8") and "SIGKILL" in failed["note"]
    assert run_json(writer)["finished_at"] is None
    writer.finish()
    assert run_json(writer)["finished_at"] >= run_json(writer)["started_at"]
    assert run_json(writer)["started_at"].endswith("Z")
