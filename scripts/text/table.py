"""One table, written three ways: as Markdown, on a terminal, and (by report/table.html) as HTML."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from text.units import NONE

if TYPE_CHECKING:
    from rich.console import Console

_WIDER_THAN_ANY = 1000  # for what is not a terminal: a pipe has no width of its own


class TableCell(NamedTuple):
    """`kind`: bad, good or quiet, which a renderer sets as it can; `note`: smaller, beneath it."""

    text: str
    note: str = ""
    kind: str = ""


class Column(NamedTuple):
    """`cell` makes one, or a text, of an item; `is_words`: set left; `expendable`: the highest goes first
    from a terminal that is too narrow, as it can best be looked up elsewhere (0: never)."""

    heading: str
    cell: Callable[[Any], TableCell | str]
    note: str = ""
    is_words: bool = False
    expendable: int = 0


class Table(NamedTuple):
    """The first column names the row."""

    title: str
    columns: list[Column]
    rows: list[list[TableCell]]
    subtitle: str = ""


def make_table(title: str, columns: Iterable[Column], items: Sequence[Any], subtitle: str = "") -> Table:
    """A column in which nobody has anything is left out."""
    cells = [
        (c, [x if isinstance(x, TableCell) else TableCell(x) for x in map(c.cell, items)]) for c in columns
    ]
    filled = [(column, below) for column, below in cells if {cell.text for cell in below} - {"", NONE}]
    rows = [list(row) for row in zip(*(below for _, below in filled))]
    return Table(title, [column for column, _ in filled], rows, subtitle)


def markdown(table: Table) -> str:
    lines = [
        _markdown_row(" ".join(filter(None, (c.heading, c.note))) for c in table.columns),
        "|" + "|".join("---" if c.is_words else "---:" for c in table.columns) + "|",
        *(_markdown_row(f"**{c.text}**" if c.kind == "bad" else c.text for c in row) for row in table.rows),
    ]
    return "\n".join(lines)


def folded(table: Table) -> Table:
    """With the notes of its cells beside their texts, for where nothing can be set smaller."""

    def fold(cell: TableCell) -> TableCell:
        note = cell.note if cell.note.startswith("[") else cell.note and f"({cell.note})"
        return TableCell(" ".join(filter(None, (cell.text, note))), kind=cell.kind)

    return table._replace(rows=[list(map(fold, row)) for row in table.rows])


def print_table(table: Table, console: "Console") -> None:
    """With as many columns as the console has room for; with all of them where it is no terminal."""
    from rich.measure import Measurement

    def width(table: Table) -> int:
        wide = console.options.update(width=_WIDER_THAN_ANY)
        return Measurement.get(console, wide, _drawn(table)).maximum

    if not console.is_terminal:
        console.width = width(table)
    for column in sorted(filter(lambda c: c.expendable, table.columns), key=lambda c: -c.expendable):
        if width(table) > console.width:
            kept = [at for at, other in enumerate(table.columns) if other.heading != column.heading]
            rows = [[row[at] for at in kept] for row in table.rows]
            table = table._replace(columns=[table.columns[at] for at in kept], rows=rows)
    console.print(_drawn(table))


def say(console: "Console", line: str) -> None:
    """A line as it is: nothing in it is taken for markup, and the terminal breaks it where it likes."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _drawn(table: Table) -> Any:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    styles = {"bad": "bold red", "good": "bold", "quiet": "dim"}
    drawn = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left", title_style="bold")
    drawn.title = Text(table.title) if table.title else None
    for column in table.columns:
        justify = "left" if column.is_words else "right"
        heading = Text(" ".join(filter(None, (column.heading, column.note))))
        drawn.add_column(heading, justify=justify, no_wrap=not column.is_words or column is table.columns[0])
    for row in table.rows:
        drawn.add_row(*(Text(cell.text, style=styles.get(cell.kind, "")) for cell in row))
    return drawn


def _markdown_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
