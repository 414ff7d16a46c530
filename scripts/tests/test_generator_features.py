"""What users ask of a load generator beside its numbers: limits, stages, expectations, sockets."""

from __future__ import annotations

import csv
import json
import socket
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from generator_runs import LOADGEN, command, generate, read_request, reply, scripted, server


def run(url: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(url, *flags), capture_output=True, text=True, timeout=120)


def answering(text: bytes):
    """A conversation that gives each request the same answer."""

    def serve(peer: socket.socket) -> None:
        while read_request(peer):
            peer.sendall(text)

    return serve


def test_a_run_that_fails_its_conditions_exits_with_4_and_says_which():
    with server() as (_, url):
        fine = run(url + "/ping", "-n", "50", "--fail-if", "p99>10s", "--fail-if", "errors>0")
        bad = run(url + "/task?wait_ms=20", "-n", "50", "--fail-if", "p50>10ms", "--fail-if", "ok<50")
    assert (fine.returncode, fine.stderr) == (0, "") and json.loads(fine.stdout)["failed_if"] is None
    assert bad.returncode == 4 and json.loads(bad.stdout)["failed_if"] == "p50>10ms"
    [line] = bad.stderr.splitlines()
    assert line.startswith("loadgen: --fail-if p50>10ms: it is 2") and line.endswith(" ms")


def test_stages_are_offered_one_after_the_other(tmp_path):
    with server() as (_, url):
        flags = ("--stages", "500ms:200,500ms:200-1000,500ms:100", "-c", "50", "--output", str(tmp_path))
        found = generate(url + "/ping", *flags)
    assert found["requests"] == found["ok"] == 100 + 300 + 50 and found["duration_s"] == 1.5
    assert found["arrivals"] == "constant" and found["offered_rps"] == pytest.approx(300)
    with (tmp_path / "throughput.csv").open(newline="") as file:
        offered = {float(r["elapsed_ms"]): float(r["offered_rps"]) for r in csv.DictReader(file)}
    assert offered[0] == pytest.approx(200) and offered[1200] == pytest.approx(100)
    assert 550 < offered[750] < 650


def test_arrivals_are_replayed_from_a_file(tmp_path):
    (tmp_path / "instants").write_text("0\n50ms\n50ms\n0.3\n")
    with server() as (_, url):
        generate(url + "/ping", "--arrivals", f"@{tmp_path}/instants", "--output", str(tmp_path))
    with (tmp_path / "requests.csv").open(newline="") as file:
        assert [float(row["due_us"]) for row in csv.DictReader(file)] == [0, 50_000, 50_000, 300_000]


def test_a_warm_up_is_on_the_same_connections_and_not_counted():
    connections: Counter[int] = Counter()

    def serve(peer: socket.socket) -> None:
        number = len(connections)
        connections[number] = 0
        while read_request(peer):
            connections[number] += 1
            peer.sendall(reply())

    with scripted(serve) as url:
        found = generate(url, "-n", "40", "-c", "4", "--warm-up", "200ms")
    assert found["ok"] == found["requests"] == 40 and found["warm_up_s"] == 0.2
    assert len(connections) == 4 and sum(connections.values()) > 40


def test_a_connection_is_replaced_after_so_many_requests():
    served: list[int] = []

    def serve(peer: socket.socket) -> None:
        count = 0
        while read_request(peer):
            count += 1
            peer.sendall(reply())
        served.append(count)

    with scripted(serve) as url:
        found = generate(url, "-n", "21", "-c", "1", "--requests-per-connection", "5")
    assert found["ok"] == 21 and sorted(served) == [1, 5, 5, 5, 5]


@pytest.mark.parametrize(
    ("flags", "ok"),
    [((), 0), (("--expect-status", "3xx"), 10), (("--expect-status", "200,302"), 10)],
    ids=["by itself", "hundred", "list"],
)
def test_a_redirect_is_not_followed_and_is_what_the_user_expects_of_it(flags, ok):
    with scripted(answering(reply("302 Found", "Location: http://127.0.0.1:1/"))) as url:
        found = generate(url, "-n", "10", "-c", "2", *flags, code=None)
    assert (found["ok"], found["http_error"]) == (ok, 10 - ok) and found["status_3xx"] == 10


@pytest.mark.parametrize(("text", "ok"), [("Task Complete!", 10), ("Task Incomplete", 0)])
def test_a_reply_without_the_expected_body_is_not_ok(text, ok):
    with server() as (_, url):
        found = generate(url + "/task?wait_ms=0", "-n", "10", "--expect-body", text, code=None)
    assert (found["ok"], found["http_error"], found["status_2xx"]) == (ok, 10 - ok, 10)


def test_a_unix_socket_is_loaded_and_its_replies_are_done_when_they_are_read(tmp_path):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)

        def serve() -> None:
            for _ in range(3):
                peer, _ = listener.accept()
                threading.Thread(target=answering(reply()), args=(peer,), daemon=True).start()

        accepting = threading.Thread(target=serve)
        accepting.start()
        found = generate(f"unix:{path}:/ping", "-n", "30", "-c", "3")
        accepting.join()
    assert found["ok"] == 30 and found["done_by"] == "read" and found["read_p50_us"] is None
    gone = run(f"unix:{path}.not:/ping", "-n", "3")
    assert gone.returncode == 2 and f"unix:{path}.not" in gone.stderr and "is it this socket?" in gone.stderr


def test_a_server_at_an_ipv6_address_is_loaded():
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no ::1")
    with listener:
        serve = answering(reply())
        accepting = threading.Thread(target=lambda: serve(listener.accept()[0]), daemon=True)
        accepting.start()
        found = generate(f"http://[::1]:{listener.getsockname()[1]}/", "-n", "20", "-c", "1")
        accepting.join()
    assert found["ok"] == 20 and found["done_by"] == "kernel"


def test_a_server_that_writes_head_and_body_apart_without_tcp_nodelay_is_told_of():
    def serve(peer: socket.socket) -> None:
        while read_request(peer):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            peer.sendall(b"ok")

    def slow(peer: socket.socket) -> None:
        while read_request(peer):
            time.sleep(0.045)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with scripted(serve) as url:
        told = generate(url, "-n", "60", "-c", "2")
        text = subprocess.run([LOADGEN, url, "-n", "60", "-c", "2"], capture_output=True, text=True).stdout
    assert told["nagle_delayed"] is True and told["latency_p50_us"] > 30_000
    assert "the server seems to write head and body apart, without TCP_NODELAY" in text
    with scripted(slow) as url:
        assert generate(url, "-n", "20", "-c", "2")["nagle_delayed"] is False


def test_targets_of_a_file_take_turns(tmp_path):
    seen: Counter[bytes] = Counter()

    def serve(peer: socket.socket) -> None:
        while head := peer.recv(4096):
            seen[head.split(b" ")[1]] += 1
            peer.sendall(reply())

    (tmp_path / "targets").write_text("/a\n/b?x=1\n/c\n")
    with scripted(serve) as url:
        generate(url, "-n", "30", "-c", "3", "--targets", str(tmp_path / "targets"))
    assert seen == {b"/a": 10, b"/b?x=1": 10, b"/c": 10}


def test_the_version_is_the_projects():
    declared = (Path(__file__).resolve().parents[2] / "CMakeLists.txt").read_text()
    version = subprocess.run([LOADGEN, "--version"], capture_output=True, text=True).stdout
    assert version.startswith("loadgen ") and f"VERSION {version.split()[1]} " in declared
