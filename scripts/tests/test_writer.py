"""A recording grows by whole runs: readers see every finished run, and never half a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recordings.recording import Recording
from recordings.writer import RecordingError, RecordingWriter, new_folder, now

SUMMARY = "variant,ok,server_context_switches,reasons"
OF_THE_BENCH = "server_start_ms,server_rest_rss_kib,capacity_rps,capacity_cpu_us_per_request"
CLIENT = f"client,client_version,client_cpu_us_per_request,{OF_THE_BENCH}"


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


def contents(writer: RecordingWriter) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in writer.folder.iterdir()}


def described(writer: RecordingWriter) -> dict[str, list[str]]:
    """The columns that the recording's description names, by file."""
    package = json.loads((writer.folder / "datapackage.json").read_text())
    return {r["path"]: [field["name"] for field in r["schema"]["fields"]] for r in package["resources"]}


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
    header, row = (writer.folder / "summary.csv").read_text().splitlines()
    assert header == f"{SUMMARY},{CLIENT}"
    assert row == 'async,100,4711,"late, ""very""",loadgen,,,,,,'


def test_a_recording_describes_the_files_and_columns_that_it_has(writer, run_folder):
    assert not (writer.folder / "datapackage.json").exists()
    writer.keep(run_folder("async"), {})
    rows = ["variant", "x"]
    summary = f"{SUMMARY},{CLIENT}".split(",")
    expected = {"summary.csv": summary, "requests.csv": rows, "latency.csv": rows, "throughput.csv": rows}
    assert described(writer) == expected
    folder = run_folder("pool-8")
    writer.keep(folder, {})
    assert described(writer) == expected
    package = json.loads((writer.folder / "datapackage.json").read_text())
    assert package["name"] == writer.folder.name.lower() and package["title"] == "hundred"
    assert package["created"] == run_json(writer)["started_at"]
    fields = {f["name"]: f for f in package["resources"][0]["schema"]["fields"]}
    assert fields["ok"]["type"] == "integer" and "2xx" in fields["ok"]["description"]
    assert fields["client_cpu_us_per_request"]["type"] == "number"


def test_a_run_of_another_client_is_a_row_of_the_summary(writer, tmp_path):
    figures = {"workload": "mixed", "repetition": 1, "requests": 100, "client_cpu_us_per_request": 12.5}
    summary = writer.add_run(
        tmp_path, figures | {"variant": "nginx", "client": "wrk", "ok": 100, "pinned": True}
    )
    writer.add_run(
        tmp_path, figures | {"variant": "nginx", "client": "ab", "ok": 97}, fault="it printed nonsense"
    )
    writer.add_run(tmp_path, figures | {"variant": "nginx", "client": "hey", "ok": 0, "reset": 100})
    assert (summary["pinned"], summary["verdict"], summary["makespan_ms"]) == ("1", "valid", "")
    writer.note("nginx", "mixed", 1, None, client="wrk")
    about = run_json(writer) | {"workloads": [], "variants": [{"name": "nginx"}], "repetitions": 1}
    about["clients"] = [{"name": "wrk"}, {"name": "ab"}, {"name": "hey"}]
    (writer.folder / "run.json").write_text(json.dumps(about))
    recording = Recording.load(writer.folder)
    wrk, ab, hey = recording.summary
    assert (wrk.client, wrk.suite, wrk.recording) == ("wrk", "hundred", writer.folder.name)
    assert (wrk.verdict, wrk.client_cpu_us_per_request, wrk.reasons) == ("valid", 12.5, None)
    assert (ab.verdict, ab.reasons) == ("failed", "it printed nonsense")
    assert (hey.verdict, hey.reasons) == ("failed", "not one of 100 requests was answered ok: reset 100")
    assert recording.missing == [] and recording.varies == "client"
    assert b"\r\n" in (writer.folder / "summary.csv").read_bytes()


def test_a_run_of_another_client_follows_the_generators_columns(writer, run_folder, tmp_path):
    writer.keep(run_folder("async", summary_header="variant,ok,requests,reasons"), {})
    writer.add_run(tmp_path, {"variant": "async", "client": "wrk", "ok": 1})
    *_, line = (writer.folder / "summary.csv").read_text().splitlines()
    assert line == "async,1,,,wrk,,,,,,"
    writer.keep(run_folder("pool-8", summary_header="variant,ok,requests,reasons"), {"client_version": "x"})
    *_, line = (writer.folder / "summary.csv").read_text().splitlines()
    assert line == 'pool-8,100,1,"late, ""very""",loadgen,x,,,,,'


def test_what_the_packets_of_a_run_say_is_kept_beside_its_row(writer, tmp_path):
    row = {"variant": "nginx", "client": "wrk", "workload": "w", "repetition": 1, "requests": 1, "ok": 1}
    (tmp_path / "wire.csv").write_bytes(b"variant,quantile\r\nnginx,p50\r\n")
    for folder in (tmp_path, writer.folder.parent, tmp_path):  # the second was not captured
        writer.add_run(folder, row)
    kept = b"variant,quantile\r\nnginx,p50\r\nnginx,p50\r\n"
    assert (writer.folder / "wire.csv").read_bytes() == kept
    assert described(writer)["wire.csv"] == ["variant", "quantile"]


def test_a_run_of_another_client_has_no_column_of_its_own(writer, tmp_path):
    with pytest.raises(RecordingError, match="no column colour, speed"):
        writer.add_run(tmp_path, {"ok": 1, "speed": 1, "colour": 2})
    assert [path.name for path in writer.folder.iterdir()] == ["run.json"]


def test_an_unknown_figure_is_an_empty_cell(writer, run_folder):
    writer.keep(run_folder("async"), {"server_context_switches": None})
    assert (writer.folder / "summary.csv").read_text().splitlines()[1].startswith("async,100,,")


def test_a_run_without_a_summary_adds_nothing(writer, run_folder):
    folder = run_folder("async")
    (folder / "summary.csv").unlink()
    with pytest.raises(RecordingError, match="wrote no summary.csv"):
        writer.keep(folder, {})
    assert [path.name for path in writer.folder.iterdir()] == ["run.json"]


def test_a_generator_that_writes_fewer_or_more_files_is_taken_as_it_is(writer, run_folder):
    for variant in ("async", "pool-8"):
        folder = run_folder(variant)
        (folder / "latency.csv").rename(folder / "classes.csv")
        writer.keep(folder, {})
    assert (writer.folder / "classes.csv").read_text() == "variant,x\nasync,1\npool-8,1\n"
    assert not (writer.folder / "latency.csv").exists()


def test_a_run_that_lacks_a_file_which_the_runs_before_had_adds_nothing(writer, run_folder):
    writer.keep(run_folder("async"), {})
    before = contents(writer)
    folder = run_folder("pool-8")
    (folder / "latency.csv").unlink()
    with pytest.raises(RecordingError, match="wrote no latency.csv"):
        writer.keep(folder, {})
    assert before == contents(writer)


def test_a_run_with_other_columns_adds_nothing(writer, run_folder):
    writer.keep(run_folder("async"), {})
    before = contents(writer)
    with pytest.raises(RecordingError, match="summary.csv with other columns"):
        writer.keep(run_folder("pool-8", summary_header="variant,ok,new,reasons"), {})
    assert before == contents(writer)


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
    writer.note("async", "mixed", 1, None, client="loadgen")
    writer.note("pool-8", "mixed", 1, "the server ended by SIGKILL during the run", client="loadgen")
    ok, failed = run_json(writer)["runs"]
    assert (ok["status"], ok["note"]) == ("ok", "")
    assert (failed["status"], failed["variant"]) == ("failed", "pool-8") and "SIGKILL" in failed["note"]
    assert run_json(writer)["finished_at"] is None
    writer.tell("finished_at", now())
    assert run_json(writer)["finished_at"] >= run_json(writer)["started_at"]
    assert run_json(writer)["started_at"].endswith("Z")
