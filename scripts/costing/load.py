"""The load: the same requests in the same order, each sent when the server rests.

Not loadgen, which is after time: here a request must cost the same whenever it is made. Whether a server that
has replied looks for the next request before it sleeps, and finds it, is a race, and another count each time.
So counting ends, and the next request begins, when every thread of it sleeps.

With several connections as many requests are sent at once, and the next when all are answered. How many of
them a server finds when it wakes would be a race too: so its threads are woken without interrupting whoever
runs (SCHED_BATCH, which needs no privilege), and we run on its core, until we have sent them all.
"""

import os
import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path

from cli.errors import CommandFailed, UsageError
from processes.server_process import family
from processes.kept_process import Interrupts
from processes.machine import pins

_STATUSES = re.compile(r"[1-5](?:\d\d|xx)(?:,[1-5](?:\d\d|xx))*")
_ANSWER_S = 120.0  # under callgrind a server is fifty times as slow, and its threads take turns
_REST_S = 0.5  # a server that does not rest within that is busy all the time
_MOST_RESTLESS = 3
_LOOK_S = 0.00005
_AT_REST = (b"S", b"Z", b"X")  # asleep, or ended


@dataclass(frozen=True)
class AskedRequest:
    """`headers`: without the host's; `accepted`: statuses that will do; `expected`: what a reply holds."""

    method: str
    target: str
    headers: list[str]
    body: bytes | None
    accepted: re.Pattern[str]
    expected: bytes

    def bytes_for(self, address: str) -> bytes:
        has_host = any(header.lower().startswith("host:") for header in self.headers)
        host = [] if has_host else [f"Host: {address}"]
        lines = [f"{self.method} {self.target} HTTP/1.1", *host, *self.headers, "", ""]
        return "\r\n".join(lines).encode() + (self.body or b"")


def read_request(flags: Sequence[str], target: str, is_fresh: bool) -> AskedRequest:
    """Of loadgen's flags, each with its value. A `--timeout` is of no use where no time is measured. Raises
    UsageError. `is_fresh`: each is sent on a connection of its own."""
    long = {"-m": "--method", "-H": "--header"}
    pairs = [(long.get(flag, flag), value) for flag, value in zip(flags[::2], flags[1::2])]
    values = {"--method": "GET", "--expect-status": "2xx"} | dict(pairs)
    if not _STATUSES.fullmatch(statuses := values["--expect-status"]):
        raise UsageError(f"--expect-status: {statuses!r}: write it as 204 or 2xx,304")
    contents = {}
    for name, text in values.items():
        if name in ("--body", "--expect-body"):
            try:  # with @ before it what the file of that name holds
                contents[name] = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
            except OSError as error:
                raise UsageError(f"{name}: {text[1:]}: {error.strerror}") from None
    body, expected = contents.get("--body"), contents.get("--expect-body", b"")
    accepted = re.compile(statuses.replace("x", r"\d").replace(",", "|"))
    headers = [value for flag, value in pairs if flag == "--header"] + ["Connection: close"] * is_fresh
    headers += [f"Content-Length: {len(body)}"] if body is not None else []
    return AskedRequest(values["--method"], target, headers, body, accepted, expected)


class Load(AbstractContextManager):
    """Of a process and its descendants. `restless`: they were seen too often not to rest, and are not waited
    for any more. Raises CommandFailed for a request that was not answered as it should be: how."""

    def __init__(
        self, server: int, address: str, asked: AskedRequest, connections: int, interrupts: Interrupts
    ):
        host, _, port = address.rpartition(":")
        self._connections = [HTTPConnection(host, int(port), timeout=_ANSWER_S) for _ in range(connections)]
        self._asked, self._interrupts, self._bytes = asked, interrupts, asked.bytes_for(address)
        self._name, self._not_rested = f"{asked.method} {asked.target}", 0
        self._server, self._processes, self._cores = server, family(server), os.sched_getaffinity(0)

    def __enter__(self) -> "Load":
        if len(self._connections) > 1:
            for path in self.threads():
                with suppress(OSError):  # it has ended, or changed its user
                    os.sched_setscheduler(int(path.rpartition("/")[2]), os.SCHED_BATCH, os.sched_param(0))
            if cores := pins():
                os.sched_setaffinity(0, {cores.server})
        return self

    def __exit__(self, *_: object) -> None:
        os.sched_setaffinity(0, self._cores)
        for connection in self._connections:
            connection.close()

    def find_processes(self) -> None:
        """Looks again which there are."""
        self._processes = family(self._server)

    def threads(self) -> Iterator[str]:
        """Their folders in /proc."""
        for process in self._processes:
            with suppress(OSError):
                for thread in os.listdir(f"/proc/{process}/task"):
                    yield f"/proc/{process}/task/{thread}"

    @property
    def restless(self) -> bool:
        return self._not_rested >= _MOST_RESTLESS

    def ask(self, least: int) -> int:
        """That many requests, or a few more so that each connection has as many; how many there were."""
        count = len(self._connections)
        rounds = -(-least // count)
        for _ in range(rounds):
            for step in (self._send, self._receive):
                for connection in self._connections:
                    step(connection)
            self._settle()
        return rounds * count

    def idle(self, seconds: float) -> None:
        """Asks for nothing that long."""
        self._interrupts.wait(seconds)
        self._settle()

    def _settle(self) -> None:
        """Waits until the server rests."""
        if self.restless:
            return
        deadline = time.monotonic() + _REST_S
        while not all(map(_sleeps, self.threads())):
            self._interrupts.check()
            if time.monotonic() > deadline:
                self._not_rested += 1
                return
            time.sleep(_LOOK_S)
        self._not_rested = 0

    def _send(self, connection: HTTPConnection) -> None:
        try:
            if connection.sock is None:
                connection.connect()
                with suppress(OSError):  # bbr, where it is the system's, spaces packets in time
                    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
            connection.sock.sendall(self._bytes)
        except OSError as error:
            raise CommandFailed(f"{self._name} cannot be sent: {error}") from None

    def _receive(self, connection: HTTPConnection) -> None:
        if not self._interrupts.wait(_ANSWER_S, connection.sock):
            raise CommandFailed(f"{self._name} was not answered within {_ANSWER_S:.0f} s")
        try:
            # A server that writes head and body apart would wait 40 ms until the first is acknowledged.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            with HTTPResponse(connection.sock, method=self._asked.method) as reply:
                reply.begin()
                body, is_last = reply.read(), reply.will_close
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise CommandFailed(f"{self._name} was not answered whole: {reason}") from None
        if not self._asked.accepted.fullmatch(str(reply.status)):
            fix = "name with --target what it answers, or the status with --request '--expect-status ...'"
            raise CommandFailed(f"{self._name} was answered with {reply.status}: {fix}")
        if self._asked.expected not in body:
            raise CommandFailed(f"{self._name} was answered without what --expect-body names")
        if is_last:
            connection.close()


def _sleeps(path: str) -> bool:
    """A thread that has ended meanwhile does nothing any more either."""
    try:
        with open(f"{path}/stat", "rb", buffering=0) as file:
            return file.read(512).rpartition(b") ")[2][:1] in _AT_REST
    except OSError:
        return True
