"""costs.json and costs.csv: every count of every cell and side, and in the JSON what grew."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cli.files import replace_file
from costing.costs import SYSTEM_CALLS, Costs
from costing.judging import CellCosts, CountLine
from sides.cell import BASELINE, CANDIDATE

_COLUMNS = (
    "cell side count system_call per_request least_per_request most_per_request rise_per_request "
    "limit_per_request grew"
).split()


def write_files(
    folder: Path, cells: Sequence[CellCosts], lines: Sequence[CountLine], about: dict[str, Any]
) -> None:
    from costing.page import costs_page  # here, as drawing needs what counting does not

    replace_file(folder / "costs.csv", _csv_text(lines))
    replace_file(folder / "costs.json", _json_text(cells, lines, about))
    names = [about[side] for side in (BASELINE, CANDIDATE) if about.get(side)]
    replace_file(folder / "costs.html", costs_page(cells, lines, names))


def _csv_text(lines: Sequence[CountLine]) -> str:
    """A row for each count and side; of the candidate also by how much it grew, and whether by too much."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for line in lines:
        kept = {"rise_per_request": line.rise, "limit_per_request": line.limit, "grew": line.is_grown}
        for side, count in ((BASELINE, line.before), (CANDIDATE, line.after)):
            if count is not None:
                row = {
                    "cell": line.cell,
                    "side": side,
                    "count": SYSTEM_CALLS if line.of_call else line.name,
                    "system_call": line.name if line.of_call else "",
                    "per_request": count.value,
                    "least_per_request": count.least,
                    "most_per_request": count.most,
                }
                row |= kept if side == CANDIDATE else {}
                writer.writerow({key: _field(value) for key, value in row.items()})
    return text.getvalue()


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)


def _json_text(cells: Sequence[CellCosts], lines: Sequence[CountLine], about: dict[str, Any]) -> str:
    whole = {
        **about,
        "grew": [{"cell": line.cell, "count": line.name} for line in lines if line.is_grown],
        "cells": [
            {
                "name": cell.name,
                BASELINE: _side(cell.before),
                **({CANDIDATE: _side(cell.after)} if cell.after else {}),
                "growth": asdict(cell.growth),
                "notes": cell.notes,
            }
            for cell in cells
        ],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, default=str) + "\n"


def _side(costs: Costs) -> dict[str, Any]:
    def plain(counts: dict[str, Any]) -> dict[str, Any]:
        return {name: asdict(count) for name, count in counts.items()}

    return {"counts": plain(costs.counts), "system_calls": plain(costs.by_call)}
