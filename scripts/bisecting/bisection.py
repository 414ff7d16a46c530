"""One bisect from its first block to its report, in a folder of its own: each commit built, served and loaded
beside GOOD, as in a gate."""

import math
import random
import secrets
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import mean, median

from bisecting.history import BisectFolder, Commit
from bisecting.options import BisectOptions
from bisecting.search import LUCK_OF_SHUFFLED, Conclusion, Evidence, SearchRule, conclusion_of, search
from bisecting.words import Report, figures, progress
from cli.errors import CommandFailed
from cli.files import replace_json
from costing.measuring import count_cells
from costing.words import judgement
from gating import blocks, gate, layouts, words
from gating.options import REQUESTED
from processes.kept_process import Interrupts
from processes.machine import loadgen_json, machine
from recordings.writer import now
from sides.sides import BASELINE, SIDES, Cell, Side, Sides, pair, side_at, with_rate
from sides.repository import BuildError, Tell
from text.judgement import Judgement
from text.units import short_text

_SETTINGS = "cells target connections rate block_ms slice_ms warm_up_ms layouts".split()


class Bisection:
    """`commits` by place, GOOD first. Raises UsageError where the folder is of another bisect."""

    def __init__(
        self, options: BisectOptions, commits: list[Commit], folder: Path, interrupts: Interrupts, tell: Tell
    ):
        self._options, self._commits, self._interrupts, self._tell = options, commits, interrupts, tell
        self._rule = SearchRule(-math.log1p(-options.margin), options.confidence, options.batch)
        self._began, self._last = time.monotonic(), len(commits) - 1
        self._deadline = self._began + options.budget_s
        settings = {name: getattr(options, name) for name in (*_SETTINGS, *REQUESTED)}
        settings |= {"good": commits[0].name, "bad": commits[-1].name}
        self._kept = BisectFolder(folder, commits, settings)
        self._evidence = Evidence(skipped=self._kept.skipped)
        self._seed = secrets.randbelow(2**31) if options.seed is None else options.seed
        self._sides, self._builds_s = {}, []  # by place, those that are built; what that took
        self._cell, self._over = "", "the time is over (--budget)"
        build = loadgen_json(options.build, "--build-info")
        about = {"machine": machine(), "build": build, "started_at": now()}
        self._about = {**settings, "seed": self._seed, **about}

    def run(self) -> Report:
        """What came out, which the folder has as posterior.json too. Raises CommandFailed, Interrupted."""
        try:
            # What GOOD on both sides says of the cells and of layouts is true of all commits.
            good = pair(self._options, self._side(0), self._side(0))
            self._tell(how := layouts.layouts_of(self._options, good.builds))
            if how == layouts.SHUFFLED:
                self._rule = replace(self._rule, most_luck=LUCK_OF_SHUFFLED)
            self._cell = self._cell_that_is_slower([*self._cells(good)])
            for place in range(len(self._commits)):  # that were measured before
                if ratios := self._kept.ratios(place, self._cell, self._options.metric):
                    self._evidence.samples[place] = ratios
            conclusion = search(self._last, self._rule, self._evidence, self._measure, self._price_s)
        except blocks.InvalidMeasurement as failure:
            self._over, conclusion = str(failure), conclusion_of(self._last, self._rule, self._evidence)
        return self._report(conclusion)

    def before_and_after(self, report: Report) -> Judgement:
        """What a request costs before the commit that was named, in the last one that can be measured, and
        after it; or why it cannot be counted."""
        places = (report.first.places[0] - 1, report.first.places[-1])
        try:
            sides = pair(self._options, *map(self._side, places))
            name = self._cell.removesuffix(f"@{self._options.rate}")
            cells = [cell for cell in sides.cells if cell.name == name]
            counted = count_cells(cells, self._options, self._tell)
        except CommandFailed as failure:
            return Judgement("costs", "failed", "; ".join(failure.mistakes))
        return judgement(counted, dict(zip(SIDES, (self._commits[place].short for place in places))))

    def _side(self, place: int) -> Side:
        if place not in self._sides:
            began = time.monotonic()
            name = {0: "GOOD", self._last: "BAD"}.get(place, "commit")
            self._sides[place] = side_at(self._options, name, self._commits[place].name, self._tell)
            self._builds_s.append(time.monotonic() - began)
            self._interrupts.check()
        return self._sides[place]

    def _cells(self, sides: Sides) -> dict[str, Cell]:
        """Those there are, by name; with a rate those at that rate alone."""
        rate = self._options.rate
        return {cell.name: cell for cell in with_rate(sides.cells, rate) if cell.rate_rps == rate}

    def _cell_that_is_slower(self, names: list[str]) -> str:
        """The one cell there is; of several, the one that a batch of blocks of BAD shows to be slower."""
        if len(names) == 1:
            return names[0]
        changes: dict[str, float] = {}
        for name in names:
            if not self._kept.recordings[self._last].blocks.get(name):
                self._batch(self._last, name)
            if ratios := self._kept.ratios(self._last, name, self._options.metric):
                changes[name] = median(ratios[: self._options.batch])
        slowest = min(changes, key=lambda name: changes[name], default=names[0])
        said = ", ".join(f"{name} {words.percent(change):+z.1f} %" for name, change in changes.items())
        self._tell(f"BAD against GOOD: {said}: goes on with {slowest} (--cells names another)")
        return slowest

    def _price_s(self, place: int) -> float:
        """What a batch of the commit takes, roughly: with its build, if that is still to be made."""
        is_built = place in self._sides or not self._builds_s
        return self._options.batch * gate.block_s(self._options) + (0.0 if is_built else mean(self._builds_s))

    def _measure(self, place: int, conclusion: Conclusion) -> bool:
        left, metric = short_text(self._deadline - time.monotonic()), self._options.metric
        self._tell(f"{progress(self._report(conclusion))} ({left} at most left)")
        in_time = self._batch(place, self._cell)
        self._evidence.samples[place] = self._kept.ratios(place, self._cell, metric)
        if not self._evidence.samples[place] and self._kept.recordings[place].blocks.get(self._cell):
            lacking = f"no block of {self._commits[place].short} has it on both sides, by the same clock"
            raise CommandFailed(f"--metric: {metric}: {lacking}: name another")
        return in_time

    def _batch(self, place: int, cell_name: str) -> bool:
        """So many blocks of the commit, or why it is skipped; false when the time is over. Raises
        CommandFailed where GOOD or BAD cannot be measured, or no block is valid."""
        if time.monotonic() + gate.block_s(self._options) > self._deadline:
            return False
        try:
            sides = pair(self._options, self._side(0), self._side(place))
            cells = {cell_name: self._cells(sides)[cell_name]}
            seed = random.Random(f"{self._seed} {place}").randrange(2**31)
            recording = self._kept.recordings[place]
            recording.handed_out[cell_name] = len(recording.blocks.get(cell_name, []))
            how = (sides.builds, recording, self._interrupts, seed, self._deadline)
            with gate.Measuring(cells, self._options, *how) as source:
                return all(source.block(cell_name) is not None for _ in range(self._options.batch))
        except (BuildError, blocks.BenchmarkFailed) as failure:
            reason = str(failure)
            if isinstance(failure, blocks.BenchmarkFailed) and f"the {BASELINE} " in reason:
                raise CommandFailed(f"GOOD: {self._commits[0].short}: {reason}") from None
            if place == self._last:
                raise CommandFailed(f"BAD: {reason.removeprefix('BAD: ')}") from None
        self._kept.skip(place, reason)
        self._tell(f"skipped: {reason}")
        return True

    def _report(self, conclusion: Conclusion) -> Report:
        metric, ratios_of = self._options.metric, partial(self._kept.ratios, self._last, self._cell)
        others = {name: ratios for name in blocks.METRICS if name != metric and (ratios := ratios_of(name))}
        what = (conclusion, self._rule.margin, self._cell, metric, self._over, others)
        report = Report(self._commits, self._evidence, *what)
        took = {"finished_at": now(), "took_s": round(time.monotonic() - self._began, 1)}
        about = words.finite({**figures(report), **self._about, **took})
        replace_json(self._kept.folder / "posterior.json", about)
        return report
