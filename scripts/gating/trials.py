"""Measures the gate itself: --aa gates a build against itself, --power against a handicap of known cost.

Resumable: gates and quads that are in the folder are reused. Real gates are counted with their exact
interval; what is resampled from their quads is called a simulation.
"""

from __future__ import annotations

import json
import math
import random
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import UsageError
from cli.files import replace_file, replace_json
from cli.paths import from_here, portable, results_folder
from gating.cells import build_cells, command_cells
from gating.gate_csv import GateCsv
from gating.options import GateOptions
from gating.procedure import TURN, BenchmarkFailed, InvalidMeasurement
from gating.quad import BASELINE, CANDIDATE, MAIN, REPEAT, Quad
from gating.run import GateRun, about
from gating.simulation import blocks_of
from gating.slice_load import GateCell
from gating.trials_report import Report, aa_report, power_report
from gating.verdict import Rule, Verdict
from processes.interrupts import Interrupts
from recordings.writer import new_folder
from stats.quantiles import median
from text.table import say

if TYPE_CHECKING:
    from rich.console import Console

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

    def cell(self, handicap_ns: int) -> GateCell:
        """The one that is measured; the candidate is made slower by the handicap."""
        options = self.run.options
        if options.baseline_cmd:
            [cell] = command_cells(options)
        else:
            [cell] = build_cells(options, self.build, self.build, handicap_ns)
        return cell

    def say(self, text: str) -> None:
        say(self.run.console, text)

    def keep(self, name: str, report: Report) -> None:
        """Replaces the report as Markdown and as figures."""
        text, figures = report
        replace_file(self.folder / f"{name}.md", text)
        replace_json(self.folder / f"{name}.json", figures)


def run_trials(options: GateOptions, rule: Rule, console: Console) -> int:
    """--aa or --power; 0 when all of it is measured, 2 when a side failed."""
    build = Path(options.baseline) if options.baseline else options.build
    if not build.is_dir():
        raise UsageError(f"--baseline: {build}: no such folder: name one that is built, as build/release")
    options = _with_one_cell(options)
    folder = options.output or new_folder(results_folder(), f"gate-{options.mode}")
    seed = options.seed or 1  # resumed trials go through the same random numbers
    _check_same(folder, options, rule)
    say(console, f"gate: {from_here(folder)}: what is there already is reused")
    with Interrupts() as interrupts:
        run = GateRun(options, rule, console, interrupts, about(options, (portable(build), None)))
        trials = Trials(run, folder, build.resolve(), seed)
        try:
            report = _aa(trials) if options.mode == "aa" else _power(trials)
        except (BenchmarkFailed, InvalidMeasurement) as failure:
            say(console, f"gate: {failure}")
            return Verdict.FAILED.exit_code
    say(console, report)
    if options.markdown:
        replace_file(options.markdown, report)
    return 0


def _aa(trials: Trials) -> str:
    verdicts: list[str] = []
    quads: list[Quad] = []
    runs = trials.run.options.runs
    for number in range(1, runs + 1):
        verdicts.append(_gate(trials, number, handicap_ns=0))
        quads += _quads_of(trials.folder / "runs" / f"{number:03}", MAIN)
        report = aa_report(verdicts, blocks_of(quads), trials.run.rule, simulated=number == runs)
        trials.keep("aa", report)
    return report[0]


def _power(trials: Trials) -> str:
    handicaps = _handicaps(trials)
    folders = {level: trials.folder / "levels" / f"{level:02}" for level in handicaps}
    for count in range(TURN, QUADS_PER_LEVEL + 1, TURN):  # some of each in turn, so that all drift alike
        for level, handicap_ns in handicaps.items():
            _measure(trials, folders[level], trials.cell(handicap_ns), count)
    levels = {level: (ns, _quads_of(folders[level], MAIN)) for level, ns in handicaps.items()}
    gates: list[tuple[str, list[Quad]]] = []
    for number in range(1, trials.run.options.runs + 1):
        verdict = _gate(trials, number, handicaps[max(LEVELS)])
        gates.append((verdict, _quads_of(trials.folder / "runs" / f"{number:03}", MAIN, REPEAT)))
    report = power_report(levels, gates, trials.run.rule)
    trials.keep("power", report)
    return report[0]


def _gate(trials: Trials, number: int, handicap_ns: int) -> str:
    """The verdict of one real gate, which is measured unless it has been."""
    folder = trials.folder / "runs" / f"{number:03}"
    done = folder / "verdict.json"
    if not done.is_file():
        trials.say(f"gate {number} of {trials.run.options.runs}")
        seed = random.Random(f"{trials.seed} {number}").randrange(2**31)
        decision = trials.run.measure([trials.cell(handicap_ns)], folder, seed)
        if decision.verdict is Verdict.FAILED:
            done.unlink()  # a side that failed is not a gate's verdict
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
    _measure(trials, pilot, trials.cell(_PILOT_NS), _PILOT_QUADS)
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
    details = {"cpu_ns_per_request": round(cpu_ns), "cost_of_a_ns": round(cost, 3), "handicap_ns": sized}
    replace_json(plan, details)
    return sized


def _measure(trials: Trials, folder: Path, cell: GateCell, count: int) -> None:
    """Brings the folder's gate.csv to so many quads of the one cell."""
    folder.mkdir(parents=True, exist_ok=True)
    store = GateCsv(folder / "gate.csv")
    with tempfile.TemporaryDirectory(prefix="gate-") as scratch:
        # Another order of slices in every turn, the same one when the turn has to be measured again.
        rng = random.Random(f"{trials.seed} {folder.name} {count}")
        duel = trials.run.duel([cell], Path(scratch), store, rng, deadline=math.inf)
        while (have := len(store.quads(cell.name, MAIN))) < count:
            duel.quads(cell.name, MAIN, have, min(TURN, count - have))
            trials.say(f"{folder.name}: {min(have + TURN, count)} quads")


def _quads_of(folder: Path, *stages: str) -> list[Quad]:
    store = GateCsv(folder / "gate.csv")
    return [quad for stage in stages for cell in store.cells for quad in store.quads(cell, stage)]


def _with_one_cell(options: GateOptions) -> GateOptions:
    cells = options.cells or (None if options.baseline_cmd else (_DEFAULT_CELL,))
    if cells and len(cells) > 1:
        raise UsageError(f"--cells: {','.join(cells)}: --{options.mode} measures one cell at a time")
    return replace(options, cells=cells)


def _check_same(folder: Path, options: GateOptions, rule: Rule) -> None:
    """Quads of another cell, margin or length of slice must not be mixed with these."""
    settings = {
        "mode": options.mode,
        "cells": list(options.cells or options.baseline_cmd or ()),
        "margin": rule.margin,
    }
    for name in ("target", "connections", "slice_ms", "warm_up_ms", "quads_per_start"):
        settings[name] = getattr(options, name)
    path = folder / "settings.json"
    if not path.is_file():
        replace_json(path, settings)
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    for name, value in settings.items():
        if before.get(name) != value:
            fix = "name another folder, or give the same flags"
            raise UsageError(
                f"--output: {folder} has trials with {name} {before.get(name)!r}, not {value!r}: {fix}"
            )
