"""The costs of the cells of two sides, counted: each server is run three times, as it is, under strace and
under callgrind, with the same load: each of them changes what the others count."""

import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from cli.errors import CommandFailed
from costing.costs import PHASES, CellCosts, Costs, Phase, Phases
from costing.instruments import AsItIs, Callgrind, Strace
from costing.load import AskedRequest, Load, read_request
from costing.words import growth_markdown, notes_of
from processes.kept_process import Interrupts
from processes.machine import pins
from processes.server_process import ServerProcess
from sides.asked import AskedSides
from sides.cells import SIDES, Cell

# A hash seed of its own would put other keys into one bucket each time, and CPython's own allocator would
# hide what it is asked for.
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc"}
_SLOWER = 20  # a start under callgrind
_GRACE_S = 2.0
_PHASE_S = 2.0  # of five, and of as long a time without a request
_WARM_UP, _WARM_UP_S = 100, 4.0  # requests, or for as long
_AT_A_TIME = 10
_SIZES = (2_000, 500, 200, 100, 50, 20, 10)  # a date written anew, once a second, is some 300 instructions
_IDLE_S = (0.5, 2.0)  # at least, at most
_RESTLESS = "it never rests: what it does all the time is taken off as it did it without requests"


def count_cells(
    cells: Sequence[Cell],
    asked: AskedSides,
    tell: Callable[[str], None],
    sides: Sequence[str] = SIDES,
    connections: int = 1,
    requests: int | None = None,
) -> list[CellCosts]:
    """Of both sides, or of the baseline alone. `requests`: of each phase; None: as many as there is time for,
    the second side as many as the first. Raises CommandFailed."""
    fix = "is not installed: scripts/setup --costs installs it"
    if missing := [f"{name} {fix}" for name in ("valgrind", "strace") if shutil.which(name) is None]:
        raise CommandFailed(missing)
    counted = []
    with Interrupts() as interrupts:
        for cell in cells:
            request = read_request(asked.request_flags, cell.target, cell.connection_mode == "fresh")
            costs, sizes = [], defaultdict(lambda: requests)
            for side in sides:
                tell(f"counting {cell.name}, {side}")
                try:
                    costs.append(_costs(cell, side, asked, request, connections, sizes, interrupts))
                except CommandFailed as failure:
                    where = f"{cell.name}: the {side}"
                    raise CommandFailed(f"{where}: {mistake}" for mistake in failure.mistakes) from None
            counted.append(CellCosts(cell.name, *costs))
    return counted


def explain(cells: Sequence[Cell], asked: AskedSides, tell: Callable[[str], None]) -> str:
    """What grew, as Markdown that a verdict can end with; where it cannot be counted, why not."""
    try:
        counted = count_cells(cells, asked, tell)
    except CommandFailed as failure:
        return f"#### What grew\n\nCould not be counted: {'; '.join(failure.mistakes)}\n"
    return "\n\n".join(["#### What grew", *map(growth_markdown, counted), *notes_of(counted, ".")]) + "\n"


def _costs(
    cell: Cell,
    side: str,
    asked: AskedSides,
    request: AskedRequest,
    connections: int,
    sizes: dict[str, int | None],
    interrupts: Interrupts,
) -> Costs:
    """`sizes`: of phases, by instrument. Raises CommandFailed."""
    served, notes, cores = cell.sides[side], [], pins()
    if served.attached:
        raise CommandFailed("a server that runs already cannot be counted: it has to be started here")
    how = {"ready_path": cell.ready_path, "cpus": cores and cores[:1], "cwd": served.cwd}
    how["environment"] = _ENVIRONMENT

    def run(instrument: AsItIs | Strace | Callgrind, slower: int = 1) -> Costs:
        """The server's whole life under the instrument."""
        command, kind = [*instrument.prefix, *served.command], type(instrument).__name__
        with ServerProcess(command, folder / f"{kind}.log", interrupts, **how) as server:
            address = server.wait_until_ready(asked.start_limit_ms / 1000 * slower)
            with Load(server.pid, address, request, connections, interrupts) as load:
                try:
                    phases = measured(load, instrument.take, sizes[kind], _PHASE_S)
                except CommandFailed:
                    if not server.has_ended:
                        raise
                    ended = f"{server.ended} while it was counted{server.said()}"
                    raise CommandFailed(ended) from None
            notes.extend([_RESTLESS] * load.restless)
            server.stop(_GRACE_S)
        sizes[kind] = phases.busy[0].requests
        return instrument.costs(phases)

    with tempfile.TemporaryDirectory(prefix="costs-") as name:
        folder, as_it_is = Path(name), AsItIs()
        switches, calls, functions = run(as_it_is), run(Strace(folder)), Costs()
        notes += switches.notes
        if as_it_is.compiling_runtime is None:
            functions = run(Callgrind(folder), _SLOWER)
    counts = functions.counts | switches.counts | calls.counts
    return Costs(counts, functions.profile, tuple(dict.fromkeys(notes)))


def measured(load: Load, take: Callable[[Load], Any], requests: int | None, phase_s: float) -> Phases:
    """`take`: what was counted since it was called last. `requests`: of each phase; None: as many as there is
    time for."""
    began = at = time.monotonic()
    done = 0
    while done < _WARM_UP and at - began < _WARM_UP_S:
        made, before, at = load.ask(_AT_A_TIME), at, time.monotonic()
        done, each_s = done + made, (at - before) / made  # at last: how long one takes at the warm-up's end
    if requests is None:
        requests = next((size for size in _SIZES if size * each_s <= phase_s), _SIZES[-1])
    take(load)
    ended = time.monotonic()

    def phase(run: Callable[[], int | None]) -> Phase:
        nonlocal ended
        began, done, taken = ended, run() or 0, take(load)
        ended = time.monotonic()
        return Phase(taken, done, ended - began)

    busy = [phase(lambda: load.ask(requests)) for _ in range(PHASES)]
    least, most = _IDLE_S
    idle_s = min(max(median(each.seconds for each in busy), least), most) / PHASES
    return Phases([phase(lambda: load.idle(idle_s)) for _ in range(PHASES)], busy)
