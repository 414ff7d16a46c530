"""costs.json, costs.csv and costs.html: every count of every cell and side, and in two of them what grew. The
page has a flame graph: who called whom, as wide as it costs now, coloured by what changed.

callgrind knows who calls whom and no whole stacks. So a stack is an estimate: what a function costs is shared
among its callers as callgrind says, and what it calls in turn in the same shares. A function that is above
itself in a stack ends it there, and keeps what it would call.
"""

import csv
import io
from collections import namedtuple
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from charts.canvas import TEMPLATES
from cli.files import replace_file, replace_json
from costing import words
from costing.costs import NAMES, SYSTEM_CALLS, CellCosts
from costing.growth import Pair, rise
from costing.profile import Profile
from sides.cells import SIDES
from text.judgement import Judgement

_COLUMNS = "cell side count system_call per_request least_per_request most_per_request".split()
_COLUMNS += "rise_per_request limit_per_request grew".split()
_LEAST_SHARE = 0.003  # of the whole: narrower is not drawn
_MOST_DEEP = 48
_STEPS = (0.002, 0.01, 0.03, 0.1)  # of a colour, by the change in shares of the whole
_Box = namedtuple("_Box", "function depth before after left width step")


def write_files(folder: Path, cells: Sequence[CellCosts], judged: Judgement, about: dict[str, Any]) -> None:
    """`about`: what only the JSON has."""
    replace_file(folder / "costs.csv", _csv_text(cells))
    grown = [{"cell": cell.name, "count": line.name} for cell in cells for line in cell.grown]
    whole = {**judged.facts, **about, "grew": grown, "cells": [*map(_plain, cells)]}
    replace_json(folder / "costs.json", whole)
    flames = {cell.name: flame_boxes(cell.sides[0].profile, cell.sides[-1].profile) for cell in cells}
    page = TEMPLATES.get_template("costs.html")
    replace_file(
        folder / "costs.html", page.render(judgement=judged, cells=cells, flames=flames, words=words)
    )


def _csv_text(cells: Sequence[CellCosts]) -> str:
    """A row for each count and side; of the candidate also by how much it grew, and whether by too much."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for line in (line for cell in cells for line in cell.lines):
        name = (SYSTEM_CALLS, line.name) if line.of_call else (line.name, "")
        growth = (line.rise, line.limit, str(line.finding == "grew").lower())
        for side, count, more in zip(SIDES, (line.before, line.after), ((None, None, ""), growth)):
            if count:
                *figures, grew = *count, *more
                texts = ("" if figure is None else f"{figure:.6g}" for figure in figures)
                writer.writerow([line.cell, side, *name, *texts, grew])
    return text.getvalue()


def _plain(cell: CellCosts) -> dict[str, Any]:
    sides = {}
    for side, costs in zip(SIDES, cell.sides):
        calls = {name: count._asdict() for name, count in costs.counts.items()}
        counts = {name: calls.pop(name) for name in [*calls] if name in NAMES}
        sides[side] = {"counts": counts, "system_calls": calls}
    return {"name": cell.name, **sides, "growth": asdict(cell.growth), "notes": cell.notes}


def flame_boxes(before: Profile | None, after: Profile | None) -> list[_Box]:
    """Of what costs now, the whole first, and each caller before what it calls: functions in one stack, in
    instructions per request, `before` being 0 in a stack that is new; where they are drawn, in shares of the
    width; and `step` from -4 (much less) to 4 (much more). None where a side has no functions."""
    if not (before and after and after.total > 0):
        return []

    def boxes(stack: tuple[str, ...], costs: Pair, left: float) -> Iterator[_Box]:
        """That of the last function of the stack, and those above. `costs`: the stack's."""
        change = rise(costs) / after.total
        step = sum((change >= limit) - (-change >= limit) for limit in _STEPS)
        place = (left / after.total, costs[1] / after.total)
        yield _Box(stack[-1] if stack else "all", len(stack), *costs, *place, step)
        was, now = _called(before, stack, costs[0]), _called(after, stack, costs[1])
        for function, cost in sorted(now.items()):
            if cost >= _LEAST_SHARE * after.total:
                yield from boxes((*stack, function), (was.get(function, 0.0), cost), left)
                left += cost

    return [*boxes((), (before.total, after.total), 0.0)]


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
