"""Costs in words: a line for each count, which the terminal, Markdown and JUnit all show, and what grew.

Pure. A report of what could not be counted is written as well: one that is missing must not look like a pass.
"""

from collections.abc import Sequence

from costing.growth import Caller, Growth, GrownSite, Pair, rise
from costing.judging import CellCosts, CountLine
from costing.names import short_name
from costing.phases import Count
from costing.costs import INSTRUCTIONS
from text import table
from text.junit import JunitCase, junit_text
from text.table import TableCell, Column, Table, make_table
from text.units import NONE

_MOST_FUNCTIONS, _MOST_SITES = 8, 5  # of a cell, in a report


def count_table(lines: Sequence[CountLine]) -> Table:
    """Of all cells; with a column for each side that there is."""
    has_cells = len({line.cell for line in lines}) > 1
    is_alone = all(line.after is None for line in lines)
    columns = [
        Column("a request costs", _name_cell, is_words=True),
        Column("cell", lambda line: line.cell if has_cells else "", is_words=True),
        Column("" if is_alone else "baseline", lambda line: _cell(line, number_text(line.before.value))),
    ]
    if not is_alone:
        columns += [
            Column("candidate", lambda line: _cell(line, number_text(line.after.value))),
            Column("change", lambda line: _cell(line, change_text(line))),
            Column("put up with", lambda line: _cell(line, limit_text(line)), expendable=1),
            Column("finding", lambda line: _cell(line, finding_text(line)), is_words=True),
        ]
    else:
        columns.append(Column("in phases", lambda line: _cell(line, _range_text(line.before)), expendable=1))
    return make_table("", columns, lines)


def function_table(growth: Growth) -> Table:
    """Functions that cost more instructions."""
    columns = [
        Column("more instructions in", lambda each: short_name(each.function), is_words=True),
        Column("where", lambda each: str(each.place or ""), is_words=True),
        Column("own", lambda each: _pair_text(each.own)),
        Column("with all it calls", lambda each: _pair_text(each.inclusive)),
        Column("called by", lambda each: _chain_text(each.callers), is_words=True, expendable=1),
    ]
    return make_table("", columns, growth.functions[:_MOST_FUNCTIONS])


def site_table(heading: str, sites: Sequence[GrownSite]) -> Table:
    """Who asks more often for memory, or for the kernel."""

    def name(site: GrownSite) -> str:
        return short_name(_asker(site).function)

    columns = [
        Column(heading, name, is_words=True),
        Column("where", lambda site: str(_asker(site).place or ""), is_words=True),
        Column("calls", lambda site: _calls_text(site), is_words=True),
        Column("a request", lambda site: _pair_text(site.count)),
        Column("called by", lambda site: _above_text(site), is_words=True, expendable=1),
    ]
    return make_table("", columns, sites[:_MOST_SITES])


def growth_tables(growth: Growth) -> list[Table]:
    """Those that have rows."""
    tables = [
        function_table(growth) if growth.functions else None,
        site_table("more memory for", growth.allocations) if growth.allocations else None,
        site_table("more system calls of", growth.system_calls) if growth.system_calls else None,
    ]
    return [each for each in tables if each]


def growth_markdown(cell: CellCosts, lines: Sequence[CountLine]) -> str:
    """What grew in a cell; where nothing did, what that means."""
    grown = [line for line in lines if line.cell == cell.name and line.is_grown]
    if not grown:
        uncounted = "what is slower is the kernel, memory or waiting, which is not counted"
        return f"**{cell.name}**: no count grew by more than is put up with: {uncounted}."
    what = ", ".join(f"{line.name} {change_text(line)}" for line in grown)
    parts = [
        f"**{cell.name}**: a request costs more: {what}.",
        *map(table.markdown, growth_tables(cell.growth)),
    ]
    return "\n\n".join(parts)


def headline(lines: Sequence[CountLine]) -> str:
    """`2 counts grew: instructions of async, ...`"""
    grown, unclear = (
        [f"{x.name} of {x.cell}" for x in lines if getattr(x, y)] for y in ("is_grown", "is_unclear")
    )
    if grown:
        return f"grew: {', '.join(grown)}"
    if all(line.after is None for line in lines):
        return "counted, and compared to nothing"
    doubt = f"; varies too much by itself to tell: {', '.join(unclear)}" if unclear else ""
    return f"nothing grew by more than is put up with{doubt}"


def markdown(cells: Sequence[CellCosts], lines: Sequence[CountLine], names: Sequence[str]) -> str:
    """Short enough for a pull request."""
    is_grown = any(line.is_grown for line in lines)
    sides = "; ".join(f"{side} `{name}`" for side, name in zip(("baseline", "candidate"), names))
    parts = [f"### {'❌' if is_grown else '✅'} Costs per request", headline(lines) + "."]
    parts += [table.markdown(count_table(lines))]
    grown = [cell for cell in cells if any(line.is_grown for line in lines if line.cell == cell.name)]
    parts += [growth_markdown(cell, lines) for cell in grown]
    parts += [f"{note}." for note in dict.fromkeys(note for cell in cells for note in cell.notes)]
    return "\n\n".join([*parts, sides]) + "\n"


def failed_markdown(reason: str) -> str:
    return f"### ❌ Costs per request: not counted\n\n{reason}\n"


def junit(lines: Sequence[CountLine]) -> str:
    """A test case for each count that may not grow."""
    cases = []
    for line in lines:
        if line.limit is not None:
            kind = "failure" if line.is_grown else "skipped" if line.is_unclear else None
            message = (
                f"{number_text(line.before.value)} to {number_text(line.after.value)}, {change_text(line)}"
            )
            cases.append(JunitCase(f"costs.{line.cell}", line.name, kind, message))
    return junit_text("costs", cases or [JunitCase("costs", "counted", None, "")])


def failed_junit(reason: str) -> str:
    return junit_text("costs", [JunitCase("costs", "counted", "error", reason)])


def number_text(value: float) -> str:
    """Two decimals of what is small, one of what is not; no minus before a zero."""
    rounded = round(value, 1 if abs(value) >= 1000 else 2) + 0.0
    return f"{rounded:,.1f}" if abs(value) >= 1000 else f"{rounded:,.2f}"


def change_text(line: CountLine) -> str:
    if round(line.rise, 2) == 0:
        return "0"
    share = f" ({line.rise / line.before.value * 100:+.2f} %)" if line.before.value >= 0.005 else ""
    return f"{'+' if line.rise > 0 else ''}{number_text(line.rise)}{share}"


def limit_text(line: CountLine) -> str:
    if line.limit is None:
        return NONE
    return (
        f"{line.limit / line.before.value * 100:.3g} %" if line.name == INSTRUCTIONS else f"{line.limit:.3g}"
    )


def finding_text(line: CountLine) -> str:
    if line.limit is None:
        return ""
    if line.is_unclear:
        return f"unclear: {_range_text(line.before)}, then {_range_text(line.after)}"
    return "grew" if line.is_grown else "not grown"


def _name_cell(line: CountLine) -> TableCell:
    return _cell(line, f"· {line.name}" if line.of_call else line.name)


def _cell(line: CountLine, text: str) -> TableCell:
    return TableCell(text, kind="bad" if line.is_grown else "quiet" if line.of_call else "")


def _range_text(count: Count) -> str:
    least, most = number_text(count.least), number_text(count.most)
    return least if least == most else f"{least} – {most}"


def _pair_text(pair: Pair) -> str:
    sign = "+" if rise(pair) > 0 else ""
    return f"{sign}{number_text(rise(pair))} ({number_text(pair[0])} → {number_text(pair[1])})"


def _asker(site: GrownSite) -> Caller:
    """The first whose source is known; without any, the one that calls."""
    return next((caller for caller in site.callers if caller.place), site.callers[0])


def _calls_text(site: GrownSite) -> str:
    """`operator new()`, or through what in between."""
    between = site.callers[: site.callers.index(_asker(site))]
    return " ← ".join(short_name(name, 30) for name in (site.callee, *(each.function for each in between)))


def _above_text(site: GrownSite) -> str:
    return _chain_text(site.callers[site.callers.index(_asker(site)) + 1 :])


def _chain_text(callers: Sequence[Caller]) -> str:
    texts = [f"{short_name(each.function, 40)}{f' ({each.place})' if each.place else ''}" for each in callers]
    return " ← ".join(texts[:3])
