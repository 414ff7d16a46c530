"""The verdict card of workloads that are no curve: who is first under each, and who is not told from it, as
the sentences of words/comparisons.py tell it, and what a request costs each. Pure."""

from collections.abc import Iterator
from operator import attrgetter

from metrics.comparing import Compared, against_references, cost_metric
from metrics.curves import single_digests
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS, Metric
from recordings.csv_table import grouped
from recordings.recording import Recording
from text.table import Column, TableCell, make_table
from text.units import NONE, duration_text, joined, names_text
from words.cards import Card
from words.comparisons import UNTOLD, Contest, contests, ratios_text
from words.phrases import in_brackets, ratio_with_interval

_HOW = (
    "Medians of the runs that count. A ratio is told where the pairs of all repetitions show a difference "
    "(Wilcoxon’s signed rank, exact, corrected for all that are shown here), with its interval in brackets; "
    "other brackets are ranges."
)


def ranking_card(recording: Recording, digests: list[Digest]) -> Card | None:
    """None where nothing has two subjects to rank."""
    groups, ranked = single_digests(recording, digests), contests(recording, digests)
    cost, beside = cost_metric(recording), _beside(recording, ranked)
    texts = [*map(_first_text, ranked), *_beside_texts(groups, cost, beside)]
    if not texts:
        return None
    if untold := [contest for contest in ranked if not contest.is_told]:
        which = "" if untold == ranked else f" under {joined(c.workload for c in untold)}"
        texts.append(f"it takes {untold[0].least} repetitions to tell anyone apart{which}")
    columns = [Column(recording.varies, lambda name: name, is_words=True)]
    columns += [_column(c.workload, c.metric, groups, lambda d, c=c: _place(c, d)) for c in ranked]
    for workload, rows in beside.items():
        columns.append(_column(workload, cost, groups, lambda d, rows=rows: _ratio(rows, d.subject)))
    if ranked and not beside:
        columns += [_column(ranked[0].workload, METRICS[key], groups) for key in ("cpu", "memory")]
    first = [digest.subject for contest in ranked[:1] for digest in contest.ranked]
    table = make_table("Ranking", columns, list(dict.fromkeys([*first, *recording.subjects])))
    table = table._replace(rows=[row for row in table.rows if {cell.text for cell in row[1:]} != {NONE}])
    return Card("", f"{'; '.join(texts)}.", table, _HOW)


def _column(workload: str, metric: Metric, groups: list[Digest], note=lambda _: "") -> Column:
    digests = {digest.subject: digest for digest in groups if digest.workload == workload}

    def cell(subject: str) -> TableCell:
        digest = digests.get(subject)
        if digest and not digest.counts:
            return TableCell("none", digest.left_out_text, "bad")
        spread = digest and digest[metric.key]
        return TableCell(figure_text(metric, spread), note(digest)) if spread else TableCell(NONE)

    return Column(workload, cell, note=metric.name)


def _place(contest: Contest, digest: Digest) -> str:
    """Beside a figure: what it is to the best, or its range where it is the best or nothing can be told."""
    row, figure = contest.against.get(digest.subject), digest[contest.metric.key]
    if digest in contest.limited:
        return "the generator’s limit"
    if row and row.comparison.outcome not in UNTOLD:
        return _compared(row)
    return in_brackets(figure.low, figure.high, contest.metric)


def _compared(row: Compared) -> str:
    return ratio_with_interval(row.comparison) if row.comparison.differs else row.comparison.sentence


def _ratio(rows: list[Compared], subject: str) -> str:
    """What the reference needs, as a multiple of what this one does."""
    row = next((row for row in rows if row.first == subject), None)
    return (f"{row.second} " if row.comparison.differs else "") + _compared(row) if row else ""


def _first_text(contest: Contest) -> str:
    name = f"**{contest.workload}**"
    if not contest.ranked:
        return f"{name}: nobody is ranked, as the generator was the limit"
    best, *others = contest.ranked
    among = "of those that the generator did not limit, " if contest.limited else ""
    lead = f"`{best.subject}` with {contest.text(best)}"
    if not others:
        why = ", as the generator was the limit of the others" if contest.limited else ""
        return f"{name}: only {lead} is ranked{why}"
    if not contest.is_told:
        last = f"`{others[-1].subject}` with {contest.text(others[-1])}"
        return f"{name}: {among}medians are from {lead} to {last}"
    behind = contest.differing
    text = f"{name}: {among}{'first is' if behind else 'the best median is'} {lead}"
    if level := [d.subject for d in others if d not in behind]:
        text += f", not told from {names_text(level) if len(level) <= 3 else f'{len(level)} others'}"
    if behind:
        row = contest.against[behind[-1].subject]
        text += f", the last `{row.second}` ({ratio_with_interval(row.comparison)})"
    return text


def _beside(recording: Recording, ranked: list[Contest]) -> dict[str, list[Compared]]:
    """What a request costs the reference against the others, by workload; not where there is a ranking."""
    cost, contested = cost_metric(recording), {contest.workload for contest in ranked}
    rows = [row for row in against_references(recording) if row.metric == cost.name]
    return grouped((row for row in rows if row.workload not in contested), attrgetter("workload"))


def _beside_texts(groups: list[Digest], cost: Metric, beside: dict[str, list[Compared]]) -> Iterator[str]:
    """What a request costs the reference, and which multiple that is of what it costs the others."""
    figures = {(digest.subject, digest.workload): digest[cost.key] for digest in groups}
    for workload, rows in beside.items():
        reference = rows[0].second
        level = duration_text(figures[reference, workload].median)
        yield f"**{workload}**: a request costs `{reference}` {level} of CPU{ratios_text(rows)}"
