"""What `strace -f -ttt -o FILE` wrote: which system calls were made when, and how many bytes they moved.

Pure. A call that waits is two lines, `<unfinished ...>` and `resumed`, and counts from when it began; what it
moved is in the second. A call that had not ended when the file was read is counted all the same.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_LINE = re.compile(r"(?P<thread>\d+) +(?P<when>\d+\.\d+) (?P<rest>.*)")
_BEGUN = re.compile(r"(\w+)\(")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>")
_RESULT = re.compile(r"= (\d+)(?: \(.*\))?$")
READING = set("read readv pread64 preadv preadv2 recvfrom recvmsg".split())
WRITING = set("write writev pwrite64 pwritev pwritev2 sendto sendmsg sendfile splice copy_file_range".split())


@dataclass
class SystemCall:
    """`moved`: bytes, of a call that reads or writes."""

    name: str
    when_s: float
    moved: int = 0


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
