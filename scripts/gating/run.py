"""One gate from its first slice to its verdict, in a folder of its own; or judged again from what is there.

Ties together the procedure (what to do next), the duel (measuring) and gate.csv (what is kept).
"""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gating.duel import Duel, Setup, seconds_until
from gating.files import verdict_json, write
from gating.gate_csv import GateCsv
from gating.options import GateOptions
from gating.procedure import Decision, InvalidMeasurement, decide
from gating.quad import ATTEMPTS, Quad, invalid_text
from gating.slice_load import Cell
from gating.verdict import Rule
from processes.interrupts import Interrupts
from processes.machine import build_info, machine
from cli.paths import portable
from processes.cores import pins


@dataclass(frozen=True)
class GateRun:
    """What the gates of one invocation share. `about` is put into each verdict.json."""

    options: GateOptions
    rule: Rule
    console: Any
    interrupts: Interrupts
    about: dict[str, Any]

    def measure(self, cells: list[Cell], folder: Path, seed: int) -> Decision:
        """Runs a gate in the folder, going on from the quads that are there; writes its verdict.json."""
        from gating.progress import GateProgress  # here, so that --help needs nothing but Python

        folder.mkdir(parents=True, exist_ok=True)
        store = GateCsv(folder / "gate.csv")
        budget_s = self.options.budget_s
        with (
            tempfile.TemporaryDirectory(prefix="gate-") as scratch,
            GateProgress(self.console, self.rule, budget_s) as progress,
        ):
            left = seconds_until(time.monotonic() + budget_s)
            setup = setup_of(self.options, Path(scratch))
            duel = Duel(cells, setup, store, self.interrupts, random.Random(seed), left)
            decision = decide([cell.name for cell in cells], self.rule, duel, progress.heard)
        about = {**self.about, "seed": seed, "finished_at": now()}
        write(folder / "verdict.json", verdict_json(decision, self.rule, about))
        return decision


class Replay:
    """A source of the quads that a gate.csv has, in the order they were measured."""

    def __init__(self, store: GateCsv):
        self._store = store

    def quads(self, cell: str, stage: str, first: int, count: int) -> list[Quad]:
        found = self._store.quads(cell, stage)[first : first + count]
        if not found:
            mine = [s for s in self._store.slices if (s.cell, s.stage) == (cell, stage)]
            if mine and not mine[-1].used and mine[-1].attempt >= ATTEMPTS:
                raise InvalidMeasurement(invalid_text(cell, mine[-1]))
        return found


def setup_of(options: GateOptions, scratch: Path) -> Setup:
    cores = pins()
    return Setup(
        loadgen=options.build / "loadgen" / "loadgen",
        scratch=scratch,
        server_cpus=None if cores is None else (cores.server,),
        generator_cpus=None if cores is None else (cores.client,),
        slice_s=options.slice_ms / 1000,
        warm_up_s=options.warm_up_ms / 1000,
        quads_per_start=options.quads_per_start,
        ready_s=options.start_limit_ms / 1000,
    )


def about(options: GateOptions, baseline: str | None, candidate: str | None) -> dict[str, Any]:
    """What verdict.json says beside the verdict."""
    return {
        "baseline": baseline,
        "candidate": candidate,
        "machine": machine(),
        "build": build_info(options.build),
        "slice_ms": options.slice_ms,
        "warm_up_ms": options.warm_up_ms,
        "quads_per_start": options.quads_per_start,
        "connections": options.connections,
        "started_at": now(),
    }


def commands_of(cells: list[Cell]) -> list[dict[str, Any]]:
    """The cells as verdict.json has them; paths below the repository as seen from there."""
    found = [asdict(cell) for cell in cells]
    for cell in found:
        cell["commands"] = {
            side: [portable(word) for word in command] for side, command in cell["commands"].items()
        }
    return found


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
