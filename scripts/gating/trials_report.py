"""What trials of the gate come to, as Markdown and as plain figures: counts with their exact intervals.

Pure. What was resampled says so wherever it is printed: it shows how the rule copes with the recorded noise,
not with that of another machine. Runs of consecutive blocks are drawn, so that the machine's drift stays in
(Künsch, The jackknife and the bootstrap for general stationary observations, 1989).
"""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, median, stdev
from typing import Any

from gating.blocks import Block
from gating.procedure import decide
from gating.verdict import CAPACITY, P50, P99, THROUGHPUT, Rule, Verdict, judged
from gating.words import change_text, slowdown_text
from stats.counts import Share, clopper_pearson
from stats.rank_tests import hodges_lehmann
from text.table import Column, make_table, markdown
from text.units import short_text

SIMULATED_GATES = 1000
_RUN = 5  # consecutive blocks

Report = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Level:
    """Blocks whose candidate burns so many nanoseconds, sized to so many per cent of its CPU per request."""

    cell: str
    percent: float
    handicap_ns: int
    blocks: list[Block]


def aa_report(verdicts: Sequence[dict[str, Any]], blocks: dict[str, list[Block]], rule: Rule) -> Report:
    """Of gates of a build against itself: every `regressed` is false."""
    lines, figures = _of_gates(verdicts)
    simulated = {cell: _simulated(of_cell, rule) for cell, of_cell in blocks.items()}
    out = [
        f"A/A: the same build twice, {len(verdicts)} real gates, margin {rule.margin * 100:.3g} %.",
        "",
        *lines,
        *(f"- {cell}: {_spreads(of_cell)}" for cell, of_cell in blocks.items()),
        *(f"- {cell}, {text}" for cell, (text, _) in simulated.items()),
    ]
    return "\n".join(out) + "\n", {**figures, "simulation": {c: f for c, (_, f) in simulated.items()}}


def power_report(
    levels: Sequence[Level],
    verdicts: Sequence[dict[str, Any]],
    gates: dict[str, list[Block]],
    slowdown: float,
    rule: Rule,
) -> Report:
    """Of servers that burn a known share of the CPU per request: what was estimated, and what was called."""
    lines, figures = _of_gates(verdicts)
    changes = [change_text(judged(level.cell, level.blocks, rule).metrics[CAPACITY]) for level in levels]
    columns = (
        Column("cell", lambda item: item[0].cell, is_words=True),
        Column("injected", lambda item: f"-{item[0].percent:g} %"),
        Column("ns per request", lambda item: str(item[0].handicap_ns)),
        Column("blocks", lambda item: str(len(item[0].blocks))),
        Column("capacity changed", lambda item: item[1]),
    )
    simulated = {cell: _simulated(moved(blocks, slowdown), rule) for cell, blocks in gates.items()}
    out = [
        "Power: `--handicap-ns` sized to a share of the slower server's CPU per request, margin "
        f"{rule.margin * 100:.3g} %.",
        "",
        markdown(make_table("", columns, list(zip(levels, changes)))),
        "",
        f"Real gates at {slowdown * 100:.3g} %:",
        "",
        *lines,
        *(
            f"- {cell}, moved to exactly {slowdown * 100:.3g} %, {text}"
            for cell, (text, _) in simulated.items()
        ),
    ]
    figures["levels"] = [
        {"cell": level.cell, "percent": level.percent, "handicap_ns": level.handicap_ns, "capacity": change}
        for level, change in zip(levels, changes)
    ]
    return "\n".join(out) + "\n", {**figures, "simulation": {c: f for c, (_, f) in simulated.items()}}


def machine_report(blocks: dict[str, list[Block]], each_s: float, rule: Rule) -> Report:
    """The least slowdown that a gate here would call 8 times of 10, by the time that it may take."""
    minutes = (1, 2, 5)
    limit = rule.regressed_limit(4 * len(blocks))
    quantiles = NormalDist().inv_cdf(1 - limit) + NormalDist().inv_cdf(0.8)
    figures: dict[str, Any] = {}
    for cell, of_cell in blocks.items():
        for name in (CAPACITY, THROUGHPUT):
            spread = stdev(block.difference[name] for block in of_cell) * math.sqrt(math.pi / 3)
            figures[f"{cell} {name}"] = [
                slowdown_text(rule.log_margin + quantiles * spread / math.sqrt(m * 60 / len(blocks) / each_s))
                for m in minutes
            ]
    columns = [Column("", lambda item: item[0], is_words=True)]
    columns += [Column(f"{m} min", lambda item, at=at: item[1][at]) for at, m in enumerate(minutes)]
    out = [
        f"The least slowdown that a gate of {len(blocks)} cells would call here 8 times of 10, at a margin "
        f"of {rule.margin * 100:.3g} %:",
        "",
        markdown(make_table("", columns, list(figures.items()))),
        "",
        *(f"- {cell}: {_spreads(of_cell)}" for cell, of_cell in blocks.items()),
    ]
    return "\n".join(out) + "\n", figures


def share_text(share: Share) -> str:
    """`0 of 20 (0 to 16.8 %)`"""
    return f"{share.hits} of {share.trials} ({share.low * 100:.3g} to {share.high * 100:.3g} %)"


def _of_gates(verdicts: Sequence[dict[str, Any]]) -> tuple[list[str], dict[str, Any]]:
    """How often real gates said what, and how long a cell of theirs took."""
    counts = Counter(verdict["verdict"] for verdict in verdicts)
    regressed = clopper_pearson(counts[str(Verdict.REGRESSED)], len(verdicts))
    took = [verdict["took_s"] / len(verdict["cells"]) for verdict in verdicts]
    lines = [
        f"- `regressed`: {share_text(regressed)}",
        f"- verdicts: {', '.join(f'{verdict} {count}' for verdict, count in sorted(counts.items()))}",
        f"- a cell took {short_text(median(took))} (median; at most {short_text(max(took))})",
    ]
    figures = {"gates": len(verdicts), "verdicts": dict(counts), "regressed": regressed._asdict()}
    return lines, {**figures, "cell_took_s": sorted(took)}


def _simulated(blocks: Sequence[Block], rule: Rule) -> tuple[str, dict[str, Any]]:
    counts = simulate(blocks, rule, SIMULATED_GATES, seed=1)
    regressed = clopper_pearson(counts[Verdict.REGRESSED], SIMULATED_GATES)
    text = f"simulation, {len(blocks)} recorded blocks resampled: `regressed` {share_text(regressed)}"
    verdicts = {str(verdict): count for verdict, count in counts.items()}
    return text, {"gates": SIMULATED_GATES, "verdicts": verdicts, "regressed": regressed._asdict()}


def _spreads(blocks: Sequence[Block]) -> str:
    """The standard deviation of a block, by metric."""
    if len(blocks) < 2:
        return "too few blocks to say how they differ"
    texts = [
        f"{name} {100 * stdev(block.difference[name] for block in blocks):.2f} %"
        for name in (CAPACITY, THROUGHPUT, P50, P99)
        if all(name in block.difference for block in blocks)
    ]
    return f"standard deviation of a block: {', '.join(texts)} ({len(blocks)} blocks)"


class Resampled:
    """An endless source of runs of consecutive blocks, drawn at random, the last followed by the first."""

    def __init__(self, blocks: Sequence[Block], rng: random.Random):
        self._blocks = blocks
        self._rng = rng
        self._next, self._left = 0, 0

    def block(self, cell: str) -> Block:
        if not self._left:
            self._next, self._left = self._rng.randrange(len(self._blocks)), _RUN
        self._next, self._left = (self._next + 1) % len(self._blocks), self._left - 1
        return self._blocks[self._next]


def simulate(blocks: Sequence[Block], rule: Rule, gates: int, seed: int) -> Counter[Verdict]:
    """How many of the gates, of one cell each, come to each verdict."""
    rng = random.Random(seed)
    return Counter(decide(["simulated"], rule, Resampled(blocks, rng)).verdict for _ in range(gates))


def moved(blocks: Sequence[Block], slowdown: float) -> list[Block]:
    """The blocks with all their metrics moved so that the candidate is slower by exactly this share."""
    names = blocks[0].difference
    centre = {name: hodges_lehmann([block.difference[name] for block in blocks]) for name in names}
    shift = {name: math.log1p(-slowdown) - centre[name] for name in names}
    return [
        replace(block, difference={name: d + shift[name] for name, d in block.difference.items()})
        for block in blocks
    ]
