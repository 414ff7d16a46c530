"""The company of a run: clients (clients/crowd.py) that are there while the load generator measures what they
cost others, and what a server holds because of them. Where one process may not open as many, there are
several."""

import json
import resource
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from clients import crowd
from clients.clients import Asked
from processes.footprint import MEMORY, footprint, unnoticed
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
    asked: Asked, pid: int, interrupts: Interrupts, cpus: Collection[int] | None
) -> Iterator[dict[str, Any]]:
    """The workload's, there while the block runs, then leaving it; nobody where it has none. The columns of
    the summary, the last of them known when the block has ended. Raises NotThere."""
    load = asked.run.workload
    if not load.company:
        yield {}
        return
    count, before = load.companions or 0, footprint(pid)
    columns: dict[str, Any] = {"companions": count}
    most = max(resource.getrlimit(resource.RLIMIT_NOFILE)[1] - _SPARE_FILES, 1)
    processes: list[KeptProcess] = []
    with ExitStack() as stack:
        for index, first in enumerate(range(0, count, most)):
            words = [load.company, asked.port, min(most, count - first), load.company_target]
            words.append((load.company_time_ms or 0) / 1000)
            command = [sys.executable, "-I", "-S", crowd.__file__, *map(str, words)]
            process = KeptProcess(command, asked.folder / f"crowd-{index}.log", interrupts, cpus)
            processes.append(stack.enter_context(process))
        there, waited_s = 0, 0.0
        for process in processes:  # until each has had its first turn
            while not (facts := _facts(process)) and process.wait(_LOOK_S) is None and waited_s < _THERE_S:
                waited_s += _LOOK_S
            there += facts.get("there", 0)
        # Those that come again may find the server full: that is what is measured. Idle ones must be there.
        if load.company == "idle":
            if there < count:
                said = "".join(process.said() for process in processes[:1])
                raise NotThere(f"{there} of {count} idle connections could be opened{said}")
            interrupts.wait(_SETTLE_S)
            settled = footprint(pid)
            interrupts.wait(_WATCHED_S)
            later = footprint(pid)
            columns["idle_cpu_us_per_s"] = round((later["cpu_ns"] - settled["cpu_ns"]) / 1000 / _WATCHED_S, 3)
            columns["idle_switches_per_s"] = round((later["switches"] - settled["switches"]) / _WATCHED_S, 3)
            for name in MEMORY if count else ():
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
    """All that it has said so far."""
    facts: dict[str, int] = {}
    for line in process.lines():
        with suppress(json.JSONDecodeError):
            facts |= json.loads(line)
    return facts
