"""Clients that behave as ours do not: many that keep a connection and say nothing, that leave in the middle
of a wait, that read slowly, that send slowly. A program of its own, and no load generator: it measures
nothing, and says in JSON what it did. What they cost others is measured beside it.

usage: crowd.py {idle,leaves,reads,sends} PORT COUNT TARGET SECONDS

    idle    each has had one reply, and asks for nothing more
    leaves  closes SECONDS after its request was sent, whatever has come, and comes again at once
    reads   takes SECONDS for a reply, in twenty pieces, and comes again at once
    sends   takes SECONDS for its request, in twenty pieces, and comes again at once

Prints `{"there": N}` once each has had its first turn (of the idle ones: its reply; of the others: its
connection), and at SIGTERM `{"turns": ..., "failed": ...}`."""

import asyncio
import json
import resource
import signal
import socket
import struct
import sys

_PIECES = 20
_AT_ONCE = 500  # connections being opened: the rest of a crowd of thousands waits
_SMALL_BUFFER = 4096  # what a slow reader's kernel takes in advance; it doubles it
_RESET = struct.pack("ii", 1, 0)  # linger: no port is left in TIME_WAIT for each of thousands


class Crowd:
    def __init__(self, kind: str, port: str, count: str, target: str, seconds: str):
        self.kind, self.turn = kind, getattr(self, kind)
        self.address, self.count, self.seconds = ("127.0.0.1", int(port)), int(count), float(seconds)
        self.request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        self.arrived = self.turns = self.failed = 0
        self.kept: list[socket.socket] = []

    async def run(self) -> None:
        self.loop, self.door, done = asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE), asyncio.Event()
        self.loop.add_signal_handler(signal.SIGTERM, done.set)
        tasks = [asyncio.create_task(self.one()) for _ in range(self.count)]
        await done.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _say(turns=self.turns, failed=self.failed)

    async def one(self) -> None:
        came = False
        while not came or self.kind != "idle":
            link = socket.socket()
            link.setblocking(False)
            try:
                async with self.door:
                    if self.kind == "reads":
                        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
                    await self.loop.sock_connect(link, self.address)
                    if self.kind == "idle":
                        await self.turn(link)
                came = came or self.arrive()
                if self.kind != "idle":
                    await self.turn(link)
                    self.turns += 1
            except OSError:
                self.failed += 1
                came = came or self.arrive()
                await asyncio.sleep(0.05)
            finally:
                if link not in self.kept:
                    link.close()

    def arrive(self) -> bool:
        """Notes that one has had its first turn, well or not: true."""
        self.arrived += 1
        if self.arrived == self.count:
            _say(there=self.count - self.failed)
        return True

    async def idle(self, link: socket.socket) -> None:
        await self.loop.sock_sendall(link, self.request)
        if not (await self.loop.sock_recv(link, 65536)).startswith(b"HTTP/1.1 200"):
            raise ConnectionError
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.kept.append(link)

    async def leaves(self, link: socket.socket) -> None:
        await self.loop.sock_sendall(link, self.request)
        await asyncio.sleep(self.seconds)

    async def reads(self, link: socket.socket) -> None:
        await self.loop.sock_sendall(link, self.request)
        head, _, body = (await self.loop.sock_recv(link, 4096)).partition(b"\r\n\r\n")
        left = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0) - len(body)
        piece = max(left // _PIECES, 1)
        while left > 0:
            await asyncio.sleep(self.seconds / _PIECES)
            rest = max(left - piece, 0)
            while left > rest:
                got = len(await self.loop.sock_recv(link, left - rest))
                if not got:
                    raise ConnectionError
                left -= got

    async def sends(self, link: socket.socket) -> None:
        step = -(-len(self.request) // _PIECES)
        for start in range(0, len(self.request), step):
            await self.loop.sock_sendall(link, self.request[start : start + step])
            await asyncio.sleep(self.seconds / _PIECES)
        await self.loop.sock_recv(link, 65536)


def _say(**facts: int) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    _, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_hard, _hard))
    asyncio.run(Crowd(*sys.argv[1:]).run())
