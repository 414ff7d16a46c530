"""Simulated gates: blocks resampled from recorded ones, judged by the procedure that real gates use.

Reports always call this a simulation: it shows how the rule copes with the recorded noise, not with that of
another machine. Whole blocks are resampled: the quads of one pair of processes.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from gating.procedure import decide
from gating.quad import Quad
from gating.verdict import Rule, Verdict


class Resampled:
    """An endless source: blocks drawn at random, with replacement."""

    def __init__(self, blocks: Sequence[Sequence[Quad]], rng: random.Random):
        self._blocks = blocks
        self._rng = rng

    def quads(self, cell: str, stage: str, first: int, count: int) -> list[Quad]:
        return list(self._rng.choice(self._blocks)[:count])


def blocks_of(quads: Sequence[Quad]) -> list[list[Quad]]:
    """The quads of each pair of processes together, in the order they were measured."""
    return [list(block) for _, block in groupby(quads, key=lambda quad: quad.block)]


def simulate(blocks: Sequence[Sequence[Quad]], rule: Rule, gates: int, seed: int) -> Counter[Verdict]:
    """How many of the gates, of one cell each, come to each verdict."""
    rng = random.Random(seed)
    return Counter(decide(["simulated"], rule, Resampled(blocks, rng)).verdict for _ in range(gates))
