"""What trials of the gate come to, as Markdown and as plain figures: counts with their exact intervals.

Pure. What was resampled says so wherever it is printed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from stats.counts import Share, clopper_pearson
from gating.lines import change_text, percent
from gating.quad import Quad
from gating.simulation import blocks_of, simulate
from gating.verdict import Rule, Verdict, judged
from text.table import Column, make_table, markdown

SIMULATED_GATES = 2000

Report = tuple[str, dict[str, Any]]


def aa_report(
    verdicts: Sequence[str], blocks: Sequence[Sequence[Quad]], rule: Rule, simulated: bool
) -> Report:
    """Of gates of a build against itself: every `regressed` is false."""
    false = clopper_pearson(verdicts.count(str(Verdict.REGRESSED)), len(verdicts))
    quads = [quad for block in blocks for quad in block]
    out = [
        f"A/A: the same build twice, {len(verdicts)} real gates, margin {rule.margin * 100:.3g} %.",
        "",
        f"- false `regressed`: {share_text(false)}",
        f"- verdicts: {_counted(Counter(verdicts))}",
        f"- {len(quads)} quads recorded; {_spread(quads, rule)}",
    ]
    figures: dict[str, Any] = {
        "gates": len(verdicts),
        "verdicts": dict(Counter(verdicts)),
        "false_regressed": false._asdict(),
        "quads": len(quads),
    }
    if simulated and blocks:
        line, figures["simulation"] = _simulated(blocks, rule)
        out.append(f"- {line}")
    return "\n".join(out) + "\n", figures


def power_report(
    levels: dict[int, tuple[int, list[Quad]]], gates: Sequence[tuple[str, list[Quad]]], rule: Rule
) -> Report:
    """Of servers that burn so many per cent of the CPU per request for nothing: the quads of each level, and
    the real gates at the highest, each with its verdict and all of its quads."""
    verdicts = [verdict for verdict, _ in gates]
    out = [
        "Power: `--handicap-ns` sized to a share of the slower server's CPU per request,"
        f" margin {rule.margin * 100:.3g} %.",
        "",
    ]
    figures: dict[str, Any] = {"levels": {}}
    for level, (ns, quads) in levels.items():
        _, simulation = _simulated(blocks_of(quads), rule)
        figures["levels"][level] = {"handicap_ns": ns, "quads": len(quads), "simulation": simulation}
    changes = {level: _capacity_text(quads, rule) for level, (_, quads) in levels.items()}
    simulated = {level: each["simulation"]["regressed"] for level, each in figures["levels"].items()}
    columns = (
        Column("handicap", lambda level: f"{level} %"),
        Column("ns per request", lambda level: str(levels[level][0])),
        Column("quads", lambda level: str(len(levels[level][1]))),
        Column("capacity changed (95 %)", changes.__getitem__),
        Column(
            "`regressed` (simulation)", lambda level: share_text(Share(**simulated[level])), is_words=True
        ),
    )
    out.append(markdown(make_table("", columns, list(levels))))
    # All quads of the trial: the 32 of one level are too few to estimate the noise.
    slowest = [*levels[max(levels)][1], *(quad for _, quads in gates for quad in quads)]
    others = [quads for level, (_, quads) in levels.items() if level != max(levels)]
    exactly, simulation = _at_twice_the_margin([*others, slowest], rule)
    out += ["", exactly]
    figures["twice_the_margin"] = simulation
    caught = clopper_pearson(verdicts.count(str(Verdict.REGRESSED)), len(verdicts))
    figures["real"] = {"verdicts": dict(Counter(verdicts)), "regressed": caught._asdict()}
    out += [
        "",
        f"Real gates at {max(levels)} %: `regressed` {share_text(caught)} ({_counted(Counter(verdicts))}).",
    ]
    return "\n".join(out) + "\n", figures


def _at_twice_the_margin(groups: Sequence[Sequence[Quad]], rule: Rule) -> tuple[str, dict[str, Any]]:
    """What the rule makes of exactly that slowdown: the quads of each handicap, moved to where it is."""
    target = math.log1p(-2 * rule.margin)
    moved = []
    for quads in groups:
        centre = {m.name: m.estimate for m in judged("", quads, rule).metrics.values()}
        for quad in quads:
            there = {name: d - centre[name] + target for name, d in quad.difference.items()}
            moved.append(replace(quad, difference=there))
    text, simulation = _simulated(blocks_of(moved), rule)
    return (
        f"At exactly twice the margin ({2 * rule.margin * 100:.3g} %; all {len(moved)} quads, of every "
        f"handicap and of the real gates, moved there): {text}.",
        simulation,
    )


def share_text(share: Share) -> str:
    """`0 of 20 (0 to 16.8 %)`"""
    return f"{share.hits} of {share.trials} ({share.low * 100:.3g} to {share.high * 100:.3g} %)"


def _simulated(blocks: Sequence[Sequence[Quad]], rule: Rule) -> tuple[str, dict[str, Any]]:
    counts = simulate(blocks, rule, SIMULATED_GATES, seed=1)
    regressed = clopper_pearson(counts[Verdict.REGRESSED], SIMULATED_GATES)
    verdicts = {str(verdict): count for verdict, count in counts.items()}
    text = f"simulation, {len(blocks)} recorded blocks resampled: `regressed` {share_text(regressed)}"
    return text, {"gates": SIMULATED_GATES, "verdicts": verdicts, "regressed": regressed._asdict()}


def _spread(quads: Sequence[Quad], rule: Rule) -> str:
    """How much quads differ, as the interval of the centre and the standard deviation of one."""
    if len(quads) < 2:
        return "too few to say how they differ"
    values = [q.difference["capacity"] for q in quads]
    mean = sum(values) / len(values)
    deviation = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5
    return f"capacity {_capacity_text(quads, rule)}, standard deviation of a quad {percent(deviation):.1f} %"


def _capacity_text(quads: Sequence[Quad], rule: Rule) -> str:
    return change_text("capacity", judged("", quads, rule).metrics["capacity"])


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items()))
