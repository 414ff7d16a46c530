"""Who is first under each workload that is no curve, who is not told from it, and what beside a reference: in
sentences, and in brief on the verdict's card. Pure.

One subject is held against all others, in pairs: the one with the best median, or the reference. The best was
chosen by what was measured, from among all; so all pairs of subjects are corrected for, of all workloads that
are shown together. If only those that are told were, one of five equal subjects under three workloads would
be called first in 8 % of recordings instead of 5 %. The page says how it is done."""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import combinations
from operator import attrgetter
from typing import NamedTuple

from metrics.comparing import Compared, against_references, compare
from metrics.comparing import cost_metric, kinds_of_done, shown_together
from metrics.curves import single_digests
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS, Metric
from recordings.csv_table import grouped
from recordings.recording import Recording
from stats.comparison import Outcome, least_repetitions
from text.table import Column, TableCell, make_table
from text.units import NONE, abridged, duration_text, joined, names_text, plural
from words.cards import Card
from words.phrases import at_least, in_brackets, is_limited, ranged, ranked, ratio_with_interval

_UNTOLD = {Outcome.TOO_FEW, Outcome.ZERO}
_CLOSE_TO_IDEAL = 1.05
_FEW = 3  # so many are named in brief
_LIMIT = "as the generator was the limit"
_HOW = (
    "Medians of the runs that count. A ratio is told where the pairs of all repetitions show a difference "
    "(Wilcoxon’s signed rank, exact, corrected for all that are shown here), with its interval in brackets; "
    "other brackets are ranges."
)


class Contest(NamedTuple):
    """A workload and the metric that decides it. Those that count: `ranked`, best first, by a figure that is
    their own; `limited` by the generator, whose figure it is. `at_once`: how many requests a variant serves at
    a time. `against`: each of the others against the best; `least`: how many pairs it takes until anything can
    be shown to differ."""

    workload: str
    metric: Metric
    ranked: list[Digest]
    limited: list[Digest]
    at_once: dict[str, int | None]
    against: dict[str, Compared] = {}
    least: int = 0

    def figure(self, digest: Digest) -> float:
        return digest[self.metric.key].median

    def times_worse(self, digest: Digest) -> float:
        """Than the best: 1 or more."""
        return (self.figure(digest) / self.figure(self.ranked[0])) ** -self.metric.better

    @property
    def is_told(self) -> bool:
        """Whether there are pairs enough to show a difference of anyone's."""
        return any(row.comparison.outcome not in _UNTOLD for row in self.against.values())

    @property
    def behind(self) -> list[Digest]:
        """Those shown to differ from the best, by more than the generator's own part of either's makespan."""
        differ = {subject for subject, row in self.against.items() if row.comparison.differs}
        return [d for d in self.ranked if d.subject in differ and not self._is_blurred(d)]

    def _is_blurred(self, digest: Digest) -> bool:
        parts = [d["generator_makespan"] for d in (self.ranked[0], digest) if self.metric.key == "makespan"]
        own = max((part.median for part in parts if part), default=0.0)
        return abs(self.figure(digest) - self.figure(self.ranked[0])) < own


def contests(recording: Recording, digests: list[Digest]) -> list[Contest]:
    """Those in which somebody's runs count; not where clients vary, nor of rates told beside a reference."""
    every, rows, result = [], [], []
    at_once = {v["name"]: v.get("serves_at_once") for v in recording.run["variants"]}
    single = single_digests(recording, digests) if recording.varies != "client" else []
    for workload, group in grouped(single, attrgetter("workload")).items():
        is_closed = all(run.arrivals == "closed" for d in group for run in d.runs)
        key = "makespan" if any(d["makespan"] for d in group) else "throughput" if is_closed else "p99"
        fit = [d for d in group if d.sound(key)]
        fit.sort(key=lambda d: -METRICS[key].better * d[key].median)
        limited = [d for d in fit if key != "p99" and is_limited(d)]
        if fit and not (key == "throughput" and recording.workload(workload).get("reference")):
            own = [d for d in fit if d not in limited]
            every.append(Contest(workload, METRICS[key], own, limited, at_once))
            for a, b in combinations(own, 2):  # the first of each has the better median
                rows += compare((a.subject, b.subject), workload, (a.runs, b.runs), True, [METRICS[key]])
    rows, least = shown_together(rows), least_repetitions(len(rows), is_paired=True)
    for contest in every:
        pairs = [(contest.workload, best.subject) for best in contest.ranked[:1]]
        against = {row.second: row for row in rows if (row.workload, row.first) in pairs}
        result.append(contest._replace(against=against, least=least))
    return result


def contest_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    yield from (f"{ranking_text(contest)}." for contest in contests(recording, digests))


def ranking_text(contest: Contest, is_brief: bool = False) -> str:
    """In brief: of those that differ from the best only the last, of the others no figures."""
    metric, clauses = contest.metric, _ranked_clauses(contest, is_brief) if contest.ranked else []
    if contest.limited and is_brief:
        every = len(contest.ranked) + len(contest.limited)
        clauses.append(f"{len(contest.limited)} of {every} not ranked, {_LIMIT}")
    elif contest.limited:
        bound = "at most" if metric.better < 0 else "at least"
        names = ranked([(d.subject, d[metric.key]) for d in contest.limited], metric.text, metric.better)
        names = abridged([name.replace("` ", f"` {bound} ") for name in names])
        clauses.append(f"not ranked, {_LIMIT}: {joined(names)}")
    return f"**{contest.workload}**, {metric.name}: {'; '.join(clauses)}"


def _ranked_clauses(contest: Contest, is_brief: bool) -> list[str]:
    (best, *others), metric, behind = contest.ranked, contest.metric, contest.behind
    ends = [f"`{d.subject}` with {ranged(d[metric.key], metric.text)}" for d in (best, contest.ranked[-1])]
    if not others:
        return [f"only {ends[0]}"]
    why = f"too few repetitions to tell them apart ({contest.least} pairs are needed)"
    if metric.is_latency and len(kinds_of_done([d.runs for d in contest.ranked])) > 1:
        why = "not ranked, as replies were done by different clocks (`done_by`)"
    elif contest.is_told:
        why = ""
    if why:
        return [f"medians are from {ends[0]} to {ends[1]}: {why}"]

    def name(row: Compared) -> str:
        over, many = by_subject[row.second]["over_ideal"], contest.at_once.get(row.second)
        is_near = many and row.second not in level and over and over.median <= _CLOSE_TO_IDEAL
        model = f" (slow by model, not by code: near the ideal of {many} at a time)" if is_near else ""
        return f"`{row.second}` {ratio_with_interval(row.comparison)}{model}"

    rows, by_subject = list(contest.against.values()), {d.subject: d for d in contest.ranked}
    level = [d.subject for d in others if d not in behind]
    ratios = [row.comparison.ratio for row in rows if row.second not in level]
    # Pairs may say the contrary of medians.
    is_first = ratios and all((ratio - 1) * metric.better < 0 for ratio in ratios)
    lead = f"{'first is' if is_first else 'the best median is'} {ends[0]}"
    if not is_brief:
        return [lead, *_by_outcome(rows, name, contest.least, level)]
    if level:
        lead += f", not told from {names_text(level) if len(level) <= _FEW else f'{len(level)} others'}"
    last = [
        f"the last `{row.second}` {ratio_with_interval(row.comparison)}"
        for row in rows
        if row.second not in level
    ]
    return [lead, *last[-1:]]


def _by_outcome(
    rows: Iterable[Compared], name: Callable[[Compared], str], least: int, level: Collection[str] = ()
) -> list[str]:
    """Those that differ, and then of each other outcome who had it; of `level` no difference is told."""

    def phrase(row: Compared) -> str:
        if row.comparison.differs:
            return "differing by less than the generator’s own part of it: " if row.second in level else ""
        few = f" ({least} pairs are needed)" if row.comparison.outcome is Outcome.TOO_FEW else ""
        return f"{row.comparison.sentence}{few}: "

    groups = grouped(sorted(rows, key=lambda row: phrase(row) != ""), phrase)
    return [phrase + joined(abridged([*map(name, group)])) for phrase, group in groups.items()]


def beside_reference(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """Of each workload that has a reference what that costs and serves, beside each other subject in pairs."""
    rows = against_references(recording)
    for reference in digests:
        group = [r for r in rows if (r.workload, r.second) == (reference.workload, reference.subject)]
        if not group:
            continue
        is_flow = all(run.arrivals == "closed" and run.makespan_ms is None for run in reference.runs)
        texts, least = [], least_repetitions(len(rows), is_paired=True)
        for key in (cost_metric(recording).key, "throughput", "beyond_ideal"):
            compared = [row for row in group if row.metric == METRICS[key].name]
            others = dict.fromkeys(row.first for row in group) if is_flow and key == "throughput" else ()
            if compared or others:
                level = _level(reference, METRICS[key], is_bound=not compared)
                texts += [level, *_by_outcome(compared, _of_other, least)]
            if limited := [name for name in others if name not in {row.first for row in compared}]:
                texts.append(f"not compared, {_LIMIT}: {names_text(limited)}")
        pairs = sorted({row.comparison.counts[0] for row in group})
        pairs = (f"{pairs[0]} to " if len(pairs) > 1 else "") + plural(pairs[-1], "pair")
        exact = f"{pairs}; exact intervals, corrected for {plural(len(rows), 'row')}"
        yield f"**{reference.workload}**, `{reference.subject}` in pairs: {'; '.join(texts)} ({exact})."
        means = [d for d in digests if d.workload == reference.workload and d.sound("mean")]
        if means and recording.varies == "client" and any(r.arrivals != "closed" for r in reference.runs):
            texts = joined(ranked([(d.subject, d["mean"]) for d in means], duration_text))
            stamped = [d.subject for d in means if kinds_of_done([d.runs]) == ["kernel"]]
            until = f"; of {names_text(stamped)} until the kernel had the reply" if stamped else ""
            yield f"**{reference.workload}**, mean latency, as each tells it: {texts}{until}."


def _level(reference: Digest, metric: Metric, is_bound: bool = False) -> str:
    spread = reference[metric.key]
    return f"{metric.name} {at_least(spread and spread._replace(at_least=is_bound), metric.text)}"


def _of_other(row: Compared) -> str:
    return f"{ratio_with_interval(row.comparison)} of `{row.first}`’s"


def ranking_card(recording: Recording, digests: list[Digest]) -> Card | None:
    """Of a workload without a ranking, what a request costs its reference. None where there is neither."""
    groups, contested = single_digests(recording, digests), contests(recording, digests)
    cost, rows = cost_metric(recording), against_references(recording)
    texts = [ranking_text(contest, is_brief=True) for contest in contested]
    columns = [_column(each.workload, each.metric, groups, _notes(each)) for each in contested]
    for reference in (d for d in groups if d.workload not in {contest.workload for contest in contested}):
        whose = (cost.name, reference.workload, reference.subject)
        if group := [row for row in rows if (row.metric, row.workload, row.second) == whose]:
            ratios = [_of_other(row) for row in group if row.comparison.differs]
            texts.append(f"**{whose[1]}**, `{whose[2]}`: {', '.join([_level(reference, cost), *ratios])}")
            notes = {r.first: (f"{r.second} " if r.comparison.differs else "") + _compared(r) for r in group}
            columns.append(_column(reference.workload, cost, groups, notes))
    if not texts:
        return None
    if len(columns) == len(contested):
        columns += [_column(contested[0].workload, METRICS[key], groups, {}) for key in ("cpu", "memory")]
    first = [digest.subject for contest in contested[:1] for digest in contest.ranked]
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
    decided = [row for row in contest.against.values() if row.comparison.outcome not in _UNTOLD]
    notes |= {row.second: _compared(row) for row in decided}
    return notes | {digest.subject: "the generator’s limit" for digest in contest.limited}


def _compared(row: Compared) -> str:
    return ratio_with_interval(row.comparison) if row.comparison.differs else row.comparison.sentence
