"""What a request costs, of two sides or of one: counted, shown, written, judged. Answers with its exit code.

usage: scripts/costs.py --baseline REF|BUILD --candidate REF|BUILD, of any repository with --serve-cmd, or two
commands that serve HTTP. Exit code 0: nothing grew by more than it may, 1: something did, 2: bad input, or it
could not be counted. What is counted how is in costing/measuring.py and costing/phases.py.
"""

import contextlib
import sys
import time
from dataclasses import replace
from functools import partial
from typing import Any

from cli.door import EXIT_INTERRUPTED, exit_code, mistakes_of
from cli.files import from_here, refuse_unwritable, replace_file
from costing import words
from costing.counting import CostSettings, all_lines, count_cells
from costing.files import write_files
from costing.judging import CellCosts, CountLine
from costing.options import CostOptions, parse
from processes.interrupts import Interrupted, Interrupts
from processes.machine import machine, printed_version
from sides.cell import BASELINE, CANDIDATE, Cell
from sides.sides import Sides, sides_of
from text.table import print_table, say


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    written = options.output and options.output / "costs.json"
    refuse_unwritable({"--markdown": options.markdown, "--junit": options.junit, "--output": written})
    try:
        return _run(options)
    except Interrupted:
        print("\ncosts: interrupted; no server is left running", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError as error:
        return exit_code("costs", error)
    except Exception as error:  # whatever it is, no count grew
        # A CI reads only the files.
        with contextlib.suppress(OSError):
            reason = "; ".join(mistakes_of(error))
            _write(options, words.failed_markdown(reason), words.failed_junit(reason))
        return exit_code("costs", error)


def _run(options: CostOptions) -> int:
    from rich.console import Console  # here, so that --help needs nothing but Python

    console, began = Console(), time.monotonic()
    tell = partial(print, "costs:", flush=True)
    targets = options.target or [None]
    asked = replace(options, target=targets[0])
    sides = sides_of(asked, tell)
    settings = CostSettings(asked, options.connections, options.requests)
    with Interrupts() as interrupts:
        cells = count_cells(_cells(sides, targets), settings, interrupts, options.is_alone, tell)
    lines = all_lines(cells, options.thresholds)
    print_table(words.count_table(lines), console)
    for cell in cells:
        if any(line.is_grown for line in lines if line.cell == cell.name):
            say(console, f"{cell.name}: what grew")
            for table in words.growth_tables(cell.growth):
                print_table(table, console)
    for note in dict.fromkeys(note for cell in cells for note in cell.notes):
        say(console, note)
    names = sides.names[:1] if options.is_alone else sides.names
    _conclude(options, cells, lines, names, time.monotonic() - began)
    say(console, words.headline(lines))
    if options.output:
        say(console, f"costs.html, costs.json and costs.csv are in {from_here(options.output)}")
    return int(any(line.is_grown for line in lines))


def _cells(sides: Sides, targets: list[str | None]) -> list[Cell]:
    """Each for each target; where there are several the cell's name ends with it."""
    cells = sides.cells({})
    if len(targets) < 2:
        return cells
    return [
        replace(cell, name=f"{cell.name} {target}", target=target) for cell in cells for target in targets
    ]


def _conclude(
    options: CostOptions,
    cells: list[CellCosts],
    lines: list[CountLine],
    names: tuple[str, ...],
    took_s: float,
) -> None:
    """Writes what was asked for."""
    _write(options, words.markdown(cells, lines, names), words.junit(lines))
    if options.output:
        write_files(options.output, cells, lines, _about(options, names, took_s))


def _about(options: CostOptions, names: tuple[str, ...], took_s: float) -> dict[str, Any]:
    return {
        **dict(zip((BASELINE, CANDIDATE), names)),
        "connections": options.connections,
        "thresholds": vars(options.thresholds),
        "valgrind": printed_version(["valgrind", "--version"], r"valgrind-(\S+)"),
        "strace": printed_version(["strace", "--version"], r"version (\S+)"),
        "machine": machine(),
        "took_s": round(took_s, 1),
    }


def _write(options: CostOptions, markdown: str, junit: str) -> None:
    if options.markdown:
        replace_file(options.markdown, markdown)
    if options.junit:
        replace_file(options.junit, junit)
