"""What a gate writes of its verdict: verdict.json, Markdown for a pull request, JUnit XML for a CI, a line of
the history.

Pure. A gate that failed writes them too: a report that is missing must not look like a pass.
"""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import asdict
from typing import Any

from gating.procedure import Decision
from gating.verdict import Rule, Verdict
from gating.words import blocks_text, headline, lines, table_of
from text import table

# By verdict: what a pull request shows, and what JUnit calls it.
_SIGNS = {
    Verdict.NOT_REGRESSED: ("✅", None),
    Verdict.REGRESSED: ("❌", "failure"),
    Verdict.FAILED: ("❌", "error"),
    Verdict.INCONCLUSIVE: ("⚠️", "skipped"),
    Verdict.INVALID: ("⚠️", "skipped"),
}


def verdict_json(decision: Decision, rule: Rule, about: dict[str, Any]) -> str:
    whole = {
        "verdict": str(decision.verdict),
        "exit_code": decision.verdict.exit_code,
        "reason": decision.reason,
        "advisory_beyond_margin": decision.beyond_margin,
        "rule": asdict(rule),
        "cells": [asdict(result) for result in decision.results],
        **about,
    }
    return json.dumps(_finite(whole), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def history_line(decision: Decision, about: dict[str, Any]) -> str:
    """One line of history.jsonl: when, what, the verdict, and each metric's change with its interval."""
    changes = {
        f"{result.cell} {metric.name}": [metric.estimate, metric.interval.low, metric.interval.high]
        for result in decision.results
        for metric in result.metrics.values()
    }
    names = ("started_at", "baseline", "candidate")
    line = {**{name: about.get(name) for name in names}, "verdict": str(decision.verdict), "changes": changes}
    return json.dumps(_finite(line), ensure_ascii=False) + "\n"


def markdown(decision: Decision, rule: Rule, about: dict[str, Any]) -> str:
    """Short enough for a pull request: the verdict, a table of the metrics, and what it was measured on."""
    sign, _ = _SIGNS[decision.verdict]
    out = [f"### {sign} Performance gate: {decision.verdict}", "", decision.reason, ""]
    if (metrics := table_of(decision)).rows:
        margin = f"Margin {rule.margin * 100:.3g} %; {blocks_text(decision)}."
        out += [table.markdown(metrics), "", margin]
    sides = [f"{side} `{about[side]}`" for side in ("baseline", "candidate") if about.get(side)]
    machine = about.get("machine") or {}
    where = f"{machine.get('cpu')}, {machine.get('cores')} cores" if machine else ""
    out.append("; ".join(filter(None, [*sides, where, about.get("layouts")])))
    return "\n".join(out) + "\n"


def junit(decision: Decision) -> str:
    """A test case for each gated metric and one for the gate as a whole."""
    cases = [("gate", "verdict", _SIGNS[decision.verdict][1], headline(decision))]
    for line in filter(lambda line: line.gated, lines(decision)):
        message = f"{line.finding}: {line.baseline} to {line.candidate}, {line.change}"
        open_yet = None if line.finding.startswith("not ") else "skipped"
        cases.append((f"gate.{line.cell}", line.metric, "failure" if line.regressed else open_yet, message))
    kinds = Counter(kind for _, _, kind, _ in cases)
    counts = {"failures": kinds["failure"], "errors": kinds["error"], "skipped": kinds["skipped"]}
    totals = {name: str(count) for name, count in {"tests": len(cases), **counts}.items()}
    suite = ElementTree.Element("testsuite", name="gate", **totals)
    for classname, name, kind, message in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=classname, name=name)
        if kind:
            ElementTree.SubElement(case, kind, message=message)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _finite(value: Any) -> Any:
    """JSON has no infinity: what is not bounded is null."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
