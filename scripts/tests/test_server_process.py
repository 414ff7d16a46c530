"""A server is ready when it answers, and every way of not getting there is a line that says why."""

from __future__ import annotations

import signal
import sys
import urllib.request
from pathlib import Path

import pytest

from interrupts import Interrupts
from server_process import ServerFailed, ServerProcess
from waiting import is_running, noted_pids, until

FAKE = Path(__file__).resolve().parent / "fake_server.py"


@pytest.fixture
def start(tmp_path: Path):
    """Starts the fake server with the fault; all are ended when the test is."""
    servers = []
    with Interrupts() as interrupts:

        def start_server(fault: str = "") -> ServerProcess:
            arguments = ["--pids", str(tmp_path / "pids")] + (["--fault", fault] if fault else [])
            server = ServerProcess(
                [sys.executable, str(FAKE), *arguments], tmp_path / "server.log", interrupts
            )
            servers.append(server)
            return server

        yield start_server
        for server in servers:
            server.process.kill()


def test_a_ready_server_answers_where_it_says(start):
    address = start().wait_until_ready()
    with urllib.request.urlopen(f"http://{address}/ping", timeout=10) as reply:
        assert reply.status == 200


def test_a_server_that_exits_is_reported_with_its_last_words(start):
    with pytest.raises(
        ServerFailed, match="exited with 3 before it was ready: .*cannot find my configuration"
    ):
        start("dies-at-once").wait_until_ready()


def test_a_server_that_answers_something_else_than_200_is_not_ready(start):
    with pytest.raises(ServerFailed, match="did not answer GET /health with 200 within 0.5 s: listening on"):
        start("never-ready").wait_until_ready(limit_s=0.5)


def test_a_server_that_does_not_say_where_it_listens_is_not_waited_for_forever(start):
    with pytest.raises(ServerFailed, match="did not say what it listens on within 0.1 s, without a word"):
        start("silent").wait_until_ready(limit_s=0.1)


def test_an_ended_server_is_noticed(start):
    server = start("dies-under-load")
    address = server.wait_until_ready()
    assert not server.has_ended
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://{address}/task", timeout=10)
    until(lambda: server.has_ended, "the server to end")
    assert server.stop(grace_s=1).signal == signal.SIGKILL


def test_a_daemonised_child_does_not_outlive_its_server(start, tmp_path):
    server = start("daemonises")
    server.wait_until_ready()
    pids = until(
        lambda: len(noted_pids(tmp_path / "pids")) == 2 and noted_pids(tmp_path / "pids"), "the child"
    )
    assert server.stop(grace_s=20).exit_code == 0
    assert not any(is_running(pid) for pid in pids)
