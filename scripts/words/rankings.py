"""Who is first under each workload that is no curve, who is not told from it, and what beside a reference: in
sentences, and in brief on the verdict's card. Pure.

One subject is held against all others, in pairs: the one with the best median, or the reference. The best was
chosen by what was measured, from among all; so all pairs of subjects are corrected for, of all workloads that
are shown together. If only those that are told were, one of five equal subjects under three workloads would
be called first in 8 % of recordings instead of 5 %. The page says how it is done."""

from collections.abc import Iterable, Iterator
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
from text.units import NONE, abridged, count_text, duration_text, joined, plural, range_text
from words.cards import Card
from words.phrases import at_least, in_brackets, is_limited, listed, ranged, ranked
from words.phrases import ratio_with_interval

_UNTOLD = {Outcome.TOO_FEW, Outcome.ZERO}
_CLOSE_TO_IDEAL = 1.05
_FEW = 3  # so many are named in brief
_LIMITED = "not ranked, the generator’s limit"
_HOW = (
    "Medians of the runs that count. A ratio is told where the pairs of all repetitions show a difference "
    "(Wilcoxon’s signed rank, exact, corrected for all that are shown here), with its interval in brackets; "
    "other brackets are ranges."
)


class Placed(NamedTuple):
    """One of a ranked list: its ratio to the best, or the reference's to it; `outcome`: what is told of the
    two, nothing where they differ. Of whom the generator limited it is a figure, or nothing."""

    subject: str
    figure: str
    outcome: str
    why: str = ""


class Contest(NamedTuple):
    """A workload and the metric that decides it. Those that count: `ranked`, best first, by a figure that is
    their own; `limited` by the generator, whose figure it is. `at_once`: how many each serves at a time.
    `against`: each of the others against the best; `least`: how many pairs it takes to tell anything."""

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
    def untold(self) -> str:
        """Why nobody is ranked; empty where there is someone of whom a difference can be shown."""
        if self.metric.is_latency and len(kinds_of_done(digest.runs for digest in self.ranked)) > 1:
            return "not ranked, as replies were done by different clocks (`done_by`)"
        if any(row.comparison.outcome not in _UNTOLD for row in self.against.values()):
            return ""
        return f"too few repetitions to tell them apart ({self.least} pairs are needed)"

    @property
    def places(self) -> list[Placed]:
        """Of all but the best. No difference is told that is less than the generator's part of a makespan."""
        places = []
        for digest in (d for d in self.ranked[1:] if not self.untold and d.subject in self.against):
            row, over = self.against[digest.subject], digest["over_ideal"]
            parts = [part.median for d in (self.ranked[0], digest) if (part := d["generator_makespan"])]
            own = max(parts, default=0.0) if self.metric.key == "makespan" else 0.0
            outcome = _outcome(row, self.least)
            if not outcome and abs(self.figure(digest) - self.figure(self.ranked[0])) < own:
                outcome = "differing by less than the generator’s own part"
            many, is_near = self.at_once.get(digest.subject), over and over.median <= _CLOSE_TO_IDEAL
            model = f" (slow by model, not by code: near the ideal of {many} at a time)"
            why = model if many and is_near and not outcome else ""
            places.append(Placed(digest.subject, ratio_with_interval(row.comparison), outcome, why))
        bound = "at most" if self.metric.better < 0 else "at least"
        figures = {d.subject: ranged(d[self.metric.key], self.metric.text) for d in self.limited}
        return places + [Placed(name, f"{bound} {text}", _LIMITED) for name, text in figures.items()]


def _outcome(row: Compared, least: int) -> str:
    few = f" ({least} pairs are needed)" if row.comparison.outcome is Outcome.TOO_FEW else ""
    return "" if row.comparison.differs else row.comparison.sentence + few


def _listed(places: Iterable[Placed], form: str, is_brief: bool = False) -> list[str]:
    """Who differs, then who had each other outcome; in brief the last, and who or how many had another."""
    ordered, texts = sorted(places, key=lambda place: place.outcome != ""), []
    for outcome, group in grouped(ordered, attrgetter("outcome")).items():
        names = [form.format(**place._asdict()) for place in group]
        if is_brief and not outcome:
            names = [f"the last {names[-1]}"]
        elif is_brief or not group[0].figure:
            names = [f"`{place.subject}`" for place in group]
        names = [f"{len(names)} of them"] if is_brief and len(names) > _FEW else names
        texts.append(f"{outcome}: " * bool(outcome) + joined(abridged(names)))
    return texts


def contests(recording: Recording, digests: list[Digest]) -> list[Contest]:
    """Those in which somebody's runs count; not where clients vary, nor of rates told beside a reference."""
    every, rows = [], []
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
    for n, contest in enumerate(every):
        best = [digest.subject for digest in contest.ranked[:1]]
        against = {r.second: r for r in rows if r.workload == contest.workload and r.first in best}
        every[n] = contest._replace(against=against, least=least)
    return every


def contest_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    yield from (f"{ranking_text(contest)}." for contest in contests(recording, digests))


def ranking_text(contest: Contest, is_brief: bool = False) -> str:
    metric, places = contest.metric, contest.places
    ends = [f"`{d.subject}` with {ranged(d[metric.key], metric.text)}" for d in contest.ranked]
    # Pairs may say the contrary of medians.
    ratios = [contest.against[place.subject].comparison.ratio for place in places if not place.outcome]
    is_first = ratios and all((ratio - 1) * metric.better < 0 for ratio in ratios)
    lead = [f"{'first is' if is_first else 'the best median is'} {end}" for end in ends[:1]]
    if len(ends) == 1:
        lead = [f"only {ends[0]}"]
    elif ends and contest.untold:
        lead = [f"medians are from {ends[0]} to {ends[-1]}: {contest.untold}"]
    form = "`{subject}` {figure}" + "{why}" * (not is_brief)
    return f"**{contest.workload}**, {metric.name}: {'; '.join(lead + _listed(places, form, is_brief))}"


def beside_reference(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """Of each workload with a reference what that costs and serves, beside each other subject in pairs."""
    rows, is_of_clients = against_references(recording), recording.varies == "client"
    for reference in (digest for digest in digests if _of_reference(digest, rows)):
        metrics = (cost_metric(recording), METRICS["throughput"], METRICS["beyond_ideal"])
        texts = [text for metric in metrics for text in _beside(reference, metric, rows)[0]]
        counts = [row.comparison.counts[0] for row in _of_reference(reference, rows)]
        pairs = f"pairs: {range_text(min(counts), max(counts), count_text, ' to ')}"
        exact = f"{pairs}; exact intervals, corrected for {plural(len(rows), 'row')}"
        lead = f"**{reference.workload}**, `{reference.subject}` in pairs"
        yield f"{lead}: {'; '.join(texts)} ({exact})."
        if is_of_clients and any(run.arrivals != "closed" for run in reference.runs):
            means = [d for d in digests if d.workload == reference.workload and d.sound("mean")]
            stamped = [f"`{d.subject}`" for d in means if kinds_of_done([d.runs]) == ["kernel"]]
            until = f"; of {joined(stamped)} until the kernel had the reply" if stamped else ""
            texts = ranked([(d.subject, d["mean"]) for d in means], duration_text)
            yield from listed(f"**{reference.workload}**, mean latency, as each tells it", texts, until)


def _beside(reference: Digest, metric: Metric, rows: list[Compared]) -> tuple[list[str], list[Placed]]:
    """Of a closed loop's rate also those that were not compared, as the generator was the limit."""
    least, group = least_repetitions(len(rows), is_paired=True), _of_reference(reference, rows)
    is_flow = all(run.arrivals == "closed" and run.makespan_ms is None for run in reference.runs)
    is_rate = metric.key == "throughput"
    places = {row.first: Placed(row.first, "", _LIMITED) for row in group if is_rate and is_flow}
    compared = [row for row in group if row.metric == metric.name and (is_flow or not is_rate)]
    for row in compared:
        places[row.first] = Placed(row.first, ratio_with_interval(row.comparison), _outcome(row, least))
    spread = reference[metric.key]
    level = at_least(spread and spread._replace(at_least=not compared), metric.text)
    texts = [f"{metric.name} {level}", *_listed(places.values(), "{figure} of `{subject}`’s")]
    return texts if places else [], list(places.values())


def _of_reference(reference: Digest, rows: list[Compared]) -> list[Compared]:
    return [row for row in rows if (row.workload, row.second) == (reference.workload, reference.subject)]


def ranking_card(recording: Recording, digests: list[Digest]) -> Card | None:
    """Of a workload without a ranking, what a request costs its reference. None where there is neither."""
    groups, contested = single_digests(recording, digests), contests(recording, digests)
    cost, rows, parts = cost_metric(recording), against_references(recording), []
    for each in contested:  # beneath a figure its range, where it is the best or nothing can be told
        spreads = {d.subject: d[each.metric.key] for d in each.ranked}
        notes = {name: in_brackets(spread.low, spread.high, each.metric) for name, spread in spreads.items()}
        notes |= {place.subject: place.outcome or place.figure for place in each.places}
        parts.append((ranking_text(each, is_brief=True), each.workload, each.metric, notes))
    for reference in (d for d in groups if d.workload not in {contest.workload for contest in contested}):
        texts, places = _beside(reference, cost, rows)
        brief = texts[: 1 + any(not place.outcome for place in places)]  # the others are in the table
        notes = {p.subject: p.outcome or f"{reference.subject} {p.figure}" for p in places}
        text = f"**{reference.workload}**, `{reference.subject}`: {'; '.join(brief)}"
        parts += [(text, reference.workload, cost, notes)] if places else []
    if not parts:
        return None
    texts = [text for text, *_ in parts]
    if len(parts) == len(contested):
        parts += [("", contested[0].workload, METRICS[key], {}) for key in ("cpu", "memory")]
    columns = [_column(workload, metric, groups, notes) for _, workload, metric, notes in parts]
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
