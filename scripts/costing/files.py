"""costs.json, costs.csv and costs.html: every count of every cell and side, and in the first and the
last what grew. The page needs no other file."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from charts.canvas import TEMPLATES
from cli.files import replace_file, replace_json
from costing import words
from costing.costs import SYSTEM_CALLS, CellCosts, CountLine
from costing.flames import flame_boxes
from sides.cells import BASELINE, CANDIDATE, SIDES

_COLUMNS = (
    "cell side count system_call per_request least_per_request most_per_request rise_per_request "
    "limit_per_request grew"
).split()


def write_files(
    folder: Path, cells: Sequence[CellCosts], lines: Sequence[CountLine], about: dict[str, Any]
) -> None:
    """`about`: by BASELINE and CANDIDATE what the sides are called, and more that only the JSON has."""
    replace_file(folder / "costs.csv", _csv_text(lines))
    grown = [{"cell": line.cell, "count": line.name} for line in lines if line.finding == "grew"]
    replace_json(folder / "costs.json", {**about, "grew": grown, "cells": [*map(_plain, cells)]})
    page = TEMPLATES.get_template("costs.html").render(
        headline=words.headline(lines),
        sides=[(side, about[side]) for side in SIDES if about.get(side)],
        counts=words.count_table(lines),
        notes=words.notes_of(cells),
        cells=[
            {"name": cell.name, "is_alone": cell.after is None, "tables": words.growth_tables(cell.growth)}
            | {"boxes": flame_boxes(cell.sides[0].profile, cell.sides[-1].profile)}
            for cell in cells
        ],
        number_text=words.number_text,
        short_name=words.short_name,
    )
    replace_file(folder / "costs.html", page)


def _csv_text(lines: Sequence[CountLine]) -> str:
    """A row for each count and side; of the candidate also by how much it grew, and whether by too much."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for line in lines:
        name = (SYSTEM_CALLS, line.name) if line.of_call else (line.name, "")
        writer.writerow([line.cell, BASELINE, *name, *map(_figure, line.before), "", "", ""])
        if line.after is not None:
            figures = map(_figure, (*line.after, line.rise, line.limit))
            is_grown = str(line.finding == "grew").lower()
            writer.writerow([line.cell, CANDIDATE, *name, *figures, is_grown])
    return text.getvalue()


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _plain(cell: CellCosts) -> dict[str, Any]:
    sides = {}
    for side, costs in zip(SIDES, cell.sides):
        both = {"counts": costs.counts, "system_calls": costs.by_call}
        sides[side] = {key: {name: c._asdict() for name, c in each.items()} for key, each in both.items()}
    return {"name": cell.name, **sides, "growth": asdict(cell.growth), "notes": cell.notes}
