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

from gating.verdict import Rule
from synthetic_gate import rows, write_gate
from waiting import is_running, noted_pids, until

TESTS = Path(__file__).resolve().parent
SCRIPTS = TESTS.parent
RELEASE = SCRIPTS.parent / "build" / "release"
FAST = "--block 200ms --slice 20ms --warm-up 20ms --connections 4 --start-limit 3s".split()
FAST += ["--budget", "2m", "--seed", "5"]
LAST = Rule.looks[-1]

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
        ("hangs", "the candidate was lost: it gave not one complete reply: (timed_out|unfinished) [0-9]"),
        ("garbage", "the candidate was lost: it gave not one complete reply: malformed [0-9]"),
    ],
)
def test_a_broken_candidate_fails_the_gate_and_is_named(tmp_path, fault, told):
    pids, junit, page = tmp_path / "pids", tmp_path / "gate.xml", tmp_path / "gate.md"
    sides = ("--baseline-cmd", server(pids), "--candidate-cmd", server(pids, "--fault", fault))
    done = gate(*sides, *FAST, "--output", tmp_path / "out", "--junit", junit, "--markdown", page)
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.search(f"Performance gate: failed: command: {told}", done.stdout), done.stdout
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
def test_a_candidate_that_breaks_waits_and_costs_more_regresses_by_each(tmp_path):
    pids = tmp_path / "pids"
    worse = ("--fault", "fails-some", "--fault", "dozes", "--cost-us", "500")
    sides = ("--baseline-cmd", server(pids), "--candidate-cmd", server(pids, *worse))
    done = gate(*sides, *FAST, "--slice", "50ms", "--block", "400ms", "--output", tmp_path / "out")
    assert done.returncode == 1, done.stdout + done.stderr
    verdict = json.loads((tmp_path / "out/verdict.json").read_text())
    assert {"capacity", "throughput", "errors"} <= set(verdict["cells"][0]["worse"])
    with (tmp_path / "out/summary.csv").open(newline="") as file:
        sides_of_blocks = [row["variant"] for row in csv.DictReader(file)]
    assert sides_of_blocks[:2] == ["baseline", "candidate"]
    assert len(noted_pids(pids)) == len(sides_of_blocks)
    # What was measured says the same when it is judged again.
    again = gate("--replay", tmp_path / "out")
    assert again.returncode == 1
    assert again.stdout.splitlines()[-1] == done.stdout.splitlines()[-1]


@needs_build
def test_a_candidate_that_fails_a_single_request_never_passes(tmp_path):
    pids = tmp_path / "pids"
    sides = ("--baseline-cmd", server(pids), "--candidate-cmd", server(pids, "--fault", "fails-rarely"))
    done = gate(*sides, *FAST, "--margin", "50%", "--output", tmp_path / "out")
    assert done.returncode in (1, 3), done.stdout + done.stderr
    assert "errors" in done.stdout.splitlines()[-1] or "too busy" in done.stdout


@needs_build
def test_an_interrupted_gate_leaves_nothing_running(tmp_path):
    pids = tmp_path / "pids"
    sides = ("--baseline-cmd", server(pids), "--candidate-cmd", server(pids))
    # As slow as the margin, nearly: it does not end before it is interrupted.
    flags = (*sides, *FAST, "--block", "10s", "--budget", "10m", "--output", str(tmp_path / "out"))
    command = [sys.executable, str(SCRIPTS / "gate.py"), *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: len(noted_pids(pids)) == 2, "the first block")
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
    sides = ("--baseline-cmd", command, "--candidate-cmd", command)
    flags = ("--repeat", "1", *sides, *FAST, "--margin", "50%", "--output", tmp_path / "trials")
    first = gate(*flags)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "`regressed`: 0 of 1" in first.stdout and "simulation" in first.stdout
    started = len(noted_pids(tmp_path / "pids"))
    assert gate(*flags).stdout.splitlines()[-6:] == first.stdout.splitlines()[-6:]
    assert len(noted_pids(tmp_path / "pids")) == started  # nothing was measured twice
    other = gate(*flags, "--connections", "5")
    assert other.returncode == 2
    assert "has trials with connections 4, not 5" in other.stderr


RECORDED = {
    "not-regressed": (
        rows(LAST, noise=0.005),
        0,
        "Performance gate: not regressed: nothing that was asked for is worse",
    ),
    "regressed": (
        rows(LAST, slowdown=0.15),
        1,
        "Performance gate: regressed: capacity of async, throughput of async",
    ),
    "errors": (
        rows(LAST, noise=0.005, failed_share=0.002),
        1,
        "Performance gate: regressed: errors of async: worse",
    ),
    "inconclusive": (
        rows(LAST, slowdown=0.02, noise=0.03),
        3,
        f"Performance gate: inconclusive: {LAST} blocks decide",
    ),
    "cut-short": (rows(15, slowdown=0.02, noise=0.03), 3, "the time or the blocks were over before the look"),
    "invalid": (
        rows(2) + rows(4, first=3, verdict="invalid"),
        3,
        "Performance gate: invalid: async: 4 blocks in a row",
    ),
    "other-side": (
        rows(2, cell="a") + [rows(1)[0] | {"variant": "x"}],
        2,
        "summary.csv row 5: variant 'x' is",
    ),
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_gate_comes_to_its_verdict_and_exit_code(tmp_path, name):
    made, code, told = RECORDED[name]
    junit, page = tmp_path / "gate.xml", tmp_path / "gate.md"
    done = gate("--replay", write_gate(tmp_path / "gate", made), "--junit", junit, "--markdown", page)
    assert done.returncode == code, done.stdout + done.stderr
    assert told in done.stdout + done.stderr
    suite = ElementTree.parse(junit).getroot()
    kinds = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error", "skipped")}
    assert [suite.get(n) for n in ("failures", "errors", "skipped")] == [str(n) for n in kinds.values()]
    assert bool(kinds["failure"]) == (code == 1) and bool(kinds["error"]) == (code == 2)
    assert f"Performance gate: {'failed' if code == 2 else ''}" in page.read_text()


@pytest.mark.parametrize("flag", ["--markdown", "--junit", "--history"])
def test_what_cannot_be_written_is_bad_input_before_anything_is_measured(tmp_path, flag):
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file/gate.md", Path("/proc/gate.md")):
        done = gate("--replay", write_gate(tmp_path / "gate", rows(12)), flag, path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"gate: {flag}: {path}: ") and done.stderr.count("\n") == 1


def test_what_nobody_foresaw_is_a_failure_and_no_regression(tmp_path, monkeypatch, capsys):
    from gating import main as command

    def broken(*_):
        raise ZeroDivisionError("so it goes")

    monkeypatch.setattr(command, "decide", broken)
    page = tmp_path / "gate.md"
    assert (
        command.main(["--replay", str(write_gate(tmp_path / "gate", rows(12))), "--markdown", str(page)]) == 2
    )
    assert "gate: ZeroDivisionError: so it goes" in capsys.readouterr().err
    assert "failed" in page.read_text()


def test_an_inconclusive_gate_can_be_let_pass(tmp_path):
    for name, codes in (("inconclusive", (0, 3)), ("regressed", (1, 1))):
        folder = write_gate(tmp_path / name, RECORDED[name][0])
        assert [gate("--replay", folder, "--on-inconclusive", w).returncode for w in ("pass", "fail")] == [
            *codes
        ]


def test_each_gate_adds_a_line_to_the_history(tmp_path):
    folder, history = write_gate(tmp_path / "gate", rows(LAST, noise=0.005)), tmp_path / "history.jsonl"
    for _ in range(2):
        gate("--replay", folder, "--history", history)
    entries = [json.loads(line) for line in history.read_text().splitlines()]
    assert [entry["verdict"] for entry in entries] == ["not regressed"] * 2
    history.write_text("nothing\n")
    done = gate("--replay", folder, "--history", history)
    assert (done.returncode, done.stdout) == (2, "") and "line 1: not a gate" in done.stderr


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("", "gate: --baseline and --candidate: name both"),
        ("--baseline x --candidate y --cells asink", "--cells: 'asink' is no variant: did you mean"),
        ("--baseline x --candidate y --cells async:ping", "begins with a slash"),
        (
            "--baseline x --candidate y --serve-cmd x{port} --budget 30s --block 9s",
            "--budget: 30 s is too short to decide: 13 blocks of 1 cell take ",
        ),
        ("--replay nowhere", "--replay: nowhere: no summary.csv in it"),
    ],
)
def test_wrong_flags_are_a_line_that_names_them(flags, told):
    build = ("--build", str(RELEASE)) if RELEASE.is_dir() else ()
    done = gate(*flags.split(), *build)
    if "loadgen: no such program" in done.stderr:
        pytest.skip("build/release is not built")
    assert done.returncode == 2
    assert told in done.stderr, done.stderr


@needs_build
def test_what_is_neither_a_ref_nor_a_build_is_refused(tmp_path):
    done = gate("--baseline", "no-such-ref", "--candidate", tmp_path)
    assert (done.returncode, "'no-such-ref' is neither a commit" in done.stderr) == (2, True)
    done = gate("--baseline", tmp_path, "--candidate", tmp_path)
    assert (done.returncode, "no program servers/async_server in it" in done.stderr) == (2, True)


@needs_build
def test_a_gate_is_never_mixed_with_another(tmp_path):
    write_gate(tmp_path, rows(1))
    done = gate("--baseline", RELEASE, "--candidate", RELEASE, "--output", tmp_path)
    assert (done.returncode, "there is a gate in it already" in done.stderr) == (2, True)
