"""What a recording is to be: the runs that can be made here, and what is wrong before any is."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from benching.options import Options
from cli.files import ROOT, from_here
from clients.clients import CLIENTS, TOOLS, ranks_program, takes_part
from plans.suite import OWN_CLIENT, Run, Suite, SuiteError, runs_of
from plans.variant import Places, cannot_start, missing
from processes.machine import Pins, pins, share_a_core
from text.units import round_duration_text, short_text
from words.claims import unknown_quantities

_LAUNCHED = "no: the cores of the ranks are the launcher's to give"


@dataclass(frozen=True)
class Prepared:
    """`skipped` says of each variant and client that cannot run here what it lacks."""

    options: Options
    suite: Suite
    asked_clients: tuple[str, ...]
    programs: dict[str, str]  # of the clients that are there
    skipped: dict[str, str]
    places: Places
    runs: list[Run]
    seed: int
    pins: Pins | None

    @cached_property
    def versions(self) -> dict[str, str | None]:
        """Of the clients, as they say themselves."""
        return {name: CLIENTS[name].version(program) for name, program in self.programs.items()}


def prepare(suite: Suite, seed: int, options: Options, may_be_built: bool) -> Prepared:
    """Raises SuiteError for what is wrong. `may_be_built`: what of ours is not there yet is built first."""
    if mistakes := unknown_quantities(suite.claims):
        raise SuiteError(mistakes)
    places = Places(suite.folder.absolute(), options.build.resolve())
    programs = {name: CLIENTS[name].program(places.build) for name in suite.clients}
    left, skipped = _without_missing(suite, places, programs)
    faults: list[str] = []
    if may_be_built:
        lacks = ((v.name, lack) for v in left.variants for lack in cannot_start(v, places))
        faults = [f"variants.{name}.command: {lack} not found" for name, lack in lacks]
    if not faults and (places.is_built or not may_be_built):
        faults = _missing_binaries(left, options.build, may_be_built)
    if faults:
        raise SuiteError(faults)
    if options.objective and not any(w.rate_rps for w in left.workloads):
        raise SuiteError(f"--objective: the suite {left.name} offers no rates: leave the flag out")
    if options.objective and OWN_CLIENT not in left.clients:
        raise SuiteError(f"--objective: {OWN_CLIENT} searches for it: let it be among --clients")
    runs = runs_of(left, seed, takes_part)
    if not runs and runs_of(left, seed):
        names = ", ".join(left.clients)
        raise SuiteError(f"--workloads, --clients: none of {names} has such a loop: choose others")
    there = {name: program for name, program in programs.items() if program}
    if options.launcher and places.is_built:
        if others := [name for name in left.clients if name in TOOLS]:
            unfit = f"starts loadgen only, and not {', '.join(others)}: choose --clients loadgen"
            raise SuiteError(f"--launcher: {unfit}")
        program = from_here(ranks_program(there[OWN_CLIENT], options.launcher))
        if not Path(program).is_file():
            raise SuiteError(f"--launcher: {program} not found: scripts/setup --mpi, then build again")
    # The cores of the ranks are the launcher's to give.
    cores = None if options.launcher else pins()
    return Prepared(options, left, suite.clients, there, skipped, places, runs, seed, cores)


def _without_missing(
    suite: Suite, places: Places, programs: dict[str, str | None]
) -> tuple[Suite, dict[str, str]]:
    """The suite of what can run here, and what the rest lacks. Raises SuiteError if nothing is left of it."""
    skipped = {}
    for variant in suite.variants:
        if lacks := missing(variant, places):
            fix = f": {variant.installed_by}" if variant.installed_by else ""
            # A recording keeps it, and is read in other checkouts.
            skipped[variant.name] = f"{' and '.join(lacks)} not found{fix}".replace(f"{ROOT}/", "")
        elif variant.keeps_none and not any(variant.meets(w) for w in suite.workloads):
            skipped[variant.name] = variant.keeps_none
    variants = tuple(v for v in suite.variants if v.name not in skipped)
    if not variants:
        raise SuiteError(f"{name}: {why}" for name, why in skipped.items())
    absent = [name for name, program in programs.items() if program is None]
    clients = tuple(name for name in suite.clients if name not in absent)
    if absent and not set(clients) & set(TOOLS):
        raise SuiteError(f"{', '.join(sorted(absent))}: none is here: {CLIENTS[absent[0]].installed_by}")
    skipped |= {name: f"not installed: {CLIENTS[name].installed_by}" for name in absent}
    return replace(suite, variants=variants, clients=clients), skipped


def _missing_binaries(suite: Suite, build: Path, may_be_built: bool) -> list[str]:
    """A line for each program that is not there, nor `may_be_built` yet of a source."""
    needed = [build / "loadgen" / "loadgen"] if OWN_CLIENT in suite.clients else []
    needed += [build / "servers" / v.server for v in suite.variants if v.server is not None]
    absent = [path for path in dict.fromkeys(needed) if not os.access(path, os.X_OK)]
    if may_be_built:
        sources = {"loadgen", *(path.stem for path in (ROOT / "servers").rglob("*.cpp"))}
        absent = [path for path in absent if path.name not in sources]
    fix = "build it with: cmake --workflow --preset release"
    return [f"{from_here(path)}: no such program: {fix}" for path in absent]


def announcements(prepared: Prepared) -> Iterator[tuple[str, str]]:
    """What will run and how long it should take, said before anything starts, each under a heading."""
    suite, runs = prepared.suite, prepared.runs
    wait = f", waits of {round_duration_text(suite.wait_ms * 1e3)}" if suite.wait_ms else ""
    yield "suite", f"{suite.name}: {suite.title}{wait}"
    yield "variants", ", ".join(v.name for v in suite.variants)
    if prepared.asked_clients != (OWN_CLIENT,):
        yield "clients", ", ".join(suite.clients)
    yield from (("skipped", f"{name}: {why}") for name, why in prepared.skipped.items())
    workloads = []
    for workload in suite.workloads:
        # The clients that do not have the workload's loop are left out.
        there = {run.client for run in runs if run.workload.name == workload.name}
        absent = ", ".join(name for name in suite.clients if name not in there)
        workloads.append(workload.name + (f" (without {absent})" if absent else ""))
    yield "workloads", ", ".join(workloads)
    counts = sorted({v.repetitions or suite.repetitions for v in suite.variants})
    each = "to".join(f" {count} " for count in dict.fromkeys((counts[0], counts[-1])))
    yield "runs", f"{len(runs)},{each}of each kind, a fresh server for each; seed {prepared.seed}"
    if any(w.pinned for w in suite.workloads):
        yield "pinned", _LAUNCHED if prepared.options.launcher else pins_text(prepared.pins)
    ideals_s = sum(run.ideal_ms or 0 for run in runs) / 1000
    ideals = f" (the ideals alone add up to {short_text(ideals_s)})" if ideals_s else ""
    yield "expected", f"{short_text(sum(run.expected_s for run in runs))}{ideals}"
    if objective := prepared.options.objective:
        yield "objective", f"{objective}: the highest rate of each variant is searched for, after the runs"


def pins_text(chosen: Pins | None) -> str:
    if chosen is None:
        return "no: this machine has one core only, and the figures are of both together"
    text = f"the server to core {chosen.server}, the load generator to core {chosen.client}"
    return text + (", which are two threads of one core" if share_a_core(chosen) else "")
