"""A decision in words: a line for each metric of each cell, which the terminal, Markdown and JUnit all show.

Pure. Changes are those of the metric itself: of a throughput -5 % is worse, of a latency +5 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gating.procedure import CellState, Decision
from gating.quad import METRICS
from gating.verdict import ERRORS, CellResult, MetricResult, Rule, Verdict, suspects, unclear
from text.units import NONE, count_text, duration_text


@dataclass(frozen=True)
class Line:
    """`finding` is what the gate makes of it; `gated` is false where that is only shown."""

    cell: str
    metric: str
    baseline: str
    candidate: str
    change: str
    finding: str
    detectable: str
    gated: bool
    regressed: bool


def lines(decision: Decision, rule: Rule) -> list[Line]:
    results = decision.results(rule)
    suspected = set(suspects(results, rule))
    found = []
    for state, result in zip(decision.cells, results):
        for metric in result.metrics.values():
            found.append(_metric_line(state, metric, (result.cell, metric.name) in suspected, rule))
        if sum(result.errors.failed):
            found.append(_error_line(state, result, (result.cell, ERRORS) in suspected, rule))
    return found


def headline(decision: Decision, rule: Rule) -> str:
    """`not regressed: no gated metric ...`"""
    return f"{decision.verdict}: {reason_text(decision, rule)}"


def reason_text(decision: Decision, rule: Rule) -> str:
    """The reason, and what the gate does not decide by although it is worse than the margin."""
    beyond = [] if decision.verdict is Verdict.REGRESSED else decision.beyond_margin(rule)
    said = f"shown only, and worse by more than the margin: {', '.join(beyond)}" if beyond else ""
    return "; ".join(filter(None, (decision.reason, said)))


def quads_text(decision: Decision) -> str:
    """How much was measured, `async 12 quads, thread-per-request 12 quads and 12 again`."""
    texts = []
    for state in decision.cells:
        again = f" and {len(state.repeat)} again" if state.repeat else ""
        texts.append(f"{state.cell} {len(state.main)} quads{again}")
    return ", ".join(texts)


def change_text(name: str, metric: MetricResult) -> str:
    """`-4.8 % [-6.0, -3.1]`: the estimate and its interval."""
    sign = METRICS[name].sign
    ends = sorted((sign * metric.interval.low, sign * metric.interval.high))
    low, high = (f"{percent(end):+.1f}" if math.isfinite(end) else "?" for end in ends)
    return f"{percent(sign * metric.estimate):+.1f} % [{low}, {high}]"


def percent(log_ratio: float) -> float:
    return math.expm1(log_ratio) * 100 if log_ratio < 700 else math.inf


def slowdown_text(log_slowdown: float) -> str:
    """A log ratio as the share of the throughput that is lost: `8.3 %`."""
    return f"{-percent(-log_slowdown):.1f} %" if math.isfinite(log_slowdown) else "none"


def _metric_line(state: CellState, metric: MetricResult, suspected: bool, rule: Rule) -> Line:
    unit = METRICS[metric.name].unit
    text = duration_text if unit == "µs" else lambda level: f"{count_text(round(level))} {unit}"
    regressed = metric.name in state.regressed
    if metric.advisory:
        finding = metric.advisory
    else:
        finding = _finding(state, regressed, suspected, metric, rule)
    return Line(
        cell=state.cell,
        metric=metric.name,
        baseline=text(metric.levels[0]),
        candidate=text(metric.levels[1]),
        change=change_text(metric.name, metric),
        finding=finding,
        detectable=NONE if metric.advisory else slowdown_text(metric.detectable),
        gated=metric.advisory is None,
        regressed=regressed,
    )


def _finding(state: CellState, regressed: bool, suspected: bool, metric: MetricResult, rule: Rule) -> str:
    margin = f"{rule.margin * 100:.3g} %"
    if regressed:
        return f"worse by more than {margin}"
    if suspected:
        return "looked worse, not confirmed"
    limit = rule.alpha_not_regressed / len(rule.looks)
    if metric.p_not_regressed <= limit:
        return f"not worse by {margin}"
    return "unclear" if state.verdict is not Verdict.NOT_REGRESSED else f"not worse by {margin}"


def _error_line(state: CellState, result: CellResult, suspected: bool, rule: Rule) -> Line:
    errors = result.errors
    regressed = ERRORS in state.regressed
    clear = ERRORS not in unclear(result, rule)
    finding = "not more" if clear else "unclear"
    if regressed or suspected:
        finding = "more errors" if regressed else "looked worse, not confirmed"
    return Line(
        cell=state.cell,
        metric=ERRORS,
        baseline=count_text(errors.failed[0]),
        candidate=count_text(errors.failed[1]),
        change=f"more in {errors.more} quads, fewer in {errors.fewer}",
        finding=finding,
        detectable=NONE,
        gated=True,
        regressed=regressed,
    )
