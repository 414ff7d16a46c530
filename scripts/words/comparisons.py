"""One subject of a workload against all others, in pairs: the one with the best median, or the reference. The
best was chosen by what was measured, from among all; so all pairs of subjects are corrected for, of all
workloads that are shown together. If only those that are told were, one of five equal subjects under three
workloads would be called first in 8 % of recordings instead of 5 %. The page says how it is done."""

import math
from collections.abc import Iterator
from itertools import combinations
from operator import attrgetter
from typing import NamedTuple

from metrics.comparing import Compared, against_references, compare
from metrics.comparing import cost_metric, kinds_of_done, shown_together
from metrics.curves import single_digests
from metrics.digest import Digest
from metrics.metrics import METRICS, Metric
from recordings.csv_table import grouped
from recordings.recording import Recording
from stats.comparison import Outcome, least_repetitions
from text.units import MOST_NAMED, abridged, count_text, duration_text, joined
from text.units import names_text, plural, range_text, ratio_text
from words.phrases import is_limited, ranged, ratio_with_interval, undecided, whole

UNTOLD = {Outcome.TOO_FEW, Outcome.ZERO}
_CLOSE_TO_IDEAL = 1.05
_VERBS = {"makespan": ("took", " as long"), "throughput": ("served", " as much"), "p99": ("had", " that")}


class Contest(NamedTuple):
    """A workload and the metric that decides it. Those that count: `ranked`, best first, by a figure that is
    their own; `limited` by the generator, whose figure it is. `against`: each of the others against the best;
    `least`: how many pairs it takes until anything can be shown to differ."""

    workload: str
    metric: Metric
    ranked: list[Digest]
    limited: list[Digest]
    against: dict[str, Compared] = {}
    least: int = 0

    def figure(self, digest: Digest) -> float:
        return digest[self.metric.key].median

    def text(self, digest: Digest) -> str:
        return f"{'p99 ' if self.metric.key == 'p99' else ''}{self.metric.text(self.figure(digest))}"

    def times_worse(self, digest: Digest) -> float:
        """Than the best: 1 or more."""
        return (self.figure(digest) / self.figure(self.ranked[0])) ** -self.metric.better

    @property
    def is_told(self) -> bool:
        """Whether there are pairs enough to show a difference of anyone's."""
        return not self.against or any(r.comparison.outcome not in UNTOLD for r in self.against.values())

    @property
    def differing(self) -> list[Digest]:
        """Those that are shown to differ from the best."""
        differ = {subject for subject, row in self.against.items() if row.comparison.differs}
        return [digest for digest in self.ranked if digest.subject in differ]

    @property
    def behind(self) -> list[Digest]:
        """Those of them that differ by more than the generator's own part of either's makespan."""
        if self.metric.key != "makespan":
            return self.differing
        return [d for d in self.differing if self.figure(d) - self.figure(self.ranked[0]) >= self._noise(d)]

    def _noise(self, digest: Digest) -> float:
        parts = [d["generator_makespan"] for d in (self.ranked[0], digest)]
        return max((part.median for part in parts if part), default=0.0)


def contests(recording: Recording, digests: list[Digest]) -> list[Contest]:
    """Those in which somebody's runs count; not where clients vary, nor of rates told beside a reference."""
    if recording.varies == "client":
        return []
    every, rows, result = [], [], []
    for workload, group in grouped(single_digests(recording, digests), attrgetter("workload")).items():
        is_closed = all(run.arrivals == "closed" for d in group for run in d.runs)
        key = "makespan" if any(d["makespan"] for d in group) else "throughput" if is_closed else "p99"
        fit = [d for d in group if d.sound(key)]
        fit.sort(key=lambda d: -METRICS[key].better * d[key].median)
        limited = [d for d in fit if key != "p99" and is_limited(d)]
        if fit and not (key == "throughput" and recording.workload(workload).get("reference")):
            every.append(Contest(workload, METRICS[key], [d for d in fit if d not in limited], limited))
    for contest in every:
        for a, b in combinations(contest.ranked, 2):  # the first of each has the better median
            names, sides = (a.subject, b.subject), (a.runs, b.runs)
            rows += compare(names, contest.workload, sides, True, [contest.metric])
    rows, least = shown_together(rows), least_repetitions(len(rows), is_paired=True)
    for contest in every:
        pairs = [(contest.workload, best.subject) for best in contest.ranked[:1]]
        against = {row.second: row for row in rows if (row.workload, row.first) in pairs}
        result.append(contest._replace(against=against, least=least))
    return result


def contest_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    for contest in contests(recording, digests):
        entry, classes = recording.workload(contest.workload), (*contest.ranked, *contest.limited)[0].classes
        count, at_once, asked = entry.get("requests"), entry.get("connections"), ""
        if count and at_once:
            some = "all" if at_once >= count else count_text(at_once)
            asked = f"{plural(count, 'request')}, {some} at once"
            counts = [f"{count_text(rows[0].requests)} {name}" for name, rows in classes.items()]
            asked = f" ({asked}: {joined(counts)})" if len(counts) > 1 else f" ({asked})"
        texts = list(_ranked_texts(contest)) if contest.ranked else []
        bound = "at most" if contest.metric.better < 0 else "at least"
        if limited := [f"`{d.subject}`, {bound} {contest.text(d)}" for d in contest.limited]:
            texts.append(f"not ranked, as the generator was the limit: {'; '.join(abridged(limited))}")
        yield f"**{contest.workload}**{asked}: {'; '.join(texts)}{_slow_by_model(recording, contest)}."


def _ranked_texts(contest: Contest) -> Iterator[str]:
    best, *others = contest.ranked
    medians = f"medians are {joined(abridged([f'`{d.subject}` {contest.text(d)}' for d in contest.ranked]))}"
    if contest.metric.is_latency and len(kinds_of_done([d.runs for d in contest.ranked])) > 1:
        yield f"{medians}, not ranked, as replies were done by different clocks (`done_by`)"
        return
    figure, spread, behind = contest.text(best), best[contest.metric.key], contest.behind
    if spread.runs > 1:
        limits = range_text(spread.low, spread.high, contest.metric.text, " to ")
        figure += f" (median of {spread.runs}, {limits})"
    figure += f", {ratio_text(ideal.median)} the ideal" if (ideal := best["over_ideal"]) else ""
    rows = [contest.against[d.subject] for d in behind]
    lead = f"the best median is `{best.subject}`’s, {figure}"
    # Pairs may say the contrary of medians.
    if rows and all((row.comparison.ratio - 1) * contest.metric.better < 0 for row in rows):
        lead = f"`{best.subject}` came first with {figure}"
    elif not others:
        lead = f"`{best.subject}` came to {figure}"
    elif not contest.against or not contest.is_told:
        yield f"{medians}: too few repetitions to tell them apart ({contest.least} pairs are needed)"
        return
    yield f"of those that the generator did not limit, {lead}" if contest.limited and others else lead
    if rows:
        verb, measure = _VERBS[contest.metric.key]
        texts = [f"`{row.second}` {ratio_with_interval(row.comparison)}" for row in rows]
        texts[0] = texts[0].replace("` ", f"` {verb} ") + measure
        yield joined(abridged(texts))
    if blurred := [d.subject for d in contest.differing if d not in behind]:
        yield f"differing by less than the generator’s own part of the makespan: {names_text(blurred)}"
    yield from undecided(contest.against.values(), lambda row: f"`{row.second}`", contest.least)


def _slow_by_model(recording: Recording, contest: Contest) -> str:
    """Slow for what they are, or slow because of what they are?"""
    at_once = {v["name"]: v.get("serves_at_once") for v in recording.run["variants"]}
    ideals = {
        f"`{d.subject}` (serving {at_once[d.subject]} at a time)": ideal.median
        for d in contest.behind
        if at_once.get(d.subject) and (ideal := d["over_ideal"]) and ideal.median <= _CLOSE_TO_IDEAL
    }
    if not 0 < len(ideals) <= MOST_NAMED:
        return ""
    percent = math.ceil(100 * max(ideals.values())) - 100 or 1
    verb, own = ("is", "its") if len(ideals) == 1 else ("are", "their")
    return f". {joined(ideals)} {verb} slow by model, not by code: within {percent} % of {own} own ideal"


def beside_reference(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    """A sentence per workload that has a reference: what that needs and serves, beside the others."""
    rows = against_references(recording)
    for reference in digests:
        if recording.workload(reference.workload).get("reference") != reference.subject:
            continue
        if group := [row for row in rows if row.workload == reference.workload]:
            yield _beside(recording, reference, group, len(rows))
        if recording.varies != "client" or all(run.arrivals == "closed" for run in reference.runs):
            continue
        if means := [d for d in digests if d.workload == reference.workload and d.sound("mean")]:
            texts = joined(f"{duration_text(d['mean'].median)} by `{d.subject}`" for d in means)
            stamped = [d.subject for d in means if kinds_of_done([d.runs]) == ["kernel"]]
            until = f", of {names_text(stamped)} until the kernel had the reply" if stamped else ""
            same = f"the mean latency of the same server is {texts}, as each tool tells it{until}"
            yield f"**{reference.workload}**: {same}."
        if added := reference["added"]:
            amount = f"of `{reference.subject}`’s, {ranged(added, duration_text)} on average"
            yield f"**{reference.workload}**: {amount} is not service but queue, connect and lag."


def _beside(recording: Recording, reference: Digest, rows: list[Compared], count: int) -> str:
    keys = (cost_metric(recording).key, "throughput", "beyond_ideal")
    costs, rates, beyond = ([row for row in rows if row.metric == METRICS[key].name] for key in keys)

    def held_beside(lead: str, key: str, measure: str, rows: list[Compared]) -> str:
        text = whole if key == "throughput" else duration_text
        level = text(spread.median) if (spread := reference[key]) else "an unknown amount"
        untold = undecided(rows, _named, least_repetitions(count, is_paired=True))
        return "; ".join([f"{lead} {level} {measure}{ratios_text(rows)}", *untold])

    lead = f"**{reference.workload}**, in pairs: `{reference.subject}` needs"
    sentences = [held_beside(lead, keys[0], "of CPU per request", costs)]
    if all(run.arrivals == "closed" and run.makespan_ms is None for run in reference.runs):
        lead = f"It {'makes' if recording.varies == 'client' else 'serves'}{'' if rates else ' at least'}"
        sentences.append(held_beside(lead, "throughput", "requests/s", rates))
        if limited := [f"`{r.first}`" for r in costs if r.first not in {rate.first for rate in rates}]:
            sentences[-1] += f"; not compared, as the generator was the limit: {joined(abridged(limited))}"
    if beyond:
        sentences.append(held_beside("Its makespan has", "beyond_ideal", "beyond the ideal", beyond))
    pairs = {row.comparison.counts[0] for row in rows}
    count_of_pairs = (f"{min(pairs)} to " if len(pairs) > 1 else "") + plural(max(pairs), "pair")
    corrected = f"exact intervals, corrected for {plural(count, 'row')}"
    return f"{'. '.join(sentences)} ({count_of_pairs}; {corrected})."


def ratios_text(rows: list[Compared]) -> str:
    """Of those that differ; empty if none does."""
    phrases = [f"{ratio_with_interval(r.comparison)} of `{r.first}`’s" for r in rows if r.comparison.differs]
    return f", {joined(phrases)}" if phrases else ""


def _named(row: Compared) -> str:
    """With the ratio all the same: its interval says how large a difference could not have been seen."""
    ratio = f" ({ratio_with_interval(row.comparison)})" if row.comparison.ratio else ""
    return f"`{row.first}`’s{ratio}"
