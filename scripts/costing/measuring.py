"""The costs of a side, counted: its server is run three times, as it is, under strace and under callgrind.

Each of them changes what the others count, so each has a run of its own, under the same load.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from cli.errors import CommandFailed
from costing.bursts import uninterrupted
from costing.callgrind import Callgrind
from costing.costs import Costs, call_counts, profile_counts, switch_counts
from costing.load import Load
from costing.phases import Phases, measured
from costing.request import AskedRequest
from costing.resting import Resting
from costing.runtimes import compiling_runtime, is_cpython
from costing.strace import Strace
from costing.switches import AsItIs
from processes.interrupts import Interrupts
from processes.machine import pins
from processes.server_process import ServerProcess
from sides.cell import Cell

# A hash seed of its own would put other keys into one bucket each time, and CPython's own allocator would
# hide what it is asked for.
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc"}
_PROGRAMS = ("valgrind", "strace")
_SLOWER = 20  # a start under callgrind
_GRACE_S = 2.0
_PHASE_S = 2.0  # there are five of them, and one without a request

Taken = TypeVar("Taken", covariant=True)


class Instrument(Protocol[Taken]):
    name: str

    def command(self, server: tuple[str, ...]) -> list[str]:
        ...

    def begin(self, resting: Resting) -> None:
        ...

    def take(self) -> Taken:
        """What was counted since this was called last."""
        ...


def missing_programs() -> list[str]:
    """What counts and is not there, a line each, with the fix."""
    fix = "is not installed: scripts/setup --costs installs it"
    return [f"{name} {fix}" for name in _PROGRAMS if shutil.which(name) is None]


@dataclass
class CellCounting:
    """`requests`: of a phase; None: as many as there is time for, the second side as many as the first."""

    cell: Cell
    asked: AskedRequest
    connections: int
    start_limit_s: float
    scratch: Path
    interrupts: Interrupts
    requests: int | None = None
    _sizes: dict[str, int] = field(default_factory=dict)  # by instrument

    def costs(self, side: str) -> Costs:
        """Raises CommandFailed, which names the cell and the side."""
        folder = self.scratch / "costs"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            return self._costs(side, folder)
        except CommandFailed as failure:
            where = f"{self.cell.name}: the {side}"
            raise CommandFailed(f"{where}: {mistake}" for mistake in failure.mistakes) from None

    def _costs(self, side: str, folder: Path) -> Costs:
        if self.cell.sides[side].attached:
            raise CommandFailed("a server that runs already cannot be counted: it has to be started here")
        as_it_is, strace, callgrind = AsItIs(), Strace(folder), Callgrind(folder)
        notes: dict[str, None] = {}  # in order, each once
        counts = switch_counts(self._run(as_it_is, side, folder, notes))
        calls, by_call = call_counts(strace.calls(self._run(strace, side, folder, notes)))
        profile = None
        notes |= dict.fromkeys(_notes(as_it_is))
        if compiling_runtime(as_it_is.programs) is None:
            profiled, profile = profile_counts(callgrind.profiles(self._run(callgrind, side, folder, notes)))
            counts = profiled | counts
        return Costs(counts | calls, by_call, profile, (*notes,))

    def _run(
        self, instrument: Instrument[Taken], side: str, folder: Path, notes: dict[str, None]
    ) -> Phases[Taken]:
        """The server's whole life under the instrument."""
        served, log = self.cell.sides[side], folder / f"{instrument.name}.log"
        cores = pins()
        with ServerProcess(
            instrument.command(served.command),
            log,
            self.interrupts,
            ready_path=self.cell.ready_path,
            cpus=cores and (cores.server,),
            environment=_ENVIRONMENT,
            cwd=served.cwd,
        ) as server:
            slower = _SLOWER if isinstance(instrument, Callgrind) else 1
            address = server.wait_until_ready(self.start_limit_s * slower)
            resting = Resting(server.pid, self.interrupts)
            instrument.begin(resting)
            with ExitStack() as stack:
                if self.connections > 1:
                    stack.enter_context(uninterrupted(resting, cores and cores.server))
                load = Load(address, self.asked, self.connections, resting, self.interrupts)
                stack.enter_context(load)
                size = self._sizes.get(instrument.name, self.requests)
                try:
                    phases = measured(load, instrument.take, size, _PHASE_S)
                except CommandFailed:
                    if not server.has_ended:
                        raise
                    how = f"{server.ended} while it was counted{server.said()}"
                    raise CommandFailed(how) from None
            if load.restless:
                notes[
                    "it never rests: what it does all the time is taken off as it did it without requests"
                ] = None
            server.stop(_GRACE_S)
        self._sizes[instrument.name] = phases.busy[0].requests
        return phases


def _notes(seen: AsItIs) -> Iterator[str]:
    """What is not counted, or to be read with care."""
    if runtime := compiling_runtime(seen.programs):
        why = "compiles while it runs, so that callgrind sees other instructions each time"
        yield f"{runtime} {why}: system calls, bytes and context switches only"
    if is_cpython(seen.programs):
        yield "CPython: the functions are C's, of the interpreter and of its modules"
    if seen.lost:
        yield f"{seen.lost} threads ended while they were counted: their context switches are in no count"
