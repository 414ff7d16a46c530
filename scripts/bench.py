"""Runs a suite: every variant under every workload, a few times, interleaved, and makes the report of it.

usage: scripts/bench [SUITE] [flags]. Each run has a fresh server of its own; its rows are in results/ as soon
as it has ended, so that a bench that is stopped keeps every finished run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from duration import short_text
from headroom import calibrate
from interrupts import Interrupted, Interrupts
from machine import build_info, commit, machine
from measure import Bench, Measured, measure, server_command
from options import Options, parse
from paths import ROOT, portable, shown
from peers.bench import prepare as prepare_peers
from plan import Run, expected_s, runs_of
from recording import RecordingError, RecordingWriter, new_folder, say_interrupted
from suite import Suite, SuiteError, find_suite, kind_of, read_suite

EXIT_SOME_FAILED, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 1, 2, 130

Prepared = tuple[str, Callable[[], int]]  # what will run, in words, and what runs it and gives the exit code


def main(argv: list[str] | None = None) -> int:
    try:
        options = parse(argv)
        path = find_suite(options.suite)
        seed = secrets.randbelow(2**31) if options.seed is None else options.seed
        prepare = prepare_peers if kind_of(path) == "peers" else prepare_servers
        announced, record_it = prepare(path, seed, options)
    except SuiteError as error:
        for line in error.mistakes:
            print(f"bench: {shown(line)}", file=sys.stderr)
        return EXIT_BAD_INPUT
    print(announced, flush=True)
    if options.dry_run:
        return 0
    try:
        return record_it()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read this has gone
        return EXIT_SOME_FAILED
    except OSError as error:
        print(f"bench: {shown(error.filename or options.output)}: {error.strerror}", file=sys.stderr)
        return EXIT_BAD_INPUT


def prepare_servers(path: Path, seed: int, options: Options) -> Prepared:
    """Raises SuiteError for whatever can be known to be wrong before anything starts."""
    suite = read_suite(path, options.choices)
    if not options.dry_run:
        check_binaries(suite, options.build)
    runs = runs_of(suite, seed)
    return announcement(suite, runs, seed), partial(record, suite, runs, seed, options)


def check_binaries(suite: Suite, build: Path) -> None:
    """Raises SuiteError, a line for each program that is not there."""
    needed = [build / "loadgen" / "loadgen", *(build / "servers" / v.server for v in suite.variants)]
    missing = [path for path in dict.fromkeys(needed) if not os.access(path, os.X_OK)]
    if missing:
        fix = "build it with: cmake --workflow --preset release"
        raise SuiteError([f"{shown(path)}: no such program: {fix}" for path in missing])


def announcement(suite: Suite, runs: list[Run], seed: int) -> str:
    """What will run and how long it should take, said before anything starts."""
    wait = f", waits of {_wait_text(suite.wait_ms)}" if suite.wait_ms else ""
    ideals_s = sum(run.ideal_ms or 0 for run in runs) / 1000
    return "\n".join(
        [
            f"suite      {suite.name}: {suite.title}{wait}",
            f"variants   {', '.join(v.name for v in suite.variants)}",
            f"workloads  {', '.join(w.name for w in suite.workloads)}",
            f"runs       {len(runs)}, {suite.repetitions} of each kind, a fresh server for each; seed {seed}",
            f"expected   {short_text(expected_s(runs))} (the ideals alone add up to {short_text(ideals_s)})",
        ]
    )


def record(suite: Suite, runs: list[Run], seed: int, options: Options) -> int:
    """Makes the recording and its report; the bench's exit code."""
    details = about(suite, seed, options)
    with Interrupts() as interrupts:
        writer = RecordingWriter(new_folder(options.output, suite.name), details)
        bench = Bench(options.build, writer.folder.name, suite.name, suite.wait_ms, seed)
        try:
            failed = run_all(runs, bench, writer, interrupts)
        except Interrupted:
            say_interrupted(writer)
            return EXIT_INTERRUPTED
        writer.finish()
    try:
        reported = report(writer.folder)
    except KeyboardInterrupt:
        say_interrupted(writer)
        return EXIT_INTERRUPTED
    print(f"recording  {shown(writer.folder)}: {len(runs) - failed} of {len(runs)} runs ok")
    if reported:
        page = (writer.folder / "report.html").resolve()
        print(f"report     {shown(page)}\n           open it in a browser: {page.as_uri()}")
    return EXIT_SOME_FAILED if failed or not reported else 0


def run_all(runs: list[Run], bench: Bench, writer: RecordingWriter, interrupts: Interrupts) -> int:
    """Makes the runs one after the other and keeps each; how many failed."""
    from rich.console import Console  # here, so that --help and --dry-run need nothing but Python

    from progress import show

    failed = 0
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, show(runs, Console()) as progress:
        for number, run in enumerate(runs, start=1):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            progress.begin(run)
            measured = measure(run, bench, folder, interrupts, progress.tick)
            fault, result = keep(run, measured, folder, writer)
            progress.end(run, result, fault)
            failed += fault is not None
            shutil.rmtree(folder)
        interrupts.check()
    return failed


def keep(run: Run, measured: Measured, folder: Path, writer: RecordingWriter) -> tuple[str | None, str]:
    """Adds the run to the recording; what went wrong, if anything did, and its result in a few words."""
    faults, result = [measured.fault], ""
    # A failed run may have rows, and then they are kept: the outcomes in them are what happened.
    if not measured.fault or RecordingWriter.is_complete(folder):
        try:
            summary = writer.keep(folder, {"server_context_switches": measured.context_switches})
            result = _in_a_few_words(summary)
        except RecordingError as error:
            faults.append(str(error))
    fault = "; ".join(filter(None, faults)) or None
    writer.note(run.variant.name, run.workload.name, run.repetition, fault)
    return fault, result


def about(suite: Suite, seed: int, options: Options) -> dict[str, Any]:
    """What run.json says of the whole recording."""
    return {
        "suite": suite.name,
        "seed": seed,
        "wait_ms": suite.wait_ms,
        "command": command_again(suite, seed, options),
        "repetitions": suite.repetitions,
        "pinned": False,
        "machine": machine(),
        "build": build_info(options.build),
        "calibration": calibrate(options.build / "loadgen/loadgen") if options.calibrates else None,
        "git": commit(ROOT),
        "variants": [
            {
                "name": v.name,
                "command": [portable(word) for word in server_command(v, options.build)],
                "serves_at_once": v.serves_at_once,
            }
            for v in suite.variants
        ],
        "workloads": [dataclasses.asdict(w) for w in suite.workloads],
    }


def command_again(suite: Suite, seed: int, options: Options) -> list[str]:
    """The command that makes the same recording again; without what only says where files are here."""
    asked = options.choices
    command = ["scripts/bench", portable(options.suite)]
    if asked.wait_ms:
        command += ["--wait", f"{asked.wait_ms}ms"]
    if asked.repetitions:
        command += ["--repetitions", str(asked.repetitions)]
    for flag, names in (("--variants", asked.variants), ("--workloads", asked.workloads)):
        if names:
            command += [flag, ",".join(names)]
    return [*command, "--seed", str(seed)]


def report(folder: Path) -> bool:
    """Prints the tables and makes report.html; false, with the reason on stderr, if it cannot be made."""
    from rich.console import Console

    import report as page
    from console_table import print_tables
    from results import Recording, ResultsError

    try:
        print_tables(Recording.load(folder), Console())
    except ResultsError as error:
        for line in error.mistakes:
            print(f"bench: {line}", file=sys.stderr)
        return False
    with contextlib.redirect_stdout(io.StringIO()):
        return page.main([str(folder)]) == 0


def _in_a_few_words(summary: dict[str, str]) -> str:
    """`53.2 ms, 1.06 x ideal, 100 of 100 ok`, as far as the summary has it."""
    words = []
    if summary.get("makespan_ms"):
        words.append(f"{float(summary['makespan_ms']):.1f} ms")
    if summary.get("makespan_over_ideal"):
        words.append(f"{float(summary['makespan_over_ideal']):.2f} x ideal")
    words.append(f"{summary.get('ok')} of {summary.get('requests')} ok")
    return ", ".join(words)


def _wait_text(ms: int) -> str:
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:g} s"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
