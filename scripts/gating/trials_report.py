"""What trials of the gate come to, as Markdown and as plain figures: counts with their exact intervals. Pure.

What was resampled says so: it shows how the rule copes with the recorded noise, not with another machine's.
Runs of consecutive blocks are drawn, so that the drift stays in (Künsch, The jackknife and the bootstrap for
general stationary observations, 1989)."""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist, mean, median, stdev
from typing import Any

from gating.blocks import METRICS, Block
from gating.verdict import CAPACITY, THROUGHPUT, Rule, Verdict, decide
from gating.words import percent, slowdown_text
from stats.quantiles import Share, clopper_pearson
from stats.comparison import hodges_lehmann
from text.table import Column, make_table, markdown
from text.units import plural, short_text

SIMULATED_GATES = 1000
_RUN = 5  # consecutive blocks
_REGRESSED = str(Verdict.REGRESSED)
Figures, Blocks = dict[str, Any], Mapping[str, Sequence[Block]]  # by cell


def repeat_report(
    verdicts: Sequence[Figures], blocks: Blocks, rule: Rule, handicap: float | None, burnt: dict[str, float]
) -> tuple[str, Figures]:
    """Of one gate made many times: how often it said what, of what, how soon, and what its blocks come to.
    `burnt`: by cell, what share of the baseline's CPU per request the candidate burnt beside it."""
    count, about = len(verdicts), verdicts[0]
    said = Counter(verdict["verdict"] for verdict in verdicts)
    regressed = clopper_pearson(said[_REGRESSED], count)
    worse = Counter(f"{name} of {c['cell']}" for v in verdicts for c in v["cells"] for name in c["worse"])
    cell_s = sorted(verdict["took_s"] / max(len(verdict["cells"]), 1) for verdict in verdicts)
    figures = {"gates": count, "verdicts": said, "worse": worse, "regressed": regressed._asdict()}
    figures |= {"cell_took_s": cell_s, "handicap": handicap, "burnt": burnt, "changes": {}, "simulation": {}}
    sides = f"`{about['candidate']}` against `{about['baseline']}`"
    slower = f", slower by {handicap * 100:.3g} %" if handicap else ""
    out = [f"{plural(count, 'real gate')} of {sides}, margin {rule.margin * 100:.3g} %{slower}.", ""]
    out += [f"- `regressed`: {share_text(regressed)}"]
    for name, counts in (("verdicts", said), ("worse", worse)):
        out += [f"- {name}: {', '.join(f'{each} {n}' for each, n in sorted(counts.items())) or 'nothing'}"]
    out += [f"- a cell took {short_text(median(cell_s))} (median; at most {short_text(cell_s[-1])})"]
    out += [f"- {cell}: burnt {share * 100:.2f} % more" for cell, share in burnt.items()]
    for cell, each in blocks.items():
        figures["changes"][cell] = _changes(each)
        out += [_blocks_line(cell, each)]
        if each:
            counts = simulate(moved(each, handicap) if handicap else each, rule, SIMULATED_GATES, seed=1)
            wrong = clopper_pearson(counts[_REGRESSED], SIMULATED_GATES)
            out += [f"- {cell}, simulation, resampled{slower}: `regressed` {share_text(wrong)}"]
            simulated = {"gates": SIMULATED_GATES, "verdicts": counts, "regressed": wrong._asdict()}
            figures["simulation"][cell] = simulated
    return "\n".join(out) + "\n", figures


def machine_report(blocks: Blocks, each_s: float, rule: Rule) -> tuple[str, Figures]:
    """The least slowdown that a gate here would call 8 times of 10, by the time that it may take."""
    minutes, figures = (1, 2, 5), {}
    limit = rule.regressed_limit(4 * len(blocks))
    quantiles = NormalDist().inv_cdf(1 - limit) + NormalDist().inv_cdf(0.8)
    counts = [m * 60 / len(blocks) / each_s for m in minutes]  # of blocks
    for cell, each in blocks.items():
        for name in (CAPACITY, THROUGHPUT):
            spread = quantiles * stdev(block.difference[name] for block in each) * math.sqrt(math.pi / 3)
            seen = [slowdown_text(rule.log_margin + spread / math.sqrt(count)) for count in counts]
            figures[f"{cell} {name}"] = seen
    columns = [Column("", is_words=True), *(Column(f"{m} min") for m in minutes)]
    table = make_table("", columns, [(name, *seen) for name, seen in figures.items()])
    least = f"The least slowdown that a gate of {plural(len(blocks), 'cell')} would call here 8 times of 10"
    out = [f"{least}, at a margin of {rule.margin * 100:.3g} %:", "", markdown(table), ""]
    return "\n".join([*out, *map(_blocks_line, blocks, blocks.values())]) + "\n", figures


def share_text(share: Share) -> str:
    """`0 of 20 (0 to 16.8 %)`"""
    return f"{share.hits} of {share.trials} ({share.low * 100:.3g} to {share.high * 100:.3g} %)"


def _changes(blocks: Sequence[Block]) -> dict[str, str]:
    """By metric: `-2.00 % [-2.19, -1.81], sd of a block 1.41 %`: the mean, with its normal interval."""
    texts = {}
    for name, metric in METRICS.items():
        changes = [metric.better * block.difference[name] for block in blocks if name in block.difference]
        if len(changes) > 1:
            centre, spread = mean(changes), stdev(changes)
            half = NormalDist().inv_cdf(0.975) * spread / math.sqrt(len(changes))
            low, high = (f"{percent(end):+.2f}" for end in (centre - half, centre + half))
            texts[name] = f"{percent(centre):+.2f} % [{low}, {high}], sd of a block {spread * 100:.2f} %"
    return texts


def _blocks_line(cell: str, blocks: Sequence[Block]) -> str:
    changes = "; ".join(f"{name} {text}" for name, text in _changes(blocks).items())
    return f"- {cell}: {plural(len(blocks), 'block')}: {changes or 'too few to say how they differ'}"


def resampled(blocks: Sequence[Block], rng: random.Random) -> Iterator[Block]:
    """An endless source of runs of consecutive blocks, drawn at random, the last followed by the first."""
    while True:
        first = rng.randrange(len(blocks))
        yield from (blocks[(first + i) % len(blocks)] for i in range(1, _RUN + 1))


def simulate(blocks: Sequence[Block], rule: Rule, gates: int, seed: int) -> Counter[str]:
    """How many of the gates, of one cell each, come to each verdict."""
    rng = random.Random(seed)
    draws = (resampled(blocks, rng) for _ in range(gates))
    return Counter(str(decide(["simulated"], rule, lambda _: next(drawn)).verdict) for drawn in draws)


def moved(blocks: Sequence[Block], slowdown: float) -> list[Block]:
    """The blocks with all their metrics moved so that the candidate is slower by exactly this share."""
    names, wanted = blocks[0].difference, math.log1p(-slowdown)
    shift = {name: wanted - hodges_lehmann([block.difference[name] for block in blocks]) for name in names}
    changed = ({name: d + shift[name] for name, d in block.difference.items()} for block in blocks)
    return [replace(block, difference=each) for block, each in zip(blocks, changed)]
