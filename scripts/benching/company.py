"""The company of a run: clients (clients/crowd.py) that are there while the load generator measures what they
cost others, and what a server holds because of them. Where one process may not open as many, there are
several."""

import json
import resource
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from clients import crowd
from plans.workload import Workload
from processes.footprint import MEMORY, Taken, footprint, unnoticed
from processes.interrupts import Interrupts
from processes.kept_process import KeptProcess

_SPARE_FILES = 100  # of a process' own
_THERE_S = 60.0  # for all of them to be there
_SETTLE_S = 0.5  # until what their coming began has ended
_WATCHED_S = 2.0  # idle, for CPU time and switches
_LET_GO_S = 15.0  # for the server to notice that they have left
_LOOK_S = 0.02
_GRACE_S = 5.0


class NotThere(Exception):
    """Why the company is not all there, in a line."""


@contextmanager
def company(
    workload: Workload,
    port: int,
    pid: int,
    folder: Path,
    interrupts: Interrupts,
    cpus: Collection[int] | None,
) -> Iterator[dict[str, Any]]:
    """The workload's, there while the block runs, then leaving it; nobody where it has none. The columns of
    the summary, the last of them known when the block has ended. Raises NotThere."""
    if not workload.company:
        yield {}
        return
    count, before = workload.companions or 0, footprint(pid)
    columns: dict[str, Any] = {"companions": count}
    most = max(resource.getrlimit(resource.RLIMIT_NOFILE)[1] - _SPARE_FILES, 1)
    processes = []
    with ExitStack() as stack:
        for index, first in enumerate(range(0, count, most)):
            words = [workload.company, port, min(most, count - first), workload.company_target]
            words.append((workload.company_time_ms or 0) / 1000)
            command = [sys.executable, "-I", "-S", crowd.__file__, *map(str, words)]
            process = KeptProcess(command, folder / f"crowd-{index}.log", interrupts, cpus)
            processes.append(stack.enter_context(process))
        there, waited_s = 0, 0.0
        for process in processes:  # until each has had its first turn
            while not (facts := _facts(process)) and process.wait(_LOOK_S) is None and waited_s < _THERE_S:
                waited_s += _LOOK_S
            there += facts.get("there", 0)
        # Those that come again may find the server full: that is what is measured. Idle ones must be there.
        if workload.company == "idle":
            if there < count:
                said = "".join(process.said() for process in processes[:1])
                raise NotThere(f"{there} of {count} idle connections could be opened{said}")
            interrupts.wait(_SETTLE_S)
            settled = footprint(pid)
            interrupts.wait(_WATCHED_S)
            columns |= _idle_columns(before, settled, footprint(pid), count)
        yield columns
        if workload.company == "leaves":
            columns |= _abandoned_columns(processes, port, interrupts)


def _idle_columns(before: Taken, there: Taken, later: Taken, count: int) -> dict[str, Any]:
    columns = {"idle_cpu_us_per_s": (later["cpu_ns"] - there["cpu_ns"]) / 1000 / _WATCHED_S}
    columns["idle_switches_per_s"] = (later["switches"] - there["switches"]) / _WATCHED_S
    for name in MEMORY if count else ():
        columns[f"idle_{name}_kib_each"] = (there[name] - before[name]) / count
    return {name: round(value, 3) for name, value in columns.items()}


def _abandoned_columns(processes: list[KeptProcess], port: int, interrupts: Interrupts) -> dict[str, Any]:
    """After the load: what is still held for those who have left, and how long it stays so."""
    columns: dict[str, Any] = {"abandoned_held": unnoticed(port)}
    for process in processes:
        process.stop(_GRACE_S)
    columns["abandoned_requests"] = sum(_facts(process).get("turns", 0) for process in processes)
    waited_s = 0.0
    while unnoticed(port) and waited_s < _LET_GO_S:
        interrupts.wait(_LOOK_S)
        waited_s += _LOOK_S
    return columns | {"abandoned_let_go_ms": round(waited_s * 1000) if waited_s < _LET_GO_S else None}


def _facts(process: KeptProcess) -> dict[str, int]:
    """All that it has said so far."""
    facts: dict[str, int] = {}
    for line in process.lines():
        with suppress(json.JSONDecodeError):
            facts |= json.loads(line)
    return facts
