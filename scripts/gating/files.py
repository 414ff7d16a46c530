"""What a gate writes of its verdict: verdict.json, Markdown for a pull request, JUnit XML for a CI.

Pure. A gate that failed writes them too: a report that is missing must not look like a pass.
"""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import asdict
from typing import Any

from gating.lines import headline, lines, quads_text, reason_text, table_of
from gating.procedure import Decision
from gating.verdict import Rule, Verdict
from text import table

_SIGNS = {
    Verdict.NOT_REGRESSED: "✅",
    Verdict.REGRESSED: "❌",
    Verdict.FAILED: "❌",
    Verdict.INCONCLUSIVE: "⚠️",
    Verdict.INVALID: "⚠️",
}
_JUNIT_KINDS = {
    Verdict.REGRESSED: "failure",
    Verdict.FAILED: "error",
    Verdict.INCONCLUSIVE: "skipped",
    Verdict.INVALID: "skipped",
}


def verdict_json(decision: Decision, rule: Rule, about: dict[str, Any]) -> str:
    cells = [
        {
            "cell": state.cell,
            "verdict": str(state.verdict),
            "regressed": list(state.regressed),
            "quads": len(state.main),
            "repeat_quads": len(state.repeat),
            "metrics": {name: _finite(asdict(metric)) for name, metric in result.metrics.items()},
            "errors": asdict(result.errors),
        }
        for state, result in zip(decision.cells, decision.results(rule))
    ]
    whole = {
        "verdict": str(decision.verdict),
        "exit_code": decision.verdict.exit_code,
        "reason": decision.reason,
        "advisory_beyond_margin": decision.beyond_margin(rule),
        "rule": asdict(rule),
        "cells": cells,
        **about,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def markdown(decision: Decision, rule: Rule, about: dict[str, Any]) -> str:
    """Short enough for a pull request: the verdict, a table of the metrics, and what it was measured on."""
    sign = _SIGNS[decision.verdict]
    out = [f"### {sign} Performance gate: {decision.verdict}", "", reason_text(decision, rule), ""]
    if (metrics := table_of(decision, rule)).rows:
        margin = f"Margin {rule.margin * 100:.3g} %; {quads_text(decision)}."
        out += [table.markdown(metrics), "", margin]
    sides = [f"{side} `{about[side]}`" for side in ("baseline", "candidate") if about.get(side)]
    machine = about.get("machine") or {}
    where = f"{machine.get('cpu')}, {machine.get('cores')} cores" if machine else ""
    out.append("; ".join(filter(None, [*sides, where])))
    return "\n".join(out) + "\n"


def junit(decision: Decision, rule: Rule) -> str:
    """A test case for each gated metric and one for the gate as a whole."""
    cases = [("gate", "verdict", _JUNIT_KINDS.get(decision.verdict), headline(decision, rule))]
    for line in filter(lambda line: line.gated, lines(decision, rule)):
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
