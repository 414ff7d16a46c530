"""The load: the same requests in the same order, each sent when the server rests.

Not loadgen, which is after time: here a request must cost the same whenever it is made. Whether a server that
is done looks for the next request before it sleeps, and finds it, is a race, and another count each time.
With several connections as many requests are sent at once, and the next when all are answered. How many of
them a server finds when it wakes would be a race too: see resting.py.
"""

import socket
import time
from contextlib import AbstractContextManager, suppress
from http.client import HTTPException, HTTPResponse

from cli.errors import CommandFailed
from costing.request import AskedRequest
from costing.resting import Resting
from processes.interrupts import Interrupts

_ANSWER_S = 120.0  # under callgrind a server is fifty times as slow, and its threads take turns
_REST_S = 0.5  # a server that does not rest within that is busy all the time
_MOST_RESTLESS = 3


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
