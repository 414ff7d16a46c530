"""The load: the same requests in the same order, each sent when the server rests.

Not loadgen, which is after time: here a request must cost the same whenever it is made. A reply that has
arrived is not yet the end of a request: the server still has to come back to where it waits, and whether it
looks for the next request before it sleeps, and finds it, is a race, and another count each time. So counting
ends, and the next request begins, when every thread of it sleeps.

With several connections as many requests are sent at once, and the next when all are answered. How many of
them a server finds when it wakes would be a race too: so its threads are woken without interrupting whoever
runs (SCHED_BATCH, which needs no privilege), and we run on its core. It runs when we have sent them all, and
sleep until the first is answered.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from http.client import HTTPException, HTTPResponse

from cli.errors import CommandFailed
from costing.request import AskedRequest
from processes.footprint import family
from processes.interrupts import Interrupts

_ANSWER_S = 120.0  # under callgrind a server is fifty times as slow, and its threads take turns
_REST_S = 0.5  # a server that does not rest within that is busy all the time
_MOST_RESTLESS = 3
_LOOK_S = 0.00005
_AT_REST = (b"S", b"Z", b"X")  # asleep, or ended


class Load(AbstractContextManager):
    """Of a process and all of its descendants. `core`: the server's; None where there is only one.

    `restless`: it was seen too often not to rest; it is waited for no longer. Raises CommandFailed for a
    request that was not answered as it should be: how."""

    def __init__(
        self,
        server: int,
        core: int | None,
        address: str,
        asked: AskedRequest,
        connections: int,
        interrupts: Interrupts,
    ):
        host, _, port = address.rpartition(":")
        self._address, self._asked, self._interrupts = (host, int(port)), asked, interrupts
        self._bytes, self._name = asked.bytes_for(address), f"{asked.method} {asked.target}"
        self._sockets: list[socket.socket | None] = [None] * connections
        self._not_rested = 0
        self._server, self._core, self._cores = server, core, os.sched_getaffinity(0)
        self.find_processes()

    def __enter__(self) -> "Load":
        if len(self._sockets) > 1:
            for path in self.threads():
                with suppress(OSError):  # it has ended, or changed its user
                    os.sched_setscheduler(int(path.rpartition("/")[2]), os.SCHED_BATCH, os.sched_param(0))
            os.sched_setaffinity(0, self._cores if self._core is None else {self._core})
        return self

    def __exit__(self, *_: object) -> None:
        os.sched_setaffinity(0, self._cores)
        for connected in filter(None, self._sockets):
            connected.close()

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
        count = len(self._sockets)
        rounds = -(-least // count)
        for _ in range(rounds):
            for number in range(count):
                self._send(number)
            for number in range(count):
                self._receive(number)
            self._settle()
        return rounds * count

    def idle(self, seconds: float) -> None:
        """Asks for nothing that long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._interrupts.wait(left)
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


def _sleeps(path: str) -> bool:
    """A thread that has ended meanwhile does nothing any more either."""
    try:
        with open(f"{path}/stat", "rb", buffering=0) as file:
            return file.read(512).rpartition(b") ")[2][:1] in _AT_REST
    except OSError:
        return True
