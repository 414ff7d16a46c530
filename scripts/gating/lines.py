"""A decision in words: a line for each metric of each cell, which the terminal, Markdown and JUnit all show.

Pure. Changes are those of the metric itself: of a throughput -5 % is worse, of a latency +5 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gating.procedure import CellState, Decision
from gating.quad import METRICS
from gating.verdict import ERRORS, CellResult, MetricResult, Rule, Verdict, suspects, unclear
from text.table import Cell, Column, Table, make_table
from text.units import NONE, count_text, duration_text


@dataclass(frozen=True)
class MetricLine:
    """`finding` is what the gate makes of it; `gated` is false where that is only shown."""

    cell: str
    metric: str
    baseline: str
    candidate: str
    change: str
    finding: str
    detectable: str = NONE
    gated: bool = True
    regressed: bool = False


def lines(decision: Decision, rule: Rule) -> list[MetricLine]:
    results = decision.results(rule)
    suspected = set(suspects(results, rule))
    rows = []
    for state, result in zip(decision.cells, results):
        for metric in result.metrics.values():
            rows.append(_metric_line(state, metric, (result.cell, metric.name) in suspected, rule))
        if sum(result.errors.failed):
            rows.append(_error_line(state, result, (result.cell, ERRORS) in suspected, rule))
    return rows


def table_of(decision: Decision, rule: Rule) -> Table:
    def column(heading: str, text: Callable[[MetricLine], str], *, is_words: bool = False) -> Column:
        def cell(line: MetricLine) -> Cell:
            return Cell(text(line), kind="bad" if line.regressed else "" if line.gated else "quiet")

        return Column(heading, cell, is_words=is_words)

    columns = (
        column("cell", lambda line: line.cell, is_words=True),
        column("metric", lambda line: line.metric, is_words=True),
        column("baseline", lambda line: line.baseline),
        column("candidate", lambda line: line.candidate),
        column("change [95 %]", lambda line: line.change),
        column("finding", lambda line: line.finding, is_words=True),
        column("would have seen", lambda line: line.detectable),
    )
    return make_table("", columns, lines(decision, rule))


def headline(decision: Decision, rule: Rule) -> str:
    """`not regressed: no gated metric ...`"""
    return f"{decision.verdict}: {reason_text(decision, rule)}"


def reason_text(decision: Decision, rule: Rule) -> str:
    """The reason, and what the gate does not decide by although it is worse than the margin."""
    beyond = [] if decision.verdict is Verdict.REGRESSED else decision.beyond_margin(rule)
    advisory = f"shown only, and worse by more than the margin: {', '.join(beyond)}" if beyond else ""
    return "; ".join(filter(None, (decision.reason, advisory)))


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


def _metric_line(state: CellState, metric: MetricResult, suspected: bool, rule: Rule) -> MetricLine:
    unit = METRICS[metric.name].unit
    baseline, candidate = (
        duration_text(level) if unit == "µs" else f"{count_text(round(level))} {unit}"
        for level in metric.levels
    )
    regressed = metric.name in state.regressed
    return MetricLine(
        cell=state.cell,
        metric=metric.name,
        baseline=baseline,
        candidate=candidate,
        change=change_text(metric.name, metric),
        finding=metric.advisory or _finding(state, regressed, suspected, metric, rule),
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
    is_clear = metric.p_not_regressed <= rule.clear_limit or state.verdict is Verdict.NOT_REGRESSED
    return f"not worse by {margin}" if is_clear else "unclear"


def _error_line(state: CellState, result: CellResult, suspected: bool, rule: Rule) -> MetricLine:
    errors = result.errors
    regressed = ERRORS in state.regressed
    finding = "unclear" if ERRORS in unclear(result, rule) else "not more"
    if regressed or suspected:
        finding = "more errors" if regressed else "looked worse, not confirmed"
    baseline, candidate = map(count_text, errors.failed)
    change = f"more in {errors.more} quads, fewer in {errors.fewer}"
    return MetricLine(state.cell, ERRORS, baseline, candidate, change, finding, regressed=regressed)
