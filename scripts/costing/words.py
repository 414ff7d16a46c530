"""Costs as they are told: their judgement, with a line for each count, and what grew; costs.json, costs.csv
and costs.html, which has a flame graph: who called whom, as wide as it costs now, coloured by what changed.

callgrind knows no whole stacks, so one is an estimate: what a function costs is shared among its callers as
callgrind says, and what it calls in turn in the same shares. A function that is above itself in a stack ends
it there, and keeps what it would call."""

import csv
import io
import re
from collections import defaultdict, namedtuple
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import Any

from cli.files import replace_file, replace_json
from costing.costs import NAMES, SYSTEM_CALLS, CellCosts, CountLine, Pair, rise
from costing.profile import NO_SYMBOLS, Profile
from sides.sides import SIDES
from text.judgement import Judgement
from text.table import Column, Table, make_table
from text.units import NONE

_MOST_FUNCTIONS, _MOST_SITES = 8, 5  # of a cell, in a report
_COROUTINE = re.compile(r"\(.*\.Frame\*\) \[clone \.(actor|destroy)\]$")  # as g++ names their parts
# Pairs of brackets without one of their kind in between, and what is left of them.
_ANONYMOUS = r"\(anonymous namespace\)"
_PAIRS = {r"(?<!operator)<[^<>]*>": "<>", rf"(?!{_ANONYMOUS})\((?:{_ANONYMOUS}|[^()])*\)": "()"}
_COLUMNS = "cell side count system_call per_request least_per_request most_per_request".split()
_COLUMNS += "rise_per_request limit_per_request grew".split()
_LEAST_SHARE = 0.003  # of the whole: narrower is not drawn
_MOST_DEEP = 48
_STEPS = (0.002, 0.01, 0.03, 0.1)  # of a colour, by the change in shares of the whole
_Box = namedtuple("_Box", "function depth before after left width step")


def judgement(cells: Sequence[CellCosts], names: Mapping[str, str]) -> Judgement:
    """Its cases are the counts that may not grow. `names`: by side."""
    lines, cases, named = [line for cell in cells for line in cell.lines], [], defaultdict(list)
    for line in (line for line in lines if line.limit is not None):
        levels = f"{number_text(line.before.value)} to {number_text(line.after.value)}"
        cases.append((line.cell, line.name, f"{line.finding}: {levels}, {change_text(line)}"))
        named[line.finding].append(f"{line.name} of {line.cell}")
    verdict, reason = "grew", ", ".join(named["grew"])
    if cells[0].after is None:
        verdict, reason = "counted", "one side alone, compared to nothing"
    elif not reason:
        doubt = "; varies too much by itself to tell: " * bool(named["unclear"]) + ", ".join(named["unclear"])
        uncounted = "the kernel, memory and waiting are not counted"
        verdict, reason = "not grown", f"nothing grew by more than is put up with{doubt}; {uncounted}"
    growth = (table for cell in cells if cell.grown for table in growth_tables(cell))
    notes = dict.fromkeys(note for cell in cells for note in cell.notes)

    def phases(line: CountLine) -> str:
        """From the least to the most, where that says more than the count."""
        sides = (count for count in (line.before, line.after) if count)
        ranges = (" – ".join(dict.fromkeys(map(number_text, count[1:]))) for count in sides)
        return ", then ".join(ranges) if line.finding == "unclear" or line.after is None else ""

    columns = [
        Column("a request costs", lambda line: "· " * line.of_call + line.name, is_words=True),
        Column("cell", lambda line: line.cell, is_words=True),
        Column("baseline", lambda line: number_text(line.before.value)),
        Column("candidate", lambda line: number_text(line.after.value) if line.after else ""),
        Column("change", lambda line: change_text(line) if line.after else ""),
        Column("put up with", lambda line: NONE if line.limit is None else number_text(line.limit)),
        Column("finding", lambda line: line.finding, is_words=True),
        Column("in phases", phases),
    ]
    kinds = {"grew": "bad", "": "quiet" * bool(cells[0].after)}  # what is shown only
    counts = make_table("Counts", columns, lines, kinds=[kinds.get(line.finding, "") for line in lines])
    return Judgement("costs", verdict, reason, [counts, *growth], [*notes], names, cases)


def growth_tables(cell: CellCosts) -> list[Table]:
    """Those that have rows: functions that cost more instructions, who asks more often for memory, and for
    the kernel: of a call the first whose source is known, through what is in between."""
    growth, rows = cell.growth, defaultdict(list)
    for each in growth.functions[:_MOST_FUNCTIONS]:
        rows["more instructions"].append((each, "", each.own, _pair_text(each.inclusive), each.callers))
    for kind, sites in (("more memory", growth.allocations), ("more system calls", growth.system_calls)):
        for site in sites[:_MOST_SITES]:
            between, (asker, *above) = site.callers[: site.asker], site.callers[site.asker :]
            calls = (short_name(name, 30) for name in (site.callee, *(each.function for each in between)))
            rows[kind].append((asker, " ← ".join(calls), site.count, "", above))

    def called_by(row: tuple[Any, ...]) -> str:
        callers = ((short_name(each.function, 40), each.place) for each in row[4][:3])
        return " ← ".join(f"{name} ({place})" if place else name for name, place in callers)

    columns = [
        Column("function", lambda row: short_name(row[0].function), is_words=True),
        Column("where", lambda row: str(row[0].place or ""), is_words=True),
        Column("calls", itemgetter(1), is_words=True),
        Column("a request", lambda row: _pair_text(row[2])),
        Column("with all it calls", itemgetter(3)),
        Column("called by", called_by, is_words=True, expendable=1),
    ]
    return [make_table(f"{cell.name}: {kind}", columns, each) for kind, each in rows.items()]


def number_text(value: float, sign: str = "-") -> str:
    """Two decimals of what is small, one of what is not; no minus before a zero; `+`: signed."""
    digits = 1 if abs(value) >= 1000 else 2
    return f"{round(value, digits) + 0.0:{sign},.{digits}f}"


def change_text(line: CountLine) -> str:
    if round(line.rise, 2) == 0:
        return "0"
    share = f" ({line.rise / line.before.value * 100:+z.2f} %)" if line.before.value >= 0.005 else ""
    return number_text(line.rise, "+") + share


def _pair_text(pair: Pair) -> str:
    return f"{number_text(rise(pair), '+')} ({number_text(pair[0])} → {number_text(pair[1])})"


def short_name(name: str, most: int = 60) -> str:
    """A function's, in at most so many letters: a long one without what is in its brackets."""
    name = _COROUTINE.sub(r" [coroutine .\1]", name).replace(" [coroutine .actor]", " [coroutine]")
    if len(name) > most and not name.startswith(NO_SYMBOLS):
        for pair, emptied in _PAIRS.items():
            while (shorter := re.sub(pair, "\0", name)) != name:
                name = shorter
            name = name.replace("\0", emptied)
    if len(name) <= most:
        return name
    # The end says most of a name with namespaces, the beginning of any other.
    return f"…{name[1 - most:]}" if "::" in name else f"{name[: most - 1]}…"


def write_files(folder: Path, cells: Sequence[CellCosts], judged: Judgement, about: dict[str, Any]) -> None:
    """`about`: what only the JSON has."""
    from charts.canvas import TEMPLATES  # here, as drawing needs what counting does not

    replace_file(folder / "costs.csv", _csv_text(cells))
    grown = [{"cell": cell.name, "count": line.name} for cell in cells for line in cell.grown]
    whole = {**judged.facts, **about, "grew": grown, "cells": [*map(_plain, cells)]}
    replace_json(folder / "costs.json", whole)
    flames = {cell.name: flame_boxes(cell.sides[0].profile, cell.sides[-1].profile) for cell in cells}
    how = {"growth_tables": growth_tables, "number_text": number_text, "short_name": short_name}
    page = TEMPLATES.get_template("costs.html")
    replace_file(folder / "costs.html", page.render(judgement=judged, cells=cells, flames=flames, **how))


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
