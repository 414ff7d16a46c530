"""How a run tells what became of its server and of its client."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from benching import measure
from clients.clients import Asked
from plans.suite import Run
from plans.variant import Variant
from plans.workload import RequestClass, Workload
from processes.kept_process import Ended, Interrupts


def ended(exit_code=None, number=None, killed=False) -> Ended:
    return Ended(exit_code, number, context_switches=1, cpu_s=0.1, killed=killed)


@pytest.mark.parametrize(
    ("how", "died", "says"),
    [
        (ended(0), False, None),
        (ended(7), False, "the server exited with 7 on SIGTERM"),
        (ended(number=signal.SIGSEGV), False, "the server ended by SIGSEGV on SIGTERM"),
        (ended(number=signal.SIGSEGV), True, "the server ended by SIGSEGV during the run"),
        # Killed in the run, although the generator knew of it before the keeper did.
        (ended(number=signal.SIGKILL), False, "the server ended by SIGKILL during the run"),
        (
            ended(number=signal.SIGKILL, killed=True),
            False,
            "the server did not end within 5 s of SIGTERM and was killed",
        ),
    ],
)
def test_a_server_s_end_is_told_in_words(how, died, says):
    assert measure._server_fault(None, how, died, 5.0, is_ours=True) == says


def run_client(folder: Path, script: str, limit_s: float, monkeypatch: pytest.MonkeyPatch):
    """A tool that is a shell script, and may take that long."""
    workload = Workload("w", None, 1, "kept", (RequestClass("short", 1, "/", False),), duration_ms=1000)
    run = Run(Variant("v", "s", (), None), workload, 1, "wrk")
    program = folder / "wrk"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(measure, "_TICK_S", 0.01)
    monkeypatch.setattr(measure, "_CLIENT_SPARE_S", limit_s - run.asked_s - run.timeout_ms / 1000)
    with Interrupts() as interrupts:
        asked = Asked(str(program), "127.0.0.1:1", run, folder)
        return measure._run_client(asked, interrupts, lambda: None, None)


def test_a_client_that_does_not_end_is_killed_and_the_run_failed(tmp_path, monkeypatch):
    ended, reading = run_client(tmp_path, "exec sleep 60", 0.2, monkeypatch)
    assert ended.signal == signal.SIGKILL and reading.row == {}
    assert reading.fault == "wrk did not end within 0.2 s and was killed"


def test_what_a_client_says_last_is_kept_where_it_is_not_understood(tmp_path, monkeypatch):
    ended, reading = run_client(tmp_path, "echo one; echo two", 30, monkeypatch)
    assert ended.exit_code == 0 and reading.row == {}
    assert reading.fault.endswith(": one | two")


def test_the_cpu_time_of_a_client_is_per_request():
    assert measure._cpu_us_per_request(ended(0), {"requests": "50000"}) == pytest.approx(2)
    assert measure._cpu_us_per_request(ended(0), {"requests": 0}) is None
    assert measure._cpu_us_per_request(ended(0), {}) is None
