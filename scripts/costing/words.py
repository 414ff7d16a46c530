"""Costs in words: a judgement with a line for each count, and what grew; how numbers and functions are
written. Pure."""

import re
from collections.abc import Mapping, Sequence

from costing.costs import CellCosts, CountLine
from costing.growth import Caller, GrownFunction, Pair, rise
from costing.profile import NO_SYMBOLS
from text.judgement import Judgement
from text.table import Column, Table, make_table
from text.units import NONE

_MOST_FUNCTIONS, _MOST_SITES = 8, 5  # of a cell, in a report
_COROUTINE = re.compile(r"\(.*\.Frame\*\) \[clone \.(actor|destroy)\]$")  # as g++ names their parts
# Pairs of brackets without one of their kind in between, and what is left of them.
_ANONYMOUS = r"\(anonymous namespace\)"
_PAIRS = {r"(?<!operator)<[^<>]*>": "<>", rf"(?!{_ANONYMOUS})\((?:{_ANONYMOUS}|[^()])*\)": "()"}


def judgement(cells: Sequence[CellCosts], names: Mapping[str, str]) -> Judgement:
    """Its cases are the counts that may not grow. `names`: by side."""
    lines, cases = [line for cell in cells for line in cell.lines], []
    for line in (line for line in lines if line.limit is not None):
        levels = f"{number_text(line.before.value)} to {number_text(line.after.value)}"
        cases.append((line.cell, line.name, f"{line.finding}: {levels}, {change_text(line)}"))
    grown, unclear = (
        ", ".join(f"{line.name} of {line.cell}" for line in lines if line.finding == finding)
        for finding in ("grew", "unclear")
    )
    verdict, reason = "grew", grown
    if cells[0].after is None:
        verdict, reason = "counted", "one side alone, compared to nothing"
    elif not grown:
        doubt = f"; varies too much by itself to tell: {unclear}" if unclear else ""
        uncounted = "the kernel, memory and waiting are not counted"
        verdict, reason = "not grown", f"nothing grew by more than is put up with{doubt}; {uncounted}"
    growth = (table for cell in cells if cell.grown for table in growth_tables(cell))
    notes = dict.fromkeys(note for cell in cells for note in cell.notes)
    return Judgement("costs", verdict, reason, [_count_table(lines), *growth], [*notes], names, cases)


def _count_table(lines: Sequence[CountLine]) -> Table:
    has_names = len({line.cell for line in lines}) > 1

    def phases(line: CountLine) -> str:
        """From the least to the most, where that says more than the count."""
        sides = (count for count in (line.before, line.after) if count)
        ranges = (" – ".join(dict.fromkeys(map(number_text, count[1:]))) for count in sides)
        return ", then ".join(ranges) if line.finding == "unclear" or line.after is None else ""

    def limit(line: CountLine) -> str:
        return NONE if line.limit is None else number_text(line.limit)

    columns = [
        Column("a request costs", lambda line: "· " * line.of_call + line.name, is_words=True),
        Column("cell", lambda line: line.cell if has_names else "", is_words=True),
        Column("baseline", lambda line: number_text(line.before.value)),
        Column("candidate", lambda line: number_text(line.after.value) if line.after else ""),
        Column("change", lambda line: change_text(line) if line.after else ""),
        Column("put up with", limit, expendable=1),
        Column("finding", lambda line: line.finding, is_words=True),
        Column("in phases", phases, expendable=1),
    ]
    kinds = {"grew": "bad", "": "quiet" * bool(lines[0].after)}  # what is shown only
    return make_table("Counts", columns, lines, kinds=[kinds.get(line.finding, "") for line in lines])


def growth_tables(cell: CellCosts) -> list[Table]:
    """Those that have rows: functions that cost more instructions, who asks more often for memory, and for
    the kernel: of a call the first whose source is known, through what is in between."""
    growth, rows = cell.growth, {"more instructions": [], "more memory": [], "more system calls": []}

    def add(
        kind: str, who: Caller | GrownFunction, calls: str, pair: Pair, whole: str, callers: Sequence[Caller]
    ) -> None:
        named = (f"{short_name(c.function, 40)}{f' ({c.place})' * bool(c.place)}" for c in callers[:3])
        where = str(who.place or "")
        rows[kind].append(
            (short_name(who.function), where, calls, _pair_text(pair), whole, " ← ".join(named))
        )

    for each in growth.functions[:_MOST_FUNCTIONS]:
        add("more instructions", each, "", each.own, _pair_text(each.inclusive), each.callers)
    for kind, sites in (("more memory", growth.allocations), ("more system calls", growth.system_calls)):
        for site in sites[:_MOST_SITES]:
            between, (asker, *above) = site.callers[: site.asker], site.callers[site.asker :]
            calls = (short_name(name, 30) for name in (site.callee, *(each.function for each in between)))
            add(kind, asker, " ← ".join(calls), site.count, "", above)
    columns = [Column(name, is_words=True) for name in ("function", "where", "calls")]
    columns += [Column("a request"), Column("with all it calls")]
    columns += [Column("called by", is_words=True, expendable=1)]
    return [make_table(f"{cell.name}: {kind}", columns, each) for kind, each in rows.items() if each]


def number_text(value: float) -> str:
    """Two decimals of what is small, one of what is not; no minus before a zero."""
    digits = 1 if abs(value) >= 1000 else 2
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def change_text(line: CountLine) -> str:
    if round(line.rise, 2) == 0:
        return "0"
    share = f" ({line.rise / line.before.value * 100:+z.2f} %)" if line.before.value >= 0.005 else ""
    return f"{'+' * (line.rise > 0)}{number_text(line.rise)}{share}"


def _pair_text(pair: Pair) -> str:
    more = rise(pair)
    return f"{'+' * (more > 0)}{number_text(more)} ({number_text(pair[0])} → {number_text(pair[1])})"


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
