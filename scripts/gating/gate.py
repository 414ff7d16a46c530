"""Gates made, each in a folder of its own: one, from its first block to its verdict, and those by which the
gate itself is measured: --repeat makes one gate many times, so that its wrong verdicts can be counted;
--check-machine says what a gate here would see. Resumable: what is in the folder is reused."""

import json
import math
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from cli.files import replace_file, replace_json
from gating.blocks import BenchmarkFailed, Block, GateRecording, keep_same
from gating.layouts import SHUFFLED, Layouts, layouts_of
from gating.measuring import Measuring, block_s
from gating.options import REQUESTED, GateOptions
from gating.trials_report import machine_report, repeat_report
from gating.verdict import CAPACITY, CellResult, Decision, Rule, Verdict, decide
from gating.words import so_far, verdict_figures
from processes.kept_process import Interrupts
from processes.machine import loadgen_json, machine
from recordings.writer import now
from sides.cells import BASELINE, CANDIDATE, SIDES, Cell, slowed
from sides.sides import Sides
from text.table import say
from text.units import short_text

_ABOUT = ("block_ms", "slice_ms", "warm_up_ms", "connections", "rate", *REQUESTED)
_SETTINGS = "mode margin target connections block_ms slice_ms warm_up_ms rate handicap".split()
_PILOT_BLOCKS = 10
_MACHINE_S = 60.0
_UNBOUNDED_S = 86_400.0


@dataclass(frozen=True)
class Gates:
    """What the gates of one invocation share. `builds`: the folder of each side, None for commands."""

    options: GateOptions
    rule: Rule
    console: Any  # rich's, which --help does without
    interrupts: Interrupts
    builds: dict[str, Path] | None
    about: dict[str, Any]

    def run(self, cells: list[Cell], folder: Path, seed: int, padded: str | None = None) -> Decision:
        """A gate in the folder, which may have blocks of it already; writes its verdict.json."""
        folder.mkdir(parents=True, exist_ok=True)
        began, by_name = time.monotonic(), {cell.name: cell for cell in cells}

        def tell(results: Sequence[CellResult]) -> None:
            """A line that is written anew after each block on a terminal; elsewhere a line at each look."""
            left = short_text(self.options.budget_s - (time.monotonic() - began))
            line = f"{so_far(results)} ({left} at most left)"
            if self.console.is_terminal and not self.console.is_dumb_terminal:
                self.console.print(line, end="\r", no_wrap=True, overflow="ellipsis", highlight=False)
            elif all(r.blocks in (0, *self.rule.looks) for r in results):
                say(self.console, line)

        with tempfile.TemporaryDirectory(prefix="gate-") as scratch:
            is_shuffled = self.about["layouts"] == SHUFFLED
            layouts = Layouts(self.builds, Path(scratch), padded) if is_shuffled else None
            how = (self.interrupts, seed, began + self.options.budget_s, layouts)
            source = Measuring(by_name, self.options, Path(scratch), GateRecording(folder), *how)
            decision = decide(list(by_name), self.rule, source.block, tell)
        took = {"seed": seed, "finished_at": now(), "took_s": round(time.monotonic() - began, 1)}
        replace_json(folder / "verdict.json", verdict_figures(decision, self.rule, self.about | took))
        return decision


def about(options: GateOptions, sides: Sides) -> dict[str, Any]:
    """What verdict.json says beside the verdict; paths below the repository as seen from there."""
    what = dict(zip(SIDES, sides.names)) | {"layouts": layouts_of(options, sides.builds)}
    what |= {"machine": machine(), "build": loadgen_json(options.build, "--build-info")}
    return {**what, **{name: getattr(options, name) for name in _ABOUT}, "started_at": now()}


def run_trials(gates: Gates, cells: list[Cell], folder: Path) -> str:
    """What they come to, as Markdown, which the folder has too. Raises CommandFailed where a side failed."""
    options, each_s = gates.options, block_s(gates.options)
    settings = {name: getattr(options, name) for name in (*_SETTINGS, *REQUESTED)}
    settings |= {"cells": list(options.cells or ()), **{side: gates.about[side] for side in SIDES}}
    keep_same(folder, settings, "trials")  # those of other sides, cells or margins are not mixed with these
    if options.repeat:
        text, figures = _repeat(gates, cells, folder)
    else:
        blocks = _measured(gates, cells, folder, math.ceil(_MACHINE_S / len(cells) / each_s))
        text, figures = machine_report(blocks, each_s, gates.rule)
    replace_file(folder / "trials.md", text)
    replace_json(folder / "trials.json", {**figures, "about": gates.about})
    return text


def _repeat(gates: Gates, cells: list[Cell], folder: Path) -> tuple[str, dict[str, Any]]:
    """Where both sides are one build, every second candidate has functions that nobody calls."""
    options, builds, share = gates.options, gates.builds, gates.options.handicap
    is_one_build = builds is not None and builds[BASELINE] == builds[CANDIDATE]
    verdicts, blocks, burnt = [], {}, {}
    # What a request needs differs from hour to hour: a gate is given a share of what the last one measured.
    last = _measured(gates, cells, folder / "pilot", _PILOT_BLOCKS) if share else {}
    for number in range(1, options.repeat + 1):
        run = folder / "runs" / f"{number:03}"
        done = run / "verdict.json"
        # In nanoseconds: the share of the CPU per request of a server that is slower by it.
        handicaps = {cell: round(_cpu_ns(each) * share / (1 - share)) for cell, each in last.items()}
        if not done.is_file():
            seed = random.Random(f"{options.seed or 1} {number}").randrange(2**31)
            padded = CANDIDATE if is_one_build and number % 2 == 0 else None
            slow = [slowed(cell, handicaps[cell.name]) for cell in cells] if share else cells
            decision = gates.run(slow, run, seed, padded)
            if decision.verdict is Verdict.FAILED:
                done.unlink()  # it is no trial of a gate
                raise BenchmarkFailed(decision.reason)
            say(gates.console, f"gate {number}: {decision.verdict}")
        verdicts.append(json.loads(done.read_text(encoding="utf-8")))
        for cell, each in _recorded(run).items():
            blocks.setdefault(cell, []).extend(each)
            if each and handicaps:
                last[cell] = each
                burnt.setdefault(cell, []).extend([handicaps[cell] / _cpu_ns(each)] * len(each))
    return repeat_report(verdicts, blocks, gates.rule, share, {c: mean(each) for c, each in burnt.items()})


def _measured(gates: Gates, cells: list[Cell], folder: Path, count: int) -> dict[str, list[Block]]:
    """So many blocks of each cell, however long they take."""
    options, rule = replace(gates.options, budget_s=_UNBOUNDED_S), replace(gates.rule, looks=(count,))
    decision = replace(gates, rule=rule, options=options).run(cells, folder, seed=1)
    if decision.verdict in (Verdict.FAILED, Verdict.INVALID):
        raise BenchmarkFailed(decision.reason)
    return _recorded(folder)


def _recorded(folder: Path) -> dict[str, list[Block]]:
    recording = GateRecording(folder)
    return {cell: recording.blocks(cell) for cell in recording.cells}


def _cpu_ns(blocks: list[Block]) -> float:
    """What the baseline needed for a request."""
    return mean(1e9 / block.level[CAPACITY][0] for block in blocks)
