"""One gate from its first block to its verdict, in a folder of its own, and what is shared by many."""

import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.files import replace_json
from gating.layouts import Layouts
from gating.measuring import Measuring
from gating.options import REQUESTED, BlockOptions, GateOptions
from gating.procedure import Decision, decide
from gating.recorded import GateRecording
from gating.verdict import CellResult, Rule
from gating.words import so_far, verdict_figures
from processes.interrupts import Interrupts
from processes.machine import build_info, machine
from recordings.writer import now
from sides.cells import SIDES, Cell
from sides.sides import Sides
from text.table import say
from text.units import short_text

if TYPE_CHECKING:
    from rich.console import Console

SHUFFLED = "each side linked anew for every block"
_ABOUT = ("block_ms", "slice_ms", "warm_up_ms", "connections", "rate", *REQUESTED)


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
        by_name = {cell.name: cell for cell in cells}
        with tempfile.TemporaryDirectory(prefix="gate-") as scratch:
            is_shuffled = self.builds and self.about["layouts"] == SHUFFLED
            layouts = Layouts(self.builds, Path(scratch), padded) if is_shuffled else None
            how = (self.interrupts, seed, began + self.options.budget_s, layouts)
            source = Measuring(by_name, self.options, Path(scratch), GateRecording(folder), *how)
            decision = decide(list(by_name), self.rule, source.block, partial(self._tell, began))
        took = {"seed": seed, "finished_at": now(), "took_s": round(time.monotonic() - began, 1)}
        replace_json(folder / "verdict.json", verdict_figures(decision, self.rule, self.about | took))
        return decision

    def _tell(self, began: float, results: tuple[CellResult, ...]) -> None:
        """A line that is written anew after each block on a terminal; elsewhere a line at each look."""
        left = short_text(self.options.budget_s - (time.monotonic() - began))
        line = f"{so_far(results)} ({left} at most left)"
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self.console.print(line, end="\r", no_wrap=True, overflow="ellipsis", highlight=False)
        elif all(r.blocks in (0, *self.rule.looks) for r in results):
            say(self.console, line)


def layouts_of(options: BlockOptions, sides: Sides) -> str:
    """What is done about where the code lies, in a line."""
    luck = "how their code is laid out is in no interval"
    if options.is_attached:
        return "servers that run already are one process for all blocks: its luck is in no interval"
    if sides.builds is None:
        return f"commands are run as they are: {luck}"
    if not options.layouts:
        return f"builds are run as they are (--no-layouts): {luck}"
    missing = Layouts.missing(sides.builds)
    return f"builds are run as they are: {missing}: {luck}" if missing else SHUFFLED


def about(options: GateOptions, sides: Sides) -> dict[str, Any]:
    """What verdict.json says beside the verdict; paths below the repository as seen from there."""
    what = dict(zip(SIDES, sides.names)) | {"layouts": layouts_of(options, sides)}
    what |= {"machine": machine(), "build": build_info(options.build)}
    return {**what, **{name: getattr(options, name) for name in _ABOUT}, "started_at": now()}
