"""Which commit made it slower? Answers with its exit code, which options.py explains. How it is decided is in
posterior.py, what is measured next in search.py."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bisecting.history import Commit, commits_between
from bisecting.options import BisectOptions, parse
from cli.errors import CommandFailed
from cli.files import ROOT, from_here, refuse_unwritable, replace_file, results_folder
from costing.costs import Thresholds, lines_of
from costing.measuring import CostSettings, count_cells
from costing.words import count_table, growth_markdown, growth_tables, notes_of
from gating.measuring import loadgen_of
from processes.interrupts import Interrupts
from recordings.writer import new_folder
from sides.asked import exit_code_of
from sides.sides import check, pair, refuse_another_repository, repository_of
from text.table import markdown as table_markdown
from text.table import print_table, say
from text.units import plural

if TYPE_CHECKING:
    from rich.console import Console

    from bisecting.bisection import Bisection
    from bisecting.words import Report


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    refuse_unwritable({"--markdown": options.markdown})
    loadgen_of(options.build)
    if options.are_ours:
        refuse_another_repository(options.bad, ROOT, Path.cwd())
    commits = commits_between(repository_of(options).top, options.good, options.bad)
    check(options, partial(print, "bisect:", flush=True))
    folder = options.output or new_folder(results_folder(), "bisect")
    goes_on = f"; the same command with --output {from_here(folder)} goes on from there"
    return exit_code_of("bisect", partial(_run, options, commits, folder), goes_on=goes_on)


def _run(options: BisectOptions, commits: list[Commit], folder: Path) -> int:
    # Here, so that --help needs nothing but Python.
    from bisecting.bisection import Bisection
    from bisecting.search import Ending
    from bisecting.words import details, headline, markdown, table_of
    from rich.console import Console

    console, many = Console(), plural(len(commits) - 1, "commit")
    ends = f"from {commits[1].short} to {commits[-1].short}"
    say(console, f"{many} {ends}; every block is in {from_here(folder)}")
    with Interrupts() as interrupts:
        bisection = Bisection(options, commits, folder, interrupts, partial(say, console))
        report = bisection.run()
        print_table(table_of(report), console)
        say(console, headline(report))
        for line in details(report):
            say(console, f"  {line}")
        if options.markdown:
            replace_file(options.markdown, markdown(report))
        if options.costs and report.conclusion.ending is Ending.BEGAN_HERE:
            costs = _before_and_after(report, bisection, options, interrupts, console)
            if options.markdown:
                replace_file(options.markdown, markdown(report, costs))
    return report.conclusion.ending.exit_code


def _before_and_after(
    report: "Report",
    bisection: "Bisection",
    options: BisectOptions,
    interrupts: Interrupts,
    console: "Console",
) -> str:
    """Shows what a request costs before the commit that was found, in the last one that can be measured, and
    after it; or why it cannot be counted. The same as Markdown."""
    places = report.conclusion.suspects[0].places
    before, after = places[0] - 1, places[-1]
    try:
        sides = pair(options, bisection.side(before), bisection.side(after))
        cells = [
            cell for cell in sides.cells({}) if cell.name == report.cell.removesuffix(f"@{options.rate}")
        ]
        counted = count_cells(cells, CostSettings(options), interrupts, partial(say, console))
    except CommandFailed as failure:
        say(console, heading := f"what a request costs was not counted: {'; '.join(failure.mistakes)}")
        return f"{heading}."
    lines, names = lines_of(counted, Thresholds()), [report.commits[place].short for place in (before, after)]
    heading, counts = "What a request costs, {} (baseline) and {} (candidate)".format(*names), count_table(
        lines
    )
    say(console, heading)
    for table in (counts, *growth_tables(counted[0].growth)):
        print_table(table, console)
    grown = [growth_markdown(cell, lines) for cell in counted]
    return "\n\n".join([f"#### {heading}", table_markdown(counts), *grown, *notes_of(counted, ".")])
