"""The verdict cards of a recording, for whoever shows them: one for each of its curves, or, where it has no
curve, the ranking of its workloads."""

from metrics.curves import curves_of
from metrics.digest import Digest
from metrics.holding import holdings
from recordings.recording import Recording
from text.table import folded, markdown
from words.cards import Card, Ladder, curve_card
from words.rankings import ranking_card


def cards_of(recording: Recording, digests: list[Digest]) -> list[Card]:
    """None where nothing was measured, or nothing is to be ranked."""
    curves = curves_of(recording, digests)
    if curves:
        return [curve_card(Ladder(recording, curve, *holdings(recording, curve))) for curve in curves]
    card = ranking_card(recording, digests)
    return [card] if card else []


def cards_markdown(cards: list[Card]) -> str:
    """For a pull request or a README: each sentence, its table, and what its words mean."""
    return "\n\n".join(
        part for card in cards for part in (card.sentence, markdown(folded(card.table)), card.how)
    )
