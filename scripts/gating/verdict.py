"""What blocks say, each metric's change with its interval held against the margin; and the way to a verdict:
there are more blocks until an interim analysis (a look) decides. Pure. README.md has the rule and sources."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from statistics import median, stdev

from gating.blocks import METRICS, BenchmarkFailed, Block, InvalidMeasurement
from stats.comparison import Interval, hodges_lehmann, rank_interval
from stats.quantiles import sign_test

ERRORS = "errors"
CAPACITY, THROUGHPUT, P50, P99 = METRICS
_OF_POWER = 0.8416  # standard deviations that a normal estimate is short of 8 times in 10
_OF_CENTRE = math.sqrt(math.pi / 3)  # the standard error of a Hodges-Lehmann centre, over that of a mean


class Verdict(Enum):
    """The value is the exit code."""

    NOT_REGRESSED = 0
    REGRESSED = 1
    FAILED = 2
    INCONCLUSIVE = 3
    INVALID = 4  # exits with 3 as well

    @property
    def exit_code(self) -> int:
        return min(self.value, 3)

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True)
class Rule:
    """How the gate decides: shares, chances of being wrong, and after how many blocks it looks."""

    margin: float = 0.02
    alpha_regressed: float = 0.01
    alpha_not_regressed: float = 0.04
    looks: tuple[int, ...] = (13, 22, 36, 60, 100, 170)

    @property
    def log_margin(self) -> float:
        return -math.log1p(-self.margin)

    def regressed_limit(self, tests: int) -> float:
        """What an interval's upper end leaves out at most: a share of the chance of a false `regressed`."""
        return self.alpha_regressed / tests / len(self.looks)


@dataclass(frozen=True)
class MetricResult:
    """Changes are log ratios, negative is worse. `can_fail`: it may be called a regression; `must_pass`: no
    green without it being shown to be within the margin; `looks_worse`: it would be called one if it were the
    only test, and then there is no green either; `detectable`: the least that is called one 8 times of 10."""

    name: str
    can_fail: bool
    must_pass: bool
    note: str
    levels: tuple[float, float]  # baseline and candidate: medians over the blocks
    estimate: float
    interval: Interval
    margin: float
    looks_worse: bool
    detectable: float

    @property
    def is_worse(self) -> bool:
        return self.interval.high < -self.margin

    @property
    def is_clear(self) -> bool:
        return self.interval.low > -self.margin


@dataclass(frozen=True)
class ErrorResult:
    """Blocks in which the candidate failed a larger share of its requests than the baseline; a smaller."""

    more: int = 0
    fewer: int = 0
    failed: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class CellResult:
    """`worse`: what is called a regression; `unclear`: what is still in the way of a pass."""

    cell: str
    blocks: int = 0
    metrics: dict[str, MetricResult] = field(default_factory=dict)
    errors: ErrorResult = ErrorResult()
    worse: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()

    @property
    def is_clear(self) -> bool:
        return bool(self.metrics) and not self.worse and not self.unclear


def judged(cell: str, blocks: Sequence[Block], rule: Rule, cells: int = 1) -> CellResult:
    """What the blocks of one cell say, in a gate of so many cells."""
    if not blocks:
        return CellResult(cell)
    is_open, client_bound = (all(getattr(b, name) for b in blocks) for name in ("is_open", "client_bound"))
    can_fail = {CAPACITY, THROUGHPUT, P99} | ({P50} if is_open else set())
    must_pass = {CAPACITY} if client_bound or is_open else {CAPACITY, THROUGHPUT}
    limit = rule.regressed_limit((len(can_fail) + 1) * cells)  # errors are a test as well
    clear_limit = rule.alpha_not_regressed / len(rule.looks)  # what an interval's lower end leaves out
    metrics = {}
    for name in (name for name in METRICS if all(name in block.difference for block in blocks)):
        differences = [block.difference[name] for block in blocks]
        estimate, spread = hodges_lehmann(differences), stdev(differences) if len(blocks) > 1 else math.inf
        margin = rule.log_margin if name in (CAPACITY, THROUGHPUT) else max(rule.log_margin, spread)
        alone, among_all = (rank_interval(tail, differences) for tail in (clear_limit, limit))
        note = "the generator was the limit" if name == THROUGHPUT and client_bound else ""
        levels = tuple(map(median, zip(*(block.level[name] for block in blocks))))
        shortfall = _OF_POWER * _OF_CENTRE * spread / math.sqrt(len(blocks))
        detectable = margin + among_all.high - estimate + shortfall if name in can_fail else math.inf
        ends, looks_worse = Interval(alone.low, among_all.high), alone.high < -margin
        judgement = (levels, estimate, ends, margin, looks_worse, detectable)
        metrics[name] = MetricResult(name, name in can_fail, name in must_pass, note, *judgement)
    shares = [[lost / max(asked, 1) for lost, asked in zip(b.failed, b.requests)] for b in blocks]
    more, fewer = sum(first < last for first, last in shares), sum(first > last for first, last in shares)
    errors = ErrorResult(more, fewer, tuple(map(sum, zip(*(b.failed for b in blocks)))))
    worse = [m.name for m in metrics.values() if m.can_fail and m.is_worse]
    worse += [ERRORS] * (sign_test(more, fewer) <= limit)
    unclear = [m.name for m in metrics.values() if m.looks_worse or (m.must_pass and not m.is_clear)]
    # Certain where nothing of the candidate failed; otherwise it has to be shown to fail less.
    unclear += [ERRORS] * (errors.failed[1] > 0 and sign_test(fewer, more) > clear_limit)
    return CellResult(cell, len(blocks), metrics, errors, tuple(worse), tuple(unclear))


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    reason: str
    results: tuple[CellResult, ...]

    def __str__(self) -> str:
        return f"{self.verdict}: {self.reason}"

    @property
    def beyond_margin(self) -> list[str]:
        """`p50 of async`: what is only shown, and is wholly worse than the margin: no green beside it."""
        metrics = [(m, result.cell) for result in self.results for m in result.metrics.values()]
        return [f"{m.name} of {cell}" for m, cell in metrics if m.looks_worse and not m.can_fail]


Source = Callable[[str], Block | None]  # the next block of a cell; None when time is up or there are no more
Tell = Callable[[Sequence[CellResult]], None]


def decide(cells: Sequence[str], rule: Rule, source: Source, tell: Tell | None = None) -> Decision:
    """Measures until the verdict is clear or the looks are over; `tell` is called with what each look shows.
    When there are no more blocks, for a reason that knows nothing of them, what there is has the next look's
    chance of being wrong, as that look will not be made."""
    blocks: dict[str, list[Block]] = {cell: [] for cell in cells}
    undecided, block = list(cells), None

    def results() -> tuple[CellResult, ...]:
        return tuple(judged(cell, each, rule, len(cells)) for cell, each in blocks.items())

    def names(kind: str) -> str:
        return ", ".join(f"{name} of {result.cell}" for result in at_look for name in getattr(result, kind))

    try:
        for before, look in pairwise((0, *rule.looks)):
            for cell in undecided * (look - before):  # one of each in turn
                if (block := source(cell)) is None:
                    break
                blocks[cell].append(block)
            at_look = results()
            if tell:
                tell(at_look)
            if worse := names("worse"):
                return Decision(Verdict.REGRESSED, f"{worse}: worse by more than the margin", at_look)
            undecided = [result.cell for result in at_look if not result.is_clear]
            if at_look and not undecided:  # of no cells nothing is clear
                reason = f"nothing that was asked for is worse by {rule.margin * 100:.3g} %"
                return Decision(Verdict.NOT_REGRESSED, reason, at_look)
            if block is None:  # this was the last look, in place of the one that it was too soon for
                break
        over = f"the time or the blocks were over before the look at {look}"
        reason = f"{look} blocks decide nothing" if block else over
        open_yet = f"still open: {unclear}" if (unclear := names("unclear")) else "nothing was measured"
        return Decision(Verdict.INCONCLUSIVE, f"{reason}: {open_yet}", at_look)
    except (BenchmarkFailed, InvalidMeasurement) as failure:
        verdict = Verdict.FAILED if isinstance(failure, BenchmarkFailed) else Verdict.INVALID
        return Decision(verdict, str(failure), results())
