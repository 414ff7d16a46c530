"""A decision in words: its judgement; verdict.json; and history.jsonl, a line for each gate: small steps pass
one by one and add up. Changes are the metric's own: of a throughput -5 % is worse, of a latency +5 %."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gating.blocks import METRICS
from gating.verdict import ERRORS, CellResult, Decision, Rule
from recordings.csv_table import ResultsError
from sides.sides import SIDES
from text.judgement import Judgement
from text.table import Column, make_table
from text.units import NONE, count_text

_COLUMNS = [Column(name, is_words=True) for name in ("cell", "metric")]
_COLUMNS += [Column(name, expendable=3) for name in SIDES]
_COLUMNS += [Column("change [95 %, all looks]"), Column("margin", expendable=1)]
_COLUMNS += [Column("finding", is_words=True), Column("would have seen", expendable=2)]


def judgement(decision: Decision, rule: Rule, about: dict[str, Any]) -> Judgement:
    """Of a line for each metric of each cell; its cases are those that can fail."""
    rows, cases = [*_rows(decision)], []
    for cell, metric, before, after, change, _, finding, _, kind in rows:
        if kind != "quiet":
            cases.append((cell, metric, f"{finding}: {before} to {after}, {change}"))
    tables = [make_table("Changes", _COLUMNS, rows, kinds=[kind for *_, kind in rows])]
    notes = [
        f"{name} looks worse than the margin: shown only, yet no pass" for name in decision.beyond_margin
    ]
    facts = {name: str(fact) for name, fact in about.items() if isinstance(fact, (str, int))}
    if machine := about.get("machine"):
        facts["machine"] = f"{machine.get('cpu')}, {machine.get('cores')} cores"
    facts["margin"] = f"{rule.margin * 100:.3g} %"
    facts["blocks"] = ", ".join(f"{each.cell} {each.blocks}" for each in decision.results) or "none"
    return Judgement("gate", str(decision.verdict), decision.reason, tables, notes, facts, cases)


def _rows(decision: Decision) -> Iterator[tuple[str, ...]]:
    """The texts of the columns, and the row's kind."""
    for result in decision.results:
        for name, metric in result.metrics.items():
            finding = "worse" if metric.is_worse else "not worse" if metric.is_clear else "unclear"
            if not metric.can_fail:
                finding += ", shown only"
            elif finding == "unclear" and name not in result.unclear:
                finding += ", not needed to pass"
            finding += f"; {metric.note}" if metric.note else ""
            margin, seen = (slowdown_text(x, name) for x in (metric.margin, metric.detectable))
            change = change_text(name, metric.estimate, metric.interval)
            kind = "bad" if name in result.worse else "" if metric.can_fail else "quiet"
            levels = map(METRICS[name].text, metric.levels)
            yield result.cell, name, *levels, change, margin, finding, seen, kind
        errors, is_worse = result.errors, ERRORS in result.worse
        if sum(errors.failed):
            finding = "more errors" if is_worse else "unclear" if ERRORS in result.unclear else "not more"
            change = f"more in {errors.more} blocks, fewer in {errors.fewer}"
            failed = map(count_text, errors.failed)
            yield result.cell, ERRORS, *failed, change, NONE, finding, NONE, "bad" * is_worse


def change_text(metric: str, log_ratio: float, ends: tuple[float, float]) -> str:
    """As the metric's own change: `-4.8 % [-6.0, -3.1]`, the estimate and its interval."""
    sign = METRICS[metric].better
    low, high = (f"{percent(x):+z.1f}" if math.isfinite(x) else "?" for x in sorted(sign * x for x in ends))
    return f"{percent(sign * log_ratio):+z.1f} % [{low}, {high}]"


def so_far(results: Sequence[CellResult]) -> str:
    """`async 10 blocks: capacity -0.4 % [-2.1, +1.3]; ...`: the worst of what can fail, of each cell."""
    texts = []
    for result in filter(lambda result: result.metrics, results):
        worst = min((m for m in result.metrics.values() if m.can_fail), key=lambda m: m.estimate)
        change = f"{worst.name} {change_text(worst.name, worst.estimate, worst.interval)}"
        finding = "worse" if result.worse else "clear" if result.is_clear else "undecided"
        texts.append(f"{result.cell} {result.blocks} blocks: {change}, {finding}")
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


def add_to_history(path: Path, decision: Decision, about: dict[str, Any]) -> None:
    """When, what, the verdict, what is worse, and each change with its interval, as log ratios."""
    line = {name: about.get(name) for name in ("started_at", *SIDES)} | {"verdict": str(decision.verdict)}
    line["worse"] = [f"{each.cell} {name}" for each in decision.results for name in each.worse]
    metrics = ((f"{each.cell} {name}", m) for each in decision.results for name, m in each.metrics.items())
    line["changes"] = {name: [metric.estimate, *metric.interval] for name, metric in metrics}
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
    return json.loads(json.dumps(value), parse_constant=lambda _: None)
