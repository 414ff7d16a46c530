"""A server is ready when it answers, and every way of not getting there is a line that says why."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import urllib.request
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest

from fake_server import Handler
from processes.kept_process import Interrupts
from processes import server_process
from processes.server_process import AttachedServer, ServerFailed, ServerProcess
from processes.server_process import family, free_port, listeners
from sides.asked import read_command
from waiting import is_running, noted_pids, until

FAKE = Path(__file__).resolve().parent / "fake_server.py"


def listens(ancestor: int, port: int) -> bool:
    return any(listeners(port, pid) for pid in family(ancestor))


@pytest.fixture
def start(tmp_path: Path):
    """Starts the fake server with the fault; all are ended when the test is."""
    servers = []
    with Interrupts() as interrupts:

        def start_server(fault: str = "", *arguments: str, **settings: Any) -> ServerProcess:
            arguments += ("--pids", str(tmp_path / "pids")) + (("--fault", fault) if fault else ())
            return start_command([sys.executable, str(FAKE), *arguments], **settings)

        def start_command(command: list[str], **settings: Any) -> ServerProcess:
            servers.append(ServerProcess(command, tmp_path / "server.log", interrupts, **settings))
            return servers[-1]

        start_server.command = start_command

        yield start_server
        for server in servers:
            server.kill()


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
    with pytest.raises(
        ServerFailed, match="did not answer GET /health with 200 but with 503 within 0.5 s: listening"
    ):
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


def test_a_command_is_told_a_free_port_and_is_ready_when_the_path_it_names_answers(start):
    server = start("silent", "--port", "{port}", ready_path="/ping")
    address = server.wait_until_ready()
    with urllib.request.urlopen(f"http://{address}/ping", timeout=10) as reply:
        assert reply.status == 200


@pytest.fixture
def given(monkeypatch):
    """Gives servers that port, and no other once it is taken."""

    def give(port: int) -> int:
        monkeypatch.setattr(server_process, "free_port", lambda: port)
        monkeypatch.setattr(server_process, "_RETRIES", 0)
        return port

    return give


def test_the_port_that_was_picked_is_used_wherever_the_command_names_it(start, given):
    port = given(free_port())
    server = start.command(["sh", "-c", f"exec {sys.executable} {FAKE} --port {{port}}"])
    assert server.wait_until_ready() == f"127.0.0.1:{port}"


def test_a_command_that_never_answers_is_not_waited_for_forever(start):
    with pytest.raises(ServerFailed, match="did not answer GET /up with 200 within 0.1 s, without a word"):
        start.command(["sleep", "1000", "{port}"], ready_path="/up").wait_until_ready(limit_s=0.1)


def test_a_command_that_is_not_there_is_named(start):
    with pytest.raises(
        ServerFailed, match="exited with 127 before it was ready: /nowhere: cannot be started"
    ):
        start.command(["/nowhere", "{port}"]).wait_until_ready()


def test_a_server_that_ends_because_its_port_is_taken_is_reported_with_its_last_words(start, given):
    with socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(ServerFailed, match="exited with 1 before it was ready: .*Address already in use"):
            given(other.getsockname()[1])
            start("", "--port", "{port}").wait_until_ready()


def test_a_port_that_was_taken_meanwhile_is_tried_again_with_another(start, monkeypatch):
    with socket.create_server(("", 0)) as other:
        ports = [other.getsockname()[1], free_port()]
        monkeypatch.setattr(server_process, "free_port", lambda: ports.pop(0))
        address = start("", "--port", "{port}").wait_until_ready()
        assert not ports and not address.endswith(f":{other.getsockname()[1]}")


def test_a_port_that_another_address_has_is_not_free():
    with socket.create_server(("127.0.0.2", 0)) as other:
        port = other.getsockname()[1]
        assert listeners(port) == [os.getpid()]
        with pytest.raises(OSError, match="Address already in use"):
            free_port(port)
    assert listeners(free_port()) == []


def test_another_program_that_answers_on_the_port_is_not_taken_for_the_server(start, given):
    with HTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        port = given(other.server_address[1])
        server = start.command(["sh", "-c", "echo still binding; sleep 1000 {port}"])
        with pytest.raises(ServerFailed, match=f"another program took port {port} before the server: still"):
            until(lambda: server.lines(), "its words") and server.wait_until_ready()
        other.shutdown()


def test_who_listens_is_known_even_of_a_daemonised_child(start, given):
    port = given(free_port())
    become = f"os.execv('{sys.executable}', ['python3', '{FAKE}', '--port', '{{port}}'])"
    code = f"import os; os.fork() and os._exit(0); os.setsid(); {become}"
    server = start.command(["sh", "-c", f'{sys.executable} -c "{code}"; sleep 1000'])
    assert server.wait_until_ready() == f"127.0.0.1:{port}"
    assert listens(server.keeper_pid, port) is True
    assert listens(server.keeper_pid, free_port()) is False


def test_a_server_runs_on_the_core_it_is_given(start):
    core = min(os.sched_getaffinity(0))
    server = start(cpus=[core])
    server.wait_until_ready()
    assert os.sched_getaffinity(server.pid) == {core}


def test_a_shell_that_goes_to_a_folder_becomes_the_server_there(start, tmp_path):
    (tmp_path / "app").mkdir()
    line = f"cd app && OWN=$(echo {{port}}); {sys.executable} {FAKE} --port {{port}}"
    assert read_command(line)[-1] == line  # of what it may run it cannot be told
    for line in (line, f"cd app && NAME=x {sys.executable} {FAKE} --port {{port}}"):
        server = start.command(read_command(line), cwd=tmp_path)
        port = int(server.wait_until_ready().rpartition(":")[2])
        assert listens(server.pid, port) is True  # its CPU time is that of the process and its children
        server.stop(5)
        assert listeners(port) == []
    with start.command(read_command(line), cwd=tmp_path) as server:
        server.wait_until_ready()
        assert os.readlink(f"/proc/{server.pid}/cwd") == str(tmp_path / "app")
        assert os.path.samefile(f"/proc/{server.pid}/exe", sys.executable)


def test_a_core_that_is_not_there_is_named(start):
    with pytest.raises(ServerFailed, match="exited with 127 before it was ready: no core 1023 here that"):
        start(cpus=[1023]).wait_until_ready()


def test_a_server_that_runs_already_is_neither_started_nor_stopped(start):
    running = start()
    address = running.wait_until_ready()
    with Interrupts() as interrupts, AttachedServer(address, interrupts) as attached:
        assert attached.wait_until_ready() == address and not attached.has_ended
        assert attached.pid == running.pid
        assert attached.stop(1.0).cpu_s is None
    assert not running.has_ended


def test_where_no_server_runs_or_another_one_it_is_said():
    address = f"127.0.0.1:{free_port()}"
    with Interrupts() as interrupts, AttachedServer(address, interrupts) as attached:
        assert attached.pid is None
        with pytest.raises(
            ServerFailed, match=f"did not answer GET /health with 200 within .*: does one run at {address}"
        ):
            attached.wait_until_ready(0.05)


def test_a_server_that_runs_and_is_not_ready_is_told_by_its_status(start):
    with HTTPServer(("127.0.0.1", 0), NotReady) as other, Interrupts() as interrupts:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        attached = AttachedServer(f"127.0.0.1:{other.server_port}", interrupts)
        with pytest.raises(ServerFailed, match="did not answer GET /health with 200 but with 503"):
            attached.wait_until_ready(0.05)
        other.shutdown()


class NotReady(Handler):
    fault = "never-ready"
