"""Runs a suite: every variant under every workload, a few times, interleaved, and makes the report of it.

usage: scripts/bench [SUITE] [flags]. Each run has a fresh server of its own; its rows are in results/ as soon
as it has ended, so that a bench that is stopped keeps every finished run.
"""

from __future__ import annotations

from cli.door import EXIT_BAD_INPUT, EXIT_INTERRUPTED, exit_code

import contextlib
import dataclasses
import io
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from processes.cores import Pins, pins, share_a_core
from text.duration import short_text
from words.headroom import calibrate
from processes.interrupts import Interrupted, Interrupts
from processes.machine import build_info, commit, machine
from benching.measure import Bench
from plans.objective import Objective
from benching.options import Options, parse
from cli.paths import ROOT, portable, shown
from peers.bench import prepare as prepare_peers
from plans.plan import Run, expected_s, planned, runs_of
from processes.postgres import Postgres, PostgresError
from recordings.writer import RecordingWriter, new_folder, say_interrupted
from benching.running import Running
from benching.searching import search
from plans.suite import Suite, SuiteError, find_suite, kind_of, read_suite
from plans.variant import Places, cannot_start, command_of, missing
from plans.workload import Workload

EXIT_SOME_FAILED = 1

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
    except OSError as error:
        error.filename = shown(error.filename or options.output)
        return exit_code("bench", error)


def prepare_servers(path: Path, seed: int, options: Options) -> Prepared:
    """Raises SuiteError for whatever can be known to be wrong before anything starts."""
    places = Places(path.absolute().parent / path.stem, options.build.resolve())
    suite, skipped = without_missing(read_suite(path, options.choices), places)
    if options.dry_run:
        check_start(suite, places)
    if places.is_built or not options.dry_run:
        check_binaries(suite, options.build, may_be_built=options.dry_run)
    if options.objective and not any(w.rate_rps for w in suite.workloads):
        raise SuiteError([f"--objective: the suite {suite.name} offers no rates: leave the flag out"])
    plan = Plan(suite, skipped, places, runs_of(suite, seed), seed, pins(), options.objective)
    return announcement(plan), partial(record, plan, options)


@dataclass(frozen=True)
class Plan:
    """What a recording is to be; `skipped` says of each variant that cannot run here what it lacks."""

    suite: Suite
    skipped: dict[str, str]
    places: Places
    runs: list[Run]
    seed: int
    pins: Pins | None
    objective: Objective | None


def without_missing(suite: Suite, places: Places) -> tuple[Suite, dict[str, str]]:
    """The suite of what can run here, and what the other variants lack. Raises SuiteError if none can."""
    lacks = {v.name: lack for v in suite.variants if (lack := missing(v, places))}
    fixes = {v.name: f": {v.installed_by}" for v in suite.variants if v.installed_by}
    skipped = {name: f"{' and '.join(lack)} not found{fixes.get(name, '')}" for name, lack in lacks.items()}
    left = tuple(v for v in suite.variants if v.name not in skipped)
    if not left:
        raise SuiteError([f"{name}: {why}" for name, why in skipped.items()])
    return dataclasses.replace(suite, variants=left), skipped


def check_start(suite: Suite, places: Places) -> None:
    """Raises SuiteError, a line for each command that would fail in every run."""
    faults = [(v.name, lack) for v in suite.variants for lack in cannot_start(v, places)]
    if faults:
        raise SuiteError([f"variants.{name}.command: {lack} not found" for name, lack in faults])


def check_binaries(suite: Suite, build: Path, may_be_built: bool) -> None:
    """Raises SuiteError, a line for each program that is not there, nor `may_be_built` yet of a source."""
    ours = [build / "servers" / v.server for v in suite.variants if v.server is not None]
    needed = [build / "loadgen" / "loadgen", *ours]
    missing = [path for path in dict.fromkeys(needed) if not os.access(path, os.X_OK)]
    if may_be_built:
        known = {"loadgen", *(path.stem for path in (ROOT / "servers").rglob("*.cpp"))}
        missing = [path for path in missing if path.name not in known]
    if missing:
        fix = "build it with: cmake --workflow --preset release"
        raise SuiteError([f"{shown(path)}: no such program: {fix}" for path in missing])


def announcement(plan: Plan) -> str:
    """What will run and how long it should take, said before anything starts."""
    suite, runs = plan.suite, plan.runs
    wait = f", waits of {_wait_text(suite.wait_ms)}" if suite.wait_ms else ""
    ideals_s = sum(run.ideal_ms or 0 for run in runs) / 1000
    ideals = f" (the ideals alone add up to {short_text(ideals_s)})" if ideals_s else ""
    lines = [
        f"suite      {suite.name}: {suite.title}{wait}",
        f"variants   {', '.join(v.name for v in suite.variants)}",
        *(f"skipped    {name}: {why}" for name, why in plan.skipped.items()),
        f"workloads  {', '.join(w.name for w in suite.workloads)}",
        f"runs       {len(runs)}, {_each(suite)} of each kind, a fresh server for each; seed {plan.seed}",
        f"expected   {short_text(expected_s(runs))}{ideals}",
    ]
    if plan.objective:
        lines.append(
            f"objective  {plan.objective}: the highest rate of each variant is searched for, after the runs"
        )
    if any(w.pinned for w in suite.workloads):
        lines.insert(-1, f"pinned     {_pins_text(plan.pins)}")
    return "\n".join(lines)


def record(plan: Plan, options: Options) -> int:
    """Makes the recording and its report; the bench's exit code."""
    details = about(plan, options)
    with Interrupts() as interrupts:
        writer = RecordingWriter(new_folder(options.output, plan.suite.name), details)
        try:
            with database(plan) as places:
                bench = Bench(places, writer.folder.name, plan.suite.name, plan.seed, plan.pins)
                failed = run_all(plan, bench, writer, interrupts)
        except Interrupted:
            say_interrupted(writer)
            return EXIT_INTERRUPTED
        except PostgresError as failure:
            writer.discard()
            print(f"bench: {failure}", file=sys.stderr)
            return EXIT_SOME_FAILED
        writer.finish()
    try:
        reported = report(writer.folder)
    except KeyboardInterrupt:
        say_interrupted(writer)
        return EXIT_INTERRUPTED
    print(f"recording  {shown(writer.folder)}: {len(plan.runs) - failed} of {len(plan.runs)} runs ok")
    if reported:
        page = (writer.folder / "report.html").resolve()
        print(f"report     {shown(page)}\n           open it in a browser: {page.as_uri()}")
    return EXIT_SOME_FAILED if failed or not reported else 0


@contextlib.contextmanager
def database(plan: Plan) -> Iterator[Places]:
    """The places of the plan, with a PostgreSQL that is up meanwhile where a variant needs one."""
    if not any(v.needs_postgres for v in plan.suite.variants):
        yield plan.places
        return
    with Postgres() as postgres:
        yield dataclasses.replace(plan.places, postgres=postgres.conninfo)


def run_all(plan: Plan, bench: Bench, writer: RecordingWriter, interrupts: Interrupts) -> int:
    """Makes the planned runs, then the probes of the objective, if there is one; how many runs failed."""
    from rich.console import Console  # here, so that --help and --dry-run need nothing but Python

    from benching.progress import show

    console = Console()
    with Running(bench, writer, interrupts) as running:
        summaries = []
        with show(plan.runs, console) as progress:
            for run in plan.runs:
                progress.begin(run)
                made = running.make(run, progress.tick)
                progress.end(run, made.result, made.fault)
                summaries.append((run, made.summary))
        if plan.objective:
            found = search(plan.suite, plan.objective, summaries, running, writer, console)
            writer.tell("objective", found)
        interrupts.check()
        return running.failed


def about(plan: Plan, options: Options) -> dict[str, Any]:
    """What run.json says of the whole recording."""
    suite, pinned = plan.suite, plan.pins is not None
    return {
        "suite": suite.name,
        "title": suite.title,
        "seed": plan.seed,
        "wait_ms": suite.wait_ms,
        "command": command_again(suite, plan.seed, options),
        "repetitions": suite.repetitions,
        "planned": planned(plan.runs),
        "skipped": plan.skipped,
        "pinned": suite.pinned and pinned,
        "one_core": pinned and share_a_core(plan.pins),
        "machine": machine(),
        "build": build_info(options.build),
        "calibration": calibrate(options.build / "loadgen/loadgen") if options.calibrates else None,
        "git": commit(ROOT),
        "variants": [
            {
                "name": v.name,
                "command": [portable(word) for word in command_of(v, plan.places)],
                "serves_at_once": v.serves_at_once,
            }
            for v in suite.variants
        ],
        "workloads": [_told(replace(w, pinned=w.pinned and pinned)) for w in suite.workloads],
    }


def _told(workload: Workload) -> dict[str, Any]:
    """What there is to say of a workload, without the keys that it has no use for."""
    return {key: value for key, value in dataclasses.asdict(workload).items() if value is not None}


def command_again(suite: Suite, seed: int, options: Options) -> list[str]:
    """The command that makes the same recording again; without what only says where files are here."""
    asked = options.choices
    command = ["scripts/bench", portable(options.suite)]
    if asked.wait_ms:
        command += ["--wait", f"{asked.wait_ms}ms"]
    if options.objective:
        command += ["--objective", options.objective.text]
    if asked.repetitions:
        command += ["--repetitions", str(asked.repetitions)]
    for flag, names in (("--variants", asked.variants), ("--workloads", asked.workloads)):
        if names:
            command += [flag, ",".join(names)]
    return [*command, "--seed", str(seed)]


def report(folder: Path) -> bool:
    """Prints the tables and makes report.html; false, with the reason on stderr, if it cannot be made."""
    from rich.console import Console

    from pages import page as page
    from pages.console_table import print_tables
    from recordings.recording import Recording, ResultsError

    try:
        print_tables(Recording.load(folder), Console())
    except ResultsError as error:
        for line in error.mistakes:
            print(f"bench: {line}", file=sys.stderr)
        return False
    with contextlib.redirect_stdout(io.StringIO()):
        return page.main([str(folder)]) == 0


def _each(suite: Suite) -> str:
    counts = sorted({v.repetitions or suite.repetitions for v in suite.variants})
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


def _pins_text(chosen: Pins | None) -> str:
    if chosen is None:
        return "no: this machine has one core only, and the figures are of both together"
    text = f"the server to core {chosen.server}, the load generator to core {chosen.client}"
    return text + (", which are two threads of one core" if share_a_core(chosen) else "")


def _wait_text(ms: int) -> str:
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:g} s"
