"""What a request costs before the commit that made it slower, and after it; or why it cannot be counted."""

from dataclasses import dataclass

from bisecting.options import BisectOptions
from bisecting.steps import Steps
from bisecting.words import Report
from cli.errors import CommandFailed
from costing.counting import CostSettings, all_lines, count_cells
from costing.judging import Thresholds
from costing.words import count_table, growth_markdown, growth_tables
from processes.interrupts import Interrupts
from sides.sides import pair
from text.table import Table, markdown


@dataclass(frozen=True)
class BeforeAfter:
    """`tables` for a terminal, below `heading`; `text` as Markdown."""

    heading: str
    tables: tuple[Table, ...] = ()
    text: str = ""


def before_and_after(
    report: Report, steps: Steps, options: BisectOptions, interrupts: Interrupts
) -> BeforeAfter:
    """Of the commit that was found, and of the last one before it that can be measured."""
    places = report.conclusion.suspects[0].places
    before, after = places[0] - 1, places[-1]
    names = f"{report.commits[before].short} (baseline) and {report.commits[after].short} (candidate)"
    try:
        sides = pair(options, steps.side(before), steps.side(after))
        name = report.cell.removesuffix(f"@{options.rate}")
        cells = [cell for cell in sides.cells({}) if cell.name == name]
        [counted] = count_cells(cells, CostSettings(options), interrupts, tell=steps.tell)
    except CommandFailed as failure:
        heading = f"what a request costs was not counted: {'; '.join(failure.mistakes)}"
        return BeforeAfter(heading, text=f"{heading}.")
    lines = all_lines([counted], Thresholds())
    heading, counts = f"What a request costs, {names}", count_table(lines)
    parts = [f"#### {heading}", markdown(counts), growth_markdown(counted, lines)]
    parts += [f"{note}." for note in counted.notes]
    return BeforeAfter(heading, (counts, *growth_tables(counted.growth)), "\n\n".join(parts))
