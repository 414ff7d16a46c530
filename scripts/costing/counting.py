"""All cells of two sides counted, one after the other: for scripts/costs.py, and for the gate's --explain."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandFailed
from costing.judging import CellCosts, CountLine, Thresholds, cell_costs, lines_of
from costing.measuring import CellCounting, missing_programs
from costing.request import read_request
from costing.words import growth_markdown
from processes.interrupts import Interrupts
from sides.asked import AskedSides
from sides.cell import BASELINE, CANDIDATE, Cell


@dataclass(frozen=True)
class CostSettings:
    """`requests`: of each phase; None: as many as there is time for."""

    asked: AskedSides
    connections: int = 1
    requests: int | None = None


def count_cells(
    cells: Sequence[Cell],
    settings: CostSettings,
    interrupts: Interrupts,
    is_alone: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
) -> list[CellCosts]:
    """Of both sides, or of the baseline alone. Raises CommandFailed."""
    if missing := missing_programs():
        raise CommandFailed(missing)
    counted = []
    with tempfile.TemporaryDirectory(prefix="costs-") as scratch:
        for cell in cells:
            is_fresh = cell.connection_mode == "fresh"
            request = read_request(settings.asked.request_flags, cell.target, is_fresh)
            limit_s = settings.asked.start_limit_ms / 1000
            counting = CellCounting(
                cell, request, settings.connections, limit_s, Path(scratch), interrupts, settings.requests
            )
            costs = []
            for side in (BASELINE,) if is_alone else (BASELINE, CANDIDATE):
                tell(f"counting {cell.name}, {side}")
                costs.append(counting.costs(side))
            counted.append(cell_costs(cell.name, *costs))
    return counted


def explain(
    cells: Sequence[Cell], settings: CostSettings, interrupts: Interrupts, tell: Callable[[str], None]
) -> str:
    """What grew, as Markdown that a verdict can end with; where it cannot be counted, why not."""
    try:
        counted = count_cells(cells, settings, interrupts, tell=tell)
    except CommandFailed as failure:
        return f"#### What grew\n\nCould not be counted: {'; '.join(failure.mistakes)}\n"
    lines = all_lines(counted, Thresholds())
    notes = dict.fromkeys(f"{note}." for cell in counted for note in cell.notes)
    return "\n\n".join(["#### What grew", *(growth_markdown(cell, lines) for cell in counted), *notes]) + "\n"


def all_lines(cells: Sequence[CellCosts], thresholds: Thresholds) -> list[CountLine]:
    return [line for cell in cells for line in lines_of(cell, thresholds)]
