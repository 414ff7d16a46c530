"""Measures the gate itself: --aa gates a build against itself, --power against a handicap of known cost,
--check-machine says what the machine would see.

Resumable: gates and blocks that are in the folder are reused.
"""

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import UsageError
from cli.files import replace_file, replace_json
from cli.paths import from_here, portable, results_folder
from gating.blocks import CANDIDATE, SIDES, Block
from gating.cells import GateCell, build_cells, command_cells
from gating.gate import Gates, about
from gating.measuring import block_s
from gating.options import GateOptions
from gating.procedure import BenchmarkFailed
from gating.recorded import GateRecording
from gating.trials_report import Level, aa_report, machine_report, power_report
from gating.verdict import CAPACITY, Rule, Verdict
from processes.interrupts import Interrupts
from recordings.writer import new_folder
from stats.rank_tests import hodges_lehmann
from text.table import say

if TYPE_CHECKING:
    from rich.console import Console

LEVELS = (1, 2, 5, 10)  # per cent of the slower server's CPU per request, which its capacity falls by
BLOCKS_PER_LEVEL = 24
_PILOT_NS = 10_000
_MACHINE_S = 60.0
_UNBOUNDED_S = 86_400.0


def run_trials(options: GateOptions, rule: Rule, console: "Console") -> int:
    """0 when all of it is measured, 2 when a side failed."""
    build = Path(options.baseline) if options.baseline else options.build
    if not build.is_dir():
        raise UsageError(f"--baseline: {build}: no such folder: name one that is built, as build/release")
    folder = options.output or new_folder(results_folder(), f"gate-{options.mode.replace('_', '-')}")
    _check_same(folder, options)
    say(console, f"trials are in {from_here(folder)}; the same command with --output goes on with them")
    builds = None if options.baseline_cmd else dict.fromkeys(SIDES, build.resolve())
    with Interrupts() as interrupts:
        details = about(options, (portable(build), None), builds)
        trials = Trials(Gates(options, rule, console, interrupts, builds, details), folder)
        text, figures = {"aa": trials.aa, "power": trials.power}.get(options.mode, trials.machine)()
    replace_file(folder / f"{options.mode}.md", text)
    replace_json(folder / f"{options.mode}.json", {**figures, "about": details})
    say(console, text)
    if options.markdown:
        replace_file(options.markdown, text)
    return 0


class Trials:
    """One folder of trials: `runs/` has the gates, by number, and `blocks/` what was measured beside them."""

    def __init__(self, gates: Gates, folder: Path):
        self._gates = gates
        self._folder = folder
        self._options = gates.options

    def aa(self) -> tuple[str, dict[str, Any]]:
        """Every second gate has a candidate with functions that nobody calls."""
        verdicts = []
        for number in range(1, (self._options.aa or 0) + 1):
            padded = CANDIDATE if number % 2 == 0 and self._gates.builds else None
            verdicts.append(self._gate(number, self._cells(), padded))
        return aa_report(verdicts, self._blocks_of_gates(), self._gates.rule)

    def power(self) -> tuple[str, dict[str, Any]]:
        """Each level's blocks, some of each in turn so that all drift alike; gates at twice the margin."""
        goal = 200 * self._gates.rule.margin
        levels = []
        for name in [cell.name for cell in self._cells()]:
            cost, cpu_ns = self._cost_of_a_ns(name)
            sizes = {level: round(cpu_ns * level / (100 - level) / cost) for level in (*LEVELS, goal)}
            for count in range(6, BLOCKS_PER_LEVEL + 1, 6):
                for level in LEVELS:
                    self._measure(name, sizes[level], count)
            levels += [
                Level(name, level, sizes[level], self._measure(name, sizes[level], 0)) for level in LEVELS
            ]
            levels.append(Level(name, goal, sizes[goal], []))
        at_goal = [level for level in levels if level.percent == goal and not level.blocks]
        verdicts = []
        for number in range(1, (self._options.power or 0) + 1):
            level = at_goal[number % len(at_goal)]
            verdicts.append(self._gate(number, [self._cell(level.cell, level.handicap_ns)]))
        gates = self._blocks_of_gates()
        return power_report([v for v in levels if v.blocks], verdicts, gates, goal / 100, self._gates.rule)

    def machine(self) -> tuple[str, dict[str, Any]]:
        each_s = block_s(self._options)
        names = [cell.name for cell in self._cells()]
        blocks = {name: self._measure(name, 0, math.ceil(_MACHINE_S / len(names) / each_s)) for name in names}
        return machine_report(blocks, each_s, self._gates.rule)

    def _cells(self) -> list[GateCell]:
        if self._gates.builds is None:
            return command_cells(self._options)
        return build_cells(self._options, self._gates.builds)

    def _cell(self, name: str, handicap_ns: int) -> GateCell:
        cells = build_cells(self._options, self._gates.builds, handicap_ns) if handicap_ns else self._cells()
        return next(cell for cell in cells if cell.name == name)

    def _gate(self, number: int, cells: list[GateCell], padded: str | None = None) -> dict[str, Any]:
        """The verdict.json of one real gate, which is measured unless it has been."""
        folder = self._folder / "runs" / f"{number:03}"
        done = folder / "verdict.json"
        if not done.is_file():
            seed = random.Random(f"{self._options.seed or 1} {number}").randrange(2**31)
            decision = self._gates.run(cells, folder, seed, padded)
            if decision.verdict is Verdict.FAILED:
                done.unlink()  # a side that failed is not a gate's verdict
                raise BenchmarkFailed(decision.reason)
            say(self._gates.console, f"gate {number}: {decision.verdict}")
        return json.loads(done.read_text(encoding="utf-8"))

    def _blocks_of_gates(self) -> dict[str, list[Block]]:
        """The blocks of all gates, by cell, in the order in which they were measured."""
        blocks: dict[str, list[Block]] = {}
        for folder in sorted((self._folder / "runs").glob("*/")):
            recording = GateRecording(folder)
            for cell in recording.cells:
                blocks.setdefault(cell, []).extend(recording.blocks(cell))
        return blocks

    def _measure(self, name: str, handicap_ns: int, count: int) -> list[Block]:
        """The blocks with this handicap, at least so many of them."""
        folder = self._folder / "blocks" / f"{name.replace('/', '_')}-{handicap_ns}"
        recording = GateRecording(folder)
        if len(recording.blocks(name)) < count:
            rule = replace(self._gates.rule, looks=(count,))
            gates = replace(self._gates, rule=rule, options=replace(self._options, budget_s=_UNBOUNDED_S))
            decision = gates.run([self._cell(name, handicap_ns)], folder, handicap_ns)
            if decision.verdict in (Verdict.FAILED, Verdict.INVALID):
                raise BenchmarkFailed(decision.reason)
        return GateRecording(folder).blocks(name)

    def _cost_of_a_ns(self, name: str) -> tuple[float, float]:
        """What a nanosecond of handicap costs in CPU time, and the nanoseconds of CPU per request without.

        The servers time the handicap at their start, alone on the core; under load, with its caches and its
        neighbours, a nanosecond of it costs a little more or less than one.
        """
        blocks = self._measure(name, _PILOT_NS, 8)
        per_request = [1e9 / block.level[CAPACITY][0] for block in blocks]
        cpu_ns = hodges_lehmann(per_request)
        ratio = math.exp(-hodges_lehmann([block.difference[CAPACITY] for block in blocks]))
        cost = cpu_ns * (ratio - 1) / _PILOT_NS
        if cost < 0.5:
            raise BenchmarkFailed(
                f"{name}: a handicap of {_PILOT_NS} ns costs {cost:.2f} of that: it does not work"
            )
        return cost, cpu_ns


def _check_same(folder: Path, options: GateOptions) -> None:
    """Blocks of other cells, margins or lengths must not be mixed with these."""
    names = ("mode", "margin", "target", "connections", "block_ms", "slice_ms", "warm_up_ms", "rate")
    settings = {name: getattr(options, name) for name in names}
    settings["cells"] = list(options.cells or options.baseline_cmd or ())
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
