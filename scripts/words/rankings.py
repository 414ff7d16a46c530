"""The verdict card of workloads that are no curve: who is first under each, and who is not told from it, as
the sentences of words/comparisons.py tell it, and what a request costs each. Pure."""

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
    """Of a workload without a ranking, what a request costs its reference. None where there is neither."""
    groups, ranked = single_digests(recording, digests), contests(recording, digests)
    cost = cost_metric(recording)
    contested = {contest.workload for contest in ranked}
    rows = [r for r in against_references(recording) if r.metric == cost.name and r.workload not in contested]
    texts = list(map(_first_text, ranked))
    columns = [_column(contest.workload, contest.metric, groups, _notes(contest)) for contest in ranked]
    for workload, group in grouped(rows, attrgetter("workload")).items():
        [level] = [d[cost.key] for d in groups if (d.workload, d.subject) == (workload, group[0].second)]
        costs = f"a request costs `{group[0].second}` {duration_text(level.median)} of CPU"
        texts.append(f"**{workload}**: {costs}{ratios_text(group)}")
        notes = {r.first: (f"{r.second} " if r.comparison.differs else "") + _compared(r) for r in group}
        columns.append(_column(workload, cost, groups, notes))
    if not texts:
        return None
    if untold := [contest for contest in ranked if not contest.is_told]:
        which = "" if untold == ranked else f" under {joined(c.workload for c in untold)}"
        texts.append(f"it takes {untold[0].least} repetitions to tell anyone apart{which}")
    if ranked and not rows:
        columns += [_column(ranked[0].workload, METRICS[key], groups, {}) for key in ("cpu", "memory")]
    first = [digest.subject for contest in ranked[:1] for digest in contest.ranked]
    names = Column(recording.varies, str, is_words=True)
    table = make_table("Ranking", [names, *columns], list(dict.fromkeys([*first, *recording.subjects])))
    table = table._replace(rows=[row for row in table.rows if {cell.text for cell in row[1:]} != {NONE}])
    return Card("", f"{'; '.join(texts)}.", table, _HOW)


def _column(workload: str, metric: Metric, groups: list[Digest], notes: dict[str, str]) -> Column:
    digests = {digest.subject: digest for digest in groups if digest.workload == workload}

    def cell(subject: str) -> TableCell:
        digest = digests.get(subject)
        if digest and not digest.counts:
            return TableCell("none", digest.left_out_text, "bad")
        figure = figure_text(metric, digest and digest[metric.key])
        return TableCell(figure, notes.get(subject, "")) if figure else TableCell(NONE)

    return Column(workload, cell, note=metric.name)


def _notes(contest: Contest) -> dict[str, str]:
    """Beside a figure: what it is to the best, or its range where it is the best or nothing can be told."""
    figures = {digest.subject: digest[contest.metric.key] for digest in contest.ranked}
    notes = {name: in_brackets(each.low, each.high, contest.metric) for name, each in figures.items()}
    for name, row in contest.against.items():
        notes[name] = notes[name] if row.comparison.outcome in UNTOLD else _compared(row)
    return notes | {digest.subject: "the generator’s limit" for digest in contest.limited}


def _compared(row: Compared) -> str:
    return ratio_with_interval(row.comparison) if row.comparison.differs else row.comparison.sentence


def _first_text(contest: Contest) -> str:
    name = f"**{contest.workload}**:"
    if not contest.ranked:
        return f"{name} nobody is ranked, as the generator was the limit"
    best, *others = contest.ranked
    lead = f"`{best.subject}` with {contest.text(best)}"
    if not others:
        why = ", as the generator was the limit of the others" if contest.limited else ""
        return f"{name} only {lead} is ranked{why}"
    name += " of those that the generator did not limit," if contest.limited else ""
    if not contest.is_told:
        return f"{name} medians are from {lead} to `{others[-1].subject}` with {contest.text(others[-1])}"
    behind = contest.differing
    text = f"{name} {'first is' if behind else 'the best median is'} {lead}"
    if level := [d.subject for d in others if d not in behind]:
        text += f", not told from {names_text(level) if len(level) <= 3 else f'{len(level)} others'}"
    if behind:
        row = contest.against[behind[-1].subject]
        text += f", the last `{row.second}` ({ratio_with_interval(row.comparison)})"
    return text
