"""A recording is read by its columns' names and typed, or refused with file, line, column and the fix."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import synthetic
from recordings.recording import Recording, ResultsError, RunKey, key_of
from recordings.csv_table import read_header, read_table, todays_resources, write_description

SMALL = synthetic.Spec(workloads={"mixed": {"long": 2, "short": 8}}, repetitions=1)

REFERENCE = Path(__file__).resolve().parents[2] / "results/reference"


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
    key = RunKey("sequential", "loadgen", "mixed", 1)
    assert len(recording.requests_of(key)) == 10
    assert {key_of(row) for row in recording.latency_of(key) + recording.throughput_of(key)} == {key}
    assert recording.requests_of(RunKey("sequential", "loadgen", "mixed", 9)) == []


def rename(folder: Path, file: str, name: str, new_name: str) -> int:
    """Renames a column in its header, as another version might have called it; its number."""
    at = column_of(folder, file, name)
    edit(folder / file, 1, put(at, new_name))
    return at


def reverse_columns(path: Path) -> None:
    lines = (line.split(",")[::-1] for line in path.read_text().splitlines())
    path.write_text("".join(",".join(cells) + "\n" for cells in lines))


def undescribed(folder: Path) -> Path:
    (folder / "datapackage.json").unlink()
    return folder


def test_the_order_of_the_columns_does_not_matter(folder: Path) -> None:
    before = Recording.load(folder)
    for name in ("summary", "requests", "latency", "throughput"):
        rows = getattr(before, name)
        reverse_columns(folder / f"{name}.csv")
        assert getattr(Recording.load(folder), name) == rows


def test_a_column_that_is_missing_is_unknown_and_said_to_lack(folder: Path) -> None:
    rename(undescribed(folder), "requests.csv", "due_us", "due_ms")
    recording = Recording.load(folder)
    assert {row.due_us for row in recording.requests} == {None}
    assert recording.lacking == {"requests.csv": ["due_us"]}


def test_a_column_that_nobody_describes_is_text(folder: Path) -> None:
    rename(undescribed(folder), "requests.csv", "due_us", "due_ms")
    assert {row.due_ms for row in Recording.load(folder).requests} == {"0"}


def test_a_column_is_read_by_the_type_that_the_recording_gives_it(folder: Path) -> None:
    described = json.loads((folder / "datapackage.json").read_text())
    for resource in described["resources"]:
        for field in resource["schema"]["fields"]:
            field["name"] = {"due_us": "due_ms", "queue_us": "odd"}.get(field["name"], field["name"])
            field["type"] = {"odd": "geopoint", "status": "string"}.get(field["name"], field["type"])
    (folder / "datapackage.json").write_text(json.dumps(described))
    at = rename(folder, "requests.csv", "due_us", "due_ms")
    rename(folder, "requests.csv", "queue_us", "odd")
    row = Recording.load(folder).requests[0]
    assert (row.due_ms, row.odd, row.status) == (0.0, "0", "200")
    edit(folder / "requests.csv", 2, put(at, "late"))
    assert "line 2, column 11 (due_ms): 'late' is not a number" in mistakes_of(folder, "requests")[0]


def test_a_description_that_is_none_is_refused_with_the_fix(folder: Path) -> None:
    for text in ("{", "[]", '{"resources": [{"name": "summary"}]}', '{"resources": [3]}'):
        (folder / "datapackage.json").write_text(text)
        with pytest.raises(ResultsError, match="datapackage.json.*: remove it"):
            Recording.load(folder)


@pytest.mark.parametrize(
    "table, column",
    [("summary", "ok"), ("summary", "verdict"), ("requests", "variant"), ("latency", "repetition")],
)
def test_a_column_without_which_a_row_says_nothing_is_missed(folder: Path, table: str, column: str) -> None:
    rename(folder, f"{table}.csv", column, "another")
    [line] = mistakes_of(folder, table)
    assert f"{table}.csv line 1: the column '{column}' is missing" in line
    assert "run scripts/bench again" in line


def test_a_column_that_is_there_twice_is_refused(folder: Path) -> None:
    at = column_of(folder, "requests.csv", "lag_us")
    rename(folder, "requests.csv", "lag_us", "due_us")
    [line] = mistakes_of(folder, "requests")
    assert f"requests.csv line 1: column {at}: 'due_us' is there twice" in line


def test_the_client_is_the_generator_where_nobody_says_which(folder: Path) -> None:
    assert {row.client for row in Recording.load(folder).summary} == {"loadgen"}
    rename(undescribed(folder), "summary.csv", "client", "nobody_knows")
    recording = Recording.load(folder)
    assert {row.client for row in recording.requests + recording.summary} == {"loadgen"}
    assert recording.varies == "variant" and recording.subjects == recording.variants


def test_several_clients_of_one_server_are_what_varies(tmp_path: Path) -> None:
    spec = synthetic.Spec({"async": synthetic.MODELS["async"]}, {"mixed": {"long": 2}}, repetitions=2)
    folder = undescribed(synthetic.build(tmp_path / "clients", spec))
    at = rename(folder, "summary.csv", "client", "client")
    edit(folder / "summary.csv", 2, put(at, "wrk"))
    run = json.loads((folder / "run.json").read_text())
    run["clients"] = [{"name": "wrk", "commands": {"mixed": ["wrk"]}}, {"name": "loadgen"}, {"name": "hey"}]
    (folder / "run.json").write_text(json.dumps(run))
    recording = Recording.load(folder)
    assert (recording.varies, recording.subjects) == ("client", ["wrk", "loadgen", "hey"])
    assert [row.repetition for row in recording.runs("wrk", "mixed")] == [1]
    assert [recording.subject(row) for row in recording.summary] == ["wrk", "loadgen"]
    assert recording.unfinished == [
        "wrk, mixed, repetition 2",
        "loadgen, mixed, repetition 1",
        "hey, mixed, repetition 1",
        "hey, mixed, repetition 2",
    ]


def test_a_client_that_is_not_there_or_has_no_command_is_not_waited_for(folder: Path) -> None:
    run = json.loads((folder / "run.json").read_text())
    run["variants"] = run["variants"][:1]
    run["clients"] = [
        {"name": "loadgen", "there": True, "commands": {"mixed": ["loadgen"]}},
        {"name": "wrk", "there": True, "commands": {"mixed": None}},
        {"name": "wrk2", "there": False, "commands": {}},
    ]
    (folder / "run.json").write_text(json.dumps(run))
    assert Recording.load(folder).unfinished == []


def test_a_run_that_run_json_calls_failed_failed_whichever_way_it_names_it(folder: Path) -> None:
    run = json.loads((folder / "run.json").read_text())
    run["variants"] = [v for v in run["variants"] if v["name"] == "async"]
    run["runs"] = [
        {"client": "loadgen", "workload": "mixed", "repetition": 1, "status": "failed", "note": "it died"}
    ]
    (folder / "run.json").write_text(json.dumps(run))
    recording = Recording.load(folder)
    failed = [(row.variant, row.reasons) for row in recording.summary if row.verdict == "failed"]
    assert failed == [("async", "it died")]
    assert recording.run["runs"][0]["variant"] == "async"


def test_the_classes_of_a_run_have_a_file_of_their_own(folder: Path) -> None:
    recording = Recording.load(folder)
    long, short = recording.classes_of(recording.runs("async", "mixed")[0])
    assert (long.class_, long.requests, short.class_, short.requests) == ("long", 2, "short", 8)
    assert long.latency_p99_us > 50_000 and long.latency_p99_at_least_us is None


def test_the_classes_of_an_older_run_are_in_its_summary() -> None:
    recording = Recording.load(REFERENCE / "hundred-5s")
    long, short = recording.classes_of(recording.runs("async", "mixed")[0])
    assert (long.class_, long.requests, short.class_, short.requests) == ("long", 20, "short", 80)
    assert long.latency_p99_us > 5_000_000 > short.latency_p99_us


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
    width = len(read_header(folder / "throughput.csv"))
    assert f"throughput.csv line 3: {width - 1} cells, expected {width}" in line


def test_many_mistakes_are_listed_and_the_rest_counted(folder: Path) -> None:
    at = column_of(folder, "requests.csv", "latency_us")
    for line in range(2, 16):
        edit(folder / "requests.csv", line, put(at, "x"))
    lines = mistakes_of(folder, "requests")
    assert len(lines) == 11
    assert "and 4 more mistakes" in lines[-1]


def test_lines_are_counted_across_quoted_line_breaks(tmp_path: Path) -> None:
    fields = {name: {"name": name, "type": kind} for name, kind in (("name", "string"), ("size", "integer"))}
    path = tmp_path / "t.csv"
    path.write_text('name,size\n"a\nb",1\nc,x\n')
    with pytest.raises(ResultsError, match="line 4, column 2"):
        read_table(path, fields)


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"name\n\xff\n")
    with pytest.raises(ResultsError, match="not UTF-8"):
        read_table(path, {"name": {"name": "name", "type": "string"}})


def test_a_missing_csv_reads_as_no_rows_and_is_named(folder: Path) -> None:
    (folder / "latency.csv").unlink()
    recording = Recording.load(folder)
    assert recording.latency == []
    assert recording.missing == ["latency.csv"]


def test_a_folder_that_is_no_recording_is_refused_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="nowhere: not found: name a recording"):
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
        todays_resources(tmp_path / "schema.json")


def test_a_schema_that_lacks_a_file_or_has_an_unknown_type_is_refused(tmp_path: Path) -> None:
    fields = [{"name": "variant", "type": "colour"}]
    resources = [{"name": "summary", "path": "summary.csv", "schema": {"fields": fields}}]
    (tmp_path / "schema.json").write_text(json.dumps({"resources": resources}))
    with pytest.raises(ResultsError) as caught:
        todays_resources(tmp_path / "schema.json")
    assert "summary.csv, variant: the type 'colour' is unknown" in caught.value.mistakes[0]
    assert ["describes no" in line for line in caught.value.mistakes] == [False, True, True, True]


def test_a_summary_alone_is_a_recording_of_nothing_else(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "kept.csv"
    alone.write_bytes((folder / "summary.csv").read_bytes())
    recording = Recording.load(alone)
    assert not recording.has_run_json and recording.unfinished == [] and recording.missing == []
    assert recording.summary == Recording.load(folder).summary and recording.requests == []
    assert sorted(recording.subjects) == sorted(synthetic.MODELS)


def test_what_a_folder_holds_is_described_as_it_is(folder: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text())
    assert package["name"] == "hundred-test" and package["created"] == "2024-03-01T12:00:00Z"
    for resource in package["resources"]:
        with (folder / resource["path"]).open() as file:
            assert [field["name"] for field in resource["schema"]["fields"]] == next(file).strip().split(",")
        assert resource["encoding"] == "utf-8" and resource["schema"]["missingValues"] == [""]
    (folder / "latency.csv").unlink()
    described = package["resources"][0]["schema"]["fields"][0]
    rename(folder, "summary.csv", "recording", "record")
    write_description(folder, {"recording": "Hundred"})
    package = json.loads((folder / "datapackage.json").read_text())
    summary, *others = package["resources"]
    assert package["name"] == "hundred" and "latency.csv" not in [other["path"] for other in others]
    assert described["name"] == "recording" and "description" in described
    assert summary["schema"]["fields"][0] == {"name": "record", "type": "string"}
