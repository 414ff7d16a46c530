"""The company of a run: clients (clients/crowd.py) that are there while the load generator measures what they
cost others, and what a server holds because of them, in its own memory and in the kernel's."""

import json
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from clients import crowd
from clients.clients import Asked
from processes.kept_process import Interrupts, KeptProcess
from processes.server_process import ServerFailed, family

_THERE_S, _LET_GO_S = 60.0, 15.0  # for all of them to be there; for the server to notice that they have left
_SETTLE_S, _WATCHED_S = 0.5, 2.0  # until what their coming began has ended; idle, for CPU time and switches
_LOOK_S, _GRACE_S = 0.02, 5.0

# What is not the process's own is the machine's: read it twice, and take the difference while nothing else
# changes. A thread's kernel stack and a socket's buffers are nobody's resident memory.
_MEMORY = {
    "user": ("/proc/{pid}/status", "VmRSS:"),
    "kernel_stacks": ("/proc/meminfo", "KernelStack:"),
    "page_tables": ("/proc/meminfo", "PageTables:"),
    "slab": ("/proc/meminfo", "Slab:"),  # sockets, files, tasks, epoll's items, of both ends
    "buffers": ("/proc/net/sockstat", "TCP: .* mem"),  # in pages: what lies in sockets, unread or unsent
}


@contextmanager
def company(asked: Asked, pid: int, interrupts: Interrupts, cpus: list[int] | None) -> Iterator[dict]:
    """The workload's, there while the block runs, then leaving it; nobody where it has none. The columns of
    the summary, the last of them known when the block has ended. Raises ServerFailed."""
    load = asked.run.workload
    if not load.company:
        yield {}
        return
    count, before, processes = load.companions or 0, footprint(pid), []
    columns: dict[str, Any] = {"companions": count}
    most = max(resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100, 1)  # in one, beside its own files
    with ExitStack() as stack:
        for first in range(0, count, most):
            seconds = (load.company_time_ms or 0) / 1000
            words = [load.company, asked.port, min(most, count - first), load.company_target, seconds]
            command = [sys.executable, "-I", "-S", crowd.__file__, *map(str, words)]
            process = KeptProcess(command, asked.folder / f"crowd-{first}.log", interrupts, cpus)
            processes.append(stack.enter_context(process))
        there, waited_s = 0, 0.0
        for process in processes:  # until each has had its first turn
            while not (facts := _facts(process)) and process.wait(_LOOK_S) is None and waited_s < _THERE_S:
                waited_s += _LOOK_S
            there += facts.get("there", 0)
        # Those that come again may find the server full: that is what is measured. Idle ones must be there.
        if load.company == "idle":
            if there < count:
                opened = f"{there} of {count} idle connections could be opened"
                raise ServerFailed(f"{opened}{processes[0].said()}")
            interrupts.wait(_SETTLE_S)
            settled = footprint(pid)
            interrupts.wait(_WATCHED_S)
            grown = {name: value - settled[name] for name, value in footprint(pid).items()}
            columns["idle_cpu_us_per_s"] = round(grown["cpu_ns"] / 1000 / _WATCHED_S, 3)
            columns["idle_switches_per_s"] = round(grown["switches"] / _WATCHED_S, 3)
            for name in (*_MEMORY, "all") if count else ():
                columns[f"idle_{name}_kib_each"] = round((settled[name] - before[name]) / count, 3)
        yield columns
        if load.company == "leaves":  # after the load: what is still held for them, and how long it stays so
            columns["abandoned_held"] = unnoticed(asked.port)
            for process in processes:
                process.stop(_GRACE_S)
            columns["abandoned_requests"] = sum(_facts(process).get("turns", 0) for process in processes)
            waited_s = 0.0
            while unnoticed(asked.port) and waited_s < _LET_GO_S:
                interrupts.wait(_LOOK_S)
                waited_s += _LOOK_S
            columns["abandoned_let_go_ms"] = round(waited_s * 1000) if waited_s < _LET_GO_S else None


def _facts(process: KeptProcess) -> dict[str, int]:
    facts: dict[str, int] = {}
    for line in process.lines():
        with suppress(json.JSONDecodeError):
            facts |= json.loads(line)
    return facts


def footprint(pid: int) -> dict[str, int]:
    """KiB of _MEMORY and of `all` of it; CPU time in ns, and the switches of the threads that there are: of
    one that ended between two readings they are lost. Raises OSError if there is no process."""
    held = {name: _number(path.format(pid=pid), key) for name, (path, key) in _MEMORY.items()}
    held["buffers"] *= os.sysconf("SC_PAGE_SIZE") // 1024
    switches = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with suppress(OSError):  # it has ended meanwhile
            switches += sum(map(int, re.findall(r"voluntary_ctxt_switches:\s*(\d+)", status.read_text())))
    # Of threads that ended too, as clock_getcpuclockid has it: the clock of a process by its number.
    cpu_ns = time.clock_gettime_ns((~pid << 3) | 2)
    return held | {"all": sum(held.values()), "cpu_ns": cpu_ns, "switches": switches}


def resident_kib(ancestor: int | None) -> int | None:
    """The resident memory of the family; None where there is none, or may be none seen."""
    total = 0
    for pid in family(ancestor) if ancestor else ():
        with suppress(OSError):  # it has ended meanwhile
            total += _number(f"/proc/{pid}/status", "VmRSS:")
    return total or None


def unnoticed(port: int) -> int:
    """Connections to the port in CLOSE_WAIT, which is 08: the client has closed, and the server has not."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "08" for row in rows)


def _number(path: str, key: str) -> int:
    match = re.search(rf"^{key}\s*(\d+)", Path(path).read_text(), re.MULTILINE)
    return int(match[1]) if match else 0
