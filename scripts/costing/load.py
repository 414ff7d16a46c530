"""The load: the same requests in the same order, each sent when the server rests.

Not loadgen, which is after time: here a request must cost the same whenever it is made. Whether a server that
is done looks for the next request before it sleeps, and finds it, is a race, and another count each time.
With several connections as many requests are sent at once, and the next when all are answered. How many of
them a server finds when it wakes would be a race too: see resting.py.
"""

import re
import socket
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from cli.errors import CommandFailed, UsageError
from costing.resting import Resting
from processes.interrupts import Interrupts

_ANSWER_S = 120.0  # under callgrind a server is fifty times as slow, and its threads take turns
_REST_S = 0.5  # a server that does not rest within that is busy all the time
_MOST_RESTLESS = 3
_STATUSES = re.compile(r"[1-5](?:\d\d|xx)(?:,[1-5](?:\d\d|xx))*")


@dataclass(frozen=True)
class AskedRequest:
    """`statuses`: those of replies that will do, as `2xx,304`; `expected`: what their bodies hold.

    `is_fresh`: each is sent on a connection of its own.
    """

    target: str
    method: str
    headers: tuple[str, ...]
    body: bytes | None
    statuses: str
    expected: bytes
    is_fresh: bool

    def bytes_for(self, address: str) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        if not any(header.lower().startswith("host:") for header in self.headers):
            lines.append(f"Host: {address}")
        lines += [*self.headers, *(["Connection: close"] if self.is_fresh else [])]
        lines += [f"Content-Length: {len(self.body)}"] if self.body is not None else []
        return "\r\n".join([*lines, "", ""]).encode() + (self.body or b"")

    def accepts(self, status: int) -> bool:
        return any(re.fullmatch(each.replace("x", r"\d"), str(status)) for each in self.statuses.split(","))


def read_request(flags: Sequence[str], target: str, is_fresh: bool) -> AskedRequest:
    """Of loadgen's flags, each with its value. A `--timeout` is of no use where no time is measured. Raises
    UsageError."""
    long = {"-m": "--method", "-H": "--header"}
    pairs = [(long.get(flag, flag), value) for flag, value in zip(flags[::2], flags[1::2])]
    values = {"--method": "GET", "--expect-status": "2xx"} | dict(pairs)
    headers = tuple(value for flag, value in pairs if flag == "--header")
    if not _STATUSES.fullmatch(statuses := values["--expect-status"]):
        raise UsageError(f"--expect-status: {statuses!r}: write it as 204 or 2xx,304")
    body, expected = (_content(name, values.get(name)) for name in ("--body", "--expect-body"))
    return AskedRequest(target, values["--method"], headers, body, statuses, expected or b"", is_fresh)


def _content(name: str, value: str | None) -> bytes | None:
    """The text, or with @ before it what the file of that name holds."""
    if value is None or not value.startswith("@"):
        return None if value is None else value.encode()
    try:
        return Path(value[1:]).read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: {value[1:]}: {error.strerror}") from None


class Load(AbstractContextManager):
    """`restless`: the server was seen too often not to rest; it is waited for no longer. Raises CommandFailed
    for a request that was not answered as it should be: how."""

    def __init__(
        self, address: str, asked: AskedRequest, connections: int, resting: Resting, interrupts: Interrupts
    ):
        host, _, port = address.rpartition(":")
        self._address, self._asked = (host, int(port)), asked
        self._bytes, self._name = asked.bytes_for(address), f"{asked.method} {asked.target}"
        self._resting, self._interrupts = resting, interrupts
        self._sockets: list[socket.socket | None] = [None] * connections
        self._not_rested = 0

    def __exit__(self, *_: object) -> None:
        for connected in filter(None, self._sockets):
            connected.close()

    @property
    def restless(self) -> bool:
        return self._not_rested >= _MOST_RESTLESS

    def ask(self, least: int) -> int:
        """That many requests, or a few more so that each connection has as many; how many there were."""
        count = len(self._sockets)
        rounds = -(-least // count)
        for _ in range(rounds):
            for step in (self._send, self._receive):
                for number in range(count):
                    step(number)
            self.settle()
        return rounds * count

    def settle(self) -> None:
        """Waits until the server rests."""
        if not self.restless:
            self._not_rested = 0 if self._resting.wait(_REST_S) else self._not_rested + 1

    def idle(self, seconds: float) -> None:
        """Asks for nothing that long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._interrupts.wait(left)
        self.settle()

    def _send(self, number: int) -> None:
        try:
            if (connected := self._sockets[number]) is None:
                connected = self._sockets[number] = socket.create_connection(self._address, _ANSWER_S)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with suppress(OSError):  # bbr, where it is the system's, spaces packets in time
                    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
            connected.sendall(self._bytes)
        except OSError as error:
            raise CommandFailed(f"{self._name} cannot be sent: {error}") from None

    def _receive(self, number: int) -> None:
        connected = self._sockets[number]
        if not self._interrupts.wait(_ANSWER_S, connected):
            raise CommandFailed(f"{self._name} was not answered within {_ANSWER_S:.0f} s")
        try:
            # A server that writes head and body apart would wait 40 ms until the first is acknowledged.
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            with HTTPResponse(connected, method=self._asked.method) as reply:
                reply.begin()
                body, is_last = reply.read(), reply.will_close
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise CommandFailed(f"{self._name} was not answered whole: {reason}") from None
        if not self._asked.accepts(reply.status):
            fix = "name with --target what it answers, or the status with --request '--expect-status ...'"
            raise CommandFailed(f"{self._name} was answered with {reply.status}: {fix}")
        if self._asked.expected not in body:
            raise CommandFailed(f"{self._name} was answered without what --expect-body names")
        if is_last:
            connected.close()
            self._sockets[number] = None
