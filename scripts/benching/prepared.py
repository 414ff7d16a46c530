"""A recording before it is made: what is asked for, the runs that can be made here, what is wrong before any
is, and what is said of them, to the user and in run.json."""

import argparse
import os
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from benching.objective import Objective, parse_objective
from cli.files import BUILD, ROOT, as_typed, a_folder, from_here, portable, results_folder
from cli.flags import Flags, argument, as_words, flag, one_of, switch, whole
from clients.clients import CLIENTS, TOOLS, Asked, check, ranks_program, takes_part
from plans.suite import OWN_CLIENT, SUITES, Choices, Run, Suite, SuiteError, planned, read_suite
from plans.suite import runs_of, suite_names
from plans.variant import Places, cannot_start, command_of, missing, program_path
from processes.machine import Pins, commit, loadgen_json, machine, pins, printed_version, settings
from text.units import round_duration_text, short_text
from words.claims import unknown_quantities

_OBJECTIVE = "load: after the runs, find each variant's highest rate that meets it"
_LAUNCHER = "loadgen as ranks of an MPI job: 'mpirun -n 4 --hostfile hosts'; not pinned"
_CALIBRATION = "leave out the 3 s that find the load generator's highest rate, for the head-room"


def launcher_words(text: str) -> tuple[str, ...]:
    words = tuple(shlex.split(text))
    if not words or not shutil.which(words[0]):
        fix = "write it as 'mpirun -n 4 --hostfile hosts'; scripts/setup --mpi installs mpirun"
        raise ValueError(f"{text!r} names no command that is here: {fix}")
    return words


@dataclass(frozen=True)
class Options(Choices, Flags):
    """Run a suite: every variant under every workload, interleaved, a fresh server per run."""

    COMMAND, USAGE, UNEXPECTED = "scripts/bench", "[SUITE] [flags]", "one suite at a time"

    suite: str = argument("SUITE", "one below, or a .toml file; default hundred", default="hundred")
    objective: Objective | None = flag("p99<50ms", _OBJECTIVE, parse_objective)
    seed: int | None = flag("N", "orders the runs and the requests; default: new", whole(0, 2**31 - 1))
    output: Path = flag("DIR", "where recordings go; default results", a_folder, results_folder())
    build: Path = flag("DIR", f"default {portable(BUILD)}", Path, BUILD)
    launcher: tuple[str, ...] | None = flag("COMMAND", _LAUNCHER, launcher_words)
    calibration: bool = switch(_CALIBRATION, default=True)
    dry_run: bool = switch("check everything, say what would run, and end")
    # What scripts/bench does between the checks and the runs.
    before_runs: str | None = flag("STEP", argparse.SUPPRESS, one_of("install", "build"))

    @staticmethod
    def epilog() -> str:
        suites = [read_suite(SUITES / f"{name}.toml", check=check) for name in suite_names()]
        return "\n".join(["suites:", *(f"  {suite.name:<16} {suite.title}" for suite in suites)])


@dataclass(frozen=True)
class Prepared:
    """`skipped` says of each variant and client that cannot run here what it lacks."""

    options: Options
    suite: Suite
    programs: dict[str, str | None]  # of the clients; None: it is not there
    skipped: dict[str, str]
    places: Places
    runs: list[Run]
    seed: int
    pins: Pins | None

    @cached_property
    def versions(self) -> dict[str, str | None]:
        return {name: path and CLIENTS[name].version(path) for name, path in self.programs.items()}


def prepare(suite: Suite, seed: int, options: Options, may_be_built: bool) -> Prepared:
    """Raises SuiteError for what is wrong. `may_be_built`: what of ours is not there yet is built first."""
    if mistakes := unknown_quantities(suite.claims):
        raise SuiteError(mistakes)
    places, skipped = Places(suite.folder.absolute(), options.build.resolve()), {}
    for variant in suite.variants:
        if lacks := missing(variant, places):
            fix = f": {variant.installed_by}" if variant.installed_by else ""
            # A recording keeps it, and is read in other checkouts.
            skipped[variant.name] = f"{' and '.join(lacks)} not found{fix}".replace(f"{ROOT}/", "")
        elif variant.keeps_none and not any(variant.meets(w) for w in suite.workloads):
            skipped[variant.name] = variant.keeps_none
    if not (variants := tuple(v for v in suite.variants if v.name not in skipped)):
        raise SuiteError(f"{name}: {why}" for name, why in skipped.items())
    programs = {name: CLIENTS[name].program(places.build) for name in suite.clients}
    absent = [name for name, program in programs.items() if program is None]
    clients = tuple(name for name in suite.clients if name not in absent)
    if absent and not set(clients) & set(TOOLS):
        raise SuiteError(f"{', '.join(sorted(absent))}: none is here: {CLIENTS[absent[0]].installed_by}")
    skipped |= {name: f"not installed: {CLIENTS[name].installed_by}" for name in absent}
    left = replace(suite, variants=variants, clients=clients)
    faults, built_first = [], set()
    if may_be_built:
        lacks = ((v.name, lack) for v in variants for lack in cannot_start(v, places))
        faults += [f"variants.{name}.command: {lack} not found" for name, lack in lacks]
        built_first = {"loadgen", *(path.stem for path in (ROOT / "servers").rglob("*.cpp"))}
    if places.is_built or not may_be_built:
        needed = [options.build / "loadgen/loadgen"] if OWN_CLIENT in left.clients else []
        needed += [options.build / "servers" / v.server for v in left.variants if v.server]
        for path in dict.fromkeys(needed):
            if path.name not in built_first and not os.access(path, os.X_OK):
                fix = "build it with: cmake --workflow --preset release"
                faults.append(f"{from_here(path)}: no such program: {fix}")
    if options.objective and not any(w.rate_rps for w in left.workloads):
        faults.append(f"--objective: the suite {left.name} offers no rates: leave the flag out")
    if options.objective and OWN_CLIENT not in left.clients:
        faults.append(f"--objective: {OWN_CLIENT} searches for it: let it be among --clients")
    if not (runs := runs_of(left, seed, takes_part)) and runs_of(left, seed):
        names = ", ".join(left.clients)
        faults.append(f"--workloads, --clients: none of {names} has such a loop: choose others")
    if options.launcher and places.is_built:
        if others := ", ".join(name for name in left.clients if name in TOOLS):
            faults.append(f"--launcher: starts loadgen only, and not {others}: choose --clients loadgen")
        ranks = from_here(ranks_program(f"{places.build}/loadgen/loadgen", options.launcher))
        if not Path(ranks).is_file():
            faults.append(f"--launcher: {ranks} not found: scripts/setup --mpi, then build again")
    if faults:
        raise SuiteError(faults)
    # The cores of the ranks are the launcher's to give.
    cores = None if options.launcher else pins()
    return Prepared(options, left, programs, skipped, places, runs, seed, cores)


def announcements(prepared: Prepared) -> Iterator[tuple[str, str]]:
    """What will run and how long it should take, said before anything starts, each under a heading."""
    suite, runs = prepared.suite, prepared.runs
    wait = f", waits of {round_duration_text(suite.wait_ms * 1e3)}" if suite.wait_ms else ""
    yield "suite", f"{suite.name}: {suite.title}{wait}"
    yield "variants", ", ".join(v.name for v in suite.variants)
    if [*prepared.programs] != [OWN_CLIENT]:
        yield "clients", ", ".join(suite.clients)
    yield from (("skipped", f"{name}: {why}") for name, why in prepared.skipped.items())
    without = {w.name: ", ".join(c for c in suite.clients if not takes_part(c, w)) for w in suite.workloads}
    yield "workloads", ", ".join(name + (f" (without {c})" if c else "") for name, c in without.items())
    counts = sorted({v.repetitions or suite.repetitions for v in suite.variants})
    each = " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
    yield "runs", f"{len(runs)}, {each} of each kind, a fresh server for each; seed {prepared.seed}"
    if any(w.pinned for w in suite.workloads):
        launched = "no: the cores of the ranks are the launcher's to give"
        yield "pinned", launched if prepared.options.launcher else pins_text(prepared.pins)
    ideals_s = sum(run.ideal_ms or 0 for run in runs) / 1000
    ideals = f" (the ideals alone add up to {short_text(ideals_s)})" if ideals_s else ""
    yield "expected", f"{short_text(sum(run.expected_s for run in runs))}{ideals}"
    if objective := prepared.options.objective:
        yield "objective", f"{objective}: the highest rate of each variant is searched for, after the runs"


def pins_text(chosen: Pins | None) -> str:
    if chosen is None:
        return "no: this machine has one core only, and the figures are of both together"
    text = f"the server to core {chosen.server}, the load generator to core {chosen.client}"
    return text + (", which are two threads of one core" if chosen.share_a_core else "")


def about(prepared: Prepared) -> dict[str, Any]:
    """What run.json says; its `command` makes the same again, without what says where files are here."""
    suite, pinned, options = prepared.suite, prepared.pins, prepared.options
    calibrates = options.calibration and OWN_CLIENT in suite.clients
    flags = {"--wait": options.wait_ms and f"{options.wait_ms}ms"}
    flags["--objective"] = options.objective and options.objective.text
    flags["--repetitions"] = options.repetitions
    for key in ("variants", "workloads", "clients"):
        flags[f"--{key}"] = ",".join(getattr(options, key) or ()) or None
    flags |= {"--launcher": options.launcher and shlex.join(options.launcher), "--seed": str(prepared.seed)}
    variants, clients = [], []
    for variant in suite.variants:
        command = [word.replace(f"{ROOT}/", "") for word in command_of(variant, prepared.places)]
        entry = {"name": variant.name, "command": command, "serves_at_once": variant.serves_at_once}
        if variant.attach:
            entry["attach"] = variant.attach
        if asks := [*map(prepared.places.fill, variant.version)]:
            entry["version"] = printed_version(asks, r"(\d+\.\d[\w.+~-]*)", program_path())
        variants.append(entry)
    for name, program in prepared.programs.items():
        commands = {}  # by workload, as it is started against the first variant; None where it has no part
        for workload in suite.workloads if program else ():
            commands[workload.name] = None
            variant = next((v for v in suite.variants if v.meets(workload)), None)
            if variant and takes_part(name, workload):
                asked = Asked(program, "127.0.0.1:PORT", Run(variant, workload, 1, name))
                commands[workload.name] = [portable(word) for word in CLIENTS[name].command(asked)]
        entry = {"name": name, "there": program is not None, "version": prepared.versions.get(name)}
        clients.append(entry | {"remark": CLIENTS[name].remark, "commands": commands})
    command = [*as_typed("scripts/bench").split(), portable(options.suite), *as_words(flags)]
    kept = {"suite": suite.name, "title": suite.title, "seed": prepared.seed, "wait_ms": suite.wait_ms}
    kept |= {"command": command, "repetitions": suite.repetitions, "planned": planned(prepared.runs)}
    kept |= {"skipped": prepared.skipped, "pinned": suite.pinned and pinned is not None}
    kept |= {"one_core": pinned is not None and pinned.share_a_core, "machine": machine() | settings()}
    kept["build"] = loadgen_json(options.build, "--build-info")
    kept["calibration"] = loadgen_json(options.build, "--calibrate", "--json") if calibrates else None
    kept |= {"git": commit(ROOT), "variants": variants, "clients": clients}
    kept |= {"claims": suite.written["claims"] or [], "holds_up": suite.written["holds_up"]}
    workloads = [asdict(w) | {"pinned": w.pinned and pinned is not None} for w in suite.workloads]
    # Without the keys that a workload has no use for.
    return kept | {"workloads": [{k: v for k, v in w.items() if v not in (None, {}, ())} for w in workloads]}
