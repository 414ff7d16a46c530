"""A CSV is read typed, or refused with the file, the line, the column and the fix."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import synthetic
from recordings.recording import Recording, ResultsError, RunKey, key_of
from recordings.csv_table import Column, Table, read_schema, read_table

SMALL = synthetic.Spec(workloads={"mixed": {"long": 2, "short": 8}}, repetitions=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return synthetic.build(tmp_path / "hundred-test", SMALL)


def edit(path: Path, line: int, change: Callable[[list[str]], list[str]]) -> None:
    """Changes the cells of one line (from 1)."""
    lines = path.read_text().splitlines()
    lines[line - 1] = ",".join(change(lines[line - 1].split(",")))
    path.write_text("\n".join(lines) + "\n")


def put(column: int, text: str) -> Callable[[list[str]], list[str]]:
    return lambda cells: cells[: column - 1] + [text] + cells[column:]


def mistakes_of(folder: Path, table: str) -> list[str]:
    with pytest.raises(ResultsError) as caught:
        getattr(Recording.load(folder), table)
    return caught.value.mistakes


def column_of(folder: Path, file: str, name: str) -> int:
    return (folder / file).read_text().splitlines()[0].split(",").index(name) + 1


def test_rows_are_typed_and_an_empty_cell_is_none(folder: Path) -> None:
    recording = Recording.load(folder)
    run = recording.runs("async", "mixed")[0]
    assert (run.variant, run.repetition, run.ok, run.pinned) == ("async", 1, 10, False)
    assert isinstance(run.makespan_ms, float)
    assert run.offered_rps is None
    assert run.started_at.year == 2024
    request = recording.requests_of(key_of(run))[0]
    assert request.class_ in ("long", "short")
    assert (request.outcome, request.status) == ("ok", 200)


def test_rows_can_be_asked_for_by_run(folder: Path) -> None:
    recording = Recording.load(folder)
    key = RunKey("sequential", "mixed", 1)
    assert len(recording.requests_of(key)) == 10
    assert {key_of(row) for row in recording.latency_of(key) + recording.throughput_of(key)} == {key}
    assert recording.requests_of(RunKey("sequential", "mixed", 9)) == []


def test_a_wrong_header_names_file_line_column_and_fix(folder: Path) -> None:
    at = column_of(folder, "requests.csv", "due_us")
    edit(folder / "requests.csv", 1, put(at, "due_ms"))
    [line] = mistakes_of(folder, "requests")
    assert f"requests.csv line 1, column {at}: found 'due_ms', expected 'due_us'" in line
    assert "run scripts/bench again" in line


def test_an_extra_and_a_missing_column_are_named(folder: Path) -> None:
    edit(folder / "latency.csv", 1, lambda cells: cells + ["extra"])
    assert "latency.csv line 1, column 12: 'extra' is unknown" in mistakes_of(folder, "latency")[0]
    edit(folder / "latency.csv", 1, lambda cells: cells[:-2])
    assert "latency.csv line 1, column 11: 'censored' is missing" in mistakes_of(folder, "latency")[0]


@pytest.mark.parametrize(
    "column, bad, kind",
    [
        ("request", "1.5", "an integer"),
        ("request", "1_000", "an integer"),
        ("latency_us", "fast", "a number"),
        ("latency_us", "nan", "a number"),
        ("latency_us", " 1", "a number"),
    ],
)
def test_a_cell_of_the_wrong_type_is_named(folder: Path, column: str, bad: str, kind: str) -> None:
    at = column_of(folder, "requests.csv", column)
    edit(folder / "requests.csv", 4, put(at, bad))
    [line] = mistakes_of(folder, "requests")
    assert f"requests.csv line 4, column {at} ({column}): {bad!r} is not {kind}" in line


def test_booleans_are_0_or_1_and_times_are_iso_8601(folder: Path) -> None:
    edit(folder / "summary.csv", 2, put(column_of(folder, "summary.csv", "pinned"), "true"))
    edit(folder / "summary.csv", 3, put(column_of(folder, "summary.csv", "started_at"), "noon"))
    first, second = mistakes_of(folder, "summary")
    assert "line 2" in first and "(pinned): 'true' is not a boolean (0 or 1)" in first
    assert "line 3" in second and "(started_at): 'noon' is not an ISO 8601 time" in second


def test_a_row_of_the_wrong_width_is_named(folder: Path) -> None:
    edit(folder / "throughput.csv", 3, lambda cells: cells[:-1])
    [line] = mistakes_of(folder, "throughput")
    assert "throughput.csv line 3: 17 cells, expected 18" in line


def test_many_mistakes_are_listed_and_the_rest_counted(folder: Path) -> None:
    at = column_of(folder, "requests.csv", "latency_us")
    for line in range(2, 16):
        edit(folder / "requests.csv", line, put(at, "x"))
    lines = mistakes_of(folder, "requests")
    assert len(lines) == 11
    assert "and 4 more mistakes" in lines[-1]


def test_lines_are_counted_across_quoted_line_breaks(tmp_path: Path) -> None:
    table = Table("t", "t.csv", (Column("name", "string"), Column("size", "integer")))
    path = tmp_path / "t.csv"
    path.write_text('name,size\n"a\nb",1\nc,x\n')
    with pytest.raises(ResultsError, match="line 4, column 2"):
        read_table(path, table)


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"name\n\xff\n")
    with pytest.raises(ResultsError, match="not UTF-8"):
        read_table(path, Table("t", "t.csv", (Column("name", "string"),)))


def test_a_missing_csv_reads_as_no_rows_and_is_named(folder: Path) -> None:
    (folder / "latency.csv").unlink()
    recording = Recording.load(folder)
    assert recording.latency == []
    assert recording.missing == ["latency.csv"]


def test_a_folder_that_is_no_recording_is_refused_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no such folder"):
        Recording.load(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match="run.json: not found: not a recording"):
        Recording.load(tmp_path)


def test_run_json_is_checked_and_every_mistake_named(folder: Path) -> None:
    run = json.loads((folder / "run.json").read_text())
    del run["suite"]
    run["variants"] = [{"command": []}]
    (folder / "run.json").write_text(json.dumps(run))
    with pytest.raises(ResultsError) as caught:
        Recording.load(folder)
    assert ["suite is missing" in line for line in caught.value.mistakes] == [True, False]
    assert "every entry of variants needs a name" in caught.value.mistakes[1]
    (folder / "run.json").write_text("{,")
    with pytest.raises(ResultsError, match="run.json line 1: not JSON"):
        Recording.load(folder)


def test_a_missing_schema_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="loadgen --schema"):
        read_schema(tmp_path / "schema.json")
