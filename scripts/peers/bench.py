"""Runs a suite of kind `peers`: the load generators take turns against nginx, and a report is made of it.

A fresh nginx for each repetition: the runs that are compared with each other have met the same one. What has
ended is in the recording at once, and a bench that is stopped keeps every finished run.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from text.duration import short_text
from processes.interrupts import Interrupted, Interrupts
from processes.listening import free_port
from cli.paths import shown
from peers import nginx, table
from peers.about import about, version
from processes.cores import pins
from peers.measure import Measured, Peers, measure
from peers.suite import PeerRun, read_peer_suite, runs_of
from recordings.writer import RecordingWriter, new_folder, now, say_interrupted
from processes.server_process import ServerFailed, ServerProcess
from plans.suite import SuiteError

if TYPE_CHECKING:
    from benching.options import Options
    from benching.progress import Show

HINT = "scripts/setup --peers installs it"
_BY_HAND = ("wrk2",)  # in no package of Debian

_EXIT_SOME_FAILED, _EXIT_INTERRUPTED = 1, 130
_GRACE_S = 5.0


def prepare(path: Path, seed: int, options: Options) -> tuple[str, Callable[[], int]]:
    """What will run, in words, and what runs it. Raises SuiteError for what is wrong by now."""
    suite = read_peer_suite(path, options.choices)
    server = nginx.find()
    if server is None:
        raise SuiteError([f"nginx: no such program, and it is the server of the suite {suite.name}: {HINT}"])
    loadgen = options.build / "loadgen" / "loadgen"
    programs = {tool.name: shutil.which(tool.name) for tool in suite.tools if tool.name != "loadgen"}
    if any(tool.name == "loadgen" for tool in suite.tools):
        programs["loadgen"] = str(loadgen)
        if not options.dry_run and not os.access(loadgen, os.X_OK):
            fix = "build it with: cmake --workflow --preset release"
            raise SuiteError([f"{shown(loadgen)}: no such program: {fix}"])
    there = {name: program for name, program in programs.items() if program}
    if programs.keys() - there.keys() and not there.keys() - {"loadgen"}:
        raise SuiteError([f"{', '.join(sorted(programs.keys() - there.keys()))}: none is here: {HINT}"])
    peers = Peers(suite, there, {t.name: version(t, there) for t in suite.tools}, server, pins())
    runs = runs_of(suite, [tool for tool in suite.tools if tool.name in there], seed)
    if not runs:
        raise SuiteError(
            [f"--workloads, --clients: none of {', '.join(there)} has such a loop: choose others"]
        )
    return announcement(peers, runs, seed), partial(record, peers, runs, seed, options)


def announcement(peers: Peers, runs: list[PeerRun], seed: int) -> str:
    suite, missing = peers.suite, [t.name for t in peers.suite.tools if t.name not in peers.programs]
    where = "not pinned: this machine has one core for all of them"
    if peers.pins:
        where = f"nginx pinned to core {peers.pins.server}, the clients to core {peers.pins.client}"
    lines = [
        f"suite      {suite.name}: {suite.title}",
        f"clients    {', '.join(t.name for t in suite.tools if t.name in peers.programs)}; {where}",
        *(f"skipped    {name}: not installed: {_hint(name)}" for name in missing),
        *(f"workload   {w.name}: {', '.join(_takes_part(w.name, runs))}" for w in suite.workloads),
        f"runs       {len(runs)}, {suite.repetitions} of each kind, in turns; seed {seed}",
        f"expected   {short_text(sum(run.expected_s for run in runs))}",
    ]
    return "\n".join(lines)


def _hint(name: str) -> str:
    return "build it and put it on the PATH if you want it" if name in _BY_HAND else HINT


def record(peers: Peers, runs: list[PeerRun], seed: int, options: Options) -> int:
    """Makes the recording and its report; the bench's exit code."""
    details = about(peers, seed, options)
    with Interrupts() as interrupts:
        writer = RecordingWriter(new_folder(options.output, peers.suite.name), details)
        try:
            failed = run_all(runs, peers, writer, interrupts)
        except Interrupted:
            say_interrupted(writer)
            return _EXIT_INTERRUPTED
        writer.finish()
    print(f"recording  {shown(writer.folder)}: {len(runs) - failed} of {len(runs)} runs ok")
    try:
        reported = _report(writer.folder)
    except KeyboardInterrupt:
        say_interrupted(writer)
        return _EXIT_INTERRUPTED
    return _EXIT_SOME_FAILED if failed or not reported else 0


def run_all(runs: list[PeerRun], peers: Peers, writer: RecordingWriter, interrupts: Interrupts) -> int:
    """Makes the runs one after the other and keeps each; how many failed."""
    from rich.console import Console  # here, so that --help and --dry-run need nothing but Python

    from benching.progress import show

    failed = 0
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, show(runs, Console()) as progress:
        for repetition, group in groupby(runs, lambda run: run.repetition):
            folder = Path(scratch) / str(repetition)
            folder.mkdir()
            failed += _repetition(list(group), peers, folder, writer, interrupts, progress)
            shutil.rmtree(folder)
        interrupts.check()
    return failed


def _repetition(
    runs: list[PeerRun],
    peers: Peers,
    folder: Path,
    writer: RecordingWriter,
    interrupts: Interrupts,
    progress: Show,
) -> int:
    """The runs of one repetition, all against one nginx; how many failed."""
    failed, port, address, no_server = 0, free_port(), "", None
    command, cpus = nginx.command(peers.nginx, folder, port), [peers.pins.server] if peers.pins else None
    with ServerProcess(
        command, folder / "nginx.log", interrupts, ready_path=nginx.READY_PATH, port=port, cpus=cpus
    ) as server:
        for number, run in enumerate(runs):
            progress.begin(run)
            started_at, figures, fault = now(), None, no_server
            try:
                address = address or server.wait_until_ready()
            except ServerFailed as failure:
                fault = no_server = str(failure)
            if not fault:
                figures, fault = measure(
                    run, peers, address, folder / f"{number}.log", interrupts, progress.tick
                )
            if not no_server and server.has_ended:
                fault = no_server = f"the server {server.process.ended} during the run"
            _keep(run, peers, figures, fault, started_at, writer)
            progress.end(run, _in_a_few_words(figures), fault)
            failed += fault is not None
        server.stop(_GRACE_S)
    return failed


def _keep(
    run: PeerRun,
    peers: Peers,
    measured: Measured | None,
    fault: str | None,
    started_at: str,
    writer: RecordingWriter,
) -> None:
    """Adds the run to the recording; one without figures to run.json only."""
    if measured is not None:
        figures = dataclasses.asdict(measured.figures)
        row = {
            **figures,
            "recording": writer.folder.name,
            "suite": peers.suite.name,
            "client": run.tool.name,
            "workload": run.workload.name,
            "repetition": run.repetition,
            "cpu_us_per_request": measured.cpu_us_per_request,
            "tool_version": peers.versions[run.tool.name],
            "pinned": peers.pins is not None,
            "started_at": started_at,
            "fault": fault,
        }
        writer.add(table.FILE, table.header(), table.line(row))
    writer.note(run.tool.name, run.workload.name, run.repetition, fault, kind="client")


def _takes_part(workload: str, runs: list[PeerRun]) -> list[str]:
    return sorted({run.tool.name for run in runs if run.workload.name == workload}) or ["nobody"]


def _report(folder: Path) -> bool:
    """Prints the tables and makes report.html; false, with the reason on stderr, if it cannot be made."""
    from rich.console import Console

    from peers.recorded import PeerRecording
    from peers.report import make
    from peers.words import print_tables
    from recordings.recording import ResultsError

    try:
        recording = PeerRecording.load(folder)
        print_tables(recording, Console())
        page = make(recording).resolve()
    except ResultsError as error:
        for line in error.mistakes:
            print(f"bench: {line}", file=sys.stderr)
        return False
    print(f"report     {shown(page)}\n           open it in a browser: {page.as_uri()}")
    return True


def _in_a_few_words(measured: Measured | None) -> str:
    if measured is None or measured.cpu_us_per_request is None:
        return ""
    return f"{measured.figures.throughput_rps:,.0f}/s, {measured.cpu_us_per_request:.2f} us of CPU each"
