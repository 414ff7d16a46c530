"""What a server and its connections take of the machine: its own memory, and what the kernel holds for them,
which resident memory does not say. A thread's kernel stack and a socket's buffers are nobody's RSS.

    resident       /proc/PID/status VmRSS
    kernel stacks  /proc/meminfo KernelStack      of all threads of the machine
    page tables    /proc/meminfo PageTables       likewise
    slab           /proc/meminfo Slab             sockets, files, tasks, epoll's items, of both ends
    buffers        /proc/net/sockstat TCP mem     in pages: what lies in sockets, unread or unsent

What is the machine's is to be read twice, and the difference taken while nothing else changes."""

import os
import re
import time
from contextlib import suppress
from pathlib import Path

Taken = dict[str, int]  # KiB of MEMORY, and what a process has taken of the cores
MEMORY = ("user", "kernel_stacks", "page_tables", "slab", "buffers", "all")
_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
_CLOSE_WAIT = "08"  # /proc/net/tcp's: the other end has closed, and this one has not


def family(ancestor: int) -> list[int]:
    """The process and its descendants; none if it has ended."""
    import psutil  # here, so that --help and --dry-run need nothing but Python

    with suppress(psutil.NoSuchProcess):
        return [ancestor, *(child.pid for child in psutil.Process(ancestor).children(recursive=True))]
    return []


def resident_kib(ancestor: int | None) -> int | None:
    """The resident memory of the family; None where there is none, or may be none seen."""
    total = 0
    for pid in family(ancestor) if ancestor else []:
        with suppress(OSError):  # it has ended meanwhile
            total += _number(f"/proc/{pid}/status", r"^VmRSS:\s*(\d+) kB")
    return total or None


def footprint(pid: int) -> Taken:
    """Its own memory as `user`, the kernel's by kind, `all` of it; CPU time in nanoseconds, and switches of
    its threads. Raises OSError if there is no such process."""
    held = {"user": _number(f"/proc/{pid}/status", r"^VmRSS:\s*(\d+) kB")}
    for name, key in (("kernel_stacks", "KernelStack"), ("page_tables", "PageTables"), ("slab", "Slab")):
        held[name] = _number("/proc/meminfo", rf"^{key}:\s*(\d+) kB")
    held["buffers"] = _number("/proc/net/sockstat", r"^TCP: .* mem (\d+)") * _PAGE_KIB
    switches = 0  # of the threads that there are: those of one that ended between two readings are lost
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with suppress(OSError):  # it has ended meanwhile
            switches += sum(map(int, re.findall(r"voluntary_ctxt_switches:\s*(\d+)", status.read_text())))
    # Of threads that ended too, as clock_getcpuclockid has it: the clock of a process by its number.
    cpu_ns = time.clock_gettime_ns((~pid << 3) | 2)
    return held | {"all": sum(held.values()), "cpu_ns": cpu_ns, "switches": switches}


def unnoticed(port: int) -> int:
    """Connections to the port whose client has closed, and whose server has not."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(row[1].endswith(f":{port:04X}") and row[3] == _CLOSE_WAIT for row in rows)


def _number(path: str, pattern: str) -> int:
    match = re.search(pattern, Path(path).read_text(), re.MULTILINE)
    return int(match[1]) if match else 0
