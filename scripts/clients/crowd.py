"""Clients that behave as ours do not: a program of its own, that measures nothing. What they cost others is
measured beside it. usage: crowd.py {idle,leaves,reads,sends} PORT COUNT TARGET SECONDS

    idle    each has had one reply, and asks for nothing more
    leaves  closes SECONDS after its request was sent, whatever has come, and comes again at once
    reads   takes SECONDS for a reply, in twenty pieces, and comes again at once
    sends   takes SECONDS for its request, in twenty pieces, and comes again at once

Prints `{"there": N}` once each has come (an idle one: has its reply; another: its connection), and at
SIGTERM `{"turns": ..., "failed": ...}`."""

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

    async def run(self) -> None:
        self.loop, self.done = asyncio.get_running_loop(), asyncio.Event()
        self.door = asyncio.Semaphore(_AT_ONCE)
        self.loop.add_signal_handler(signal.SIGTERM, self.done.set)
        self.tasks = [asyncio.create_task(self.one()) for _ in range(self.count)]
        await self.done.wait()
        print(json.dumps({"turns": self.turns, "failed": self.failed}), flush=True)

    async def one(self) -> None:
        came = False
        while not came or self.kind != "idle":
            with socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as link:
                try:
                    async with self.door:
                        await self.come(link)
                    came = came or self.arrive()
                    await self.turn(link)
                    self.turns += 1
                except OSError:
                    self.failed += 1
                    came = came or self.arrive()
                    await asyncio.sleep(0.05)

    def arrive(self) -> bool:
        """Notes that one has come for the first time, well or not: true."""
        self.arrived += 1
        if self.arrived == self.count:
            print(json.dumps({"there": self.count - self.failed}), flush=True)
        return True

    async def come(self, link: socket.socket) -> None:
        if self.kind == "reads":
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        await self.loop.sock_connect(link, self.address)
        if self.kind != "sends":
            await self.loop.sock_sendall(link, self.request)
        if self.kind == "idle":
            if not (await self.loop.sock_recv(link, 65536)).startswith(b"HTTP/1.1 200"):
                raise ConnectionError
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    async def idle(self, _: socket.socket) -> None:
        await self.done.wait()

    async def leaves(self, _: socket.socket) -> None:
        await asyncio.sleep(self.seconds)

    async def reads(self, link: socket.socket) -> None:
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


if __name__ == "__main__":
    _, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_hard, _hard))
    asyncio.run(Crowd(*sys.argv[1:]).run())
