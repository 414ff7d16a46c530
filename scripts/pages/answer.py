"""What stands at the top of the page: one sentence and one small table, of who holds up at what cost; and the
verdict's cards: one for each of a recording's curves, or, where it has none, the ranking of its workloads."""

from itertools import chain
from typing import NamedTuple

from charts.timeline import some_of
from metrics.curves import curves_of, single_digests
from metrics.digest import Digest, figure_text
from metrics.holding import holdings
from metrics.metrics import METRICS, Metric
from metrics.soundness import MARK
from recordings.recording import Recording
from text.table import Column, Table, TableCell, folded, make_table, markdown
from text.units import count_text
from words.cards import Card, Ladder, curve_card
from words.claims import Judged, claim_answers, claims_sentence
from words.findings import cold_sentences, findings, wire_sentences
from words.rankings import ranking_card

_OF_A_COUNT = ("makespan", "over_ideal", "cpu", "threads")
_OF_A_RATE = ("rate", "p99", "cpu", "memory")
_NARROW = 4  # columns
_OF_CLIENTS = ("mean", "p99", "client_cpu")


class Answer(NamedTuple):
    """`sentence` is marked. The table is a small one: all that is known stands below, with its intervals."""

    sentence: str
    table: Table | None


def answer_of(recording: Recording, digests: list[Digest], cards: list[Card]) -> Answer:
    sentence = answer_sentences(recording, digests, cards)[0]
    if curves_of(recording, digests):
        return Answer(sentence, _narrowed(cards[0].table))
    single = single_digests(recording, digests)
    group = [digest for digest in single if digest.workload == single[0].workload]
    return Answer(sentence, _table(recording, group) if group else None)


def answer_sentences(recording: Recording, digests: list[Digest], cards: list[Card]) -> list[str]:
    """The verdicts of curves; of a suite that claims something, captures, or starts servers cold, what it is
    about; else the ranking. Where nobody is ranked, what is said first."""
    if not curves_of(recording, digests):
        claims = claim_answers(recording)
        if judged := [answer for answer in claims if isinstance(answer, Judged)]:
            return [claims_sentence(judged)]
        if own := [*wire_sentences(recording, digests), *cold_sentences(recording, digests), *claims]:
            return own[:1]
    if cards:
        return [card.sentence for card in cards]
    said = [finding.text for finding in findings(recording, digests) if finding.kind == "result"]
    return said[:1] or ["Nothing can be compared yet."]


def _narrowed(table: Table) -> Table:
    """Until where, and what it costs there: as much as fits beside a picture."""
    columns = [column._replace(heading=_short(column.heading)) for column in table.columns[:_NARROW]]
    rows = [[cell._replace(note="") for cell in row[:_NARROW]] for row in table.rows]
    return table._replace(columns=columns, rows=rows)


def _table(recording: Recording, group: list[Digest]) -> Table:
    """The first workload's, the best first; those without a run that counts last."""
    keys = _OF_A_COUNT if group[0]["makespan"] else _OF_A_RATE
    metrics = [METRICS[key] for key in (_OF_CLIENTS if recording.varies == "client" else keys)]

    def rank(digest: Digest) -> tuple[bool, float]:
        spread = digest[metrics[0].key]
        return not digest.counts, -metrics[0].better * spread.median if spread else float("inf")

    def column(metric: Metric) -> Column:
        return Column(_short(metric.name), lambda digest: TableCell(figure_text(metric, digest[metric.key])))

    rows = sorted(some_of(group), key=rank)
    names = Column(recording.varies, lambda d: d.subject + ("" if d.counts else f" {MARK}"), is_words=True)
    left = len(group) - len(rows)
    more = f"{count_text(left)} more among the numbers" if left else ""
    return make_table(group[0].workload, [names, *map(column, metrics)], rows, more)


def _short(heading: str) -> str:
    return heading.replace(" per request", "")


def cards_of(recording: Recording, digests: list[Digest]) -> list[Card]:
    """None where nothing was measured, or nothing is to be ranked."""
    if curves := curves_of(recording, digests):
        return [curve_card(Ladder(recording, curve, *holdings(recording, curve))) for curve in curves]
    return list(filter(None, [ranking_card(recording, digests)]))


def cards_markdown(cards: list[Card]) -> str:
    """For a pull request or a README: each sentence, its table, and what its words mean."""
    parts = [(card.sentence, markdown(folded(card.table)), card.how) for card in cards]
    return "\n\n".join(chain.from_iterable(parts))
