"""Which commit made it slower? Answers with its exit code, which options.py explains. How it is decided, and
what is measured next, is in search.py."""

from functools import partial
from pathlib import Path

from bisecting.history import Commit, commits_between
from bisecting.options import BisectOptions
from cli.files import from_here, results_folder
from gating.gate import loadgen_of
from processes.kept_process import Interrupts
from recordings.writer import new_folder
from sides.ending import exit_code_of, write_reports
from sides.sides import repository_of, tell_of_shells
from text.table import say
from text.units import plural


def main(argv: list[str] | None = None) -> int:
    options = BisectOptions.parse(argv)
    loadgen_of(options.build)
    commits = commits_between(repository_of(options).top, options.good, options.bad)
    tell_of_shells(options, partial(print, "bisect:", flush=True))
    folder = options.output or new_folder(results_folder(), "bisect")
    goes_on = f"; the same command with --output {from_here(folder)} goes on from there"
    return exit_code_of("bisect", options, partial(_run, commits, folder), goes_on)


def _run(commits: list[Commit], folder: Path, options: BisectOptions) -> int:
    from bisecting.bisection import Bisection  # here, so that --help needs nothing but Python
    from bisecting.words import judgement
    from rich.console import Console

    console = Console()
    say(console, f"{plural(len(commits) - 1, 'commit')} after GOOD; every block is in {from_here(folder)}")
    with Interrupts() as interrupts:
        bisection = Bisection(options, commits, folder, interrupts, partial(say, console))
        report = bisection.run()
        judged, code = judgement(report), report.conclusion.ending.exit_code
        judged.show(console)
        write_reports(options, judged)
        if options.costs and code == 0:
            costs = bisection.before_and_after(report)
            costs.show(console)
            write_reports(options, judged, costs)
    return code
