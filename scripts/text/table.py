"""One table, written three ways: as Markdown, on a terminal, and (by report/table.html) as HTML."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import repeat
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from text.units import NONE

if TYPE_CHECKING:
    from rich.console import Console


class TableCell(NamedTuple):
    """`kind`: bad, good or quiet, which a renderer sets as it can; `note`: smaller, beneath it."""

    text: str
    note: str = ""
    kind: str = ""

    @property
    def whole(self) -> str:
        """With the note beside the text, for where nothing can be set smaller."""
        note = self.note if self.note.startswith("[") else self.note and f"({self.note})"
        return " ".join(filter(None, (self.text, note)))


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
    title: str, columns: Iterable[Column], items: Sequence[Any], subtitle: str = "", kinds: Sequence[str] = ()
) -> Table:
    """A column in which nobody has anything is left out. `kinds`: of each item's cells that are texts."""
    filled = []
    for at, column in enumerate(columns):
        made = zip((column.cell(item) if column.cell else item[at] for item in items), kinds or repeat(""))
        cells = [x if isinstance(x, TableCell) else TableCell(x, kind=kind) for x, kind in made]
        if {cell.text for cell in cells} - {"", NONE}:
            filled.append((column, cells))
    rows = [list(row) for row in zip(*(cells for _, cells in filled))]
    return Table(title, [column for column, _ in filled], rows, subtitle)


def markdown(table: Table) -> str:
    rows = [list(map(_heading, table.columns))]
    rows += [[f"**{c.whole}**" if c.kind == "bad" else c.whole for c in row] for row in table.rows]
    lines = ["| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("---" if c.is_words else "---:" for c in table.columns) + "|")
    return "\n".join(lines)


def print_table(table: Table, console: "Console") -> None:
    """On a terminal with the columns that it has room for, their headings broken; elsewhere all."""
    if not console.is_terminal:
        console.width = 1000  # a pipe has no width of its own
    console.print(_drawn(_fitted(table, console.width) if console.is_terminal else table))


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
    """The least width of a column, and its heading broken to that: words may be broken apart, no figures."""
    column, texts = table.columns[at], [row[at].text for row in table.rows]
    parts = [word for text in texts for word in (text.split() if at and column.is_words else [text])]
    broken = partial(wrap, _heading(column), break_long_words=False)
    width = max(map(len, [*parts, *broken(1)]), default=0)
    return width, "\n".join(broken(width or 1))


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
    for at, column in enumerate(table.columns):
        is_figures = not column.is_words
        justify = "right" if is_figures else "left"
        drawn.add_column(Text(_heading(column)), justify=justify, no_wrap=is_figures or at == 0)
    for row in table.rows:
        drawn.add_row(*(Text(cell.text, style=styles.get(cell.kind, "")) for cell in row))
    return drawn


def _heading(column: Column) -> str:
    return " ".join(filter(None, (column.heading, column.note)))
