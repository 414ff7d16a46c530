"""One gate from its first block to its verdict, in a folder of its own, and what is shared by many."""

import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.files import replace_file
from gating.words import change_text, verdict_json
from gating.layouts import Layouts
from gating.measuring import Measuring
from gating.options import REQUESTED, BlockOptions, GateOptions
from gating.procedure import Decision, decide
from gating.recorded import GateRecording
from gating.verdict import CellResult, Rule
from processes.interrupts import Interrupts
from processes.machine import build_info, machine
from recordings.writer import now
from sides.cell import Cell
from sides.sides import Sides
from text.table import say
from text.units import short_text

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Gates:
    """What the gates of one invocation share. `builds`: the folder of each side, None for commands."""

    options: GateOptions
    rule: Rule
    console: "Console"
    interrupts: Interrupts
    builds: dict[str, Path] | None
    about: dict[str, Any]

    def run(self, cells: list[Cell], folder: Path, seed: int, padded: str | None = None) -> Decision:
        """A gate in the folder, which may have blocks of it already; writes its verdict.json."""
        folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="gate-") as scratch:
            layouts = None
            if self.builds and self.about["layouts"] == SHUFFLED:
                layouts = Layouts(self.builds, Path(scratch), padded)
            by_name, deadline = {cell.name: cell for cell in cells}, began + self.options.budget_s
            recording, kept = GateRecording(folder), (self.interrupts, seed, deadline, layouts)
            source = Measuring(by_name, self.options, Path(scratch), recording, *kept)
            decision = decide(list(by_name), self.rule, source.block, partial(self._tell, began))
        took = {"seed": seed, "finished_at": now(), "took_s": round(time.monotonic() - began, 1)}
        replace_file(folder / "verdict.json", verdict_json(decision, self.rule, {**self.about, **took}))
        return decision

    def _tell(self, began: float, results: tuple[CellResult, ...]) -> None:
        """A line that is written anew after each block on a terminal; elsewhere a line at each look."""
        left = short_text(self.options.budget_s - (time.monotonic() - began))
        line = f"{so_far(results)} ({left} at most left)"
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self.console.print(line, end="\r", no_wrap=True, overflow="ellipsis", highlight=False)
        elif all(r.blocks in (0, *self.rule.looks) for r in results):
            say(self.console, line)


SHUFFLED = "each side linked anew for every block"


def layouts_of(options: BlockOptions, sides: Sides) -> str:
    """What is done about where the code lies, in a line."""
    if options.is_attached:
        return "servers that run already are one process for all blocks: its luck is in no interval"
    if sides.builds is None:
        return "commands are run as they are: how their code is laid out is in no interval"
    if not options.layouts:
        return "builds are run as they are (--no-layouts): how their code is laid out is in no interval"
    if missing := Layouts.missing(sides.builds):
        return f"builds are run as they are: {missing}: how their code is laid out is in no interval"
    return SHUFFLED


def about(options: GateOptions, sides: Sides) -> dict[str, Any]:
    """What verdict.json says beside the verdict; paths below the repository as seen from there."""
    names = ("block_ms", "slice_ms", "warm_up_ms", "connections", "rate", *REQUESTED)
    return {
        "baseline": sides.names[0],
        "candidate": sides.names[1],
        "layouts": layouts_of(options, sides),
        "machine": machine(),
        "build": build_info(options.build),
        **{name: getattr(options, name) for name in names},
        "started_at": now(),
    }


def so_far(results: tuple[CellResult, ...]) -> str:
    """`async 10 blocks: capacity -0.4 % [-2.1, +1.3]; ...`: the worst of what can fail, of each cell."""
    texts = []
    for result in filter(lambda result: result.metrics, results):
        worst = min((m for m in result.metrics.values() if m.can_fail), key=lambda m: m.estimate)
        finding = "clear" if result.is_clear else "undecided"
        texts.append(f"{result.cell} {result.blocks} blocks: {worst.name} {change_text(worst)}, {finding}")
    return "; ".join(texts) or "nothing to say yet"
