"""costs.html: the counts, what grew, and the flame graph of each cell. One file that needs no other."""

from collections.abc import Sequence

from charts.canvas import TEMPLATES
from costing.flames import FlameBox, flame_boxes
from costing.judging import CellCosts, CountLine
from costing.names import short_name
from costing.words import count_table, growth_tables, headline, number_text


def costs_page(cells: Sequence[CellCosts], lines: Sequence[CountLine], names: Sequence[str]) -> str:
    return TEMPLATES.get_template("costs.html").render(
        headline=headline(lines),
        sides=[*zip(("baseline", "candidate"), names)],
        counts=count_table(lines),
        notes=dict.fromkeys(note for cell in cells for note in cell.notes),
        cells=[
            {
                "name": cell.name,
                "is_alone": cell.after is None,
                "tables": growth_tables(cell.growth),
                "boxes": _boxes(cell),
            }
            for cell in cells
        ],
        number_text=number_text,
        short_name=short_name,
    )


def _boxes(cell: CellCosts) -> list[FlameBox]:
    """None where a side has no functions."""
    before = cell.before.profile
    after = cell.after.profile if cell.after else before
    return flame_boxes(before, after) if before and after else []
