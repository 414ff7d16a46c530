"""costs.json, costs.csv and costs.html: every count of every cell and side, and in two of them what grew. The
page has a flame graph: who called whom, as wide as it costs now, coloured by what changed.

callgrind knows who calls whom and no whole stacks. So a stack is an estimate: what a function costs is shared
among its callers as callgrind says, and what it calls in turn in the same shares. A function that is above
itself in a stack ends it there, and keeps what it would call.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from charts.canvas import TEMPLATES
from cli.files import replace_file, replace_json
from costing import words
from costing.costs import NAMES, SYSTEM_CALLS, CellCosts
from costing.profile import Profile
from sides.cells import BASELINE, CANDIDATE, SIDES

_COLUMNS = (
    "cell side count system_call per_request least_per_request most_per_request rise_per_request "
    "limit_per_request grew"
).split()
_LEAST_SHARE = 0.003  # of the whole: narrower is not drawn
_MOST_DEEP = 48
_STEPS = (0.002, 0.01, 0.03, 0.1)  # of a colour, by the change in shares of the whole


def write_files(folder: Path, cells: Sequence[CellCosts], about: dict[str, Any]) -> None:
    """`about`: by BASELINE and CANDIDATE what the sides are called, and more that only the JSON has."""
    replace_file(folder / "costs.csv", _csv_text(cells))
    grown = [{"cell": cell.name, "count": line.name} for cell in cells for line in cell.grown]
    replace_json(folder / "costs.json", {**about, "grew": grown, "cells": [*map(_plain, cells)]})
    page = TEMPLATES.get_template("costs.html").render(
        headline=words.headline(cells),
        sides=[(side, about[side]) for side in SIDES if about.get(side)],
        counts=words.count_table(cells),
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


def _csv_text(cells: Sequence[CellCosts]) -> str:
    """A row for each count and side; of the candidate also by how much it grew, and whether by too much."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for line in (line for cell in cells for line in cell.lines):
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
        sides[side] = {"counts": {}, "system_calls": {}}
        for name, count in costs.counts.items():
            sides[side]["counts" if name in NAMES else "system_calls"][name] = count._asdict()
    return {"name": cell.name, **sides, "growth": asdict(cell.growth), "notes": cell.notes}


@dataclass
class Frame:
    """A function in one stack, in instructions per request; `before` is 0 in a stack that is new. How it is
    drawn: in shares of the width, and `step` from -4 (much less) to 4 (much more)."""

    function: str
    depth: int = 0
    before: float = 0.0
    after: float = 0.0
    called: dict[str, "Frame"] = field(default_factory=dict)
    left: float = 0.0
    width: float = 0.0
    step: int = 0


def flame_boxes(before: Profile | None, after: Profile | None) -> list[Frame]:
    """Of what costs now, the whole first, and each caller before what it calls. None where a side has no
    functions."""
    whole = Frame("all")
    if before and after:
        _add_stacks(whole, before, "before")
        _add_stacks(whole, after, "after")
    return list(_placed(whole, 0.0, whole.after)) if whole.after > 0 else []


def _add_stacks(whole: Frame, profile: Profile, side: str) -> None:
    entered, calls_from = Counter(), defaultdict(list)
    for call, cost in profile.called.items():
        calls_from[call.caller].append(call)
        if call.caller != call.callee:
            entered[call.callee] += cost
    total = profile.total
    least = _LEAST_SHARE * total / 2  # half, so that what has become narrower is not taken for new
    setattr(whole, side, total)

    def add(frame: Frame, function: str, cost: float, stack: tuple[str, ...]) -> None:
        here = frame.called.setdefault(function, Frame(function, frame.depth + 1))
        setattr(here, side, getattr(here, side) + cost)
        share = min(cost / profile.summed[function], 1.0)
        for call in calls_from[function]:
            part = profile.called[call] * share
            if part >= least and call.callee not in stack and len(stack) < _MOST_DEEP:
                add(here, call.callee, part, (*stack, call.callee))

    for function, cost in profile.summed.items():
        # Nobody called it since the count began: it is where a thread waits for what to do.
        if (alone := cost - entered[function]) >= least:
            add(whole, function, min(alone, total), (function,))


def _placed(frame: Frame, left: float, whole: float) -> Iterator[Frame]:
    change = (frame.after - frame.before) / whole
    frame.left, frame.width = left / whole, frame.after / whole
    frame.step = sum((change >= limit) - (-change >= limit) for limit in _STEPS)
    yield frame
    for called in sorted(frame.called.values(), key=lambda each: each.function):
        if called.after >= _LEAST_SHARE * whole:
            yield from _placed(called, left, whole)
            left += called.after
