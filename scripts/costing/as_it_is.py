"""A server as it is: which programs it runs, and its context switches, as the kernel counts them for each
thread (proc(5))."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from costing.resting import Resting, threads_of

_NAMES = (b"voluntary_ctxt_switches:", b"nonvoluntary_ctxt_switches:")
_COMPILING = {
    "node": "Node",
    "nodejs": "Node",
    "java": "Java",
    "dotnet": ".NET",
    "deno": "Deno",
    "bun": "Bun",
}
_COMPILING |= {"pypy": "PyPy", "pypy3": "PyPy", "luajit": "LuaJIT", "beam.smp": "Erlang"}


class Switches(NamedTuple):
    """Voluntary: the thread had to wait. Involuntary: another was given its core."""

    voluntary: int = 0
    involuntary: int = 0


class AsItIs:
    """`programs` by name; `lost`: threads that ended while they were counted, whose switches of that phase
    nobody knows."""

    name = "switches"

    def __init__(self) -> None:
        self.programs: set[str] = set()
        self.lost = 0
        self._last: dict[str, Switches] = {}

    def command(self, server: tuple[str, ...]) -> list[str]:
        return [*server]

    def take(self, resting: Resting) -> Switches:
        """Those since it was called last."""
        resting.refresh()
        before, self._last = self._last, {}
        for path in threads_of(resting.processes):
            with suppress(OSError):
                lines = Path(f"{path}/status").read_bytes().splitlines()
                figures = dict(line.split(b"\t")[:2] for line in lines if b"_ctxt_switches" in line)
                self._last[path] = Switches(*(int(figures[name]) for name in _NAMES))
                self.programs.add(Path(f"{path}/exe").readlink().name)
        self.lost += len(before.keys() - self._last.keys())
        passed = [
            [now - began for now, began in zip(counts, before.get(thread, Switches()))]
            for thread, counts in self._last.items()
        ]
        return Switches(*map(sum, zip(*passed)))

    @property
    def compiling_runtime(self) -> str | None:
        """What compiles while it runs, where callgrind sees no functions and not the same instructions
        twice."""
        return next((_COMPILING[name] for name in sorted(self.programs) if name in _COMPILING), None)

    def notes(self) -> Iterator[str]:
        if runtime := self.compiling_runtime:
            why = "compiles while it runs, so that callgrind sees other instructions each time"
            yield f"{runtime} {why}: system calls, bytes and context switches only"
        if any(re.fullmatch(r"python[\d.]*", name) for name in self.programs):
            yield "CPython: the functions are C's, of the interpreter and of its modules"
        if self.lost:
            yield f"{self.lost} threads ended while they were counted: their context switches are in no count"
