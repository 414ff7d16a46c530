"""What a request costs, of two sides or of one: the command's flags; counted, judged, written, shown."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cli.files import a_folder, from_here, to_be_written
from cli.flags import flag, of_form, share, url_path, whole
from costing.costs import THRESHOLDS
from costing.measuring import count_cells
from costing.words import judgement, write_files
from processes.machine import machine, printed_version
from sides.asked import AskedSides
from sides.sides import SIDES, sides_of
from sides.ending import exit_code_of, write_reports
from text.table import say

_number = of_form("a number such as 0.02", r"[0-9]{1,9}(\.[0-9]{1,6})?", float)


@dataclass(frozen=True)
class CostOptions(AskedSides):
    """What a request costs: instructions, allocations, system calls, context switches, bytes; of two
    sides, what grew, and in which function. Counts, no times: seconds are enough, no statistics.
    Exit code 0: nothing grew by more than it may. 1: something did. 2: it could not be counted."""

    COMMAND = "scripts/costs.py"
    USAGE = "--baseline REF|BUILD [--candidate REF|BUILD] [flags]"

    target: list[str] | None = flag(
        "PATH", "what is asked for, repeatable; default /ping, for commands /", url_path, action="append"
    )
    connections: int = flag("N", "requests at once; default 1", whole(1, 256), 1, "what is counted")
    requests: int | None = flag("N", "of each of five phases; default: for two seconds", whole(1, 1_000_000))
    more_instructions: float = flag("SHARE", "default 1%", share, 0.01, "what a request may take more")
    more_allocations: float = flag("N", "calls that ask for memory; default 0.02", _number, 0.02)
    more_calls: float = flag("N", "system calls; default 0.02", _number, 0.02)
    more_switches: float | None = flag("N", "context switches of its own will; default: shown only", _number)
    more_bytes: float | None = flag("N", "bytes read or written; default: shown only", _number)
    output: Path | None = flag("DIR", "for costs.json, costs.csv and costs.html", a_folder, group="files")
    markdown: Path | None = flag("FILE", "the costs for a pull request", to_be_written)
    junit: Path | None = flag("FILE", "the costs as JUnit XML", to_be_written)

    @property
    def is_alone(self) -> bool:
        """Whether there is one side, to which nothing is compared."""
        return not (self.candidate and self.baseline) and not (self.candidate_cmd and self.baseline_cmd)

    @property
    def thresholds(self) -> dict[str, float | None]:
        return {name: getattr(self, f"more_{name}") for name in THRESHOLDS}

    def mistakes(self) -> Iterator[str]:
        yield from super().mistakes()
        if self.is_attached:
            yield "--baseline-cmd: a server that runs already cannot be counted: name the command"
        if not (self.baseline or self.candidate or self.are_commands):
            yield "--baseline: name a ref or a build, or --baseline-cmd, and the candidate if there is one"


def main(argv: list[str] | None = None) -> int:
    return exit_code_of("costs", CostOptions.parse(argv), _run)


def _run(options: CostOptions) -> int:
    from rich.console import Console  # here, so that --help needs nothing but Python

    console, began, tell = Console(), time.monotonic(), partial(print, "costs:", flush=True)
    targets = options.target or [None]
    asked = replace(options, target=targets[0])
    sides = sides_of(asked, tell)
    cells = sides.cells
    if len(targets) > 1:  # the cell's name ends with it
        cells = [replace(c, name=f"{c.name} {target}", target=target) for c in cells for target in targets]
    names = dict(zip(SIDES[:1] if options.is_alone else SIDES, sides.names))
    counted = count_cells(cells, asked, tell, [*names], options.connections, options.requests)
    counted = [replace(cell, thresholds=options.thresholds) for cell in counted]
    judged = judgement(counted, names)
    judged.show(console)
    write_reports(options, judged)
    if options.output:
        about = {"connections": options.connections, "thresholds": options.thresholds}
        about["valgrind"] = printed_version(["valgrind", "--version"], r"valgrind-(\S+)")
        about["strace"] = printed_version(["strace", "--version"], r"version (\S+)")
        about |= {"machine": machine(), "took_s": round(time.monotonic() - began, 1)}
        write_files(options.output, counted, judged, about)
        say(console, f"costs.html, costs.json and costs.csv are in {from_here(options.output)}")
    return int(judged.verdict == "grew")
