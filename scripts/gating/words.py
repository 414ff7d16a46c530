"""A decision in words: a line for each metric of each cell, which the terminal, Markdown and JUnit all show.

Pure. Changes are those of the metric itself: of a throughput -5 % is worse, of a latency +5 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gating.blocks import METRICS
from gating.procedure import Decision
from gating.verdict import ERRORS, CellResult, MetricResult
from text.table import Cell, Column, Table, make_table
from text.units import NONE, count_text, duration_text, plural


@dataclass(frozen=True)
class MetricLine:
    """`finding` is what the gate makes of it; `gated` is false where that is only shown."""

    cell: str
    metric: str
    baseline: str
    candidate: str
    change: str
    margin: str
    finding: str
    detectable: str = NONE
    gated: bool = True
    regressed: bool = False


def lines(decision: Decision) -> list[MetricLine]:
    rows = []
    for result in decision.results:
        rows += [_metric_line(result, metric) for metric in result.metrics.values()]
        if sum(result.errors.failed):
            rows.append(_error_line(result))
    return rows


def table_of(decision: Decision) -> Table:
    def column(heading: str, text: Callable[[MetricLine], str], *, is_words: bool = False) -> Column:
        def cell(line: MetricLine) -> Cell:
            return Cell(text(line), kind="bad" if line.regressed else "" if line.gated else "quiet")

        return Column(heading, cell, is_words=is_words)

    columns = (
        column("cell", lambda line: line.cell, is_words=True),
        column("metric", lambda line: line.metric, is_words=True),
        column("baseline", lambda line: line.baseline),
        column("candidate", lambda line: line.candidate),
        column("change [95 %, all looks]", lambda line: line.change),
        column("margin", lambda line: line.margin),
        column("finding", lambda line: line.finding, is_words=True),
        column("would have seen", lambda line: line.detectable),
    )
    return make_table("", columns, lines(decision))


def headline(decision: Decision) -> str:
    """`not regressed: nothing that was asked for ...`"""
    return f"{decision.verdict}: {decision.reason}"


def blocks_text(decision: Decision) -> str:
    """How much was measured: `async 14 blocks, thread-per-request 20 blocks`."""
    return ", ".join(f"{result.cell} {plural(result.blocks, 'block')}" for result in decision.results)


def change_text(metric: MetricResult) -> str:
    """`-4.8 % [-6.0, -3.1]`: the estimate and its interval."""
    sign = METRICS[metric.name].sign
    ends = sorted((sign * metric.interval.low, sign * metric.interval.high))
    low, high = (f"{percent(end):+.1f}" if math.isfinite(end) else "?" for end in ends)
    return f"{percent(sign * metric.estimate):+.1f} % [{low}, {high}]"


def percent(log_ratio: float) -> float:
    return math.expm1(log_ratio) * 100 if log_ratio < 700 else math.inf


def slowdown_text(log_slowdown: float) -> str:
    """A log ratio as the share of the throughput that is lost: `8.3 %`."""
    return f"{-percent(-log_slowdown):.1f} %" if math.isfinite(log_slowdown) else NONE


def _metric_line(result: CellResult, metric: MetricResult) -> MetricLine:
    unit = METRICS[metric.name].unit
    baseline, candidate = (
        duration_text(level) if unit == "µs" else f"{count_text(round(level))} {unit}"
        for level in metric.levels
    )
    finding = "worse" if metric.is_worse else "not worse" if metric.is_clear else "unclear"
    finding += "" if metric.can_fail else ", shown only"
    return MetricLine(
        cell=result.cell,
        metric=metric.name,
        baseline=baseline,
        candidate=candidate,
        change=change_text(metric),
        margin=slowdown_text(metric.margin),
        finding="; ".join(filter(None, (finding, metric.note))),
        detectable=slowdown_text(metric.detectable),
        gated=metric.can_fail,
        regressed=metric.name in result.worse,
    )


def _error_line(result: CellResult) -> MetricLine:
    errors, regressed = result.errors, ERRORS in result.worse
    finding = "more errors" if regressed else "unclear" if ERRORS in result.unclear else "not more"
    baseline, candidate = map(count_text, errors.failed)
    change = f"more in {errors.more} blocks, fewer in {errors.fewer}"
    return MetricLine(result.cell, ERRORS, baseline, candidate, change, NONE, finding, regressed=regressed)
