"""What a request costs, of two sides or of one: counted, shown, written, judged. Answers with its exit code,
which options.py explains. What is counted how is in measuring.py and phases.py."""

import time
from dataclasses import replace
from functools import partial

from cli.files import from_here
from costing import words
from costing.costs import lines_of
from costing.files import write_files
from costing.measuring import CostSettings, count_cells
from costing.options import CostOptions
from processes.interrupts import Interrupts
from processes.machine import machine, printed_version
from sides.ending import exit_code_of, write_reports
from sides.cells import SIDES
from sides.sides import sides_of
from text.table import print_table, say


def main(argv: list[str] | None = None) -> int:
    options = CostOptions.parse(argv)

    def failed(reason: str) -> None:
        write_reports(options, words.failed_markdown(reason), words.failed_junit(reason))

    return exit_code_of("costs", partial(_run, options), failed)


def _run(options: CostOptions) -> int:
    from rich.console import Console  # here, so that --help needs nothing but Python

    console, began, tell = Console(), time.monotonic(), partial(print, "costs:", flush=True)
    targets = options.target or [None]
    asked = replace(options, target=targets[0])
    sides = sides_of(asked, tell)
    cells = sides.cells
    if len(targets) > 1:  # the cell's name ends with it
        cells = [replace(c, name=f"{c.name} {target}", target=target) for c in cells for target in targets]
    counted_sides = SIDES[:1] if options.is_alone else SIDES
    settings = CostSettings(asked, options.connections, options.requests)
    with Interrupts() as interrupts:
        counted = count_cells(cells, settings, interrupts, tell, counted_sides)
    lines = lines_of(counted, options.thresholds)
    grown = {line.cell for line in lines if line.is_grown}
    print_table(words.count_table(lines), console)
    for cell in counted:
        if cell.name in grown:
            say(console, f"{cell.name}: what grew")
            for table in words.growth_tables(cell.growth):
                print_table(table, console)
    for note in words.notes_of(counted):
        say(console, note)
    names = dict(zip(counted_sides, sides.names))
    write_reports(options, words.markdown(counted, lines, [*names.values()]), words.junit(lines))
    if options.output:
        about = {
            **names,
            "connections": options.connections,
            "thresholds": vars(options.thresholds),
            "valgrind": printed_version(["valgrind", "--version"], r"valgrind-(\S+)"),
            "strace": printed_version(["strace", "--version"], r"version (\S+)"),
            "machine": machine(),
            "took_s": round(time.monotonic() - began, 1),
        }
        write_files(options.output, counted, lines, about)
    say(console, words.headline(lines))
    if options.output:
        say(console, f"costs.html, costs.json and costs.csv are in {from_here(options.output)}")
    return int(bool(grown))
