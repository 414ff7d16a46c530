"""What quads say: for each metric the change with its interval, and whether it is worse than the margin.

Pure. The null hypothesis of `regressed` is that the candidate is slower by the margin at most, and of `not
regressed` that it is slower by at least the margin; where neither falls, nothing is claimed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from stats.counts import holm, sign_test
from gating.quad import METRICS, Quad
from stats.signed_rank import Interval, hodges_lehmann, interval, p_greater, p_less, upper_bound
from stats.quantiles import median

ERRORS = "errors"


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
    """How the gate decides: shares, chances of being wrong, and its interim analyses.

    `looks`: after how many quads it analyses what it has.
    """

    margin: float = 0.05
    alpha_regressed: float = 0.01
    alpha_not_regressed: float = 0.05
    alpha_repeat: float = 0.05
    looks: tuple[int, ...] = (12, 24, 40)

    @property
    def log_margin(self) -> float:
        return -math.log1p(-self.margin)

    @property
    def regressed_limit(self) -> float:
        """What is left of the chance of being wrong at one of the looks, which share it equally."""
        return self.alpha_regressed / len(self.looks)

    @property
    def clear_limit(self) -> float:
        return self.alpha_not_regressed / len(self.looks)


@dataclass(frozen=True)
class MetricResult:
    """Changes are log ratios, negative is worse. `advisory` says why a metric is shown but not gated."""

    name: str
    advisory: str | None
    levels: tuple[float, float]  # baseline and candidate: medians over the quads
    estimate: float
    interval: Interval  # 95 %
    p_regressed: float
    p_not_regressed: float
    detectable: float  # log ratio of the least slowdown that these quads, shifted, would have shown


@dataclass(frozen=True)
class ErrorResult:
    """Quads in which the candidate failed a larger share of its requests than the baseline, and a smaller."""

    more: int
    fewer: int
    failed: tuple[int, int]

    @property
    def p_regressed(self) -> float:
        return sign_test(self.more, self.fewer)

    @property
    def p_not_regressed(self) -> float:
        """Certain where nothing of the candidate failed; otherwise it has to be shown to fail less."""
        return sign_test(self.fewer, self.more) if self.failed[1] else 0.0


@dataclass(frozen=True)
class CellResult:
    cell: str
    quads: int
    metrics: dict[str, MetricResult] = field(default_factory=dict)
    errors: ErrorResult = ErrorResult(0, 0, (0, 0))

    @property
    def gated(self) -> list[MetricResult]:
        return [m for m in self.metrics.values() if m.advisory is None]

    @property
    def p_values(self) -> dict[str, float]:
        """Of what can be called a regression. Without a single error there is nothing to test in errors."""
        errors = {ERRORS: self.errors.p_regressed} if sum(self.errors.failed) else {}
        return {m.name: m.p_regressed for m in self.gated} | errors


def judged(cell: str, quads: Sequence[Quad], rule: Rule, tests: int = 1) -> CellResult:
    """What the quads of one cell say, each metric by itself; `tests`: how many the whole gate makes."""
    if not quads:
        return CellResult(cell, 0)
    client_bound = all(q.client_bound for q in quads)
    metrics = {
        name: _metric_result(name, quads, rule, _advisory(name, client_bound), tests)
        for name in METRICS
        if all(name in q.difference for q in quads)
    }
    shares = [q.failed_share for q in quads]
    errors = ErrorResult(
        more=sum(candidate > baseline for baseline, candidate in shares),
        fewer=sum(candidate < baseline for baseline, candidate in shares),
        failed=(sum(q.failed[0] for q in quads), sum(q.failed[1] for q in quads)),
    )
    return CellResult(cell, len(quads), metrics, errors)


def suspects(results: Sequence[CellResult], rule: Rule) -> list[tuple[str, str]]:
    """(cell, metric) of what is worse than the margin at one of the looks, by Holm over all that is gated."""
    p_values = {(r.cell, name): p for r in results for name, p in r.p_values.items()}
    return sorted(holm(p_values, rule.regressed_limit))


def unclear(result: CellResult, rule: Rule) -> list[str]:
    """The gated metrics that are not shown to be no worse than the margin, at one of the looks."""
    metrics = [m.name for m in result.gated if m.p_not_regressed > rule.clear_limit]
    return metrics + ([ERRORS] if result.errors.p_not_regressed > rule.clear_limit else [])


def is_clear(result: CellResult, rule: Rule) -> bool:
    return bool(result.gated) and not unclear(result, rule)


def beyond_margin(result: CellResult, rule: Rule) -> list[str]:
    """The metrics that are shown and not gated, and whose whole interval is worse than the margin."""
    return [m.name for m in result.metrics.values() if m.advisory and m.interval.high < -rule.log_margin]


def agrees(metric: str, repeat: CellResult, rule: Rule) -> bool:
    """Whether fresh quads show the same metric to be worse than the margin once more."""
    if metric == ERRORS:
        return repeat.errors.p_regressed <= rule.alpha_repeat
    return metric in repeat.metrics and repeat.metrics[metric].p_regressed <= rule.alpha_repeat


def _advisory(name: str, client_bound: bool) -> str | None:
    if name == "observed" and client_bound:
        return "client-bound: the generator had no core left on either side"
    return "advisory" if name in ("p50", "p99") else None


def _metric_result(
    name: str, quads: Sequence[Quad], rule: Rule, advisory: str | None, tests: int
) -> MetricResult:
    differences = [q.difference[name] for q in quads]
    shifted = [d + rule.log_margin for d in differences]
    estimate = hodges_lehmann(differences)
    noise = [d - estimate for d in differences]
    alpha = rule.regressed_limit / tests  # Holm's strictest step: a slowdown may show in one metric alone
    return MetricResult(
        name=name,
        advisory=advisory,
        levels=(median(q.level[name][0] for q in quads), median(q.level[name][1] for q in quads)),
        estimate=estimate,
        interval=interval(differences),
        p_regressed=p_less(shifted),
        p_not_regressed=p_greater(shifted),
        detectable=rule.log_margin + upper_bound(noise, alpha),
    )
