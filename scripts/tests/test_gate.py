"""scripts/gate.py as a whole: real servers that break, the exit codes, and that nothing is left running."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from waiting import is_running, noted_pids, until

TESTS = Path(__file__).resolve().parent
SCRIPTS = TESTS.parent
RELEASE = SCRIPTS.parent / "build" / "release"
FIXTURES = TESTS / "gate_fixtures"
FAST = "--slice 50ms --warm-up 20ms --quads-per-start 4 --connections 4 --start-limit 3s".split()
FAST += ["--budget", "2m", "--seed", "5"]

needs_build = pytest.mark.skipif(
    not (RELEASE / "loadgen/loadgen").is_file(), reason="build/release is not built"
)


def gate(*flags: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the gate. Two minutes are its bound whatever is wrong with a server."""
    command = [sys.executable, str(SCRIPTS / "gate.py"), *map(str, flags)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def server(pids: Path, *flags: str) -> str:
    words = [sys.executable, str(TESTS / "broken_server.py"), "--port", "{port}", "--pids", str(pids), *flags]
    return " ".join(words)


@needs_build
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (
            "does-not-start",
            "the candidate did not start: the server exited with 3 before it was ready: .*config",
        ),
        ("answers-500", "the candidate did not start: the server did not answer GET / with 200 but with 500"),
        ("turns-to-500", "the candidate answered 0 of [0-9]+ requests: http_error"),
        ("dies-half-way", "the candidate ended by SIGKILL while it was measured"),
        ("hangs", "the candidate answered 0 of [0-9]+ requests: (timed_out|unfinished)"),
        ("garbage", "the candidate answered 0 of [0-9]+ requests: malformed"),
    ],
)
def test_a_broken_candidate_fails_the_gate_and_is_named(tmp_path, fault, told):
    pids, junit, page = tmp_path / "pids", tmp_path / "gate.xml", tmp_path / "gate.md"
    sides = ("--baseline-cmd", server(pids), "--candidate-cmd", server(pids, "--fault", fault))
    done = gate(*sides, *FAST, "--output", tmp_path / "out", "--junit", junit, "--markdown", page)
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.search(f"verdict: failed: command: {told}", done.stdout), done.stdout
    assert json.loads((tmp_path / "out/verdict.json").read_text())["exit_code"] == 2
    assert ElementTree.parse(junit).find("testcase/error") is not None
    assert "failed" in page.read_text()
    assert noted_pids(pids) and not any(is_running(pid) for pid in noted_pids(pids))


@needs_build
def test_a_broken_baseline_fails_the_gate_too(tmp_path):
    sides = ("--baseline-cmd", server(tmp_path / "pids", "--fault", "turns-to-500"))
    done = gate(*sides, "--candidate-cmd", server(tmp_path / "pids"), *FAST, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert "the baseline answered 0 of" in done.stdout


@needs_build
def test_a_candidate_that_fails_some_requests_regresses_whatever_its_speed(tmp_path):
    pids = tmp_path / "pids"
    sides = ("--baseline-cmd", server(pids), "--candidate-cmd", server(pids, "--fault", "fails-some"))
    # At a margin of 50 % the speed does not matter.
    done = gate(*sides, *FAST, "--margin", "50%", "--output", tmp_path / "out")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "errors of command" in done.stdout


@needs_build
@pytest.mark.parametrize("fault", ["dozes", "fails-rarely"])
def test_a_candidate_that_sleeps_or_fails_a_single_request_never_passes(tmp_path, fault):
    pids = tmp_path / "pids"
    sides = ("--baseline-cmd", server(pids), "--candidate-cmd", server(pids, "--fault", fault))
    done = gate(
        *sides, *FAST, "--margin", "50%" if fault == "fails-rarely" else "5%", "--output", tmp_path / "out"
    )
    assert done.returncode in (1, 3), done.stdout + done.stderr
    told = done.stdout.splitlines()[-1]
    assert ("errors" if fault == "fails-rarely" else "observed") in told or "too busy" in told


@needs_build
def test_a_candidate_that_costs_far_more_regresses_and_every_slice_is_kept(tmp_path):
    pids = tmp_path / "pids"
    sides = ("--baseline-cmd", server(pids), "--candidate-cmd", server(pids, "--cost-us", "2000"))
    # Longer slices: of 50 ms a busy machine takes more than the generator may lose.
    done = gate(*sides, *FAST, "--slice", "250ms", "--output", tmp_path / "out")
    assert done.returncode == 1, done.stdout + done.stderr
    verdict = json.loads((tmp_path / "out/verdict.json").read_text())
    assert verdict["cells"][0]["regressed"][0] == "capacity"
    assert (verdict["cells"][0]["quads"], verdict["cells"][0]["repeat_quads"]) == (12, 12)
    with (tmp_path / "out/gate.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["used"] == "1" for row in rows) == 4 * 24
    assert len(set(row["block"] for row in rows)) == 6
    assert len(noted_pids(pids)) == 12
    # What was measured says the same when it is judged again.
    again = gate("--replay", tmp_path / "out/gate.csv")
    assert again.returncode == 1
    assert again.stdout.splitlines()[-1] == done.stdout.splitlines()[-1]


@needs_build
def test_an_interrupted_gate_leaves_nothing_running(tmp_path):
    pids = tmp_path / "pids"
    sides = ("--baseline-cmd", server(pids), "--candidate-cmd", server(pids))
    command = [sys.executable, str(SCRIPTS / "gate.py"), *sides, *FAST, "--output", str(tmp_path / "out")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: (tmp_path / "out/gate.csv").is_file(), "the first quad")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "interrupted; no server is left running" in errors
    assert not any(is_running(pid) for pid in noted_pids(pids))


@needs_build
def test_trials_go_on_from_where_they_were_left(tmp_path):
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("two servers and a generator on one core take too long")
    command = server(tmp_path / "pids")
    flags = ("--aa", "1", "--baseline-cmd", command, *FAST, "--margin", "50%", "--output", tmp_path / "aa")
    first = gate(*flags)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "false `regressed`: 0 of 1" in first.stdout and "simulation" in first.stdout
    started = len(noted_pids(tmp_path / "pids"))
    assert gate(*flags).stdout.splitlines()[-6:] == first.stdout.splitlines()[-6:]
    assert len(noted_pids(tmp_path / "pids")) == started  # nothing was measured twice
    other = gate(*flags, "--connections", "5")
    assert other.returncode == 2
    assert "has trials with connections 4, not 5" in other.stderr


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("not-regressed", 0, "verdict: not regressed: no gated metric is worse by 5 %"),
        ("regressed", 1, "verdict: regressed: capacity of async, observed of async: worse than the margin"),
        ("errors", 1, "verdict: regressed: errors of async: worse than the margin"),
        ("malformed", 2, "malformed.csv row 3: candidate does not stand at position 1 of ABBA"),
        ("other-columns", 2, "other-columns.csv line 1: the column 'cell' is missing"),
        ("inconclusive", 3, "verdict: inconclusive: 40 quads show neither"),
        ("cut-short", 3, "verdict: inconclusive: the time or the quads were over before the look at 24"),
        ("unconfirmed", 3, "looked worse after 40 quads, but not in a fresh repeat"),
        (
            "invalid",
            3,
            "verdict: invalid: async: a slice of the candidate was invalid 4 times: the generator was",
        ),
    ],
)
def test_a_recorded_gate_comes_to_its_verdict_and_exit_code(tmp_path, name, code, told):
    junit, page = tmp_path / "gate.xml", tmp_path / "gate.md"
    done = gate("--replay", FIXTURES / f"{name}.csv", "--junit", junit, "--markdown", page)
    assert done.returncode == code, done.stdout + done.stderr
    assert told in done.stdout + done.stderr
    suite = ElementTree.parse(junit).getroot()
    kinds = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error", "skipped")}
    assert [suite.get(n) for n in ("failures", "errors", "skipped")] == [str(n) for n in kinds.values()]
    assert bool(kinds["failure"]) == (code == 1) and bool(kinds["error"]) == (code == 2)
    assert f"Performance gate: {'failed' if code == 2 else ''}" in page.read_text()


@pytest.mark.parametrize("flag", ["--markdown", "--junit"])
def test_what_cannot_be_written_is_bad_input_before_anything_is_measured(tmp_path, flag):
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file/gate.md", Path("/proc/gate.md")):
        done = gate("--replay", FIXTURES / "not-regressed.csv", flag, path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"gate: {flag}: {path}: ") and done.stderr.count("\n") == 1


def test_what_nobody_foresaw_is_a_failure_and_no_regression(tmp_path, monkeypatch, capsys):
    from gating import main as command

    def broken(*_):
        raise ZeroDivisionError("so it goes")

    monkeypatch.setattr(command, "decide", broken)
    page = tmp_path / "gate.md"
    assert command.main(["--replay", str(FIXTURES / "regressed.csv"), "--markdown", str(page)]) == 2
    assert "gate: ZeroDivisionError: so it goes" in capsys.readouterr().err
    assert "failed" in page.read_text()


def test_an_inconclusive_gate_can_be_let_pass():
    flags = ("--replay", FIXTURES / "inconclusive.csv", "--on-inconclusive")
    assert gate(*flags, "pass").returncode == 0
    assert gate(*flags, "fail").returncode == 3
    assert gate("--replay", FIXTURES / "regressed.csv", "--on-inconclusive", "pass").returncode == 1


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), "--baseline and --candidate: name both"),
        (("--baseline", "main"), "--baseline and --candidate: name both"),
        (
            ("--baseline", "x", "--candidate", "y", "--cells", "asink"),
            "--cells: 'asink' is no variant: did you mean",
        ),
        (("--baseline", "x", "--candidate", "y", "--cells", "async:ping"), "begins with a slash"),
        (
            ("--baseline-cmd", "serve", "--candidate-cmd", "serve {port}"),
            "--baseline-cmd: 'serve': write {port}",
        ),
        (("--baseline", "x", "--candidate-cmd", "serve {port}"), "either two builds or two commands"),
        (("--aa", "--power"), "--aa and --power: one at a time"),
        (("--aa", "--candidate", "x"), "--aa measures one build against itself"),
        (("--margin", "5"), "--margin: '5' is not a share"),
        (("--budget", "5"), "--budget: '5' is not a time"),
        (
            ("--baseline-cmd", "x {port}", "--candidate-cmd", "y {port}", "--budget", "30s"),
            "--budget: 30 s is too short to decide: 12 quads of 1 cell and a repeat take ",
        ),
        (
            ("--baseline-cmd", "PORT={port} node app.js"),
            "write it as: sh -c 'PORT={port} exec node app.js'",
        ),
        (
            ("--baseline-cmd", "cd app && node app.js {port}"),
            "write it as: sh -c 'cd app && node app.js {port}'",
        ),
        (("--replay", "nowhere.csv"), "--replay: nowhere.csv: no such file"),
        (("--bugdet", "5m"), "--bugdet: unknown flag: did you mean '--budget'?"),
    ],
)
def test_wrong_flags_are_a_line_that_names_them(flags, told):
    build = ("--build", str(RELEASE)) if RELEASE.is_dir() else ()
    done = gate(*flags, *build)
    if "loadgen: no such program" in done.stderr:
        pytest.skip("build/release is not built")
    assert done.returncode == 2
    assert told in done.stderr, done.stderr


@needs_build
def test_what_is_neither_a_ref_nor_a_build_is_refused(tmp_path):
    done = gate("--baseline", "no-such-ref", "--candidate", tmp_path)
    assert (done.returncode, "'no-such-ref' is neither a commit" in done.stderr) == (2, True)
    done = gate("--baseline", tmp_path, "--candidate", tmp_path)
    assert (done.returncode, "no program servers/blocking_server in it" in done.stderr) == (2, True)


@needs_build
def test_a_gate_is_never_mixed_with_another(tmp_path):
    (tmp_path / "gate.csv").write_text("")
    done = gate("--baseline", RELEASE, "--candidate", RELEASE, "--output", tmp_path)
    assert (done.returncode, "there is a gate in it already" in done.stderr) == (2, True)
