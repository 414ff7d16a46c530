"""Measures the gate itself: --repeat makes one gate many times, so that its wrong verdicts can be counted;
--check-machine says what a gate here would see.

Resumable: gates and blocks that are in the folder are reused.
"""

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.errors import UsageError
from cli.files import replace_file, replace_json
from gating.blocks import BASELINE, CANDIDATE, Block
from gating.cells import CellsOf
from gating.gate import Gates
from gating.measuring import block_s
from gating.procedure import BenchmarkFailed
from gating.recorded import GateRecording
from gating.trials_report import machine_report, repeat_report
from gating.verdict import CAPACITY, Verdict
from stats.rank_tests import hodges_lehmann
from text.table import say

_PILOT_NS = 10_000
_PILOT_BLOCKS = 10
_MACHINE_S = 60.0
_UNBOUNDED_S = 86_400.0
_SETTINGS = "mode margin target connections block_ms slice_ms warm_up_ms rate handicap".split()


def run_trials(gates: Gates, cells_of: CellsOf, folder: Path) -> str:
    """What they come to, as Markdown, which the folder has too. Raises CommandFailed where a side failed."""
    _check_same(gates, folder)
    measure = _repeat if gates.options.repeat else _check_machine
    text, figures = measure(gates, cells_of, folder)
    replace_file(folder / "trials.md", text)
    replace_json(folder / "trials.json", {**figures, "about": gates.about})
    return text


def _repeat(gates: Gates, cells_of: CellsOf, folder: Path) -> tuple[str, dict[str, Any]]:
    """Where both sides are one build, every second candidate has functions that nobody calls."""
    options, builds = gates.options, gates.builds
    handicaps = _handicaps(gates, cells_of, folder / "pilot") if options.handicap else {}
    is_one_build = builds is not None and builds[BASELINE] == builds[CANDIDATE]
    verdicts, blocks = [], {}
    for number in range(1, options.repeat + 1):
        run = folder / "runs" / f"{number:03}"
        done = run / "verdict.json"
        if not done.is_file():
            seed = random.Random(f"{options.seed or 1} {number}").randrange(2**31)
            padded = CANDIDATE if is_one_build and number % 2 == 0 else None
            decision = gates.run(cells_of(handicaps), run, seed, padded)
            if decision.verdict is Verdict.FAILED:
                done.unlink()  # it is no trial of a gate
                raise BenchmarkFailed(decision.reason)
            say(gates.console, f"gate {number}: {decision.verdict}")
        verdicts.append(json.loads(done.read_text(encoding="utf-8")))
        recording = GateRecording(run)
        for cell in recording.cells:
            blocks.setdefault(cell, []).extend(recording.blocks(cell))
    return repeat_report(verdicts, blocks, gates.rule, options.handicap, handicaps)


def _check_machine(gates: Gates, cells_of: CellsOf, folder: Path) -> tuple[str, dict[str, Any]]:
    each_s = block_s(gates.options)
    count = math.ceil(_MACHINE_S / len(cells_of({})) / each_s)
    return machine_report(_measured(gates, cells_of, folder, {}, count), each_s, gates.rule)


def _measured(
    gates: Gates, cells_of: CellsOf, folder: Path, handicaps: dict[str, int], count: int
) -> dict[str, list[Block]]:
    """So many blocks of each cell."""
    unbounded = replace(gates.options, budget_s=_UNBOUNDED_S)
    gates = replace(gates, rule=replace(gates.rule, looks=(count,)), options=unbounded)
    decision = gates.run(cells_of(handicaps), folder, seed=1)
    if decision.verdict in (Verdict.FAILED, Verdict.INVALID):
        raise BenchmarkFailed(decision.reason)
    recording = GateRecording(folder)
    return {cell: recording.blocks(cell) for cell in recording.cells}


def _handicaps(gates: Gates, cells_of: CellsOf, folder: Path) -> dict[str, int]:
    """By cell, the nanoseconds that are the share asked for of the slower server's CPU per request.

    The servers time a handicap at their start, alone on the core; under load, with its caches and its
    neighbours, a nanosecond of it costs a little more or less than one. So a large one is measured first.
    """
    pilot = dict.fromkeys((cell.name for cell in cells_of({})), _PILOT_NS)
    sizes = {}
    for name, blocks in _measured(gates, cells_of, folder, pilot, _PILOT_BLOCKS).items():
        cpu_ns = hodges_lehmann([1e9 / block.level[CAPACITY][0] for block in blocks])
        ratio = math.exp(-hodges_lehmann([block.difference[CAPACITY] for block in blocks]))
        cost = cpu_ns * (ratio - 1) / _PILOT_NS
        if cost < 0.5:
            fault = f"a handicap of {_PILOT_NS} ns costs {cost:.2f} of that: it does not work"
            raise BenchmarkFailed(f"{name}: {fault}")
        sizes[name] = round(cpu_ns * gates.options.handicap / (1 - gates.options.handicap) / cost)
    return sizes


def _check_same(gates: Gates, folder: Path) -> None:
    """Blocks of other sides, cells, margins or lengths must not be mixed with these."""
    settings = {name: getattr(gates.options, name) for name in _SETTINGS}
    settings |= {
        "cells": list(gates.options.cells or ()),
        **{s: gates.about[s] for s in (BASELINE, CANDIDATE)},
    }
    path = folder / "settings.json"
    if not path.is_file():
        replace_json(path, settings)
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    for name, value in settings.items():
        if before.get(name) != value:
            differs = f"has trials with {name} {before.get(name)!r}, not {value!r}"
            raise UsageError(f"--output: {folder} {differs}: name another folder, or give the same flags")
