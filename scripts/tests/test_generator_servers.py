"""What servers do, as the generator tells it: one that is slow, broken or dead makes no run invalid."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable

import pytest
from generator_runs import (
    ATTEMPTS,
    LOADGEN,
    alone,
    generate,
    read_request,
    reply,
    resetting,
    scripted,
    server,
    valid_run,
)


def slow(peer: socket.socket) -> None:
    while read_request(peer):
        time.sleep(0.6)  # the work of this server
        peer.sendall(reply())


def broken(peer: socket.socket) -> None:
    if read_request(peer):
        peer.sendall(reply("500 Broken"))


@alone
@pytest.mark.parametrize("serve", [slow, broken, resetting])
@pytest.mark.parametrize("flags", [("-n", "40", "-c", "20"), ("-R", "20", "-d", "1s", "-c", "20")])
def test_a_server_that_is_slow_or_broken_makes_no_run_invalid(
    serve: Callable[[socket.socket], None], flags: tuple[str, ...]
) -> None:
    with scripted(serve) as url:
        valid_run(url, *flags, code=None)


@alone
@pytest.mark.parametrize("flags", [("-n", "1000000", "-c", "8"), ("-R", "500", "-d", "20s", "-c", "8")])
def test_a_server_that_dies_is_told_and_no_fault_of_the_generator(flags: tuple[str, ...]) -> None:
    """It gives up 5 s after the last sign of life, and what was scheduled still adds up."""
    for _ in range(ATTEMPTS):
        with server() as (pid, url):
            timer = threading.Timer(0.5, os.kill, (pid, signal.SIGKILL))
            timer.start()
            found = generate(f"{url}/ping", *flags, code=4)
            timer.join()
        assert found["gave_up"] and found["server_lost"]
        assert found["ok"] > 0
        if flags[0] == "-n":
            assert found["requests"] == 1_000_000
        if found["verdict"] == "valid":
            return
    raise AssertionError(found["reasons"])


def test_a_server_that_still_owes_replies_is_waited_for() -> None:
    """The article's own task takes 5 s: a refused connection, and nothing heard for as long, is no end."""

    def late(peer: socket.socket) -> None:
        if read_request(peer):
            time.sleep(6.5)  # the work of this server
            peer.sendall(reply("200 OK", "Connection: close"))

    with scripted(late, at_most=3) as url:
        found = generate(url, "-n", "4", "-c", "4", "--fresh")
    assert (found["ok"], found["requests"], found["gave_up"]) == (3, 4, False)
    assert found["connect_failed"] + found["reset"] == 1


def test_replies_of_no_status_2xx_are_counted_apart_and_end_with_a_code_of_their_own() -> None:
    with server() as (_, url):
        found = generate(f"{url}/nowhere", "-n", "10", code=4)
    assert (found["http_error"], found["status_4xx"], found["ok"]) == (10, 10, 0)

    def elsewhere(peer: socket.socket) -> None:
        while read_request(peer):
            peer.sendall(reply("302 Found", "Location: /"))

    with scripted(elsewhere) as url:
        found = generate(url, "-n", "10", code=4)
        text = subprocess.run([LOADGEN, url, "-n", "10"], capture_output=True, text=True, timeout=30)
    assert (found["http_error"], found["status_3xx"], found["ok"]) == (10, 10, 0)
    assert "10 of 3xx" in text.stdout and "not one request ended ok" in text.stdout


def test_a_limit_of_latency_is_not_met_by_what_is_not_known() -> None:
    """jq finds null less than any number."""

    def half(peer: socket.socket) -> None:
        if read_request(peer):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")

    with scripted(half) as url:
        found = generate(url, "-n", "10", code=4)
    assert found["latency_p99_us"].startswith("at least ")


@pytest.mark.parametrize("rate, seconds", [("1", 3), ("0.5", 2), ("20", 1)])
def test_a_rate_is_over_the_time_that_was_asked_for(rate: str, seconds: int) -> None:
    with server() as (_, url):
        found = generate(f"{url}/ping", "-R", rate, "-d", f"{seconds}s")
    assert found["throughput_rps"] == pytest.approx(float(rate), rel=0.001)
    assert found["duration_s"] == seconds


def test_a_kept_connection_that_the_server_has_closed_is_not_used() -> None:
    def impatient(peer: socket.socket) -> None:
        if read_request(peer):
            peer.sendall(reply())
            peer.settimeout(0.025)
            read_request(peer)  # another that comes at once would be answered by the end, too

    with scripted(impatient) as url:
        found = generate(url, "-R", "10", "-d", "1s", "-c", "1")
    assert found["ok"] == found["requests"] == 10, found


def test_a_reply_that_nobody_has_asked_for_yet_is_no_answer() -> None:
    def hasty(peer: socket.socket) -> None:
        for _ in range(2):
            if not read_request(peer):
                return
            peer.sendall(reply())
            time.sleep(0.01)
            peer.sendall(reply("200 OK", "X-Unasked: yes"))

    with scripted(hasty) as url:
        found = generate(url, "-R", "10", "-d", "1s", "-c", "1")
    assert found["ok"] == found["requests"] == 10, found
