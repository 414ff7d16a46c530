"""costs.html: the counts, what grew, and the flame graph of each cell. One file that needs no other."""

from collections.abc import Sequence

from charts.canvas import TEMPLATES
from costing.flames import flame_boxes
from costing.judging import CellCosts, CountLine
from costing.names import short_name
from costing.words import count_table, growth_tables, headline, number_text


def costs_page(cells: Sequence[CellCosts], lines: Sequence[CountLine], names: Sequence[str]) -> str:
    profiled = [cell for cell in cells if cell.after and cell.before.profile and cell.after.profile]
    return TEMPLATES.get_template("costs.html").render(
        headline=headline(lines),
        sides=[*zip(("baseline", "candidate"), names)],
        counts=count_table(lines),
        notes=dict.fromkeys(note for cell in cells for note in cell.notes),
        cells=[
            {
                "name": cell.name,
                "tables": growth_tables(cell.growth),
                "boxes": flame_boxes(cell.before.profile, cell.after.profile),
            }
            for cell in profiled
        ],
        number_text=number_text,
        short_name=short_name,
    )
