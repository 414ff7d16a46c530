"""Which commit made it slower? Answers with its exit code, which options.py explains. How it is decided is in
posterior.py, what is measured next in search.py."""

from functools import partial
from pathlib import Path

from bisecting.history import Commit, commits_between
from bisecting.options import BisectOptions
from cli.files import from_here, replace_file, results_folder
from gating.measuring import loadgen_of
from processes.kept_process import Interrupts
from recordings.writer import new_folder
from sides.ending import exit_code_of
from sides.sides import check, refuse_another_repository, repository_of
from text.table import print_table, say
from text.units import plural


def main(argv: list[str] | None = None) -> int:
    options = BisectOptions.parse(argv)
    loadgen_of(options.build)
    if options.are_ours:
        refuse_another_repository(options.bad)
    commits = commits_between(repository_of(options).top, options.good, options.bad)
    check(options, partial(print, "bisect:", flush=True))
    folder = options.output or new_folder(results_folder(), "bisect")
    goes_on = f"; the same command with --output {from_here(folder)} goes on from there"
    return exit_code_of("bisect", partial(_run, options, commits, folder), goes_on=goes_on)


def _run(options: BisectOptions, commits: list[Commit], folder: Path) -> int:
    from bisecting.bisection import Bisection  # here, so that --help needs nothing but Python
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
        for line in (headline(report), *(f"  {line}" for line in details(report))):
            say(console, line)
        if options.markdown:
            replace_file(options.markdown, markdown(report))
        if options.costs and report.conclusion.ending is Ending.BEGAN_HERE:
            heading, tables, costs = bisection.before_and_after(report)
            say(console, heading)
            for table in tables:
                print_table(table, console)
            if options.markdown:
                replace_file(options.markdown, markdown(report, costs))
    return report.conclusion.ending.exit_code
