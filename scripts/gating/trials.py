"""Measures the gate itself: --repeat makes one gate many times, so that its wrong verdicts can be counted;
--check-machine says what a gate here would see.

Resumable: gates and blocks that are in the folder are reused.
"""

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from cli.files import replace_file, replace_json
from gating.blocks import Block
from gating.gate import Gates
from gating.measuring import block_s
from gating.options import REQUESTED
from gating.procedure import BenchmarkFailed
from gating.recorded import GateRecording, keep_same
from gating.trials_report import machine_report, repeat_report
from gating.verdict import CAPACITY, Verdict
from sides.cells import BASELINE, CANDIDATE, SIDES, CellsOf
from text.table import say

_PILOT_BLOCKS = 10
_MACHINE_S = 60.0
_UNBOUNDED_S = 86_400.0
_SETTINGS = "mode margin target connections block_ms slice_ms warm_up_ms rate handicap".split()


def run_trials(gates: Gates, cells_of: CellsOf, folder: Path) -> str:
    """What they come to, as Markdown, which the folder has too. Raises CommandFailed where a side failed."""
    settings = {name: getattr(gates.options, name) for name in (*_SETTINGS, *REQUESTED)}
    settings |= {"cells": list(gates.options.cells or ()), **{side: gates.about[side] for side in SIDES}}
    keep_same(folder, settings, "trials")  # those of other sides, cells or margins are not mixed with these
    if gates.options.repeat:
        text, figures = _repeat(gates, cells_of, folder)
    else:
        each_s = block_s(gates.options)
        count = math.ceil(_MACHINE_S / len(cells_of({})) / each_s)
        text, figures = machine_report(_measured(gates, cells_of, folder, count), each_s, gates.rule)
    replace_file(folder / "trials.md", text)
    replace_json(folder / "trials.json", {**figures, "about": gates.about})
    return text


def _repeat(gates: Gates, cells_of: CellsOf, folder: Path) -> tuple[str, dict[str, Any]]:
    """Where both sides are one build, every second candidate has functions that nobody calls."""
    options, builds, share = gates.options, gates.builds, gates.options.handicap
    is_one_build = builds is not None and builds[BASELINE] == builds[CANDIDATE]
    verdicts, blocks, burnt = [], {}, {}
    # What a request needs differs from hour to hour: a gate is given a share of what the last one measured.
    last = _measured(gates, cells_of, folder / "pilot", _PILOT_BLOCKS) if share else {}
    for number in range(1, options.repeat + 1):
        run = folder / "runs" / f"{number:03}"
        done = run / "verdict.json"
        # In nanoseconds: the share of the CPU per request of a server that is slower by it.
        handicaps = {cell: round(_cpu_ns(each) * share / (1 - share)) for cell, each in last.items()}
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
            blocks.setdefault(cell, []).extend(each := recording.blocks(cell))
            if each and handicaps:
                last[cell] = each
                burnt.setdefault(cell, []).extend([handicaps[cell] / _cpu_ns(each)] * len(each))
    burnt_shares = {cell: mean(each) for cell, each in burnt.items()}
    return repeat_report(verdicts, blocks, gates.rule, share, burnt_shares)


def _measured(gates: Gates, cells_of: CellsOf, folder: Path, count: int) -> dict[str, list[Block]]:
    unbounded = replace(gates.options, budget_s=_UNBOUNDED_S)
    gates = replace(gates, rule=replace(gates.rule, looks=(count,)), options=unbounded)
    decision = gates.run(cells_of({}), folder, seed=1)
    if decision.verdict in (Verdict.FAILED, Verdict.INVALID):
        raise BenchmarkFailed(decision.reason)
    recording = GateRecording(folder)
    return {cell: recording.blocks(cell) for cell in recording.cells}


def _cpu_ns(blocks: list[Block]) -> float:
    """What the baseline needed for a request."""
    return mean(1e9 / block.level[CAPACITY][0] for block in blocks)
