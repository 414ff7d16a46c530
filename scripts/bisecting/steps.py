"""The source of a bisect's blocks: each commit built, served and loaded beside GOOD, as in a gate."""

import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from bisecting.history import Commit
from bisecting.kept import BisectFolder
from bisecting.options import BisectOptions
from cli.errors import CommandFailed
from gating.gate import SHUFFLED, layouts_of
from gating.layouts import Layouts
from gating.measuring import Measuring, block_s
from gating.procedure import BenchmarkFailed
from processes.interrupts import Interrupts
from sides.building import BuildError
from sides.cell import BASELINE, Cell, with_rate
from sides.repository import Tell
from sides.sides import Side, Sides, pair, side_at


@dataclass
class Steps:
    """`commits` by place, GOOD first. `skipped`, by place, is added to. `deadline`: by time.monotonic()."""

    options: BisectOptions
    commits: list[Commit]
    kept: BisectFolder
    interrupts: Interrupts
    skipped: dict[int, str]
    deadline: float
    seed: int
    tell: Tell
    sides: dict[int, Side] = field(default_factory=dict)
    builds_s: list[float] = field(default_factory=list)

    def good_alone(self) -> Sides:
        """GOOD on both sides: what it says of the cells and of layouts is true of all commits. Builds it."""
        return pair(self.options, self.side(0), self.side(0))

    @property
    def last(self) -> int:
        return len(self.commits) - 1

    def price_s(self, place: int) -> float:
        """What a batch of the commit takes, roughly: with its build, if that is still to be made."""
        build_s = 0.0 if place in self.sides or not self.builds_s else mean(self.builds_s)
        return self.options.batch * block_s(self.options) + build_s

    def measure(self, place: int, cell_name: str) -> bool:
        """A batch of blocks of the commit, or the reason why it is skipped; false when the time is over.
        Raises CommandFailed where it is GOOD or BAD that cannot be measured, or no block is valid."""
        if time.monotonic() + block_s(self.options) > self.deadline:
            return False
        try:
            good, side = self.side(0), self.side(place)
        except BuildError as error:
            return self._skip(place, str(error))
        sides = pair(self.options, good, side)
        cell = next(cell for cell in cells_of(self.options, sides) if cell.name == cell_name)
        try:
            return self._batch(place, sides, cell)
        except BenchmarkFailed as failure:
            if f"the {BASELINE} " in str(failure):
                raise CommandFailed(f"GOOD: {self.commits[0].short}: {failure}") from None
            return self._skip(place, str(failure))

    def _batch(self, place: int, sides: Sides, cell: Cell) -> bool:
        recording = self.kept.recording(place)
        with tempfile.TemporaryDirectory(prefix="bisect-") as scratch:
            is_shuffled = sides.builds and layouts_of(self.options, sides) == SHUFFLED
            layouts = Layouts(sides.builds, Path(scratch)) if is_shuffled else None
            seed = random.Random(f"{self.seed} {place}").randrange(2**31)
            how = (self.interrupts, seed, self.deadline, layouts)
            source = Measuring({cell.name: cell}, self.options, Path(scratch), recording, *how)
            source.handed_out[cell.name] = len(recording.blocks(cell.name))
            return all(source.block(cell.name) is not None for _ in range(self.options.batch))

    def side(self, place: int) -> Side:
        """The commit, built. Raises BuildError."""
        if place not in self.sides:
            began = time.monotonic()
            name = {0: "GOOD", self.last: "BAD"}.get(place, "commit")
            self.sides[place] = side_at(self.options, name, self.commits[place].name, self.tell)
            self.builds_s.append(time.monotonic() - began)
            self.interrupts.check()
        return self.sides[place]

    def _skip(self, place: int, reason: str) -> bool:
        """GOOD and BAD cannot be: without them there is nothing to say of the others."""
        if place == self.last or 0 not in self.sides:
            raise CommandFailed(reason if reason.startswith(("GOOD:", "BAD:")) else f"BAD: {reason}")
        self.skipped[place] = reason
        self.kept.keep_skipped(self.skipped)
        self.tell(f"skipped: {reason}")
        return True


def cells_of(options: BisectOptions, sides: Sides) -> list[Cell]:
    """The cells there are; with a rate those at that rate alone."""
    return [cell for cell in with_rate(sides.cells({}), options.rate) if cell.rate_rps == options.rate]
