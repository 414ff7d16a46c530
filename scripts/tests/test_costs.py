"""scripts/costs.py as a whole: servers that cost one thing more, each caught, the function named."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gating.gate import Gates
from gating.main import main as gate
from gating.verdict import CellResult, Decision, Verdict

from costs_servers import HANDICAPS, cpp_server, python_server
from waiting import is_running, until

SCRIPTS = Path(__file__).resolve().parent.parent
LOADGEN = SCRIPTS.parent / "build/release/loadgen/loadgen"
FAST = ("--requests", "50")
MISSING = [name for name in ("valgrind", "strace", "c++") if not shutil.which(name)]

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"{', '.join(MISSING)}: scripts/setup --tests installs it"
)


def costs(*flags: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / "costs.py"), *map(str, flags)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """The baseline's command, and that of one which does each thing more."""
    folder = tmp_path_factory.mktemp("servers")
    return cpp_server(folder), cpp_server(folder, *HANDICAPS)


def read(folder: Path) -> dict:
    return json.loads((folder / "costs.json").read_text())


def counts(folder: Path, side: str) -> dict[str, float]:
    [cell] = read(folder)["cells"]
    return {name: count["value"] for name, count in cell[side]["counts"].items()}


def test_a_server_without_a_change_costs_the_same(servers, tmp_path):
    sides = ("--baseline-cmd", servers[0], "--candidate-cmd", servers[0])
    done = costs(*sides, *FAST, "--output", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    before, after = counts(tmp_path, "baseline"), counts(tmp_path, "candidate")
    assert before["instructions"] == pytest.approx(after["instructions"], rel=1e-4)
    assert before["system calls"] == after["system calls"] == 2
    assert before["allocations"] == after["allocations"]
    assert before["bytes written"] == len("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong")
    assert "nothing grew" in done.stdout


def test_what_costs_more_is_caught_and_the_function_named(servers, tmp_path):
    page, junit = tmp_path / "costs.md", tmp_path / "costs.xml"
    sides = ("--baseline-cmd", servers[0], "--candidate-cmd", servers[1])
    done = costs(*sides, *FAST, "--output", tmp_path, "--markdown", page, "--junit", junit)
    assert done.returncode == 1, done.stdout + done.stderr
    before, after = counts(tmp_path, "baseline"), counts(tmp_path, "candidate")
    growth = read(tmp_path)["cells"][0]["growth"]
    for handicap, count, rise, kind in (
        ("instructions", "instructions", 150, "functions"),
        ("allocation", "allocations", 1, "allocations"),
        ("call", "system calls", 1, "system_calls"),
    ):
        assert after[count] - before[count] >= rise * 0.999
        assert count in [each["count"] for each in read(tmp_path)["grew"]]
        named = [growth[kind][0].get("function"), *(each["function"] for each in growth[kind][0]["callers"])]
        assert any(HANDICAPS[handicap] in (name or "") for name in named), growth[kind][0]
        for text in (done.stdout, page.read_text()):
            assert HANDICAPS[handicap] in text and "serve.cpp:" in text
        assert f'name="{count}"' in junit.read_text() and "<failure" in junit.read_text()


def test_one_side_alone_is_counted_for_each_target(servers, tmp_path):
    targets = ("--target", "/a", "--target", "/b")
    done = costs("--baseline-cmd", servers[0], *FAST, *targets, "--output", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [cell["name"] for cell in read(tmp_path)["cells"]] == ["command /a", "command /b"]
    assert "candidate" not in read(tmp_path)
    assert "compared to nothing" in done.stdout


@pytest.mark.slow
def test_several_connections_are_asked_at_once(tmp_path):
    flags = ("--connections", "4", "--requests", "8", "--output", tmp_path)
    done = costs("--baseline-cmd", python_server(tmp_path), *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    assert counts(tmp_path, "baseline")["system calls"] >= 2


@pytest.mark.slow
def test_one_more_dump_of_a_python_server_is_caught(tmp_path):
    sides = ("--baseline-cmd", python_server(tmp_path, 0), "--candidate-cmd", python_server(tmp_path, 1))
    done = costs(*sides, "--requests", "20", "--output", tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert {"instructions", "allocations"} <= {each["count"] for each in read(tmp_path)["grew"]}
    assert "CPython: the functions are C's" in done.stdout


def test_a_server_that_dies_or_refuses_is_no_count(servers, tmp_path):
    refusing = costs("--baseline-cmd", servers[0], "--request", "--expect-status 404", *FAST)
    assert refusing.returncode == 2
    assert "costs: command: the baseline: GET /: answered with 200: name with --target" in refusing.stderr
    dying = costs("--baseline-cmd", "sh -c 'exit 3 # {port}'", *FAST)
    assert dying.returncode == 2
    assert "command: the baseline: the server exited with 3 before it was ready" in dying.stderr


@pytest.mark.skipif(not LOADGEN.is_file(), reason="build/release is not built")
def test_a_gate_that_regressed_ends_with_what_grew(servers, tmp_path, monkeypatch):
    worse = CellResult("command", worse=("capacity",))
    monkeypatch.setattr(Gates, "run", lambda *_: Decision(Verdict.REGRESSED, "capacity of command", (worse,)))
    page = tmp_path / "gate.md"
    sides = ["--baseline-cmd", servers[0], "--candidate-cmd", servers[1], "--explain"]
    assert gate([*sides, "--markdown", str(page), "--output", str(tmp_path / "out")]) == 1
    grown = page.read_text().partition("### ❌ Costs per request: grew")[2]
    assert "instructions of command" in grown and "work_more" in grown
    # Where it cannot be counted the verdict stands, and the reason with it.
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gate([*sides, "--markdown", str(page), "--output", str(tmp_path / "again")]) == 1
    assert "### ❌ Costs per request: failed\n\nvalgrind is not installed" in page.read_text()


def test_an_interrupted_count_leaves_nothing_running(servers, tmp_path):
    command = [sys.executable, str(SCRIPTS / "costs.py"), "--baseline-cmd", servers[0]]
    process = subprocess.Popen(
        [*command, "--requests", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    program = servers[0].split()[0]

    def running() -> list[int]:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        return [pid for pid in pids if is_running(pid) and program in command_line(pid)]

    try:
        until(lambda: [pid for pid in running() if pid != process.pid], "the server")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "interrupted; no server is left running" in errors
    assert not running()


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
