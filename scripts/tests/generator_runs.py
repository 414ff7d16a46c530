"""The real load generator and servers for tests of it: ours, and one that does what a test tells it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

BUILD = Path(__file__).resolve().parents[2] / "build" / "release"
LOADGEN = BUILD / "loadgen" / "loadgen"
CORES = sorted(os.sched_getaffinity(0))
ATTEMPTS = 12  # a machine that is shared disturbs an undisturbed run now and then

alone = pytest.mark.skipif(len(CORES) < 2, reason="needs a core for the server and one for the generator")


@contextlib.contextmanager
def server(*flags: str) -> Iterator[tuple[int, str]]:
    """A running async_server on the first core: its process id and the URL of its root."""
    command = ["taskset", "-c", str(CORES[0]), BUILD / "servers" / "async_server", "--port", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            found = re.fullmatch(r"listening on (127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert found
            yield process.pid, f"http://{found[1]}"
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()


@contextlib.contextmanager
def scripted(serve: Callable[[socket.socket], None], at_most: int | None = None) -> Iterator[str]:
    """A server that gives each connection to `serve`, on a thread; after `at_most` it refuses the others."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    threads: list[threading.Thread] = []

    def conversation(peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            serve(peer)

    def accept_all() -> None:
        with contextlib.suppress(OSError):
            while at_most is None or len(threads) < at_most:
                peer, _ = listener.accept()
                threads.append(threading.Thread(target=conversation, args=(peer,), daemon=True))
                threads[-1].start()
        listener.close()

    accepting = threading.Thread(target=accept_all, daemon=True)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        accepting.join()


def read_request(peer: socket.socket) -> bool:
    """Whether a request, which has no body, came before the connection's end."""
    seen = b""
    while not seen.endswith(b"\r\n\r\n"):
        part = peer.recv(4096)
        if not part:
            return False
        seen += part
    return True


def reply(status: str = "200 OK", *fields: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "Content-Length: 0", "", ""]).encode()


def resetting(peer: socket.socket) -> None:
    """Ends each connection with a reset instead of a reply."""
    if read_request(peer):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def command(url: str, *flags: str) -> Sequence[str | Path]:
    """The generator on the last core, which no server of these tests uses where there are two."""
    return ["taskset", "-c", str(CORES[-1]), LOADGEN, url, "--json", *flags]


def generate(url: str, *flags: str, code: int | None = 0) -> dict[str, Any]:
    """What it printed, having ended with `code` (None: whichever)."""
    done = subprocess.run(command(url, *flags), capture_output=True, text=True, timeout=120)
    assert code is None or done.returncode == code, f"{done.returncode}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def valid_run(url: str, *flags: str, code: int | None = 0) -> dict[str, Any]:
    """The first undisturbed run that is valid: one must be."""
    for _ in range(ATTEMPTS):
        found = generate(url, *flags, code=code)
        if found["verdict"] == "valid":
            return found
    raise AssertionError(f"none of {ATTEMPTS} undisturbed runs is valid: {found['reasons']}")
