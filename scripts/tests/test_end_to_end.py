"""The real servers, the real generator and the real bench together; with sanitizers too, where those are
built.

BUILDS in the environment names the presets (scripts/test sets it); without it, release.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from plans.suite import SUITES, find_suite, read_suite
from plans.variant import Places, missing
from recordings.csv_table import SCHEMA_PATH
from recordings.recording import OUTCOMES, Recording
from waiting import is_running, noted_pids, until

SCRIPTS = Path(__file__).resolve().parent.parent
ROOT = SCRIPTS.parent
RELEASE = ROOT / "build" / "release"
BUILDS = os.environ.get("BUILDS", "release").split()
VARIANTS = ("sequential", "pool-8", "thread-per-request", "async", "async-2")  # of every build
HUNDRED = read_suite(find_suite("hundred"))


@pytest.fixture(scope="session", autouse=True)
def binaries() -> None:
    for build in BUILDS:
        if not (ROOT / "build" / build / "loadgen" / "loadgen").is_file():
            pytest.fail(f"build/{build} is not built: run scripts/test, or cmake --workflow --preset {build}")


def bench_command(results: Path, *flags: str) -> list[str]:
    return [sys.executable, str(SCRIPTS / "bench.py"), "--output", str(results), "--no-calibration", *flags]


def run_bench(results: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(bench_command(results, *flags), capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def the_recording(results: Path) -> Recording:
    return Recording.load((results / "latest").resolve())


@pytest.mark.parametrize("build", BUILDS)
def test_every_variant_serves_every_request_and_ends_cleanly(tmp_path, build):
    """A fault that a sanitizer finds is the exit code of a server or of the generator: a failed run."""
    flags = ("--wait", "20ms", "--repetitions", "1", "--workloads", "mixed,all-short")
    done = run_bench(tmp_path, "hundred", *flags, "--build", str(ROOT / "build" / build))
    assert done.returncode == 0, done.stdout + done.stderr
    recording = the_recording(tmp_path)
    there = [v.name for v in HUNDRED.variants if not missing(v, Places(SUITES, ROOT / "build" / build))]
    assert {*there} >= {*VARIANTS}
    assert {run["status"] for run in recording.run["runs"]} == {"ok"}
    assert sorted((row.variant, row.ok) for row in recording.summary) == sorted(
        (variant, 100) for variant in there * 2
    )


def test_a_recording_is_complete(tmp_path):
    flags = ("--wait", "5ms", "--repetitions", "1", "--variants", "thread-per-request,async", "--seed", "3")
    done = run_bench(tmp_path, "hundred", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    recording = the_recording(tmp_path)
    assert recording.missing == [] and len(recording.summary) == 6
    for row in recording.summary:
        assert sum(getattr(row, outcome) for outcome in OUTCOMES) == row.requests == 100
        assert row.server_context_switches > 0 and row.connection_mode == "fresh" and row.suite == "hundred"
        assert (row.ideal_ms is None) == (row.workload == "all-short")
        assert row.ideal_ms is None or row.makespan_ms >= row.ideal_ms == 5
    per_class = Counter((r.variant, r.class_) for r in recording.requests if r.workload == "mixed")
    assert set(per_class.values()) == {20, 80}
    threads = {
        row.variant: row.server_threads_peak for row in recording.summary if row.workload == "all-long"
    }
    assert threads["thread-per-request"] > 20 > threads["async"]
    assert recording.run["build"] and recording.run["machine"]["cores"]
    assert (recording.folder / "report.html").stat().st_size > 10_000
    assert "thread-per-request" in done.stdout and "file://" in done.stdout


def test_a_recording_says_what_head_room_the_generator_had(tmp_path):
    command = bench_command(tmp_path, "hundred", "--wait", "1ms", "--repetitions", "1", "--variants", "async")
    command.remove("--no-calibration")
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    recording = the_recording(tmp_path)
    assert recording.run["calibration"]["kept_rps"] > 0
    assert "against a server that does nothing" in (recording.folder / "report.html").read_text()


def test_two_variants_get_the_very_same_requests(tmp_path):
    flags = ("--wait", "1ms", "--repetitions", "2", "--variants", "async,async-2", "--workloads", "mixed")
    run_bench(tmp_path, "hundred", *flags)
    orders: dict[tuple[str, int], list[str]] = {}
    for row in sorted(the_recording(tmp_path).requests, key=lambda row: row.request):
        orders.setdefault((row.variant, row.repetition), []).append(row.class_)
    assert orders["async", 1] == orders["async-2", 1]
    assert orders["async", 2] == orders["async-2", 2] != orders["async", 1]


def test_the_committed_schema_is_that_of_the_generator():
    told = subprocess.run(
        [RELEASE / "loadgen/loadgen", "--schema"], capture_output=True, text=True, timeout=30
    )
    assert json.loads(told.stdout) == json.loads(SCHEMA_PATH.read_text())


@pytest.fixture
def noting_build(tmp_path: Path) -> tuple[Path, Path]:
    """A build folder whose programs note their process id before they become the real ones; and the notes."""
    build, pids = tmp_path / "build", tmp_path / "pids"
    for program in ("servers/async_server", "servers/blocking_server", "loadgen/loadgen"):
        path = build / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho $$ >>{pids}.{path.name}\nexec {RELEASE / program} "$@"\n')
        path.chmod(0o755)
    return build, pids


def under_load(pids: Path, server: str) -> tuple[int, int]:
    """Waits until the generator has its hundred connections; the ids of server and generator."""

    def connected() -> tuple[int, int] | None:
        servers = noted_pids(pids.with_name(f"pids.{server}"))
        generators = noted_pids(pids.with_name("pids.loadgen"))
        # One line of the generator is its --build-info for run.json.
        if not servers or len(generators) < 2 or len(list(Path(f"/proc/{servers[-1]}/fd").iterdir())) < 100:
            return None
        return servers[-1], generators[-1]

    return until(connected, "a hundred connections")


LONG = ("hundred", "--wait", "30s", "--workloads", "all-long", "--repetitions", "1")


@pytest.mark.parametrize(
    ("variant", "server"), [("async", "async_server"), ("thread-per-request", "blocking_server")]
)
def test_a_server_that_is_killed_mid_run_is_recorded_with_its_errors(tmp_path, noting_build, variant, server):
    build, pids = noting_build
    flags = (*LONG, "--variants", variant, "--build", str(build))
    bench = subprocess.Popen(bench_command(tmp_path / "results", *flags), stdout=subprocess.PIPE, text=True)
    try:
        server_pid, _ = under_load(pids, server)
        os.kill(server_pid, signal.SIGKILL)
        bench.communicate(timeout=60)
        assert bench.returncode == 1
        recording = the_recording(tmp_path / "results")
        [run], [row] = recording.run["runs"], recording.summary
        assert run["status"] == "failed" and "the server ended by SIGKILL during the run" in run["note"]
        assert row.ok == 0 and sum(getattr(row, outcome) for outcome in OUTCOMES) == 100
    finally:
        bench.kill()
        bench.communicate(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_bench_that_is_stopped_mid_run_leaves_no_server_and_no_generator(tmp_path, noting_build, number):
    build, pids = noting_build
    flags = (*LONG, "--variants", "thread-per-request", "--build", str(build))
    bench = subprocess.Popen(
        bench_command(tmp_path / "results", *flags),
        env={**os.environ, "TMPDIR": str(tmp_path)},  # a killed bench cannot clear up its scratch folder
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        both = under_load(pids, "blocking_server")
        bench.send_signal(number)
        _, errors = bench.communicate(timeout=60)
        assert bench.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
        until(lambda: not any(is_running(pid) for pid in both), "the server and the generator to end")
        assert "Traceback" not in errors
    finally:
        bench.kill()
        bench.communicate(timeout=30)


def test_the_rows_of_a_recording_open_in_any_reader(tmp_path):
    run_bench(tmp_path, "hundred", "--wait", "1ms", "--repetitions", "1", "--variants", "async")
    with (tmp_path / "latest" / "summary.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 and all(None not in row and None not in row.values() for row in rows)
