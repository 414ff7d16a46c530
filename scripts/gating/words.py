"""A decision in words: a line for each metric of each cell, which the terminal, Markdown and JUnit all show;
verdict.json; and history.jsonl, a line for each gate: small steps pass one by one and add up.

Changes are those of the metric itself: of a throughput -5 % is worse, of a latency +5 %. A gate that failed
writes all of them too: a report that is missing must not look like a pass."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from gating.blocks import METRICS
from gating.verdict import ERRORS, CellResult, Decision, MetricResult, Rule, Verdict
from recordings.csv_table import ResultsError
from text import table
from text.junit import JunitCase, junit_text
from text.table import Column, Table, TableCell, make_table
from text.units import NONE, count_text, plural

# By verdict: what a pull request shows, and what JUnit calls it.
_SIGNS = {
    Verdict.NOT_REGRESSED: ("✅", None),
    Verdict.REGRESSED: ("❌", "failure"),
    Verdict.FAILED: ("❌", "error"),
    Verdict.INCONCLUSIVE: ("⚠️", "skipped"),
    Verdict.INVALID: ("⚠️", "skipped"),
}
_EXPENDABLE = {"baseline": 3, "candidate": 3, "would_have_seen": 2, "margin": 1}


class MetricLine(NamedTuple):
    """The texts of the table's eight columns, `finding` being what the gate makes of it; whether that is a
    regression; and whether it counts for the verdict, or is only shown."""

    cell: str
    metric: str
    baseline: str
    candidate: str
    change: str
    margin: str
    finding: str
    would_have_seen: str
    regressed: bool
    gated: bool = True


def lines(decision: Decision) -> list[MetricLine]:
    rows = []
    for result in decision.results:
        for name, metric in result.metrics.items():
            levels = map(METRICS[name].text, metric.levels)
            finding = "worse" if metric.is_worse else "not worse" if metric.is_clear else "unclear"
            finding += "" if metric.can_fail else ", shown only"
            if metric.can_fail and finding == "unclear" and name not in result.unclear:
                finding += ", not needed to pass"
            finding += f"; {metric.note}" if metric.note else ""
            margin, seen = (slowdown_text(x, name) for x in (metric.margin, metric.detectable))
            texts = (*levels, change_text(metric), margin, finding, seen)
            rows.append(MetricLine(result.cell, name, *texts, name in result.worse, metric.can_fail))
        errors, regressed = result.errors, ERRORS in result.worse
        if sum(errors.failed):
            finding = "more errors" if regressed else "unclear" if ERRORS in result.unclear else "not more"
            change = f"more in {errors.more} blocks, fewer in {errors.fewer}"
            texts = (*map(count_text, errors.failed), change, NONE, finding, NONE)
            rows.append(MetricLine(result.cell, ERRORS, *texts, regressed))
    return rows


def table_of(decision: Decision) -> Table:
    columns, rows = [], []
    for at, name in enumerate(MetricLine._fields[:8]):
        heading = "change [95 %, all looks]" if name == "change" else name.replace("_", " ")
        is_words = name in ("cell", "metric", "finding")
        columns.append(Column(heading, itemgetter(at), "", is_words, _EXPENDABLE.get(name, 0)))
    for line in lines(decision):
        kind = "bad" if line.regressed else "" if line.gated else "quiet"
        rows.append([TableCell(text, kind=kind) for text in line[:8]])
    return make_table("", columns, rows)


def blocks_text(decision: Decision) -> str:
    return ", ".join(f"{result.cell} {plural(result.blocks, 'block')}" for result in decision.results)


def change_text(metric: MetricResult) -> str:
    return changes_text(metric.name, metric.estimate, metric.interval)


def changes_text(metric: str, log_ratio: float, ends: tuple[float, float]) -> str:
    """As the metric's own change: `-4.8 % [-6.0, -3.1]`, the estimate and its interval."""
    sign = METRICS[metric].better
    low, high = (f"{percent(x):+z.1f}" if math.isfinite(x) else "?" for x in sorted(sign * x for x in ends))
    return f"{percent(sign * log_ratio):+z.1f} % [{low}, {high}]"


def so_far(results: Sequence[CellResult]) -> str:
    """`async 10 blocks: capacity -0.4 % [-2.1, +1.3]; ...`: the worst of what can fail, of each cell."""
    texts = []
    for result in filter(lambda result: result.metrics, results):
        worst = min((m for m in result.metrics.values() if m.can_fail), key=lambda m: m.estimate)
        finding = "clear" if result.is_clear else "undecided"
        texts.append(f"{result.cell} {result.blocks} blocks: {worst.name} {change_text(worst)}, {finding}")
    return "; ".join(texts) or "nothing to say yet"


def percent(log_ratio: float) -> float:
    return math.expm1(log_ratio) * 100 if log_ratio < 700 else math.inf


def slowdown_text(log_slowdown: float, metric: str = "capacity") -> str:
    """A log ratio as the metric says it: of a rate the share lost, of a latency what is added: `8.3 %`."""
    change = abs(percent(-METRICS[metric].better * log_slowdown))
    return f"{change:.1f} %" if math.isfinite(log_slowdown) else NONE


def verdict_figures(decision: Decision, rule: Rule, about: dict[str, Any]) -> dict[str, Any]:
    whole = {"verdict": str(decision.verdict), "exit_code": decision.verdict.exit_code}
    whole |= {"reason": decision.reason, "advisory_beyond_margin": decision.beyond_margin}
    whole |= {"rule": asdict(rule), "cells": [asdict(result) for result in decision.results]}
    return finite(whole | about)


def markdown(decision: Decision, rule: Rule, about: dict[str, Any]) -> str:
    """Short enough for a pull request: the verdict, a table of the metrics, and what it was measured on."""
    out = [f"### {_SIGNS[decision.verdict][0]} Performance gate: {decision.verdict}", "", decision.reason, ""]
    if (metrics := table_of(decision)).rows:
        out += [table.markdown(metrics), "", f"Margin {rule.margin * 100:.3g} %; {blocks_text(decision)}."]
    sides = [f"{side} `{about[side]}`" for side in ("baseline", "candidate") if about.get(side)]
    machine = about.get("machine")
    where = machine and f"{machine.get('cpu')}, {machine.get('cores')} cores"
    return "\n".join([*out, "; ".join(filter(None, [*sides, where, about.get("layouts")]))]) + "\n"


def junit(decision: Decision) -> str:
    """A test case for each gated metric and one for the gate as a whole."""
    cases = [JunitCase("gate", "verdict", _SIGNS[decision.verdict][1], str(decision))]
    for line in filter(lambda line: line.gated, lines(decision)):
        message = f"{line.finding}: {line.baseline} to {line.candidate}, {line.change}"
        kind = "failure" if line.regressed else None if line.finding.startswith("not ") else "skipped"
        cases.append(JunitCase(f"gate.{line.cell}", line.metric, kind, message))
    return junit_text("gate", cases)


def add_to_history(path: Path, decision: Decision, about: dict[str, Any]) -> None:
    """When, what, the verdict, what is worse, and each change with its interval, as log ratios."""
    line = {name: about.get(name) for name in ("started_at", "baseline", "candidate")}
    line |= {"verdict": str(decision.verdict), "worse": [], "changes": {}}
    for result in decision.results:
        line["worse"] += [f"{result.cell} {name}" for name in result.worse]
        for metric in result.metrics.values():
            line["changes"][f"{result.cell} {metric.name}"] = [metric.estimate, *metric.interval]
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(finite(line), ensure_ascii=False) + "\n")


def read_history(path: Path) -> list[dict[str, Any]]:
    """Raises ResultsError for a line that is none of a gate's."""
    gates = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            gate = json.loads(line)
            gates.append(gate | {"changes": dict(gate["changes"]), "worse": list(gate["worse"])})
        except (ValueError, KeyError, TypeError):
            raise ResultsError([f"{path} line {number}: not a gate: correct or remove it"]) from None
    return gates


def finite(value: Any) -> Any:
    """JSON has no infinity: what is not bounded is null."""
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
