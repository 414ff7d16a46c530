"""Where the models of a curve part, in one sentence: who holds up until where, and who is left from there.

Pure. Two models are told apart where their medians differ and their intervals share no more than an end.
"""

from itertools import groupby

from metrics.digest import spread
from metrics.holding import Holding
from metrics.metrics import METRICS
from text.units import abridged, first_few, joined, names_text
from words.ladders import Ladder, number_text, runs_there
from words.phrases import whole

SURE = 0.95


def crossover(ladder: Ladder) -> str:
    held = ladder.measured
    if not held:
        return f"**{ladder.curve.name}**: nobody was measured validly."
    best = held[-1].until
    behind = [h for h in held if h.until.high <= best.low and h.until.most < best.value]
    lead = [h for h in held if h not in behind]
    text = _parting(ladder, behind, lead) if behind else _level(ladder, lead)
    silent = [h.subject for h in ladder.holdings if not h.until]
    missed = f"; {names_text(silent)} {'has' if len(silent) == 1 else 'have'} no valid run" if silent else ""
    return f"**{ladder.curve.name}**: {text}{_unsure(held)}{missed}."


def _parting(ladder: Ladder, behind: list[Holding], lead: list[Holding]) -> str:
    """The last of those behind is where the models part."""
    groups = [list(group) for _, group in groupby(behind, key=lambda h: _until_text(ladder, h))]
    texts = [f"{_names(ladder, group)} {_until_text(ladder, group[0])}" for group in groups]
    texts[0] = f"{_names(ladder, groups[0])} {_verb(groups[0])} up {_until_text(ladder, behind[0])}"
    unit, only = ladder.curve.axis_text, "only " if len(lead) == 1 else ""
    return f"{joined(abridged(texts))} {unit}; from there {only}{_names(ladder, lead)}, {_end(ladder, lead)}"


def _level(ladder: Ladder, lead: list[Holding]) -> str:
    none = ": no crossover was seen" if len(lead) > 1 else ""
    return f"{_names(ladder, lead)} {_verb(lead)} up {_end(ladder, lead)} {ladder.curve.axis_text}{none}"


def _verb(group: list[Holding]) -> str:
    return "holds" if len(group) == 1 else "hold"


def _until_text(ladder: Ladder, holding: Holding) -> str:
    return ladder.until_text(holding.until, "until ", "at least ")


def _names(ladder: Ladder, group: list[Holding]) -> str:
    """Where a rate is what is bounded, with that: who holds up little is no match for who holds up much."""
    texts = [f"`{h.subject}`" for h in group]
    if ladder.is_of_rates:
        rates = [spread(map(METRICS["throughput"].read, runs_there(h))) for h in group]
        texts = [t + (f" ({whole(rate.median)}/s)" if rate else "") for t, rate in zip(texts, rates)]
    return joined(first_few(texts))


def _end(ladder: Ladder, lead: list[Holding]) -> str:
    """From the first to the last of those that are not told apart."""
    first, last = lead[0], lead[-1]
    if first.until.value == ladder.top:
        return f"to the end, {number_text(ladder.top)}"
    end = f" to {number_text(last.until.value)}" if last.until.value > first.until.value else ""
    return _until_text(ladder, first) + end


def _unsure(held: list[Holding]) -> str:
    """So few repetitions that the intervals are worth less than they should be."""
    least = min((h.until for h in held), key=lambda until: until.confidence)
    if least.confidence >= SURE:
        return ""
    if least.count == 1:
        return " (one valid repetition, so without an interval)"
    return f" ({least.count} repetitions: intervals of {100 * least.confidence:.0f} %)"
