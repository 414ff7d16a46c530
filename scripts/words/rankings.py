"""The verdict card of workloads that are no curve: who is first under each, and who is not told from it, as
the sentences of words/comparisons.py tell it, and what a request costs each. Pure."""

from metrics.comparing import Compared, against_references
from metrics.curves import single_digests
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS, Metric
from recordings.recording import Recording
from text.table import Column, TableCell, make_table
from text.units import NONE, duration_text, names_text, range_text
from words.cards import Card
from words.comparisons import Standing, ratios_text, standings
from words.phrases import ratio_with_interval

_HOW = (
    "Medians of the runs that count. A ratio is told where the pairs of all repetitions show a difference "
    "(Wilcoxon’s signed rank, exact, corrected for all that are shown here), with its interval in brackets."
)


def ranking_card(recording: Recording, digests: list[Digest]) -> Card | None:
    """None where nothing has two subjects to rank."""
    groups = single_digests(recording, digests)
    ranked = standings(recording, digests)
    beside = against_references(recording)
    texts = [*map(_first_text, ranked), *_beside_texts(recording, groups, beside)]
    if not texts:
        return None
    columns = [Column(recording.varies, lambda name: name, is_words=True)]
    columns += [
        _column(s.contest.workload, s.contest.metric, groups, lambda n, s=s: _place(s, n)) for s in ranked
    ]
    cost = _cost_metric(recording)
    for workload, reference in _references(recording).items():
        rows = {row.first: row for row in beside if (row.workload, row.metric) == (workload, cost.name)}
        columns.append(_column(workload, cost, groups, lambda n, r=rows, ref=reference: _ratio(r, ref, n)))
    if ranked and not beside:
        columns += [_column(ranked[0].contest.workload, METRICS[key], groups) for key in ("cpu", "memory")]
    return Card("", f"{'; '.join(texts)}.", make_table("Ranking", columns, _order(recording, ranked)), _HOW)


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
        return TableCell(figure_text(metric, spread), note(subject)) if spread else TableCell(NONE)

    return Column(workload, cell, note=metric.name)


def _place(standing: Standing, subject: str) -> str:
    """Beside a figure: the best's range, what others are to it, or why they are not ranked."""
    contest, against = standing.contest, standing.against
    if subject in [digest.subject for digest in contest.limited]:
        return "the generator’s limit"
    if contest.ranked and subject == contest.ranked[0].subject:
        figure = contest.ranked[0][contest.metric.key]
        return f"[{range_text(figure.low, figure.high, contest.metric.text, ', ')}]"
    row = against.get(subject)
    if row is None:
        return ""
    return ratio_with_interval(row.comparison) if row.comparison.differs else row.comparison.sentence


def _ratio(rows: dict[str, Compared], reference: str, subject: str) -> str:
    """What the reference needs, as a multiple of what this one does."""
    row = rows.get(subject)
    if row is None:
        return ""
    differs = row.comparison.differs
    return f"{reference} {ratio_with_interval(row.comparison)}" if differs else row.comparison.sentence


def _first_text(standing: Standing) -> str:
    contest, against, name = standing.contest, standing.against, f"**{standing.contest.workload}**"
    if not contest.ranked:
        return f"{name}: nobody is ranked, as the generator was the limit"
    best = contest.ranked[0]
    lead = f"`{best.subject}` with {contest.text(best)}"
    behind = [d for d in contest.ranked if d.subject in against and against[d.subject].comparison.differs]
    level = [d.subject for d in contest.ranked[1:] if d not in behind]
    if not behind:
        alone = "" if level else ", alone"
        text = f"{name}: the best median is {lead}{alone}"
        return text + (f", not told from {_others(level)}" if level else "")
    text = f"{name}: first is {lead}" + (f", not told from {_others(level)}" if level else "")
    ratio = ratio_with_interval(against[behind[-1].subject].comparison)
    return f"{text}, the last `{behind[-1].subject}` ({ratio})"


def _others(subjects: list[str]) -> str:
    return names_text(subjects) if len(subjects) <= 3 else f"{len(subjects)} others"


def _references(recording: Recording) -> dict[str, str]:
    """The reference by workload."""
    entries = recording.run["workloads"]
    return {entry["name"]: entry["reference"] for entry in entries if entry.get("reference")}


def _cost_metric(recording: Recording) -> Metric:
    return METRICS["client_cpu" if recording.varies == "client" else "cpu"]


def _beside_texts(recording: Recording, groups: list[Digest], beside: list[Compared]) -> list[str]:
    """What a request costs the reference, and which multiple that is of what it costs the others."""
    cost, texts = _cost_metric(recording), []
    by_place = {(digest.subject, digest.workload): digest for digest in groups}
    for workload, reference in _references(recording).items():
        rows = [row for row in beside if (row.workload, row.metric) == (workload, cost.name)]
        digest = by_place.get((reference, workload))
        if rows and digest and (figure := digest[cost.key]):
            level = f"a request costs `{reference}` {duration_text(figure.median)} of CPU"
            texts.append(f"**{workload}**: {level}{ratios_text(rows)}")
    return texts
