"""The costs of the cells of two sides, counted: each server is run three times, as it is, under strace and
under callgrind.

Each of them changes what the others count, so each has a run of its own, under the same load.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed
from costing.callgrind import Callgrind
from costing.costs import CellCosts, Costs, Thresholds, call_counts, lines_of, profile_counts, switch_counts
from costing.load import AskedRequest, Load, read_request
from costing.phases import Phases, measured
from costing.resting import Resting
from costing.instruments import AsItIs, Strace
from costing.words import growth_markdown, notes_of
from processes.interrupts import Interrupts
from processes.machine import pins
from processes.server_process import ServerProcess
from sides.asked import AskedSides
from sides.cells import SIDES, Cell

# A hash seed of its own would put other keys into one bucket each time, and CPython's own allocator would
# hide what it is asked for.
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc"}
_SLOWER = 20  # a start under callgrind
_GRACE_S = 2.0
_PHASE_S = 2.0  # there are five of them, and one without a request
_RESTLESS = "it never rests: what it does all the time is taken off as it did it without requests"


@dataclass(frozen=True)
class CostSettings:
    """`requests`: of each phase; None: as many as there is time for, the second side as many as the first."""

    asked: AskedSides
    connections: int = 1
    requests: int | None = None


def count_cells(
    cells: Sequence[Cell],
    settings: CostSettings,
    interrupts: Interrupts,
    tell: Callable[[str], None],
    sides: Sequence[str] = SIDES,
) -> list[CellCosts]:
    """Of both sides, or of the baseline alone. Raises CommandFailed."""
    fix = "is not installed: scripts/setup --costs installs it"
    if missing := [f"{name} {fix}" for name in ("valgrind", "strace") if shutil.which(name) is None]:
        raise CommandFailed(missing)
    counted = []
    for cell in cells:
        request = read_request(settings.asked.request_flags, cell.target, cell.connection_mode == "fresh")
        sizes: dict[str, int | None] = {}
        costs = []
        for side in sides:
            tell(f"counting {cell.name}, {side}")
            with tempfile.TemporaryDirectory(prefix="costs-") as folder:
                counting = _Counting(cell, side, request, settings, Path(folder), interrupts, sizes)
                try:
                    costs.append(counting.costs())
                except CommandFailed as failure:
                    where = f"{cell.name}: the {side}"
                    raise CommandFailed(f"{where}: {mistake}" for mistake in failure.mistakes) from None
        counted.append(CellCosts(cell.name, *costs))
    return counted


def explain(
    cells: Sequence[Cell], settings: CostSettings, interrupts: Interrupts, tell: Callable[[str], None]
) -> str:
    """What grew, as Markdown that a verdict can end with; where it cannot be counted, why not."""
    try:
        counted = count_cells(cells, settings, interrupts, tell)
    except CommandFailed as failure:
        return f"#### What grew\n\nCould not be counted: {'; '.join(failure.mistakes)}\n"
    lines = lines_of(counted, Thresholds())
    grown = [growth_markdown(cell, lines) for cell in counted]
    return "\n\n".join(["#### What grew", *grown, *notes_of(counted, ".")]) + "\n"


@dataclass
class _Counting:
    """`sizes`: of phases, by instrument."""

    cell: Cell
    side: str
    request: AskedRequest
    settings: CostSettings
    folder: Path
    interrupts: Interrupts
    sizes: dict[str, int | None]
    notes: list[str] = field(default_factory=list)

    def costs(self) -> Costs:
        """Raises CommandFailed."""
        if self.cell.sides[self.side].attached:
            raise CommandFailed("a server that runs already cannot be counted: it has to be started here")
        as_it_is, strace, callgrind = AsItIs(), Strace(self.folder), Callgrind(self.folder)
        counts, profile = switch_counts(self._run(as_it_is)), None
        calls, by_call = call_counts(strace.calls(self._run(strace)))
        self.notes += as_it_is.notes()
        if as_it_is.compiling_runtime is None:
            profiled, profile = profile_counts(callgrind.profiles(self._run(callgrind)))
            counts = profiled | counts
        return Costs(counts | calls, by_call, profile, tuple(dict.fromkeys(self.notes)))

    def _run(self, instrument: AsItIs | Strace | Callgrind) -> Phases[Any]:
        """The server's whole life under the instrument."""
        served, log = self.cell.sides[self.side], self.folder / f"{instrument.name}.log"
        cores, connections = pins(), self.settings.connections
        how = {"ready_path": self.cell.ready_path, "cpus": cores and cores[:1], "cwd": served.cwd}
        command = instrument.command(served.command)
        with ServerProcess(command, log, self.interrupts, environment=_ENVIRONMENT, **how) as server:
            slower = _SLOWER if isinstance(instrument, Callgrind) else 1
            address = server.wait_until_ready(self.settings.asked.start_limit_ms / 1000 * slower)
            resting = Resting(server.pid, self.interrupts)
            with ExitStack() as stack:
                if connections > 1:
                    stack.enter_context(resting.uninterrupted(cores and cores.server))
                load = Load(address, self.request, connections, resting, self.interrupts)
                stack.enter_context(load)
                size = self.sizes.get(instrument.name, self.settings.requests)
                try:
                    phases = measured(load, lambda: instrument.take(resting), size, _PHASE_S)
                except CommandFailed:
                    if not server.has_ended:
                        raise
                    how = f"{server.process.ended} while it was counted{server.process.said()}"
                    raise CommandFailed(how) from None
            self.notes += [_RESTLESS] * load.restless
            server.stop(_GRACE_S)
        self.sizes[instrument.name] = phases.busy[0].requests
        return phases
