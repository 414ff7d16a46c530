"""A server under test: started on a port of its own choosing, known to answer, stopped in order.

It announces its address as its first line, `listening on 127.0.0.1:PORT`. Ready means that GET /health
answers 200, not that the port is open: a server may accept connections long before it can serve them.
"""

from __future__ import annotations

import http.client
import re
import time
from pathlib import Path

from interrupts import Interrupts
from kept_process import Ended, KeptProcess

_POLL_S = 0.002  # of a start of some 20 ms; nothing is measured yet
_READY_S = 10.0
_HEALTH_S = 0.5  # for one answer; then it is asked again, and an interrupt is heard in between
_ANNOUNCEMENT = re.compile(rb"^listening on (127\.0\.0\.1):(\d+)$", re.MULTILINE)


class ServerFailed(Exception):
    """The server did not come up: why, in a line."""


class ServerProcess:
    """A server from its start to its end. Leaving the `with` block kills it if it still runs."""

    def __init__(self, command: list[str], output: Path, interrupts: Interrupts):
        self._interrupts = interrupts
        self.process = KeptProcess(command, output, interrupts)

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    @property
    def has_ended(self) -> bool:
        return self.process.wait(0) is not None

    def wait_until_ready(self, limit_s: float = _READY_S) -> str:
        """The server's address, as HOST:PORT. Raises ServerFailed when it ends or the time is up."""
        deadline = time.monotonic() + limit_s
        address: tuple[str, int] | None = None
        while True:
            address = address or self._announced()
            if address and _is_healthy(*address):
                return f"{address[0]}:{address[1]}"
            if self.has_ended:
                raise ServerFailed(f"the server {self.process.ended} before it was ready{self._last_words()}")
            if time.monotonic() > deadline:
                waited_for = "answer GET /health with 200" if address else "say what it listens on"
                raise ServerFailed(
                    f"the server did not {waited_for} within {limit_s:g} s{self._last_words()}"
                )
            self._interrupts.wait(_POLL_S)

    def stop(self, grace_s: float) -> Ended:
        return self.process.stop(grace_s)

    def _announced(self) -> tuple[str, int] | None:
        try:
            match = _ANNOUNCEMENT.search(self.process.output.read_bytes())
        except FileNotFoundError:
            return None
        return (match[1].decode(), int(match[2])) if match else None

    def _last_words(self) -> str:
        lines = self.process.last_lines()
        return ": " + " | ".join(lines) if lines else ", without a word"


def _is_healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_HEALTH_S)
    try:
        connection.request("GET", "/health", headers={"Connection": "close"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
