"""A server under strace, which writes down each of its system calls, when it began, and how many bytes it
moved: `strace -f -ttt -o FILE`.

A call that waits is two lines, `<unfinished ...>` and `resumed`, and counts from when it began; what it moved
is in the second. A call that had not ended when the file was read is counted all the same.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from costing.phases import Phases
from costing.resting import Resting

_FLAGS = "-f -qq -ttt -s 0 -e signal=none".split()
_LINE = re.compile(r"(?P<thread>\d+) +(?P<when>\d+\.\d+) (?P<rest>.*)")
_BEGUN = re.compile(r"(\w+)\(")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>")
_RESULT = re.compile(r"= (\d+)(?: \(.*\))?$")
READING = set("read readv pread64 preadv preadv2 recvfrom recvmsg".split())
WRITING = set("write writev pwrite64 pwritev pwritev2 sendto sendmsg sendfile splice copy_file_range".split())
Interval = tuple[float, float]  # by time.time(), as strace has it


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
