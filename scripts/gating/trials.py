"""Measures the gate itself: --aa gates a build against itself, --power against a handicap of known cost.

Resumable: a folder that has some of the gates or quads is gone on from, and nothing in it is measured twice.
Real gates are counted with their exact interval; what is resampled from their quads is called a simulation.
"""

from __future__ import annotations

import json
import math
import random
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gating.cells import build_cells, command_cells
from gating.duel import Duel
from gating.files import write
from gating.gate_csv import GateCsv
from gating.options import GateOptions, UsageError
from gating.procedure import TURN, BenchmarkFailed, InvalidMeasurement
from gating.quad import BASELINE, CANDIDATE, MAIN, REPEAT, Quad
from gating.run import GateRun, about, setup_of
from gating.simulation import blocks_of
from gating.slice_load import Cell
from gating.trials_report import aa_report, power_report
from gating.verdict import Rule, Verdict
from processes.interrupts import Interrupts
from cli.paths import portable, results_folder, shown
from recordings.writer import new_folder
from stats.quantiles import median

LEVELS = (0, 5, 10)  # per cent of the slower server's CPU per request, which its capacity falls by
QUADS_PER_LEVEL = 32
_PILOT_QUADS = 8
_PILOT_NS = 10_000
_DEFAULT_CELL = "async"


@dataclass(frozen=True)
class Trials:
    """One folder of trials and what all its gates share."""

    run: GateRun
    folder: Path
    build: Path
    seed: int

    def cells(self, handicap_ns: int = 0) -> list[Cell]:
        options = self.run.options
        if options.baseline_cmd:
            return command_cells(options)
        return build_cells(options, self.build, self.build, handicap_ns)


def run_trials(options: GateOptions, rule: Rule, console: Any) -> int:
    """--aa or --power, from where it was left; 0 when all of it is measured, 2 when a side failed."""
    build = Path(options.baseline) if options.baseline else options.build
    if not build.is_dir():
        raise UsageError([f"--baseline: {build}: no such folder: name one that is built, as build/release"])
    options = _with_one_cell(options)
    folder = options.output or new_folder(results_folder(), f"gate-{options.mode}")
    seed = options.seed or 1  # a trial that is gone on from draws on from its runs' numbers
    _check_same(folder, options, rule)
    console.print(
        f"gate: {shown(folder)}: going on from what is there, if anything", markup=False, highlight=False
    )
    details = about(options, portable(build), None)
    with Interrupts() as interrupts:
        run = GateRun(options, rule, console, interrupts, details)
        trials = Trials(run, folder, build.resolve(), seed)
        try:
            report = _aa(trials) if options.mode == "aa" else _power(trials)
        except (BenchmarkFailed, InvalidMeasurement) as failure:
            console.print(f"gate: {failure}", markup=False, highlight=False)
            return Verdict.FAILED.exit_code
    console.print(report, markup=False, highlight=False, soft_wrap=True)
    if options.markdown:
        write(options.markdown, report)
    return 0


def _aa(trials: Trials) -> str:
    verdicts: list[str] = []
    quads: list[Quad] = []
    runs = trials.run.options.runs
    for number in range(1, runs + 1):
        verdicts.append(_gate(trials, number, runs, handicap_ns=0))
        quads += _quads_of(trials.folder / "runs" / f"{number:03}", MAIN)
        report, figures = aa_report(verdicts, blocks_of(quads), trials.run.rule, simulated=number == runs)
        write(trials.folder / "aa.json", json.dumps(figures, indent=2) + "\n")
        write(trials.folder / "aa.md", report)
    return report


def _power(trials: Trials) -> str:
    handicaps = _handicaps(trials)
    for wanted in range(TURN, QUADS_PER_LEVEL + 1, TURN):  # some of each in turn, so that all drift alike
        for level, handicap_ns in handicaps.items():
            _measure(trials, trials.folder / "levels" / f"{level:02}", trials.cells(handicap_ns), wanted)
    levels = {
        level: (ns, _quads_of(trials.folder / "levels" / f"{level:02}", MAIN))
        for level, ns in handicaps.items()
    }
    gates: list[tuple[str, list[Quad]]] = []
    runs = trials.run.options.runs
    for number in range(1, runs + 1):
        verdict = _gate(trials, number, runs, handicaps[max(LEVELS)])
        folder = trials.folder / "runs" / f"{number:03}"
        gates.append((verdict, _quads_of(folder, MAIN) + _quads_of(folder, REPEAT)))
    report, figures = power_report(levels, gates, trials.run.rule)
    write(trials.folder / "power.json", json.dumps(figures, indent=2) + "\n")
    write(trials.folder / "power.md", report)
    return report


def _gate(trials: Trials, number: int, runs: int, handicap_ns: int) -> str:
    """The verdict of one real gate, which is measured unless it has been."""
    folder = trials.folder / "runs" / f"{number:03}"
    done = folder / "verdict.json"
    if not done.is_file():
        trials.run.console.print(f"gate {number} of {runs}", highlight=False)
        seed = random.Random(f"{trials.seed} {number}").randrange(2**31)
        decision = trials.run.measure(trials.cells(handicap_ns), folder, seed)
        if decision.verdict is Verdict.FAILED:
            done.unlink()  # a build that failed has said nothing of the gate
            raise BenchmarkFailed(decision.reason)
    return json.loads(done.read_text(encoding="utf-8"))["verdict"]


def _handicaps(trials: Trials) -> dict[int, int]:
    """Nanoseconds by level, sized once by a pilot: to the CPU per request and to what a handicap costs.

    The servers time the handicap at their start, alone on the core; under load, with its caches and its
    neighbours, a nanosecond of it costs a little more or less than one.
    """
    plan = trials.folder / "handicaps.json"
    if plan.is_file():
        return {int(level): ns for level, ns in json.loads(plan.read_text())["handicap_ns"].items()}
    pilot = trials.folder / "pilot"
    _measure(trials, pilot, trials.cells(_PILOT_NS), _PILOT_QUADS)
    slices = [s for s in GateCsv(pilot / "gate.csv").slices if s.used]
    cpu_ns, slower_ns = (
        1000 * median(s.server_cpu_us_per_request for s in slices if s.side == side)
        for side in (BASELINE, CANDIDATE)
    )
    cost = (slower_ns - cpu_ns) / _PILOT_NS
    if cost < 0.5:
        raise BenchmarkFailed(
            f"a handicap of {_PILOT_NS} ns costs {slower_ns - cpu_ns:.0f} ns: it does not work"
        )
    sized = {level: round(cpu_ns * level / (100 - level) / cost) for level in LEVELS}
    found = {"cpu_ns_per_request": round(cpu_ns), "cost_of_a_ns": round(cost, 3), "handicap_ns": sized}
    write(plan, json.dumps(found, indent=2) + "\n")
    return sized


def _measure(trials: Trials, folder: Path, cells: list[Cell], wanted: int) -> None:
    """Brings the folder's gate.csv to so many quads of the one cell."""
    folder.mkdir(parents=True, exist_ok=True)
    store = GateCsv(folder / "gate.csv")
    [cell] = cells
    with tempfile.TemporaryDirectory(prefix="gate-") as scratch:
        setup = setup_of(trials.run.options, Path(scratch))
        # Another order of slices in every turn, the same one when the turn has to be measured again.
        rng = random.Random(f"{trials.seed} {folder.name} {wanted}")
        duel = Duel(cells, setup, store, trials.run.interrupts, rng, _no_limit)
        while (have := len(store.quads(cell.name, MAIN))) < wanted:
            duel.quads(cell.name, MAIN, have, min(TURN, wanted - have))
            trials.run.console.print(f"{folder.name}: {min(have + TURN, wanted)} quads", highlight=False)


def _no_limit() -> float:
    return math.inf


def _quads_of(folder: Path, stage: str) -> list[Quad]:
    store = GateCsv(folder / "gate.csv")
    return [quad for cell in store.cells for quad in store.quads(cell, stage)]


def _with_one_cell(options: GateOptions) -> GateOptions:
    cells = options.cells or (None if options.baseline_cmd else (_DEFAULT_CELL,))
    if cells and len(cells) > 1:
        raise UsageError([f"--cells: {','.join(cells)}: --{options.mode} measures one cell at a time"])
    return replace(options, cells=cells)


def _check_same(folder: Path, options: GateOptions, rule: Rule) -> None:
    """Quads of another cell, margin or length of slice must not be mixed with these."""
    settings = {
        "mode": options.mode,
        "cells": list(options.cells or options.baseline_cmd or ()),
        "target": options.target,
        "connections": options.connections,
        "slice_ms": options.slice_ms,
        "warm_up_ms": options.warm_up_ms,
        "quads_per_start": options.quads_per_start,
        "margin": rule.margin,
    }
    path = folder / "settings.json"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write(path, json.dumps(settings, indent=2) + "\n")
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    differing = [name for name, value in settings.items() if before.get(name) != value]
    if differing:
        name = differing[0]
        raise UsageError(
            [f"--output: {folder} has trials with {name} {before.get(name)!r}, not {settings[name]!r}: "
             "name another folder, or give the same flags"]  # fmt: skip
        )
