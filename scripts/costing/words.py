"""Costs in words: a line for each count, which the terminal, Markdown and JUnit all show, and what grew.

Pure. A report of what could not be counted is written as well: one that is missing must not look like a pass.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from costing.costs import INSTRUCTIONS, CellCosts, Count, CountLine
from costing.growth import Caller, Growth, GrownSite, Pair, rise
from costing.profile import NO_SYMBOLS
from text.junit import JunitCase, junit_text
from text.table import Column, Table, TableCell, make_table
from text.table import markdown as table_markdown
from text.units import NONE

_MOST_FUNCTIONS, _MOST_SITES = 8, 5  # of a cell, in a report
_COROUTINE = re.compile(r"\(.*\.Frame\*\) \[clone \.(actor|destroy)\]$")  # as g++ names their parts
_ANONYMOUS, _STAND_IN = "(anonymous namespace)", "\0"  # its brackets are none of parameters
_words = partial(Column, is_words=True)


def count_table(cells: Sequence[CellCosts]) -> Table:
    """With a column for each side that there is."""
    baseline, has_names = "baseline" if cells[0].after else "", len({cell.name for cell in cells}) > 1

    def column(heading: str, text: Callable[[CountLine], str], **how: Any) -> Column:
        def cell(line: CountLine) -> TableCell:
            return TableCell(text(line), kind="bad" if line.finding == "grew" else "quiet" * line.of_call)

        return Column(heading, cell, **how)

    columns = [
        column("a request costs", lambda line: "· " * line.of_call + line.name, is_words=True),
        _words("cell", lambda line: line.cell if has_names else ""),
        column(baseline, lambda line: number_text(line.before.value)),
        column("in phases", lambda line: "" if line.after else _range_text(line.before), expendable=1),
        column("candidate", lambda line: number_text(line.after.value) if line.after else ""),
        column("change", lambda line: change_text(line) if line.after else ""),
        column("put up with", _limit_text, expendable=1),
        column("finding", _finding_text, is_words=True),
    ]
    return make_table("", columns, _lines(cells))


def growth_tables(growth: Growth) -> list[Table]:
    """Those that have rows: functions that cost more instructions, who asks more often for memory, and for
    the kernel."""
    functions = [
        _words("more instructions in", lambda each: short_name(each.function)),
        _words("where", lambda each: str(each.place or "")),
        Column("own", lambda each: _pair_text(each.own)),
        Column("with all it calls", lambda each: _pair_text(each.inclusive)),
        _words("called by", lambda each: _chain_text(each.callers), expendable=1),
    ]
    sites = [
        _words("where", lambda site: str(site.callers[site.asker].place or "")),
        _words("calls", _calls_text),
        Column("a request", lambda site: _pair_text(site.count)),
        _words("called by", lambda site: _chain_text(site.callers[site.asker + 1 :]), expendable=1),
    ]
    tables = [make_table("", functions, growth.functions[:_MOST_FUNCTIONS])]
    asked = {"more memory for": growth.allocations, "more system calls of": growth.system_calls}
    for heading, grown in asked.items():
        name = _words(heading, lambda site: short_name(site.callers[site.asker].function))
        tables.append(make_table("", [name, *sites], grown[:_MOST_SITES]))
    return [each for each in tables if each.rows]


def growth_markdown(cell: CellCosts) -> str:
    """What grew in a cell; where nothing did, what that means."""
    if not cell.grown:
        uncounted = "what is slower is the kernel, memory or waiting, which is not counted"
        return f"**{cell.name}**: no count grew by more than is put up with: {uncounted}."
    counts = ", ".join(f"{line.name} {change_text(line)}" for line in cell.grown)
    tables = map(table_markdown, growth_tables(cell.growth))
    return "\n\n".join([f"**{cell.name}**: a request costs more: {counts}.", *tables])


def headline(cells: Sequence[CellCosts]) -> str:
    """`grew: instructions of async, ...`"""
    grown, unclear = (
        ", ".join(f"{line.name} of {line.cell}" for line in _lines(cells) if line.finding == finding)
        for finding in ("grew", "unclear")
    )
    if grown:
        return f"grew: {grown}"
    if cells[0].after is None:
        return "counted, and compared to nothing"
    doubt = f"; varies too much by itself to tell: {unclear}" if unclear else ""
    return f"nothing grew by more than is put up with{doubt}"


def markdown(cells: Sequence[CellCosts], names: Mapping[str, str]) -> str:
    """Short enough for a pull request. `names`: by side."""
    grown = [growth_markdown(cell) for cell in cells if cell.grown]
    parts = [f"### {'❌' if grown else '✅'} Costs per request", headline(cells) + "."]
    parts += [table_markdown(count_table(cells)), *grown]
    sides = "; ".join(f"{side} `{name}`" for side, name in names.items())
    return "\n\n".join([*parts, *notes_of(cells, "."), sides]) + "\n"


def _lines(cells: Sequence[CellCosts]) -> list[CountLine]:
    return [line for cell in cells for line in cell.lines]


def notes_of(cells: Sequence[CellCosts], end: str = "") -> list[str]:
    """Each once."""
    return list(dict.fromkeys(f"{note}{end}" for cell in cells for note in cell.notes))


def junit(cells: Sequence[CellCosts]) -> str:
    """A test case for each count that may not grow."""
    kinds = {"grew": "failure", "unclear": "skipped"}
    cases = []
    for line in (line for line in _lines(cells) if line.limit is not None):
        message = f"{number_text(line.before.value)} to {number_text(line.after.value)}, {change_text(line)}"
        cases.append(JunitCase(f"costs.{line.cell}", line.name, kinds.get(line.finding), message))
    return junit_text("costs", cases or [JunitCase("costs", "counted", None, "")])


def failed(reason: str) -> tuple[str, str]:
    """Markdown and JUnit of what could not be counted."""
    case = JunitCase("costs", "counted", "error", reason)
    return f"### ❌ Costs per request: not counted\n\n{reason}\n", junit_text("costs", [case])


def number_text(value: float) -> str:
    """Two decimals of what is small, one of what is not; no minus before a zero."""
    digits = 1 if abs(value) >= 1000 else 2
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def change_text(line: CountLine) -> str:
    if round(line.rise, 2) == 0:
        return "0"
    share = f" ({line.rise / line.before.value * 100:+z.2f} %)" if line.before.value >= 0.005 else ""
    return f"{'+' * (line.rise > 0)}{number_text(line.rise)}{share}"


def _limit_text(line: CountLine) -> str:
    if line.limit is None:
        return NONE
    is_share = line.name == INSTRUCTIONS
    return f"{line.limit / line.before.value * 100:.3g} %" if is_share else f"{line.limit:.3g}"


def _finding_text(line: CountLine) -> str:
    if line.finding != "unclear":
        return line.finding
    return f"unclear: {_range_text(line.before)}, then {_range_text(line.after)}"


def _range_text(count: Count) -> str:
    least, most = number_text(count.least), number_text(count.most)
    return least if least == most else f"{least} – {most}"


def _pair_text(pair: Pair) -> str:
    more = rise(pair)
    return f"{'+' * (more > 0)}{number_text(more)} ({number_text(pair[0])} → {number_text(pair[1])})"


def _calls_text(site: GrownSite) -> str:
    """`operator new()`, or through what in between."""
    between = (caller.function for caller in site.callers[: site.asker])
    return " ← ".join(short_name(name, 30) for name in (site.callee, *between))


def _chain_text(callers: Sequence[Caller]) -> str:
    texts = [f"{short_name(each.function, 40)}{f' ({each.place})' if each.place else ''}" for each in callers]
    return " ← ".join(texts[:3])


def short_name(name: str, most: int = 60) -> str:
    """A function's, in at most so many letters: a long one without what is in its brackets."""
    name = _COROUTINE.sub(r" [coroutine .\1]", name).replace(" [coroutine .actor]", " [coroutine]")
    if len(name) > most and not name.startswith(NO_SYMBOLS):
        name = _emptied(_emptied(name, "<", ">"), "(", ")")
    if len(name) <= most:
        return name
    # The end says most of a name with namespaces, the beginning of any other.
    return f"…{name[1 - most:]}" if "::" in name else f"{name[: most - 1]}…"


def _emptied(name: str, begin: str, end: str) -> str:
    """With nothing between each pair of brackets; as it was where they are no pairs, as in `operator<`."""
    kept, depth, before = [], 0, ""
    for letter in name.replace(_ANONYMOUS, _STAND_IN):
        depth -= letter == end and before != "-"
        before = letter
        if depth == 0:
            kept.append(letter)
        depth += letter == begin
    return "".join(kept).replace(_STAND_IN, _ANONYMOUS) if depth == 0 else name
