"""One gate from its first slice to its verdict, in a folder of its own; or judged again from what is there.

Ties together the procedure (what to do next), the duel (measuring) and gate.csv (what is kept).
"""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.files import replace_file
from cli.paths import portable
from gating.duel import Duel
from gating.files import verdict_json
from gating.gate_csv import GateCsv
from gating.options import GateOptions
from gating.procedure import Decision, InvalidMeasurement, decide
from gating.quad import ATTEMPTS, Quad, invalid_text
from gating.slice_load import GateCell
from gating.verdict import Rule
from processes.cores import pins
from processes.interrupts import Interrupts
from processes.machine import build_info, machine
from recordings.writer import now

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class GateRun:
    """What the gates of one invocation share. `about` is put into each verdict.json."""

    options: GateOptions
    rule: Rule
    console: Console
    interrupts: Interrupts
    about: dict[str, Any]

    def measure(self, cells: list[GateCell], folder: Path, seed: int) -> Decision:
        """Runs a gate in the folder, which may have quads of it already; writes its verdict.json."""
        from gating.progress import GateProgress  # here, so that --help needs nothing but Python

        folder.mkdir(parents=True, exist_ok=True)
        store = GateCsv(folder / "gate.csv")
        budget_s = self.options.budget_s
        with (
            tempfile.TemporaryDirectory(prefix="gate-") as scratch,
            GateProgress(self.console, self.rule, budget_s) as progress,
        ):
            deadline = time.monotonic() + budget_s
            duel = self.duel(cells, Path(scratch), store, random.Random(seed), deadline)
            decision = decide([cell.name for cell in cells], self.rule, duel, progress.update)
        about = {**self.about, "seed": seed, "finished_at": now()}
        replace_file(folder / "verdict.json", verdict_json(decision, self.rule, about))
        return decision

    def duel(
        self, cells: list[GateCell], scratch: Path, store: GateCsv, rng: random.Random, deadline: float
    ) -> Duel:
        return Duel(cells, self.options, scratch, store, self.interrupts, rng, deadline, pins())


class Replay:
    """A source of the quads that a gate.csv has, in the order they were measured."""

    def __init__(self, store: GateCsv):
        self._store = store

    def quads(self, cell: str, stage: str, first: int, count: int) -> list[Quad]:
        quads = self._store.quads(cell, stage)[first : first + count]
        if not quads:
            slices = [s for s in self._store.slices if (s.cell, s.stage) == (cell, stage)]
            if slices and not slices[-1].used and slices[-1].attempt >= ATTEMPTS:
                raise InvalidMeasurement(invalid_text(cell, slices[-1]))
        return quads


def about(
    options: GateOptions, sides: tuple[str, str | None], cells: list[GateCell] | None = None
) -> dict[str, Any]:
    """What verdict.json says beside the verdict; paths below the repository as seen from there."""
    details = {
        "baseline": sides[0],
        "candidate": sides[1],
        "machine": machine(),
        "build": build_info(options.build),
        "slice_ms": options.slice_ms,
        "warm_up_ms": options.warm_up_ms,
        "quads_per_start": options.quads_per_start,
        "connections": options.connections,
        "started_at": now(),
    }
    if cells is not None:
        details["cells_measured"] = [
            asdict(cell)
            | {"commands": {side: [*map(portable, words)] for side, words in cell.commands.items()}}
            for cell in cells
        ]
    return details
