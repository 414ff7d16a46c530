"""The verdict card of workloads that are no curve: who is first under each, and who is not told from it, as
the sentences of words/comparisons.py tell it, and what a request costs each. Pure."""

from collections.abc import Iterator

from metrics.comparing import Compared, against_references
from metrics.curves import single_digests
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS, Metric
from recordings.recording import Recording
from stats.comparison import Outcome
from text.table import Column, TableCell, make_table
from text.units import NONE, duration_text, joined, names_text, range_text
from words.cards import Card
from words.comparisons import Standing, ratios_text, standings
from words.phrases import ratio_with_interval

_UNTOLD = (Outcome.TOO_FEW, Outcome.ZERO)
_HOW = (
    "Medians of the runs that count. A ratio is told where the pairs of all repetitions show a difference "
    "(Wilcoxon’s signed rank, exact, corrected for all that are shown here), with its interval in brackets; "
    "other brackets are ranges."
)


def ranking_card(recording: Recording, digests: list[Digest]) -> Card | None:
    """None where nothing has two subjects to rank."""
    groups = single_digests(recording, digests)
    ranked = standings(recording, digests)
    beside = _beside(recording, ranked)
    texts = [*map(_first_text, ranked), *_beside_texts(recording, groups, beside)]
    if not texts:
        return None
    if untold := [standing for standing in ranked if not _is_told(standing)]:
        which = "" if untold == ranked else f" under {joined(s.contest.workload for s in untold)}"
        texts.append(f"it takes {untold[0].least} repetitions to tell anyone apart{which}")
    columns = [Column(recording.varies, lambda name: name, is_words=True)]
    columns += [
        _column(s.contest.workload, s.contest.metric, groups, lambda d, s=s: _place(s, d)) for s in ranked
    ]
    cost = _cost_metric(recording)
    for workload, rows in beside.items():
        columns.append(_column(workload, cost, groups, lambda d, r=rows: _ratio(r, d.subject)))
    if ranked and not beside:
        columns += [_column(ranked[0].contest.workload, METRICS[key], groups) for key in ("cpu", "memory")]
    table = make_table("Ranking", columns, _order(recording, ranked))
    table = table._replace(rows=[row for row in table.rows if {cell.text for cell in row[1:]} != {NONE}])
    return Card("", f"{'; '.join(texts)}.", table, _HOW)


def _order(recording: Recording, ranked: list[Standing]) -> list[str]:
    first = [digest.subject for standing in ranked[:1] for digest in standing.contest.ranked]
    return list(dict.fromkeys([*first, *recording.subjects]))


def _column(workload: str, metric: Metric, groups: list[Digest], note=lambda _: "") -> Column:
    digests = {digest.subject: digest for digest in groups if digest.workload == workload}

    def cell(subject: str) -> TableCell:
        digest = digests.get(subject)
        if digest is None:
            return TableCell(NONE)
        if not digest.counts:
            return TableCell("none", digest.left_out_text, "bad")
        spread = digest[metric.key]
        return TableCell(figure_text(metric, spread), note(digest)) if spread else TableCell(NONE)

    return Column(workload, cell, note=metric.name)


def _place(standing: Standing, digest: Digest) -> str:
    """Beside a figure: what it is to the best, or its range where it is the best or nothing can be told."""
    contest, row = standing.contest, standing.against.get(digest.subject)
    if digest in contest.limited:
        return "the generator’s limit"
    if row and row.comparison.outcome not in _UNTOLD:
        return _compared(row)
    figure = digest[contest.metric.key]
    text = range_text(figure.low, figure.high, contest.metric.text, ", ")
    return f"[{text}]" if ", " in text else ""


def _compared(row: Compared) -> str:
    return ratio_with_interval(row.comparison) if row.comparison.differs else row.comparison.sentence


def _ratio(rows: list[Compared], subject: str) -> str:
    """What the reference needs, as a multiple of what this one does."""
    row = next((row for row in rows if row.first == subject), None)
    if row is None:
        return ""
    return (f"{row.second} " if row.comparison.differs else "") + _compared(row)


def _first_text(standing: Standing) -> str:
    contest, against, name = standing.contest, standing.against, f"**{standing.contest.workload}**"
    if not contest.ranked:
        return f"{name}: nobody is ranked, as the generator was the limit"
    best, *others = contest.ranked
    lead = f"`{best.subject}` with {contest.text(best)}"
    if not others:
        return f"{name}: only {lead} is ranked"
    if not _is_told(standing):
        last = f"`{others[-1].subject}` with {contest.text(others[-1])}"
        return f"{name}: medians are from {lead} to {last}"
    behind = [d for d in others if d.subject in against and against[d.subject].comparison.differs]
    level = [d.subject for d in others if d not in behind]
    text = f"{name}: {'first is' if behind else 'the best median is'} {lead}"
    text += f", not told from {_others(level)}" if level else ""
    if not behind:
        return text
    ratio = ratio_with_interval(against[behind[-1].subject].comparison)
    return f"{text}, the last `{behind[-1].subject}` ({ratio})"


def _is_told(standing: Standing) -> bool:
    """Whether there are pairs enough to show a difference of anyone's."""
    rows = standing.against.values()
    return not rows or any(row.comparison.outcome not in _UNTOLD for row in rows)


def _others(subjects: list[str]) -> str:
    return names_text(subjects) if len(subjects) <= 3 else f"{len(subjects)} others"


def _cost_metric(recording: Recording) -> Metric:
    return METRICS["client_cpu" if recording.varies == "client" else "cpu"]


def _beside(recording: Recording, ranked: list[Standing]) -> dict[str, list[Compared]]:
    """What a request costs the reference against the others, by workload; not where there is a ranking."""
    cost, contested = _cost_metric(recording), {standing.contest.workload for standing in ranked}
    rows = [row for row in against_references(recording) if row.metric == cost.name]
    names = dict.fromkeys(row.workload for row in rows if row.workload not in contested)
    return {name: [row for row in rows if row.workload == name] for name in names}


def _beside_texts(
    recording: Recording, groups: list[Digest], beside: dict[str, list[Compared]]
) -> Iterator[str]:
    """What a request costs the reference, and which multiple that is of what it costs the others."""
    cost = _cost_metric(recording)
    figures = {(digest.subject, digest.workload): digest[cost.key] for digest in groups}
    for workload, rows in beside.items():
        reference = rows[0].second
        level = duration_text(figures[reference, workload].median)
        yield f"**{workload}**: a request costs `{reference}` {level} of CPU{ratios_text(rows)}"
