"""Suites whose clients vary, as a whole, with fakes of the tools and nginx: what is kept, said and left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench_sandbox import TESTS, Sandbox
from waiting import noted_pids, until

TOOLS = ("wrk", "h2load", "hey", "ab", "nginx")
CLOSED = ("loadgen", "loadgen-by-read", "wrk", "h2load", "hey", "ab")
LOOPS = {"closed-64": CLOSED, "closed-64-bare": CLOSED, "open-1000": ("loadgen", "loadgen-by-read", "hey")}
SERVERS = {"closed-64": "nginx", "closed-64-bare": "epoll", "open-1000": "nginx"}


class ClientSandbox(Sandbox):
    """Also a PATH on which there are only the fakes of the tools, and what nginx's command needs."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in TOOLS:
            program = self.bin / name
            program.write_text(f'#!/bin/sh\nexec {sys.executable} {TESTS}/fake_peer.py {name} "$@"\n')
            program.chmod(0o755)
        epoll = folder / "build/servers/outside/epoll_server"
        epoll.parent.mkdir()
        epoll.write_text(f'#!/bin/sh\nexec {sys.executable} {TESTS}/fake_server.py --port "$1"\n')
        epoll.chmod(0o755)
        for name in ("sh", "sed"):
            (self.bin / name).symlink_to(f"/bin/{name}")

    def start(self, *flags: str, behaviour: str = "", generator: str = "") -> subprocess.Popen[str]:
        return self.bench("peers", *flags, PATH=str(self.bin), FAKE_PEERS=behaviour, FAKE_LOADGEN=generator)

    @property
    def notes(self) -> dict[str, list[str]]:
        """What is said of the runs that failed, by client."""
        notes: dict[str, list[str]] = {}
        for run in self.about["runs"]:
            if run["status"] == "failed":
                notes.setdefault(run["client"], []).append(run["note"])
        return notes


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[ClientSandbox]:
    made = ClientSandbox(tmp_path)
    yield made
    if made.started:
        made.started.kill()
        made.started.communicate(timeout=30)


def test_every_client_runs_once_a_repetition_and_a_report_is_made(sandbox):
    done = sandbox.run("--repetitions", "2", "--seed", "7")
    assert done.returncode == 0, done.stderr + done.stdout
    about, rows = sandbox.about, sandbox.rows("summary")
    runs = [(run["client"], run["workload"], str(run["repetition"])) for run in about["runs"]]
    assert sorted(runs) == sorted(
        (client, workload, repetition)
        for repetition in "12"
        for workload, clients in LOOPS.items()
        for client in clients
    )
    keys = [(row.get("client", runs[n][0]), row["workload"], row["repetition"]) for n, row in enumerate(rows)]
    assert keys == runs and {row["verdict"] for row in rows} == {"valid"}
    assert all(run["variant"] == SERVERS[run["workload"]] for run in [*about["runs"], *rows])
    assert all(float(row.get("client_cpu_us_per_request", 1)) > 0 for row in rows)
    lines = [line for line in done.stdout.splitlines() if ", repetition " in line]
    assert len(lines) == len(rows) and all("/s, " in line and " us of CPU each, " in line for line in lines)
    assert b"\r\n" in (sandbox.recording / "summary.csv").read_bytes()
    assert "report.html" in done.stdout and (sandbox.recording / "report.html").is_file()
    assert sandbox.nothing_is_left()


def test_what_a_tool_says_is_in_the_columns_that_loadgen_has_for_it(sandbox):
    done = sandbox.run("--clients", "wrk", "--workloads", "closed-64", "--repetitions", "1")
    assert done.returncode == 0, done.stderr
    [row] = sandbox.rows("summary")
    told = {
        "recording": sandbox.recording.name,
        "suite": "peers",
        "connections": "64",
        "connection_mode": "kept",
        "arrivals": "closed",
        "offered_rps": "",
        "generator_threads": "1",
        "requests": "107470",
        "ok": "107470",
        "http_error": "0",
        "duration_s": "1.1",
        "throughput_rps": "97500.83",
        "latency_mean_us": "403.5",
        "latency_p99_us": "860",
        "pinned": str(int(len(os.sched_getaffinity(0)) > 1)),
        "reasons": "",
    }
    assert {name: row[name] for name in told} == told
    assert row["started_at"].endswith("Z") and int(row["server_context_switches"]) > 0
    assert row.get("client_version", "9.9") == "9.9"


def test_the_recording_says_which_clients_there_were_and_how_each_was_started(sandbox):
    done = sandbox.run("--workloads", "open-1000", "--repetitions", "1", "--seed", "7")
    assert done.returncode == 0, done.stderr
    about = sandbox.about
    assert about["command"][-6:] == ["--repetitions", "1", "--workloads", "open-1000", "--seed", "7"]
    nginx, _ = about["variants"]
    assert nginx["name"] == "nginx" and nginx["version"] == "9.9"
    clients = {client["name"]: client for client in about["clients"]}
    assert [name for name, client in clients.items() if not client["there"]] == ["wrk2"]
    assert {clients[name]["version"] for name in ("wrk", "h2load", "ab")} == {"9.9"}
    assert clients["hey"]["commands"]["open-1000"][1:] == (
        "-cpus 1 -c 10 -z 2s -q 100 http://127.0.0.1:PORT/".split()
    )
    assert clients["loadgen"]["commands"]["open-1000"][1:] == (
        "http://127.0.0.1:PORT --mix short=1:/ -d 2000ms -R 1000 --arrivals constant "
        "-c 10 --connection-mode kept".split()
    )
    assert clients["wrk"]["commands"] == {"open-1000": None} and clients["wrk2"]["commands"] == {}


def test_it_says_what_will_run_and_what_is_missing_and_how_to_get_it(sandbox):
    (sandbox.bin / "hey").unlink()
    done = sandbox.run("--dry-run", "--seed", "7")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("suite      peers: ")
    assert lines[1:3] == ["variants   nginx, epoll", "clients    loadgen, loadgen-by-read, wrk, h2load, ab"]
    assert "skipped    hey: not installed: scripts/setup --peers installs it" in lines
    assert "skipped    wrk2: not installed: build it and put it on the PATH if you want it" in lines
    assert "workloads  closed-64, closed-64-bare, open-1000 (without wrk, h2load, ab)" in lines
    assert "runs       180, 15 of each kind, a fresh server for each; seed 7" in lines
    assert not sandbox.results.exists()


def test_only_the_chosen_clients_and_workloads_run(sandbox):
    done = sandbox.run("--clients", "loadgen,ab", "--workloads", "closed-64", "--repetitions", "1")
    assert done.returncode == 0, done.stderr
    runs = {(run["client"], run["workload"]) for run in sandbox.about["runs"]}
    assert runs == {("loadgen", "closed-64"), ("ab", "closed-64")}
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


def test_only_loadgen_searches_for_an_objective(sandbox):
    done = sandbox.run("--clients", "hey", "--objective", "p99<50ms")
    assert done.returncode == 2
    assert done.stderr == "bench: --objective: loadgen searches for it: let it be among --clients\n"


def test_without_a_loadgen_the_fix_is_named(sandbox):
    (sandbox.folder / "build/loadgen/loadgen").unlink()
    done = sandbox.run()
    assert done.returncode == 2 and "loadgen: no such program: build it with: cmake" in done.stderr
    assert sandbox.run("--clients", "ab", "--workloads", "closed-64", "--dry-run").returncode == 0


def test_runs_that_fail_are_told_apart_and_the_bench_goes_on(sandbox):
    done = sandbox.run(
        "--workloads",
        "closed-64",
        "--repetitions",
        "1",
        behaviour="wrk=404 hey=garbage h2load=dies",
        generator="late",
    )
    assert done.returncode == 1
    assert sandbox.notes == {
        "h2load": ["h2load exited with 3: no such thing"],
        "hey": ["hey's output was not understood, it has not the line Total: all went well"],
        "wrk": ["wrk counted 85198 errors beside 85198 requests"],
    }
    with_rows = [run["client"] for run in sandbox.about["runs"] if run["client"] not in ("h2load", "hey")]
    rows = dict(zip(with_rows, sandbox.rows("summary"), strict=True))
    assert {client: (row["verdict"], row["reasons"]) for client, row in rows.items()} == {
        "ab": ("valid", ""),
        "loadgen": ("invalid", "sent late"),
        "loadgen-by-read": ("invalid", "sent late"),
        "wrk": ("failed", sandbox.notes["wrk"][0]),
    }
    assert (rows["wrk"]["ok"], rows["wrk"]["http_error"]) == ("0", "85198")
    assert sandbox.nothing_is_left()


def test_a_server_that_does_not_start_fails_its_runs_with_its_last_words(sandbox):
    chosen = "--clients loadgen,ab --workloads closed-64,open-1000 --repetitions 1".split()
    done = sandbox.run(*chosen, behaviour="nginx=dies-at-once")
    assert done.returncode == 1
    words = "the server exited with 3 before it was ready: fake_server: cannot find my configuration"
    notes = [note for notes in sandbox.notes.values() for note in notes]
    assert sorted(notes) == ["not tried: 2 starts failed", words, words]
    assert not (sandbox.recording / "summary.csv").exists()


def test_a_server_that_dies_is_noticed_and_the_next_run_has_a_new_one(sandbox):
    done = sandbox.run(
        "--clients", "wrk", "--repetitions", "2", behaviour="nginx=dies-under-load wrk=kills-server"
    )
    assert done.returncode == 1
    assert len(sandbox.notes["wrk"]) == 2
    assert all(
        note.startswith("the server ended by SIGKILL during the run: listening on ")
        and "; wrk exited with 1: " in note
        for note in sandbox.notes["wrk"]
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_running_and_keeps_the_finished_runs(sandbox, number):
    bench = sandbox.start("--repetitions", "500")
    until(lambda: (sandbox.results / "latest").is_symlink(), "the first finished run")
    bench.send_signal(number)
    _, errors = bench.communicate(timeout=30)
    assert bench.returncode == 130 and "Traceback" not in errors
    assert sandbox.nothing_is_left()
    kept = len(sandbox.rows("summary"))
    assert 1 <= kept == len(sandbox.about["runs"]) and sandbox.about["finished_at"] is None
    assert f"{kept} finished runs are in {sandbox.recording}" in errors


def test_an_interrupt_before_the_first_run_has_ended_leaves_nothing_behind(sandbox):
    bench = sandbox.start("--clients", "wrk", behaviour="wrk=hangs")
    until(lambda: len(noted_pids(sandbox.pids)) == 2, "nginx and wrk")
    bench.send_signal(signal.SIGINT)
    _, errors = bench.communicate(timeout=30)
    assert bench.returncode == 130 and "no run had finished, nothing is kept" in errors
    assert list(sandbox.results.iterdir()) == [] and sandbox.nothing_is_left()
    assert not list(sandbox.folder.glob("bench-*"))
