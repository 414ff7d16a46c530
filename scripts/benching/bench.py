"""Runs a suite: every variant under every workload, a few times, interleaved, and makes the report of it.

usage: scripts/bench [SUITE] [flags]. Each run has a fresh server of its own; its rows are in results/ as soon
as it has ended, so that a bench that is stopped keeps every finished run."""

from cli.door import EXIT_BAD_INPUT, EXIT_INTERRUPTED, exit_code

import contextlib
import importlib
import secrets
import site
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from benching.about import about
from benching.measure import Bench, result_text
from benching.objective import search
from benching.options import Options
from benching.prepared import Prepared, announcements, prepare
from cli.errors import CommandFailed
from cli.files import ROOT, from_here
from cli.home import as_typed
from clients.clients import check
from plans.suite import find_suite, read_suite
from processes.interrupts import Interrupted, Interrupts
from processes.postgres import PostgresError, running_postgres
from recordings.csv_table import ResultsError
from recordings.writer import RecordingWriter, new_folder, say_interrupted

EXIT_SOME_FAILED = 1


def main(argv: list[str] | None = None) -> int:
    try:
        options = Options.parse(argv)
        suite = read_suite(find_suite(options.suite), options, check)
        seed = secrets.randbelow(2**31) if options.seed is None else options.seed
        if options.before_runs and not options.dry_run:
            # What is wrong is said before minutes are spent on a build.
            prepare(suite, seed, options, may_be_built=True)
            done = subprocess.run([ROOT / "scripts/bench", "--before-runs", options.before_runs])
            if done.returncode:
                return done.returncode
            # Packages that are there only now are to be imported, be it from a folder that is new itself.
            importlib.invalidate_caches()
            site.addsitepackages(set(sys.path))
        prepared = prepare(suite, seed, options, may_be_built=options.dry_run)
        for heading, text in announcements(prepared):
            print(f"{heading:<10} {as_typed(text)}", flush=True)
        try:
            return 0 if options.dry_run else record(prepared)
        except OSError as error:
            error.filename = from_here(error.filename or options.results)
            return exit_code("bench", error)
    except CommandFailed as error:
        for line in error.mistakes:
            print(f"bench: {as_typed(from_here(line))}", file=sys.stderr)
        return EXIT_SOME_FAILED if isinstance(error, (PostgresError, ResultsError)) else EXIT_BAD_INPUT


def record(prepared: Prepared) -> int:
    """Makes the recording and its report; the bench's exit code. Raises PostgresError, ResultsError."""
    suite, details = prepared.suite, about(prepared)
    needs_postgres = any(v.names("{postgres}") for v in suite.variants)
    with Interrupts() as interrupts:
        writer = RecordingWriter(new_folder(prepared.options.results, suite.name), details)
        try:
            with running_postgres() if needs_postgres else contextlib.nullcontext() as conninfo:
                bench = Bench(prepared, replace(prepared.places, postgres=conninfo), writer, interrupts)
                run_all(bench)
        except Interrupted:
            say_interrupted(writer)
            return EXIT_INTERRUPTED
        except PostgresError:
            writer.discard()
            raise
        writer.finish()
    total = len(prepared.runs)
    print(f"recording  {from_here(writer.folder)}: {total - bench.failed} of {total} runs ok", flush=True)
    try:
        report(writer.folder)
    except KeyboardInterrupt:
        say_interrupted(writer)
        return EXIT_INTERRUPTED
    return EXIT_SOME_FAILED if bench.failed else 0


def run_all(bench: Bench) -> None:
    """Makes the planned runs, then the probes of the objective, if there is one."""
    from rich.console import Console  # here, so that --help and --dry-run need nothing but Python

    from benching.progress import RunProgress

    prepared, console = bench.prepared, Console()
    with RunProgress(prepared.runs, console) as progress:
        for run in prepared.runs:
            progress.begin()
            summary, fault = bench.make(run, progress.tick)
            progress.end(result_text(summary), fault)
    if prepared.options.objective:
        bench.writer.tell("objective", search(prepared.options.objective, bench, console))
    bench.interrupts.check()


def report(folder: Path) -> None:
    """Prints tables and answer, and makes report.html. Raises ResultsError."""
    from rich.console import Console

    from pages.page import make, print_summary, say_answer
    from recordings.recording import Recording

    recording, console = Recording.load(folder), Console()
    print_summary(recording, console)
    page = make(recording).resolve()
    say_answer(recording, console)
    print(f"report     {from_here(page)}\n           open it in a browser: {page.as_uri()}")
