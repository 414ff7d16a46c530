"""The suite `peers` as a whole, with fakes for the tools and for nginx: what is kept, said and left."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from waiting import is_running, noted_pids, until

TESTS = Path(__file__).resolve().parent
SCRIPTS = TESTS.parent
TOOLS = ("wrk", "h2load", "hey", "ab", "nginx")


class Sandbox:
    """A PATH on which there are only the fakes, a build folder with a fake loadgen, a results folder."""

    def __init__(self, folder: Path):
        self.folder, self.started = folder, None
        self.pids, self.results, self.bin = folder / "pids", folder / "results", folder / "bin"
        for name in TOOLS:
            self.install(self.bin / name)
        self.install(folder / "build" / "loadgen" / "loadgen")

    def install(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\nexec {sys.executable} {TESTS}/fake_peer.py {path.name} "$@"\n')
        path.chmod(0o755)

    def start(self, *flags: str, behaviour: str = "", path: str = "") -> subprocess.Popen[str]:
        command = [sys.executable, str(SCRIPTS / "bench.py"), "peers", "--build", str(self.folder / "build")]
        self.started = subprocess.Popen(
            [*command, "--output", str(self.results), *flags],
            env={
                **os.environ,
                "PATH": f"{self.bin}{path}",
                "FAKE_PIDS": str(self.pids),
                "FAKE_PEERS": behaviour,
                "PYTHONPATH": str(SCRIPTS),
                "TMPDIR": str(self.folder),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.started

    def run(self, *flags: str, behaviour: str = "") -> subprocess.CompletedProcess[str]:
        process = self.start(*flags, behaviour=behaviour)
        output, errors = process.communicate(timeout=120)
        assert "Traceback" not in errors, errors
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    @property
    def recording(self) -> Path:
        [folder] = (path for path in self.results.iterdir() if not path.is_symlink())
        return folder

    @property
    def about(self) -> dict:
        return json.loads((self.recording / "run.json").read_text())

    @property
    def rows(self) -> list[dict[str, str]]:
        with (self.recording / "peers.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def notes(self) -> list[str]:
        return [run["note"] for run in self.about["runs"] if run["status"] == "failed"]

    def nothing_is_left(self) -> bool:
        pids = noted_pids(self.pids)
        return bool(pids) and not any(is_running(pid) for pid in pids)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path)
    yield made
    if made.started:
        made.started.kill()
        made.started.communicate(timeout=30)


def test_every_client_runs_once_a_repetition_and_a_report_is_made(sandbox):
    done = sandbox.run("--repetitions", "2", "--seed", "7")
    assert done.returncode == 0, done.stderr + done.stdout
    rows = sandbox.rows
    assert sorted((r["client"], r["workload"], r["repetition"]) for r in rows) == sorted(
        (client, workload, repetition)
        for repetition in "12"
        for workload, clients in (
            ("closed-64", ("loadgen", "wrk", "h2load", "hey", "ab")),
            ("open-1000", ("loadgen", "hey")),
        )
        for client in clients
    )
    assert all(float(row["cpu_us_per_request"]) > 0 and row["fault"] == "" for row in rows)
    assert {row["tool_version"] for row in rows if row["client"] in ("wrk", "h2load", "ab")} == {"9.9"}
    about = sandbox.about
    assert about["kind"] == "peers" and about["seed"] == 7 and about["finished_at"]
    assert about["variants"] == [{"name": "nginx", "version": "9.9"}]
    assert about["command"] == ["scripts/bench", "peers", "--repetitions", "2", "--seed", "7"]
    assert [run["client"] for run in about["runs"]] == [row["client"] for row in rows]
    assert b"\r\n" in (sandbox.recording / "peers.csv").read_bytes()
    page = (sandbox.recording / "report.html").read_text()
    assert (
        "loadgen</code> needs" in page
        and 'id="peers-ratios"' in page
        and "http://" not in page.replace("http://www.w3.org", "").replace("http://127.0.0.1:PORT/", "")
    )
    assert "report.html" in done.stdout and sandbox.nothing_is_left()
    again = subprocess.run(
        [sys.executable, str(SCRIPTS / "report.py"), str(sandbox.recording)], capture_output=True, text=True
    )
    assert again.returncode == 0 and again.stdout.strip().endswith("report.html"), again.stderr


def test_it_says_what_will_run_and_what_is_missing_and_how_to_get_it(sandbox):
    (sandbox.bin / "hey").unlink()
    done = sandbox.run("--dry-run", "--seed", "7")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("suite      peers: ") and "clients    loadgen, wrk, h2load, ab; " in lines[1]
    assert "skipped    hey: not installed: scripts/setup --peers installs it" in lines
    assert "skipped    wrk2: not installed: build it and put it on the PATH if you want it" in lines
    assert "runs       75, 15 of each kind, in turns; seed 7" in lines
    assert not sandbox.results.exists()


def test_only_the_chosen_clients_and_workloads_run(sandbox):
    done = sandbox.run("--clients", "loadgen,ab", "--workloads", "closed-64", "--repetitions", "1")
    assert done.returncode == 0, done.stderr
    assert {(row["client"], row["workload"]) for row in sandbox.rows} == {
        ("loadgen", "closed-64"),
        ("ab", "closed-64"),
    }
    assert sandbox.about["command"][2:8] == [
        "--repetitions",
        "1",
        "--workloads",
        "closed-64",
        "--clients",
        "loadgen,ab",
    ]


def test_without_any_other_load_generator_there_is_nothing_to_compare(sandbox):
    for name in ("wrk", "h2load", "hey", "ab"):
        (sandbox.bin / name).unlink()
    done = sandbox.run()
    assert done.returncode == 2 and done.stdout == ""
    assert (
        done.stderr == "bench: ab, h2load, hey, wrk, wrk2: none is here: scripts/setup --peers installs it\n"
    )


def test_a_choice_that_leaves_no_run_is_refused(sandbox):
    done = sandbox.run("--clients", "wrk,ab", "--workloads", "open-1000")
    assert done.returncode == 2
    assert done.stderr == "bench: --workloads, --clients: none of wrk, ab has such a loop: choose others\n"


def test_without_a_loadgen_the_fix_is_named(sandbox):
    (sandbox.folder / "build/loadgen/loadgen").unlink()
    done = sandbox.run()
    assert done.returncode == 2 and "loadgen: no such program: build it with: cmake" in done.stderr


def test_runs_that_fail_are_told_apart_and_the_bench_goes_on(sandbox):
    done = sandbox.run(
        "--workloads",
        "closed-64",
        "--repetitions",
        "1",
        behaviour="wrk=404 hey=garbage h2load=dies loadgen=late",
    )
    assert done.returncode == 1
    assert sorted(sandbox.notes()) == [
        "h2load exited with 3: no such thing",
        "hey's output was not understood, it has not the line Total; it ends with: all went well",
        "loadgen calls the run invalid: sent late",
        "wrk counted 85198 errors beside 85198 requests",
    ]
    assert {row["client"]: bool(row["fault"]) for row in sandbox.rows} == {
        "ab": False,
        "loadgen": True,
        "wrk": True,
    }
    assert sandbox.nothing_is_left()


def test_a_server_that_does_not_start_fails_its_runs_with_its_last_words(sandbox):
    done = sandbox.run("--clients", "loadgen,ab", "--repetitions", "1", behaviour="nginx=dies-at-once")
    assert done.returncode == 1
    assert (
        sandbox.notes()
        == ["the server exited with 3 before it was ready: fake_server: cannot find my configuration"] * 3
    )
    assert not (sandbox.recording / "peers.csv").exists()


def test_a_server_that_dies_is_noticed_and_the_next_repetition_has_a_new_one(sandbox):
    done = sandbox.run(
        "--clients", "wrk", "--repetitions", "2", behaviour="nginx=dies-under-load wrk=kills-server"
    )
    assert done.returncode == 1
    assert sandbox.notes() == ["the server ended by SIGKILL during the run"] * 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_running_and_keeps_the_finished_runs(sandbox, number):
    bench = sandbox.start("--repetitions", "500")
    until(lambda: (sandbox.results / "latest").is_symlink(), "the first finished run")
    bench.send_signal(number)
    _, errors = bench.communicate(timeout=30)
    assert bench.returncode == 130 and "Traceback" not in errors
    assert sandbox.nothing_is_left()
    assert 1 <= len(sandbox.rows) == len(sandbox.about["runs"]) and sandbox.about["finished_at"] is None
    assert f"{len(sandbox.rows)} finished runs are in {sandbox.recording}" in errors


def test_an_interrupt_before_the_first_run_has_ended_leaves_nothing_behind(sandbox):
    bench = sandbox.start("--clients", "wrk", behaviour="wrk=hangs")
    until(lambda: len(noted_pids(sandbox.pids)) == 2, "nginx and wrk")
    bench.send_signal(signal.SIGINT)
    _, errors = bench.communicate(timeout=30)
    assert bench.returncode == 130 and "no run had finished, nothing is kept" in errors
    assert list(sandbox.results.iterdir()) == [] and sandbox.nothing_is_left()
    assert not list(sandbox.folder.glob("bench-*"))
