"""The load: the same requests in the same order, each sent when the server rests; not loadgen, which is after
time. Whether a server that has replied finds the next request before it sleeps is a race, and another count
each time: so counting ends, and the next request begins, when every thread of it sleeps. How many of several
it finds when it wakes would be one too: so its threads are woken without interrupting whoever runs
(SCHED_BATCH, which needs no privilege), and we run on its core, until we have sent them all."""

import os
import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import NamedTuple

from cli.errors import CommandFailed, UsageError
from processes.server_process import family
from processes.kept_process import Interrupts
from processes.machine import pins

HOST = "\0"  # in no header
_STATUSES = re.compile(r"[1-5](?:\d\d|xx)(?:,[1-5](?:\d\d|xx))*")
_ANSWER_S = 120.0  # under callgrind a server is fifty times as slow, and its threads take turns
_REST_S, _LOOK_S, _PATIENCE = 0.5, 0.00005, 3  # a server that does not rest within that is always busy
_AT_REST = (b"S", b"Z", b"X")  # asleep, or ended


class AskedRequest(NamedTuple):
    """`head` has HOST for the server; `accepted`: statuses that will do; `expected`: what a reply holds."""

    head: str
    body: bytes
    accepted: re.Pattern[str]
    expected: bytes


def read_request(flags: Sequence[str], target: str, is_fresh: bool) -> AskedRequest:
    """Of loadgen's flags, each with its value. A `--timeout` is of no use where no time is measured. Raises
    UsageError. `is_fresh`: each is sent on a connection of its own."""
    long = {"-m": "--method", "-H": "--header"}
    pairs = [(long.get(flag, flag), value) for flag, value in zip(flags[::2], flags[1::2])]
    values = {"--method": "GET", "--expect-status": "2xx"} | dict(pairs)
    if not _STATUSES.fullmatch(statuses := values["--expect-status"]):
        raise UsageError(f"--expect-status: {statuses!r}: write it as 204 or 2xx,304")
    contents = {"--body": b"", "--expect-body": b""}
    for name in values.keys() & contents.keys():
        text = values[name]
        try:  # with @ before it what the file of that name holds
            contents[name] = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
        except OSError as error:
            raise UsageError(f"{name}: {text[1:]}: {error.strerror}") from None
    body, expected = contents.values()
    headers = [value for flag, value in pairs if flag == "--header"] + ["Connection: close"] * is_fresh
    if not any(header.lower().startswith("host:") for header in headers):
        headers.insert(0, f"Host: {HOST}")
    headers += [f"Content-Length: {len(body)}"] * ("--body" in values)
    head = "\r\n".join([f"{values['--method']} {target} HTTP/1.1", *headers, "", ""])
    accepted = re.compile(statuses.replace("x", r"\d").replace(",", "|"))
    return AskedRequest(head, body, accepted, expected)


class Load:
    """Of a process and its descendants. `patience`: how often they may be seen not to rest; with none left it
    is not waited for. Raises CommandFailed for a request that was not answered as it should be."""

    def __init__(self, pid: int, address: str, asked: AskedRequest, connections: int, interrupts: Interrupts):
        self._connections = [HTTPConnection(address, timeout=_ANSWER_S) for _ in range(connections)]
        self._asked, self._bytes = asked, asked.head.replace(HOST, address).encode() + asked.body
        self._pid, self._processes = pid, family(pid)
        self._interrupts, self.patience = interrupts, _PATIENCE
        self._cores, cores = os.sched_getaffinity(0), pins()
        for path in self.threads() if connections > 1 else ():
            with suppress(OSError):  # it has ended, or changed its user
                os.sched_setscheduler(int(path.rpartition("/")[2]), os.SCHED_BATCH, os.sched_param(0))
        if connections > 1 and cores:
            os.sched_setaffinity(0, {cores.server})

    def close(self) -> None:
        os.sched_setaffinity(0, self._cores)
        for connection in self._connections:
            connection.close()

    def threads(self, looks_again: bool = False) -> Iterator[str]:
        """Their folders in /proc. `looks_again`: which processes there are."""
        if looks_again:
            self._processes = family(self._pid)
        for process in self._processes:
            with suppress(OSError):
                for thread in os.listdir(f"/proc/{process}/task"):
                    yield f"/proc/{process}/task/{thread}"

    def ask(self, least: int) -> int:
        """That many requests, or a few more so that each connection has as many; how many there were."""
        rounds = -(-least // len(self._connections))
        for _ in range(rounds):
            try:
                for connection in self._connections:
                    if connection.sock is None:
                        connection.connect()
                        with suppress(OSError):  # bbr, where it is the system's, spaces packets in time
                            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
                    connection.sock.sendall(self._bytes)
                for connection in self._connections:
                    self._receive(connection)
            except (OSError, HTTPException, CommandFailed) as error:
                name, reason = self._asked.head.partition(" HTTP/")[0], str(error) or type(error).__name__
                raise CommandFailed(f"{name}: {reason}") from None
            self._settle()
        return rounds * len(self._connections)

    def idle(self, seconds: float) -> int:
        self._interrupts.wait(seconds)
        self._settle()
        return 0

    def _settle(self) -> None:
        deadline = time.monotonic() + _REST_S
        while self.patience and not all(map(_sleeps, self.threads())):
            self._interrupts.check()
            if time.monotonic() > deadline:
                self.patience -= 1
                return
            time.sleep(_LOOK_S)
        self.patience = self.patience and _PATIENCE

    def _receive(self, connection: HTTPConnection) -> None:
        if not self._interrupts.wait(_ANSWER_S, connection.sock):
            raise CommandFailed(f"not answered within {_ANSWER_S:.0f} s")
        # A server that writes head and body apart would wait 40 ms until the first is acknowledged.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        with HTTPResponse(connection.sock, method=self._asked.head.partition(" ")[0]) as reply:
            reply.begin()
            body, is_last = reply.read(), reply.will_close
        if not self._asked.accepted.fullmatch(str(reply.status)):
            fix = "name with --target what it answers, or the status with --request '--expect-status ...'"
            raise CommandFailed(f"answered with {reply.status}: {fix}")
        if self._asked.expected not in body:
            raise CommandFailed("answered without what --expect-body names")
        if is_last:
            connection.close()


def _sleeps(path: str) -> bool:
    """A thread that has ended meanwhile does nothing any more either."""
    with suppress(OSError), open(f"{path}/stat", "rb", buffering=0) as file:
        return file.read(512).rpartition(b") ")[2][:1] in _AT_REST
    return True
