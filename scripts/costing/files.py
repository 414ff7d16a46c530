"""costs.json, costs.csv and costs.html: every count of every cell and side, and in two of them what grew. The
page has a flame graph: who called whom, as wide as it costs now, coloured by what changed.

callgrind knows who calls whom and no whole stacks. So a stack is an estimate: what a function costs is shared
among its callers as callgrind says, and what it calls in turn in the same shares. A function that is above
itself in a stack ends it there, and keeps what it would call.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from charts.canvas import TEMPLATES
from cli.files import replace_file, replace_json
from costing import words
from costing.costs import NAMES, SYSTEM_CALLS, CellCosts
from costing.growth import Pair, rise
from costing.profile import Profile
from sides.sides import BASELINE, CANDIDATE, SIDES

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


class Frame(NamedTuple):
    """A function in one stack, in instructions per request; `before` is 0 in a stack that is new. How it is
    drawn: in shares of the width, and `step` from -4 (much less) to 4 (much more)."""

    function: str
    depth: int
    before: float
    after: float
    left: float
    width: float
    step: int


def flame_boxes(before: Profile | None, after: Profile | None) -> list[Frame]:
    """Of what costs now, the whole first, and each caller before what it calls. None where a side has no
    functions."""
    if not (before and after and after.total > 0):
        return []
    return [*_frames(before, after, (), (before.total, after.total), 0.0)]


def _frames(
    before: Profile, after: Profile, stack: tuple[str, ...], costs: Pair, left: float
) -> Iterator[Frame]:
    """That of the last function of the stack, and those above. `costs`: the stack's."""
    change = rise(costs) / after.total
    step = sum((change >= limit) - (-change >= limit) for limit in _STEPS)
    function = stack[-1] if stack else "all"
    yield Frame(function, len(stack), *costs, left / after.total, costs[1] / after.total, step)
    was, now = _called(before, stack, costs[0]), _called(after, stack, costs[1])
    for function, cost in sorted(now.items()):
        if cost >= _LEAST_SHARE * after.total:
            yield from _frames(before, after, (*stack, function), (was.get(function, 0.0), cost), left)
            left += cost


def _called(profile: Profile, stack: tuple[str, ...], cost: float) -> dict[str, float]:
    """What the functions cost that the stack's last one calls, where it costs so much. Nobody has called the
    first one since the count began: it is where a thread waits for what to do."""
    costs = {}
    if not stack:
        for function, each in profile.summed.items():
            others = (call for call in profile.links["to", function] if call.caller != function)
            costs[function] = min(each - sum(profile.called[call] for call in others), profile.total)
    elif cost and len(stack) < _MOST_DEEP:
        share = min(cost / profile.summed[stack[-1]], 1.0)
        for call in profile.links["from", stack[-1]]:
            if call.callee not in stack:
                costs[call.callee] = profile.called[call] * share
    # Half, so that what has become narrower is not taken for new.
    return {function: cost for function, cost in costs.items() if cost >= _LEAST_SHARE * profile.total / 2}
