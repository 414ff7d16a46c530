"""Which commit made it slower? Answers with its exit code.

usage: scripts/bisect.py GOOD BAD, of any repository with --serve-cmd. How it is decided is in
bisecting/posterior.py, what is measured next in bisecting/search.py. Exit code 0: it is clear which commit it
is; 2: bad input, or GOOD or BAD cannot be measured; 3: it is not clear, or nothing became slower.
"""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bisecting.history import Commit, commits_between
from bisecting.options import BisectOptions, parse
from cli.door import EXIT_INTERRUPTED
from cli.files import ROOT, from_here, refuse_unwritable, replace_file, results_folder
from gating.measuring import loadgen_of
from processes.interrupts import Interrupted, Interrupts
from recordings.writer import new_folder
from sides.builds import refuse_another_repository
from sides.sides import check, repository_of
from text.table import print_table, say
from text.units import plural

if TYPE_CHECKING:
    from rich.console import Console

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
    try:
        return _run(options, commits, folder)
    except Interrupted:
        goes_on = f"the same command with --output {from_here(folder)} goes on from there"
        print(f"\nbisect: interrupted; no server is left running; {goes_on}", file=sys.stderr)
        return EXIT_INTERRUPTED


def _run(options: BisectOptions, commits: list[Commit], folder: Path) -> int:
    # Here, so that --help needs nothing but Python.
    from bisecting.before_after import before_and_after
    from bisecting.bisection import Bisection
    from bisecting.search import Ending
    from bisecting.words import markdown
    from rich.console import Console

    console, many = Console(), plural(len(commits) - 1, "commit")
    ends = f"from {commits[1].short} to {commits[-1].short}"
    say(console, f"{many} {ends}; every block is in {from_here(folder)}")
    with Interrupts() as interrupts:
        bisection = Bisection(options, commits, folder, interrupts, partial(say, console))
        report = bisection.run()
        _show(report, options, console)
        if options.costs and report.conclusion.ending is Ending.BEGAN_HERE:
            costs = before_and_after(report, bisection.steps, options, interrupts)
            say(console, costs.heading)
            for table in costs.tables:
                print_table(table, console)
            if options.markdown:
                replace_file(options.markdown, markdown(report, costs.text))
    return report.conclusion.ending.exit_code


def _show(report: "Report", options: BisectOptions, console: "Console") -> None:
    from bisecting.words import details, headline, markdown, table_of

    print_table(table_of(report), console)
    say(console, headline(report))
    for line in details(report):
        say(console, f"  {line}")
    if options.markdown:
        replace_file(options.markdown, markdown(report))
