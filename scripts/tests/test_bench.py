"""scripts/bench.py as a whole, against small fakes of its server and its generator: what it does when
things go wrong, and that nothing is left running when it is stopped.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench_sandbox import SCRIPTS, Sandbox
from metrics.digest import digests
from words.findings import findings
from recordings.recording import Recording
from cli.files import ROOT, results_folder
from waiting import noted_pids, until


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path)
    yield made
    if made.started:
        made.started.kill()
        made.started.communicate(timeout=30)


def test_a_suite_runs_and_each_run_has_its_rows(sandbox):
    done = sandbox.run("--repetitions", "2", "--seed", "7")
    assert done.returncode == 0, done.stderr
    rows = sandbox.rows("summary")
    assert sorted((row["variant"], row["repetition"]) for row in rows) == [
        ("first", "1"),
        ("first", "2"),
        ("second", "1"),
        ("second", "2"),
    ]
    assert {row["recording"] for row in rows} == {sandbox.recording.name}
    assert all(
        int(row["server_context_switches"]) > 1 for row in rows
    ), "the kernel's count replaces the sampled"
    assert len(sandbox.rows("requests")) == 16
    about = sandbox.about
    assert [run["status"] for run in about["runs"]] == ["ok"] * 4
    assert about["finished_at"] and about["seed"] == 7 and about["wait_ms"] == 5 and about["pinned"] is False
    assert about["command"][-4:] == ["--repetitions", "2", "--seed", "7"]
    assert about["workloads"][0]["classes"][0]["target"] == "/task?wait_ms=5"
    assert (sandbox.results / "latest").resolve() == sandbox.recording.resolve()
    assert (sandbox.recording / "report.html").is_file()
    assert sandbox.nothing_is_left()


def test_it_says_what_will_run_then_each_run_then_the_table_the_answer_and_where_the_report_is(sandbox):
    lines = sandbox.run("--seed", "7").stdout.splitlines()
    assert lines[0] == "suite      small: a small one, waits of 5 ms"
    assert "runs       2, 1 of each kind" in lines[3]
    assert lines[4].startswith("expected   0 s") or lines[4].startswith("expected   1 s")
    assert lines[5].startswith("1/2 all-long, ") and "4 of 4 ok" in lines[5]
    assert any("variant" in line and "makespan" in line for line in lines)
    assert lines[-3].startswith("answer     all-long, makespan: ") and "first" in lines[-3]
    assert "report.html" in lines[-2] and "file://" in lines[-1]


NOTE_OPENS = """
import os, sys
def note(event, args):
    if event == "open" and str(args[0]).endswith(("small.toml", "run.json")) and args[1] == "r":
        os.write(log, os.path.basename(args[0]).encode() + b"\\n")
log = os.open(os.environ["OPENS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sys.addaudithook(note)
"""


def test_the_suite_is_read_once_and_the_recording_too(sandbox, tmp_path):
    sandbox.run("--dry-run")  # which writes the suite
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(NOTE_OPENS)
    environment = {"PYTHONPATH": f"{hook}:{SCRIPTS}", "OPENS": str(tmp_path / "opens")}
    bench = sandbox.bench(str(sandbox.folder / "small.toml"), **environment)
    output, errors = bench.communicate(timeout=120)
    assert bench.returncode == 0 and "report.html" in output, errors
    assert (tmp_path / "opens").read_text().splitlines() == ["small.toml", "run.json"]


def test_a_server_that_dies_under_load_is_a_failed_run_with_its_outcomes_and_the_bench_goes_on(sandbox):
    done = sandbox.run(fault="dies-under-load")
    assert done.returncode == 1
    by_variant = {run["variant"]: run for run in sandbox.about["runs"]}
    assert by_variant["first"]["status"] == "ok"
    assert by_variant["second"]["status"] == "failed"
    assert by_variant["second"]["note"] == "the server ended by SIGKILL during the run"
    outcomes = {row["variant"]: (row["ok"], row["reset"]) for row in sandbox.rows("summary")}
    assert outcomes == {"first": ("4", "0"), "second": ("0", "4")}
    assert "FAILED: the server ended by SIGKILL during the run" in done.stdout
    assert sandbox.about["finished_at"] and sandbox.nothing_is_left()


def test_a_server_that_does_not_start_is_a_failed_run_with_its_last_words(sandbox):
    done = sandbox.run(fault="dies-at-once")
    assert done.returncode == 1
    [note] = [run["note"] for run in sandbox.about["runs"] if run["status"] == "failed"]
    assert note == "the server exited with 3 before it was ready: fake_server: cannot find my configuration"
    assert [row["variant"] for row in sandbox.rows("summary")] == ["first"]


def test_a_server_that_ends_badly_on_sigterm_is_a_failed_run(sandbox):
    sandbox.run(fault="exits-badly")
    [note] = [run["note"] for run in sandbox.about["runs"] if run["status"] == "failed"]
    assert note == "the server exited with 7 on SIGTERM"
    assert len(sandbox.rows("summary")) == 2


def test_a_server_that_was_killed_for_not_draining_enters_no_median(sandbox):
    done = sandbox.run(fault="ignores-sigterm")
    assert done.returncode == 1
    by_variant = {row["variant"]: row["verdict"] for row in sandbox.rows("summary")}
    assert by_variant == {"first": "valid", "second": "failed"}
    recording = Recording.load(sandbox.recording)
    first, second = digests(recording)
    assert first.counts and not second.counts and second.left_out_text == "1 of 1 run failed"
    told = [finding.text for finding in findings(recording, [first, second])]
    assert not any("`second`" in text for text in told if text.startswith("**all-long**"))
    # So it is with a recording of before the bench wrote it into the summary.
    path = sandbox.recording / "summary.csv"
    path.write_text(path.read_text().replace(",failed,", ",valid,"))
    assert not digests(Recording.load(sandbox.recording))[1].counts


def test_a_run_of_nothing_but_errors_is_failed_and_not_said_to_have_none(sandbox):
    done = sandbox.run(fault="refuses-work")
    assert done.returncode == 1
    notes = {run["variant"]: run["note"] for run in sandbox.about["runs"]}
    assert notes["second"] == "not one of 4 requests was answered ok: http_error 4"
    [row] = [line for line in done.stdout.splitlines() if line.startswith(" second")]
    assert "4 http error; 1 of 1 run failed" in row


@pytest.mark.parametrize(
    ("generator", "says"),
    [
        ("refuses", "loadgen exited with 2: loadgen: not one connection could be made"),
        ("writes-nothing", "loadgen wrote no summary.csv"),
    ],
)
def test_a_generator_that_fails_is_a_failed_run_and_the_bench_goes_on(sandbox, generator, says):
    done = sandbox.run(generator=generator)
    assert done.returncode == 1
    assert [run["note"] for run in sandbox.about["runs"]] == [says, says]
    assert sandbox.nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_nothing_running_and_keeps_the_finished_runs(sandbox, number):
    bench = sandbox.start("--repetitions", "500")
    until(lambda: (sandbox.results / "latest").is_symlink(), "the first finished run")
    bench.send_signal(number)
    _, errors = bench.communicate(timeout=30)
    assert bench.returncode == 130 and "Traceback" not in errors
    assert sandbox.nothing_is_left()
    kept = len(sandbox.rows("summary"))
    assert 1 <= kept == len(sandbox.about["runs"])
    assert len(sandbox.rows("requests")) == 4 * kept
    assert f"{kept} finished runs are in {sandbox.recording}" in errors
    assert sandbox.about["finished_at"] is None


def test_an_interrupt_before_the_first_run_has_ended_leaves_no_recording(sandbox):
    bench = sandbox.start(generator="hangs")
    until(lambda: len(noted_pids(sandbox.pids)) == 2, "the server and the generator")
    bench.send_signal(signal.SIGINT)
    _, errors = bench.communicate(timeout=30)
    assert bench.returncode == 130
    assert "no run had finished, nothing is kept" in errors
    assert list(sandbox.results.iterdir()) == [] and sandbox.nothing_is_left()


def test_a_second_interrupt_does_not_stop_the_first_from_cleaning_up(sandbox):
    bench = sandbox.start(fault="ignores-sigterm", generator="hangs")
    until(lambda: len(noted_pids(sandbox.pids)) == 2, "the server and the generator")
    for _ in range(20):
        bench.send_signal(signal.SIGINT)
    _, errors = bench.communicate(timeout=30)
    assert bench.returncode == 130 and "Traceback" not in errors
    assert sandbox.nothing_is_left()


@pytest.mark.parametrize("fault", ["", "ignores-sigterm", "daemonises"])
def test_sigkill_leaves_nothing_running_either(sandbox, fault):
    bench = sandbox.start("--variants", "second", fault=fault, generator="hangs")
    expected = 3 if fault == "daemonises" else 2
    until(lambda: len(noted_pids(sandbox.pids)) == expected, "the server and the generator")
    bench.kill()
    bench.communicate(timeout=30)
    until(sandbox.nothing_is_left, "the keepers to end what they keep")
    assert json.loads((sandbox.recording / "run.json").read_text())["runs"] == []


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--wiat", "5s"], "bench: --wiat: unknown flag: did you mean '--wait'?"),
        (
            ["--variants", "frist"],
            "bench: --variants: 'frist' is not in the suite small: did you mean 'first'?",
        ),
        (["--build", "/nowhere"], "bench: /nowhere/loadgen/loadgen: no such program: build it with: cmake"),
    ],
)
def test_bad_input_is_a_line_each_and_exit_code_2(sandbox, flags, says):
    done = sandbox.run(*flags)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(says) and not sandbox.results.exists()


def test_an_output_folder_that_cannot_be_made_is_said(sandbox):
    sandbox.results.write_text("a file")
    done = sandbox.run()
    fault = f"bench: --output: {sandbox.results}: Not a directory: name one that can be written\n"
    assert (done.returncode, done.stderr) == (2, fault)


def test_a_dry_run_says_what_would_run_and_makes_nothing(sandbox):
    done = sandbox.run("--dry-run", "--build", "/nowhere")
    assert done.returncode == 0 and "expected" in done.stdout
    assert not sandbox.results.exists()


PINNED = """
[[workloads]]
name = "pinned"
requests = 4
connections = 4
connection_mode = "fresh"
weights = { long = 1 }
pinned = true
"""


def test_a_machine_of_one_core_is_not_said_to_have_pinned_anything(sandbox):
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        done = sandbox.run("--workloads", "pinned", more=PINNED)
    finally:
        os.sched_setaffinity(0, cores)
    assert done.returncode == 0 and "pinned     no: this machine has one core only" in done.stdout
    assert '"pinned": true' not in (sandbox.recording / "run.json").read_text()
    assert {row["pinned"] for row in sandbox.rows("summary")} == {"0"}


def test_two_threads_of_one_core_are_not_said_to_be_a_core_each(monkeypatch):
    from benching.prepared import pins_text
    from processes import machine

    monkeypatch.setattr(machine, "siblings", lambda core: {0, 1})
    assert "which are two threads of one core" in pins_text(machine.Pins(0, 1))
    monkeypatch.setattr(machine, "siblings", lambda core: {core})
    assert "threads" not in pins_text(machine.Pins(0, 1))


def test_a_recording_goes_to_where_the_caller_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert results_folder() == tmp_path / "results"
    for inside in (ROOT, ROOT / "scripts"):
        monkeypatch.chdir(inside)
        assert results_folder() == ROOT / "results"
