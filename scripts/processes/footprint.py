"""What a server and its connections take of the machine: its own memory, and what the kernel holds for them,
which resident memory does not say. A thread's kernel stack and a socket's buffers are nobody's RSS.

    resident       /proc/PID/status VmRSS
    kernel stacks  /proc/meminfo KernelStack      of all threads of the machine
    page tables    /proc/meminfo PageTables       likewise
    slab           /proc/meminfo Slab             sockets, files, tasks, epoll's items, of both ends
    buffers        /proc/net/sockstat TCP mem     in pages: what lies in sockets, unread or unsent

What is the machine's is to be read twice, and the difference taken while nothing else changes.
"""

import contextlib
import os
import re
import time
from pathlib import Path
from typing import NamedTuple

_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
_CLOSE_WAIT = "08"  # /proc/net/tcp's: the other end has closed, and this one has not


class Footprint(NamedTuple):
    """In KiB, but for the last two: CPU time of the process in nanoseconds, and switches of its threads."""

    resident: int
    kernel_stacks: int
    page_tables: int
    slab: int
    buffers: int
    cpu_ns: int
    switches: int

    def since(self, before: "Footprint") -> "Footprint":
        return Footprint(*(now - then for now, then in zip(self, before)))

    @property
    def kernel(self) -> int:
        return self.kernel_stacks + self.page_tables + self.slab + self.buffers


def footprint(pid: int) -> Footprint:
    """Raises OSError if there is no such process."""
    meminfo = Path("/proc/meminfo").read_text()
    kernel = (_number(meminfo, rf"^{key}:\s*(\d+) kB") for key in ("KernelStack", "PageTables", "Slab"))
    pages = _number(Path("/proc/net/sockstat").read_text(), r"^TCP: .* mem (\d+)")
    resident = _number(Path(f"/proc/{pid}/status").read_text(), r"^VmRSS:\s*(\d+) kB")
    return Footprint(resident, *kernel, pages * _PAGE_KIB, _cpu_ns(pid), _switches(pid))


def unnoticed(port: int) -> int:
    """Connections to the port whose client has closed, and whose server has not."""
    local = f":{port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(row[1].endswith(local) and row[3] == _CLOSE_WAIT for row in rows)


def _cpu_ns(pid: int) -> int:
    """Of threads that ended too, as clock_getcpuclockid has it: the clock of a process by its number."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def _switches(pid: int) -> int:
    """Of the threads that there are: those of one that ended between two readings are lost."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            total += sum(map(int, re.findall(r"voluntary_ctxt_switches:\s*(\d+)", status.read_text())))
    return total


def _number(text: str, pattern: str) -> int:
    match = re.search(pattern, text, re.MULTILINE)
    return int(match[1]) if match else 0
