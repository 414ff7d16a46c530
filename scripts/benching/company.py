"""The company of a run: clients (clients/crowd.py) that are there while the load generator measures what they
cost others, and what a server holds because of them. Where one process may not open as many, there are
several.
"""

import json
import resource
import sys
from collections.abc import Collection
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import Any

from clients import crowd
from plans.workload import Workload
from processes.footprint import Footprint, footprint, unnoticed
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


class Company(AbstractContextManager):
    """Nobody where the workload has none. Leaving the `with` block ends what is left of it."""

    def __init__(
        self,
        workload: Workload,
        address: str,
        pid: int,
        folder: Path,
        interrupts: Interrupts,
        cpus: Collection[int] | None,
    ):
        self._workload, self._pid, self._interrupts = workload, pid, interrupts
        self._port = int(address.rpartition(":")[2])
        self._stack, self._processes = ExitStack(), []
        count, hard = workload.companions or 0, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        most = max(hard - _SPARE_FILES, 1)
        self.columns: dict[str, Any] = {"companions": count} if workload.company else {}
        self._before = footprint(pid) if workload.company else None
        shares = [most] * (count // most) + ([count % most] if count % most else [])
        for index, share in enumerate(shares):
            words = [workload.company, self._port, share, workload.company_target]
            command = [sys.executable, "-I", "-S", crowd.__file__, *map(str, words)]
            command.append(str((workload.company_time_ms or 0) / 1000))
            process = KeptProcess(command, folder / f"crowd-{index}.log", interrupts, cpus)
            self._processes.append(self._stack.enter_context(process))

    def __exit__(self, *details: object) -> None:
        self._stack.close()

    def wait_until_there(self) -> None:
        """Until each has had its first turn; of idle ones then sees what they take. Raises NotThere."""
        there, waited_s = 0, 0.0
        for process in self._processes:
            while not (said := _facts(process)) and process.wait(_LOOK_S) is None and waited_s < _THERE_S:
                waited_s += _LOOK_S
            there += said.get("there", 0)
        wanted = self._workload.companions or 0
        # Those that come again may find the server full: that is what is measured. Idle ones must be there.
        if self._workload.company == "idle" and there < wanted:
            said = "".join(process.said() for process in self._processes[:1])
            raise NotThere(f"{there} of {wanted} idle connections could be opened{said}")
        if self._workload.company == "idle":
            self._watch_idle()

    def _watch_idle(self) -> None:
        self._interrupts.wait(_SETTLE_S)
        there = footprint(self._pid)
        self._interrupts.wait(_WATCHED_S)
        self.columns |= _idle_columns(
            there.since(self._before), footprint(self._pid).since(there), self._workload.companions or 0
        )

    def leave(self) -> None:
        """After the load: what is still held for those who have left, and how long it stays so."""
        if self._workload.company != "leaves":
            return
        self.columns["abandoned_held"] = unnoticed(self._port)
        turns = 0
        for process in self._processes:
            process.stop(_GRACE_S)
            turns += _facts(process).get("turns", 0)
        self.columns["abandoned_requests"] = turns
        waited_s = 0.0
        while unnoticed(self._port) and waited_s < _LET_GO_S:
            self._interrupts.wait(_LOOK_S)
            waited_s += _LOOK_S
        self.columns["abandoned_let_go_ms"] = round(waited_s * 1000) if waited_s < _LET_GO_S else None


def _idle_columns(held: Footprint, over_time: Footprint, count: int) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "idle_cpu_us_per_s": over_time.cpu_ns / 1000 / _WATCHED_S,
        "idle_switches_per_s": over_time.switches / _WATCHED_S,
    }
    if count:
        amounts = {
            "user": held.resident,
            "kernel_stacks": held.kernel_stacks,
            "page_tables": held.page_tables,
            "slab": held.slab,
            "buffers": held.buffers,
            "all": held.resident + held.kernel,
        }
        columns |= {f"idle_{name}_kib_each": kib / count for name, kib in amounts.items()}
    return {name: round(value, 3) for name, value in columns.items()}


def _facts(process: KeptProcess) -> dict[str, int]:
    """All that it has said so far."""
    facts: dict[str, int] = {}
    for line in process.lines():
        with suppress(json.JSONDecodeError):
            facts |= json.loads(line)
    return facts
