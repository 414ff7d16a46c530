"""One table, written three ways: as Markdown, on a terminal, and (by report/table.html) as HTML."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from text.units import NONE

if TYPE_CHECKING:
    from rich.console import Console

_FEW_WORDS = 12  # letters: a cell of more is broken into lines before a column of figures has to go
_BREAK = re.compile(r"(?<![×-]) |(?<=\w[/-])(?=\w)")  # where a heading may be broken
_WIDER_THAN_ANY = 1000  # for what is not a terminal: a pipe has no width of its own


class TableCell(NamedTuple):
    """`kind`: bad, good or quiet, which a renderer sets as it can; `note`: smaller, beneath it."""

    text: str
    note: str = ""
    kind: str = ""


class Column(NamedTuple):
    """`cell` makes one, or a text, of an item; without it an item has one in the column's place. `is_words`:
    set left; `expendable`: the highest goes first from a terminal that is too narrow, as it can best be
    looked up elsewhere (0: never)."""

    heading: str
    cell: Callable[[Any], TableCell | str] | None = None
    note: str = ""
    is_words: bool = False
    expendable: int = 0


class Table(NamedTuple):
    """The first column names the row."""

    title: str
    columns: list[Column]
    rows: list[list[TableCell]]
    subtitle: str = ""


def make_table(
    title: str,
    columns: Iterable[Column],
    items: Sequence[Any],
    subtitle: str = "",
    kind: Callable[[Any], str] = lambda item: "",
) -> Table:
    """A column in which nobody has anything is left out. `kind`: of an item's cells that are texts."""
    filled = {}
    for at, column in enumerate(columns):
        made = ((item, column.cell(item) if column.cell else item[at]) for item in items)
        cells = [x if isinstance(x, TableCell) else TableCell(x, kind=kind(item)) for item, x in made]
        if {cell.text for cell in cells} - {"", NONE}:
            filled[column] = cells
    return Table(title, [*filled], [list(row) for row in zip(*filled.values())], subtitle)


def markdown(table: Table) -> str:
    rows = [list(map(_heading, table.columns))]
    rows += [[f"**{cell.text}**" if cell.kind == "bad" else cell.text for cell in row] for row in table.rows]
    lines = ["| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("---" if c.is_words else "---:" for c in table.columns) + "|")
    return "\n".join(lines)


def folded(table: Table) -> Table:
    """With the notes of its cells beside their texts, for where nothing can be set smaller."""

    def fold(cell: TableCell) -> TableCell:
        note = cell.note if cell.note.startswith("[") else cell.note and f"({cell.note})"
        return TableCell(" ".join(filter(None, (cell.text, note))), kind=cell.kind)

    return table._replace(rows=[list(map(fold, row)) for row in table.rows])


def print_table(table: Table, console: "Console") -> None:
    """On a terminal with the columns that it has room for, their headings broken; elsewhere all."""
    from rich.measure import Measurement

    drawn = _drawn(_fitted(table, console.width) if console.is_terminal else table)
    if not console.is_terminal:
        wide = console.options.update(width=_WIDER_THAN_ANY)
        console.width = Measurement.get(console, wide, drawn).maximum
    console.print(drawn)


def _fitted(table: Table, width: int) -> Table:
    """Where there is no room for all columns the expendable go first, then figures from the right."""
    columns = table.columns
    spare = [c for c in columns if c.expendable] or [c for c in columns[2:] if not c.is_words]
    narrow = [_narrowed(table, at) for at in range(len(columns))]
    if sum(least for least, _ in narrow) + 2 * len(columns) < width or not spare:
        broken = [column._replace(heading=text, note="") for column, (_, text) in zip(columns, narrow)]
        return table._replace(columns=broken)
    gone = columns.index(max(reversed(spare), key=lambda column: column.expendable))
    rows = [row[:gone] + row[gone + 1 :] for row in table.rows]
    return _fitted(table._replace(columns=columns[:gone] + columns[gone + 1 :], rows=rows), width)


def _narrowed(table: Table, at: int) -> tuple[int, str]:
    """The least width of a column, and its heading broken to that. One of words, but for the first, is not
    wider than a few of them, or the longest."""
    column, texts = table.columns[at], [row[at].text for row in table.rows]
    most = max(map(len, texts), default=0)
    if at and column.is_words:
        longest = max((len(word) for text in texts for word in text.split()), default=0)
        most = max(min(most, _FEW_WORDS), longest)
    parts = _BREAK.sub(r"\g<0>\n", _heading(column)).split("\n")  # each with the space behind it
    width, lines = max(most, *(len(part.rstrip()) for part in parts)), [""]
    for part in parts:
        if lines[-1] and len(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return width, "\n".join(map(str.rstrip, lines))


def say(console: "Console", line: str) -> None:
    """A line as it is, nothing in it taken for markup; broken between words where a terminal ends."""
    console.print(line, markup=False, highlight=False, soft_wrap=not console.is_terminal)


def _drawn(table: Table) -> Any:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    styles = {"bad": "bold red", "good": "bold", "quiet": "dim"}
    drawn = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left", title_style="bold")
    drawn.title = Text(table.title) if table.title else None
    for column in table.columns:
        justify = "left" if column.is_words else "right"
        no_wrap = not column.is_words or column is table.columns[0]
        drawn.add_column(Text(_heading(column)), justify=justify, no_wrap=no_wrap)
    for row in table.rows:
        drawn.add_row(*(Text(cell.text, style=styles.get(cell.kind, "")) for cell in row))
    return drawn


def _heading(column: Column) -> str:
    return " ".join(filter(None, (column.heading, column.note)))
