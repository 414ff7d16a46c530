"""Simulated gates: recorded blocks resampled, judged by the procedure that real gates use.

Reports always call this a simulation: it shows how the rule copes with the recorded noise, not with that of
another machine. Runs of consecutive blocks are drawn, so that the machine's drift stays in (Künsch, The
jackknife and the bootstrap for general stationary observations, 1989).
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from gating.blocks import Block
from gating.procedure import decide
from gating.verdict import Rule, Verdict
from stats.signed_rank import hodges_lehmann

_RUN = 5  # consecutive blocks


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
