"""Clients that behave as ours do not: many that keep a connection and say nothing, that leave in the middle
of a wait, that read slowly, that send slowly. A program of its own, and no load generator: it measures
nothing, and says in JSON what it did. What they cost others is measured beside it.

usage: crowd.py {idle,leaves,reads,sends} PORT COUNT TARGET SECONDS

    idle    each has had one reply, and asks for nothing more
    leaves  closes SECONDS after its request was sent, whatever has come, and comes again at once
    reads   takes SECONDS for a reply, in twenty pieces, and comes again at once
    sends   takes SECONDS for its request, in twenty pieces, and comes again at once

Prints `{"there": N}` once each has had its first turn (of the idle ones: its reply; of the others: its
connection), and at SIGTERM `{"turns": ..., "failed": ...}`.
"""

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
    def __init__(self, kind: str, port: int, count: int, target: str, seconds: float):
        self.turn = {"idle": self.keep, "leaves": self.leave, "reads": self.read, "sends": self.send}[kind]
        self.address, self.count, self.seconds, self.kind = ("127.0.0.1", port), count, seconds, kind
        self.request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        self.there = self.turns = self.failed = 0
        self.door = asyncio.Semaphore(_AT_ONCE)
        self.kept: list[socket.socket] = []
        self.loop = asyncio.get_running_loop()

    async def run(self) -> None:
        done = asyncio.Event()
        self.loop.add_signal_handler(signal.SIGTERM, done.set)
        tasks = [asyncio.create_task(self.one()) for _ in range(self.count)]
        await done.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _say(turns=self.turns, failed=self.failed)

    async def one(self) -> None:
        is_first = True
        while is_first or self.kind != "idle":
            link = socket.socket()
            link.setblocking(False)
            try:
                async with self.door:
                    if self.kind == "reads":
                        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
                    await self.loop.sock_connect(link, self.address)
                    if self.kind == "idle":
                        await self.keep(link)
                if is_first:
                    self.arrived()
                if self.kind != "idle":
                    await self.turn(link)
                    self.turns += 1
            except OSError:
                self.failed += 1
                if is_first:
                    self.arrived()
                await asyncio.sleep(0.05)
            finally:
                if link not in self.kept:
                    link.close()
            is_first = False

    def arrived(self) -> None:
        self.there += 1
        if self.there == self.count:
            _say(there=self.count - self.failed)

    async def keep(self, link: socket.socket) -> None:
        await self.loop.sock_sendall(link, self.request)
        if not (await self.loop.sock_recv(link, 65536)).startswith(b"HTTP/1.1 200"):
            raise ConnectionError
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.kept.append(link)

    async def leave(self, link: socket.socket) -> None:
        await self.loop.sock_sendall(link, self.request)
        await asyncio.sleep(self.seconds)

    async def read(self, link: socket.socket) -> None:
        await self.loop.sock_sendall(link, self.request)
        head = await self.loop.sock_recv(link, 4096)
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        left = length - len(head.partition(b"\r\n\r\n")[2])
        piece = max(left // _PIECES, 1)
        while left > 0:
            await asyncio.sleep(self.seconds / _PIECES)
            due = min(piece, left)
            while due > 0:
                got = len(await self.loop.sock_recv(link, due))
                if not got:
                    raise ConnectionError
                due, left = due - got, left - got

    async def send(self, link: socket.socket) -> None:
        step = -(-len(self.request) // _PIECES)
        for start in range(0, len(self.request), step):
            await self.loop.sock_sendall(link, self.request[start : start + step])
            await asyncio.sleep(self.seconds / _PIECES)
        await self.loop.sock_recv(link, 65536)


def _say(**facts: int) -> None:
    print(json.dumps(facts), flush=True)


def main(argv: list[str]) -> int:
    kind, port, count, target, seconds = argv
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(_run(kind, int(port), int(count), target, float(seconds)))
    return 0


async def _run(kind: str, port: int, count: int, target: str, seconds: float) -> None:
    await Crowd(kind, port, count, target, seconds).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
