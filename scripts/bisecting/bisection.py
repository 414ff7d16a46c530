"""One bisect from its first block to its report, in a folder of its own."""

import math
import secrets
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from bisecting.history import Commit
from bisecting.kept import BisectFolder, ratios_of
from bisecting.options import BisectOptions
from bisecting.posterior import LUCK_OF_SHUFFLED
from bisecting.search import Conclusion, Evidence, SearchRule, conclusion_of, search
from bisecting.steps import Steps, cells_of
from bisecting.words import Report, figures, progress
from cli.errors import CommandFailed
from gating.blocks import METRICS
from gating.gate import SHUFFLED, layouts_of
from gating.options import REQUESTED
from gating.procedure import InvalidMeasurement
from gating.words import percent
from processes.interrupts import Interrupts
from processes.machine import build_info, machine
from recordings.writer import now
from sides.repository import Tell
from sides.sides import Sides
from text.units import short_text

_SETTINGS = "cells target connections rate block_ms slice_ms warm_up_ms layouts".split()


class Bisection:
    """`commits` by place, GOOD first. Raises UsageError where the folder is of another bisect."""

    def __init__(
        self, options: BisectOptions, commits: list[Commit], folder: Path, interrupts: Interrupts, tell: Tell
    ):
        self._options, self._commits, self._tell = options, commits, tell
        self._rule = SearchRule(-math.log1p(-options.margin), options.confidence, options.batch)
        self._began = time.monotonic()
        settings = {name: getattr(options, name) for name in (*_SETTINGS, *REQUESTED)}
        settings |= {"good": commits[0].name, "bad": commits[-1].name}
        self._kept = BisectFolder(folder, commits, settings)
        self._evidence = Evidence(skipped=self._kept.skipped())
        seed = secrets.randbelow(2**31) if options.seed is None else options.seed
        deadline = self._began + options.budget_s
        how = (interrupts, self._evidence.skipped, deadline, seed, tell)
        self.steps = Steps(options, commits, self._kept, *how)
        self._cell, self._over = "", "the time is over (--budget)"
        about = {"machine": machine(), "build": build_info(options.build), "started_at": now()}
        self._about: dict[str, Any] = {**settings, "seed": seed, **about}

    def run(self) -> Report:
        """What came out, which the folder has as posterior.json too. Raises CommandFailed, Interrupted."""
        last, metric = self.steps.last, self._options.metric
        try:
            good = self.steps.good_alone()
            self._tell(layouts := layouts_of(self._options, good))
            if layouts == SHUFFLED:
                self._rule = replace(self._rule, most_luck=LUCK_OF_SHUFFLED)
            self._cell = self._cell_that_is_slower(good)
            self._evidence.samples = self._kept.samples(self._cell, metric)
            how = (self._measure, self.steps.price_s, self._on_conclusion)
            conclusion = search(last, self._rule, self._evidence, *how)
        except InvalidMeasurement as failure:
            self._over, conclusion = str(failure), conclusion_of(last, self._rule, self._evidence)
        return self._report(conclusion)

    def _measure(self, place: int) -> bool:
        in_time = self.steps.measure(place, self._cell)
        blocks, metric = self._kept.recording(place).blocks(self._cell), self._options.metric
        self._evidence.samples[place] = ratios_of(blocks, metric)
        if blocks and not self._evidence.samples[place]:
            lacking = f"no block of {self._commits[place].short} has it on both sides, by the same clock"
            raise CommandFailed(f"--metric: {metric}: {lacking}: name another")
        return in_time

    def _on_conclusion(self, conclusion: Conclusion) -> None:
        left = short_text(self.steps.deadline - time.monotonic())
        self._tell(f"{progress(self._report(conclusion))} ({left} at most left)")

    def _report(self, conclusion: Conclusion) -> Report:
        what = (conclusion, self._rule, self._cell, self._options.metric, self._over)
        report = Report(self._commits, self._evidence, *what, others=self._others())
        took = {"finished_at": now(), "took_s": round(time.monotonic() - self._began, 1)}
        self._kept.keep_posterior({**figures(report), **self._about, **took})
        return report

    def _others(self) -> dict[str, list[float]]:
        blocks = self._kept.recording(self.steps.last).blocks(self._cell)
        ratios = {name: ratios_of(blocks, name) for name in METRICS if name != self._options.metric}
        return {name: each for name, each in ratios.items() if each}

    def _cell_that_is_slower(self, good: Sides) -> str:
        """The one cell there is; of several, the one that a batch of blocks of BAD shows to be slower."""
        names, last = [cell.name for cell in cells_of(self._options, good)], self.steps.last
        if len(names) == 1:
            return names[0]
        changes: dict[str, float] = {}
        for name in names:
            if not self._kept.recording(last).blocks(name):
                self.steps.measure(last, name)
            blocks = self._kept.recording(last).blocks(name)[: self._options.batch]
            if ratios := ratios_of(blocks, self._options.metric):
                changes[name] = median(ratios)
        slowest = min(changes, key=lambda name: changes[name], default=names[0])
        said = ", ".join(f"{name} {percent(change):+.1f} %" for name, change in changes.items())
        self._tell(f"BAD against GOOD: {said}: goes on with {slowest} (--cells names another)")
        return slowest
