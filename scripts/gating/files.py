"""The files a gate writes of its verdict: verdict.json, Markdown for a pull request, JUnit XML for a CI.

Pure, but for `write`. A gate that failed writes them too: a report that is missing must not look like a pass.
"""

from __future__ import annotations

import json
import math
import os
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gating.lines import Line, headline, lines, quads_text, reason_text
from gating.procedure import Decision
from gating.verdict import Rule, Verdict

_SIGNS = {
    Verdict.NOT_REGRESSED: "✅",
    Verdict.REGRESSED: "❌",
    Verdict.FAILED: "❌",
    Verdict.INCONCLUSIVE: "⚠️",
    Verdict.INVALID: "⚠️",
}


def verdict_json(decision: Decision, rule: Rule, about: dict[str, Any]) -> str:
    cells = []
    for state, result in zip(decision.cells, decision.results(rule)):
        metrics = {name: _finite(asdict(metric)) for name, metric in result.metrics.items()}
        cells.append(
            {
                "cell": state.cell,
                "verdict": str(state.verdict),
                "regressed": list(state.regressed),
                "quads": len(state.main),
                "repeat_quads": len(state.repeat),
                "metrics": metrics,
                "errors": asdict(result.errors),
            }
        )
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
    out = [
        f"### {_SIGNS[decision.verdict]} Performance gate: {decision.verdict}",
        "",
        reason_text(decision, rule),
        "",
    ]
    rows = lines(decision, rule)
    if rows:
        out += [
            "| cell | metric | baseline | candidate | change (95 % interval) | finding | would have seen |",
            "|---|---|---:|---:|---:|---|---:|",
        ]
        out += [_markdown_row(row) for row in rows]
        out += ["", f"Margin {rule.margin * 100:.3g} %; {quads_text(decision)}."]
    sides = [f"{side} `{about[side]}`" for side in ("baseline", "candidate") if about.get(side)]
    machine = about.get("machine") or {}
    where = f"{machine.get('cpu')}, {machine.get('cores')} cores" if machine else ""
    out.append("; ".join(filter(None, [*sides, where])))
    return "\n".join(out) + "\n"


def junit(decision: Decision, rule: Rule) -> str:
    """A test case for each gated metric and one for the gate as a whole."""
    suite = ElementTree.Element("testsuite", name="gate")
    counts = dict.fromkeys(("failures", "errors", "skipped"), 0)
    whole = ElementTree.SubElement(suite, "testcase", classname="gate", name="verdict")
    kind = {
        Verdict.REGRESSED: "failure",
        Verdict.FAILED: "error",
        Verdict.INCONCLUSIVE: "skipped",
        Verdict.INVALID: "skipped",
    }.get(decision.verdict)
    if kind:
        ElementTree.SubElement(whole, kind, message=headline(decision, rule))
        counts[{"failure": "failures", "error": "errors", "skipped": "skipped"}[kind]] += 1
    rows = [row for row in lines(decision, rule) if row.gated]
    for row in rows:
        case = ElementTree.SubElement(suite, "testcase", classname=f"gate.{row.cell}", name=row.metric)
        message = f"{row.finding}: {row.baseline} to {row.candidate}, {row.change}"
        if row.regressed:
            ElementTree.SubElement(case, "failure", message=message)
            counts["failures"] += 1
        elif not row.finding.startswith("not "):
            ElementTree.SubElement(case, "skipped", message=message)
            counts["skipped"] += 1
    suite.set("tests", str(1 + len(rows)))
    for name, count in counts.items():
        suite.set(name, str(count))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def write(path: Path, text: str) -> None:
    """Replaces the file as a whole, in a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def unwritable(path: Path) -> str | None:
    """Why `write` would fail there, in words; None if it would not now."""
    if path.is_dir():
        return f"{path}: is a folder: name a file"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _beside(path).touch()
        _beside(path).unlink()
    except OSError as error:
        return f"{path}: {error.strerror}: name a file in a folder that can be written"
    return None


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _markdown_row(row: Line) -> str:
    finding = f"**{row.finding}**" if row.regressed else row.finding
    cells = [f"`{row.cell}`", row.metric, row.baseline, row.candidate, row.change, finding, row.detectable]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _finite(value: Any) -> Any:
    """JSON has no infinity: what is not bounded is null."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
