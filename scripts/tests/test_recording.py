"""What a recording says: its runs and what became of them, what is compared, planned and lacking."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import synthetic
from recordings.csv_table import ResultsError
from recordings.recording import OUTCOMES, Recording, RunKey, planned_runs, unanswered

KEYS = {"recording": "r", "suite": "hundred", "repetition": 1, "requests": 100, "ok": 100, "verdict": "valid"}
ABOUT = {"recording": "r", "suite": "hundred", "repetitions": 1}


def recording(folder: Path, *rows: dict, **about) -> Recording:
    """One of these rows of its summary, whose run.json says besides what is given."""
    folder.mkdir(exist_ok=True)
    made = [{"variant": "async", "client": "loadgen", "workload": "w"} | KEYS | row for row in rows]
    synthetic.write_tables(folder, {"summary": made})
    declared = {"variants": [{"name": "async"}, {"name": "pool-8"}], "workloads": [{"name": "w"}]}
    (folder / "run.json").write_text(json.dumps(ABOUT | declared | about))
    return Recording.load(folder)


def test_a_run_counts_only_if_the_bench_did_not_call_it_failed_and_something_was_answered(tmp_path):
    runs = [
        {"variant": "async", "workload": "w", "repetition": 1, "status": "failed", "note": "it died"},
        {"variant": "pool-8", "workload": "w", "repetition": 1, "status": "ok", "note": "all was well"},
    ]
    mute = {"variant": "mute", "ok": 0, "reset": 60, "timed_out": 40}
    late = {"variant": "late", "verdict": "invalid", "reasons": "late"}
    made = recording(tmp_path, {}, {"variant": "pool-8"}, mute, late, {"repetition": 2}, runs=runs)
    assert [(row.variant, row.repetition, row.verdict, row.reasons) for row in made.summary] == [
        ("async", 1, "failed", "it died"),
        ("pool-8", 1, "valid", None),
        ("mute", 1, "failed", "not one of 100 requests was answered ok: timed_out 40, reset 60"),
        ("late", 1, "invalid", "late"),
        ("async", 2, "valid", None),
    ]


def test_of_a_run_without_an_answer_it_is_said_how_its_requests_ended():
    none = dict.fromkeys(OUTCOMES, 0)
    assert unanswered(none | {"requests": 9, "ok": 1}) is None
    assert unanswered(none | {"requests": "9", "ok": "0", "reset": "2", "http_error": "7"}) == (
        "not one of 9 requests was answered ok: http_error 7, reset 2"
    )
    assert unanswered({"requests": 9}) == "not one of 9 requests was answered ok: none ended"
    assert unanswered({"requests": 9, "ok": "", "reset": 1}).endswith("ok: reset 1")


def test_clients_are_compared_where_each_workload_has_one_server(tmp_path):
    two = {"client": "wrk"}
    many = recording(tmp_path / "a", {}, two, {"workload": "x", "variant": "pool-8"})
    assert (many.varies, many.subjects) == ("client", ["loadgen", "wrk"])
    assert list(many.groups) == [("loadgen", "w"), ("wrk", "w"), ("loadgen", "x")]
    servers = recording(tmp_path / "b", {}, two, {"variant": "pool-8"})
    assert (servers.varies, servers.subjects) == ("variant", ["async", "pool-8"])
    assert [row.client for row in servers.runs("async", "w")] == ["loadgen", "wrk"]
    assert servers.runs("async", "elsewhere") == []
    assert recording(tmp_path / "c", {}).varies == "variant"


def test_names_are_in_the_order_of_run_json_and_then_of_the_summary(tmp_path):
    made = recording(tmp_path, {"variant": "new", "workload": "x"}, {"variant": "pool-8"})
    assert made.variants == ["async", "pool-8", "new"] and made.workloads == ["w", "x"]
    assert made.clients == ["loadgen"] and made.subject(RunKey("a", "b", "w", 1)) == "a"


def test_runs_that_are_announced_and_not_there_are_unfinished(tmp_path):
    made = recording(tmp_path, {}, {"variant": "pool-8", "repetition": 2}, repetitions=2)
    assert made.unfinished == ["async, w, repetition 2", "pool-8, w, repetition 1"]


@pytest.mark.parametrize(
    ("git", "commit"),
    [(None, None), ({"commit": "0123", "dirty": False}, "0123"), ({"commit": "0123", "dirty": True}, None)],
)
def test_a_recording_is_of_a_commit_if_nothing_differed_from_it(tmp_path, git, commit):
    assert recording(tmp_path, git=git).commit == commit


def test_a_workload_is_as_declared_and_one_that_is_not_is_empty(tmp_path):
    declared = {"name": "w", "classes": [{"name": "long"}]}
    made = recording(tmp_path, workloads=[{"name": "x"}, declared])
    assert (made.workload("w"), made.workload("none")) == (declared, {})
    assert (made.classes("w"), made.classes("x"), made.classes("none")) == ([{"name": "long"}], [], [])


def test_classes_without_a_file_are_those_of_the_summary_as_numbers(tmp_path):
    made = recording(tmp_path, {}, {"variant": "pool-8"})
    path = tmp_path / "summary.csv"
    header, first, second = path.read_text().splitlines()
    old = "class_1,class_1_requests,class_1_latency_p50_us,class_2,class_2_requests,class_2_latency_p99_us"
    lines = [f"{header},{old}", f"{first},long,20,5e4,short,80,", f"{second},,,,short,80,1"]
    path.write_text("\n".join(lines) + "\n")
    made = Recording.load(tmp_path)
    long, short = made.classes_of(made.summary[0])
    assert (long.class_, long.requests, long.latency_p50_us, long.latency_p99_us) == ("long", 20, 5e4, None)
    assert (short.class_, short.requests, short.latency_p99_us) == ("short", 80, None)
    assert made.classes_of(made.summary[1]) == []


def test_a_recording_misses_what_it_describes_or_else_the_rows_of_old(tmp_path):
    made = recording(tmp_path, {})
    assert made.missing == ["requests.csv", "latency.csv", "throughput.csv"] and made.latency == []
    described = {"name": "latency", "path": "latency.csv", "schema": {"fields": []}}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [described]}))
    assert Recording.load(tmp_path).missing == ["latency.csv"]
    (tmp_path / "summary.csv").unlink()
    bare = Recording.load(tmp_path)
    assert bare.missing == ["summary.csv", "latency.csv"] and bare.summary == [] and bare.has_run_json


def test_columns_of_today_that_a_file_lacks_are_named_by_file(tmp_path):
    made = recording(tmp_path, {})
    assert made.lacking == {}
    (tmp_path / "throughput.csv").write_text("variant,workload,repetition\n")
    lacking = Recording.load(tmp_path).lacking
    assert list(lacking) == ["throughput.csv"] and "completed" in lacking["throughput.csv"]


def test_a_summary_alone_has_what_run_json_beside_it_says(tmp_path):
    recording(tmp_path, {}, title="100 at once")
    beside = Recording.load(str(tmp_path / "summary.csv"))
    assert beside.run["title"] == "100 at once" and beside.missing == [] and beside.requests == []
    (tmp_path / "requests.csv").write_text("variant,workload,repetition\nasync,w,1\n")
    assert Recording.load(tmp_path / "summary.csv").requests == [] != Recording.load(tmp_path).requests
    (tmp_path / "run.json").unlink()
    alone = Recording.load(tmp_path / "summary.csv")
    assert not alone.has_run_json and alone.commit is None and alone.unfinished == []
    assert (alone.run["repetitions"], alone.run["workloads"], alone.run["title"]) == (0, [], None)


def mistakes(folder: Path, **about) -> list[str]:
    with pytest.raises(ResultsError) as refused:
        recording(folder, **about)
    end = ": made by another version: run scripts/bench again, or check out the commit its run.json names"
    return [
        line.removeprefix(f"{folder / 'run.json'}: ").removesuffix(end) for line in refused.value.mistakes
    ]


def test_what_every_reader_relies_on_is_checked(tmp_path):
    assert mistakes(tmp_path, recording=None, repetitions="2", workloads={}) == [
        "recording is missing or not a str",
        "workloads is missing or not a list",
        "repetitions is missing or not a int",
    ]
    assert mistakes(
        tmp_path, variants=["async"], workloads=[{"name": "w"}, {}], clients=[{"name": "a"}, 3]
    ) == [
        "every entry of variants needs a name",
        "every entry of workloads needs a name",
        "every entry of clients needs a name",
    ]
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(ResultsError, match="run.json: expected an object: made by another version"):
        Recording.load(tmp_path)


def test_an_entry_of_a_run_need_not_name_the_only_server_or_the_only_client(tmp_path):
    entry = {"workload": "w", "repetition": 1}
    two = recording(tmp_path, runs=[entry, entry | {"client": "wrk"}]).run["runs"]
    assert two == [entry | {"client": "loadgen"}, entry | {"client": "wrk"}]
    [one] = recording(tmp_path, runs=[entry], variants=[{"name": "pool-8"}]).run["runs"]
    assert one == entry | {"client": "loadgen", "variant": "pool-8"}
    assert recording(tmp_path).run["runs"] is None and recording(tmp_path).run["planned"] is None


def announced(**changes) -> list[str]:
    run = {"variants": [{"name": "a"}, {"name": "b"}], "workloads": [{"name": "w"}, {"name": "x"}]}
    run |= {"repetitions": 2, "planned": None, "clients": None} | changes
    return [" ".join(map(str, key)) for key in planned_runs(run)]


def test_every_variant_is_to_meet_every_workload_as_often_as_was_asked():
    assert announced()[:3] == ["a loadgen w 1", "a loadgen w 2", "a loadgen x 1"] and len(announced()) == 8
    assert announced(planned={"b": {"x": 1}})[4:] == ["b loadgen x 1"]


def test_a_client_that_is_not_there_or_cannot_has_no_part():
    able = {"name": "wrk", "commands": {"w": ["wrk"], "x": None}}
    clients = [able, {"name": "hey", "there": False}, {"name": "ab", "there": True}]
    some = announced(variants=[{"name": "a"}], repetitions=1, clients=clients)
    assert some == ["a wrk w 1", "a ab w 1", "a ab x 1"]
