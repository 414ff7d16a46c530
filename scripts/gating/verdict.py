"""What blocks say: for each metric the change with its interval, and what the interval makes of the margin.

Pure. README.md has the rule and its sources. The interval's upper end leaves out at most `alpha_regressed`
divided by the tests of the gate, its lower end `alpha_not_regressed`, each shared equally by the looks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import median, stdev

from gating.blocks import METRICS, Block
from stats.quantiles import sign_test
from stats.rank_tests import Interval, hodges_lehmann, upper_bound

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
        """What one test at one look may spend of the chance of a false `regressed`."""
        return self.alpha_regressed / tests / len(self.looks)

    @property
    def clear_limit(self) -> float:
        return self.alpha_not_regressed / len(self.looks)


@dataclass(frozen=True)
class MetricResult:
    """Changes are log ratios, negative is worse.

    `can_fail`: it may be called a regression; `must_pass`: no green without it being shown to be within the
    margin; `looks_worse`: it would be called one if it were the only test, and then there is no green either;
    `detectable`: the least slowdown that would have been called one 8 times of 10.
    """

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

    @property
    def p_regressed(self) -> float:
        return sign_test(self.more, self.fewer)

    @property
    def p_not_regressed(self) -> float:
        """Certain where nothing of the candidate failed; otherwise it has to be shown to fail less."""
        return sign_test(self.fewer, self.more) if self.failed[1] else 0.0


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
    metrics = {}
    for name in METRICS:
        if all(name in block.difference for block in blocks):
            note = "the generator was the limit" if name == THROUGHPUT and client_bound else ""
            metrics[name] = _metric(name, blocks, rule, limit, name in can_fail, name in must_pass, note)
    errors = _errors(blocks)
    worse = [m.name for m in metrics.values() if m.can_fail and m.is_worse]
    worse += [ERRORS] * (errors.p_regressed <= limit)
    unclear = [m.name for m in metrics.values() if m.looks_worse or (m.must_pass and not m.is_clear)]
    unclear += [ERRORS] * (errors.p_not_regressed > rule.clear_limit)
    return CellResult(cell, len(blocks), metrics, errors, tuple(worse), tuple(unclear))


def _metric(
    name: str, blocks: Sequence[Block], rule: Rule, limit: float, can_fail: bool, must_pass: bool, note: str
) -> MetricResult:
    differences = [block.difference[name] for block in blocks]
    estimate, spread = hodges_lehmann(differences), stdev(differences) if len(blocks) > 1 else math.inf
    margin = rule.log_margin if name in (CAPACITY, THROUGHPUT) else max(rule.log_margin, spread)
    above, below = upper_bound(differences, limit), -upper_bound([-d for d in differences], rule.clear_limit)
    shortfall = _OF_POWER * _OF_CENTRE * spread / math.sqrt(len(blocks))
    levels, interval = tuple(map(median, zip(*(b.level[name] for b in blocks)))), Interval(below, above)
    looks_worse = upper_bound(differences, rule.clear_limit) < -margin
    detectable = margin + above - estimate + shortfall if can_fail else math.inf
    return MetricResult(
        name, can_fail, must_pass, note, levels, estimate, interval, margin, looks_worse, detectable
    )


def _errors(blocks: Sequence[Block]) -> ErrorResult:
    shares = [[lost / max(asked, 1) for lost, asked in zip(b.failed, b.requests)] for b in blocks]
    more = sum(candidate > baseline for baseline, candidate in shares)
    fewer = sum(candidate < baseline for baseline, candidate in shares)
    return ErrorResult(more, fewer, (sum(b.failed[0] for b in blocks), sum(b.failed[1] for b in blocks)))
