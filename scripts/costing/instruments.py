"""What counts without a look into the program: the server as it is, its context switches as the kernel counts
them for each thread (proc(5)); and the server under `strace -f -ttt -o FILE`, which writes down each of its
system calls, when it began, and how many bytes it moved.

Of strace's lines a call that waits has two, `<unfinished ...>` and `resumed`, and counts from when it began;
what it moved is in the second. A call that had not ended when the file was read is counted all the same.
"""

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from costing.phases import Phases
from costing.resting import Resting, threads_of

_NAMES = (b"voluntary_ctxt_switches:", b"nonvoluntary_ctxt_switches:")
# What compiles while it runs, by the names of its programs.
_COMPILING = (
    "node=Node nodejs=Node java=Java dotnet=.NET deno=Deno bun=Bun pypy=PyPy pypy3=PyPy luajit=LuaJIT"
)
_RUNTIMES = dict(pair.split("=") for pair in f"{_COMPILING} beam.smp=Erlang".split())
_FLAGS = "-f -qq -ttt -s 0 -e signal=none".split()
_LINE = re.compile(r"(?P<thread>\d+) +(?P<when>\d+\.\d+) (?P<rest>.*)")
_BEGUN = re.compile(r"(\w+)\(")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>")
_RESULT = re.compile(r"= (\d+)(?: \(.*\))?$")
READING = set("read readv pread64 preadv preadv2 recvfrom recvmsg".split())
WRITING = set("write writev pwrite64 pwritev pwritev2 sendto sendmsg sendfile splice copy_file_range".split())
Interval = tuple[float, float]  # by time.time(), as strace has it


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
        began = (before.get(thread, Switches()) for thread in self._last)
        passed = [map(int.__sub__, *each) for each in zip(self._last.values(), began)]
        return Switches(*map(sum, zip(*passed)))

    @property
    def compiling_runtime(self) -> str | None:
        """Under which callgrind sees no functions, and not the same instructions twice."""
        return next((_RUNTIMES[name] for name in sorted(self.programs) if name in _RUNTIMES), None)

    def notes(self) -> Iterator[str]:
        if runtime := self.compiling_runtime:
            why = "compiles while it runs, so that callgrind sees other instructions each time"
            yield f"{runtime} {why}: system calls, bytes and context switches only"
        if any(re.fullmatch(r"python[\d.]*", name) for name in self.programs):
            yield "CPython: the functions are C's, of the interpreter and of its modules"
        if self.lost:
            yield f"{self.lost} threads ended while they were counted: their context switches are in no count"


@dataclass
class SystemCall:
    """`moved`: bytes, of a call that reads or writes."""

    name: str
    when_s: float
    moved: int = 0


class Strace:
    name = "system calls"

    def __init__(self, folder: Path):
        self._file = folder / "calls.txt"
        self._since = 0.0

    def command(self, server: tuple[str, ...]) -> list[str]:
        return ["strace", *_FLAGS, "-o", str(self._file), *server]

    def take(self, _resting: Resting) -> Interval:
        """The time since this was called last."""
        since, self._since = self._since, time.time()
        return since, self._since

    def calls(self, intervals: Phases[Interval]) -> Phases[list[SystemCall]]:
        """Those of each phase; to be called when the server has ended, and all is written."""
        with self._file.open(encoding="utf-8", errors="replace") as file:
            calls = read_calls(file)
        return intervals.mapped(lambda each: [call for call in calls if each[0] <= call.when_s < each[1]])


def read_calls(lines: Iterable[str]) -> list[SystemCall]:
    """In the order in which they began."""
    calls: list[SystemCall] = []
    waiting: dict[str, SystemCall] = {}  # by thread
    for line in lines:
        match = _LINE.match(line.rstrip("\n"))
        thread, rest = (match["thread"], match["rest"]) if match else ("", "")
        if begun := _BEGUN.match(rest):
            call = SystemCall(begun[1], float(match["when"]))
            calls.append(call)
            if rest.endswith("<unfinished ...>"):
                waiting[thread] = call
        elif _RESUMED.match(rest) and thread in waiting:  # else it began before the file did
            call = waiting.pop(thread)
        else:
            continue  # a signal, or the end of a thread
        if call.name in READING | WRITING and (result := _RESULT.search(rest)):
            call.moved = int(result[1])
    return calls
