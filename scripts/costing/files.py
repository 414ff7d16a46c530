"""costs.json and costs.csv: every count of every cell and side, and in the JSON what grew."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cli.files import replace_file, replace_json
from costing.costs import SYSTEM_CALLS, CellCosts, Costs, CountLine
from sides.cells import BASELINE, CANDIDATE

_COLUMNS = (
    "cell side count system_call per_request least_per_request most_per_request rise_per_request "
    "limit_per_request grew"
).split()


def write_files(
    folder: Path, cells: Sequence[CellCosts], lines: Sequence[CountLine], about: dict[str, Any]
) -> None:
    from costing.page import costs_page  # here, as drawing needs what counting does not

    replace_file(folder / "costs.csv", _csv_text(lines))
    grown = [{"cell": line.cell, "count": line.name} for line in lines if line.is_grown]
    replace_json(folder / "costs.json", {**about, "grew": grown, "cells": [*map(_plain_cell, cells)]})
    names = [about[side] for side in (BASELINE, CANDIDATE) if about.get(side)]
    replace_file(folder / "costs.html", costs_page(cells, lines, names))


def _csv_text(lines: Sequence[CountLine]) -> str:
    """A row for each count and side; of the candidate also by how much it grew, and whether by too much."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for line in lines:
        name = (SYSTEM_CALLS, line.name) if line.of_call else (line.name, "")
        writer.writerow(map(_field, (line.cell, BASELINE, *name, *line.before, "", "", "")))
        if line.after is not None:
            grown = (line.rise, line.limit, line.is_grown)
            writer.writerow(map(_field, (line.cell, CANDIDATE, *name, *line.after, *grown)))
    return text.getvalue()


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)


def _plain_cell(cell: CellCosts) -> dict[str, Any]:
    sides = {
        side: _plain(costs) for side, costs in ((BASELINE, cell.before), (CANDIDATE, cell.after)) if costs
    }
    return {"name": cell.name, **sides, "growth": asdict(cell.growth), "notes": cell.notes}


def _plain(costs: Costs) -> dict[str, Any]:
    both = {"counts": costs.counts, "system_calls": costs.by_call}
    return {key: {name: count._asdict() for name, count in each.items()} for key, each in both.items()}
