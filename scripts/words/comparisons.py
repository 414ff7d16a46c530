"""One subject of a workload against all others, in pairs: the one with the best median, or the reference.

The best was chosen by what was measured, from among all; so all pairs of subjects are corrected for, of all
workloads that are shown together. If only those that are told were, one of five equal subjects under three
workloads would be called first in 8 % of recordings instead of 5 %. The page says how it is done.
"""

import math
from collections.abc import Callable, Iterator
from itertools import combinations, groupby
from operator import attrgetter
from typing import NamedTuple

from metrics.comparing import Compared, against_references, compare, cost_metric
from metrics.comparing import kinds_of_done, shown_together
from metrics.curves import single_digests
from metrics.digest import Digest, Spread
from metrics.metrics import METRICS, Metric
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
        return [digest for digest in self.differing if not self._is_generators(self.ranked[0], digest)]

    def _is_generators(self, best: Digest, digest: Digest) -> bool:
        parts = [part.median for d in (best, digest) if (part := d["generator_makespan"])]
        gap = self.figure(digest) - self.figure(best)
        return self.metric.key == "makespan" and any(gap < part for part in parts)


def contests(recording: Recording, digests: list[Digest]) -> list[Contest]:
    """Those in which somebody's runs count. Not of rates that are told beside a reference; where clients
    vary, that are all."""
    if recording.varies == "client":
        return []
    groups = groupby(single_digests(recording, digests), attrgetter("workload"))
    beside = {entry["name"] for entry in recording.run["workloads"] if entry.get("reference")}
    every = [_contest(workload, list(group)) for workload, group in groups]
    every = [c for c in every if c.workload not in beside or c.metric.key != "throughput"]
    rows = [
        row
        for contest in every
        for a, b in combinations(contest.ranked, 2)  # the first of each has the better median
        for row in compare((a.subject, b.subject), contest.workload, (a.runs, b.runs), True, [contest.metric])
    ]
    rows, least = shown_together(rows), least_repetitions(len(rows), is_paired=True)
    result = []
    for contest in every:
        best = contest.ranked[0].subject if contest.ranked else None
        against = {row.second: row for row in rows if (row.workload, row.first) == (contest.workload, best)}
        if contest.ranked or contest.limited:
            result.append(contest._replace(against=against, least=least))
    return result


def _contest(workload: str, digests: list[Digest]) -> Contest:
    is_closed = all(run.arrivals == "closed" for d in digests for run in d.runs)
    otherwise = "throughput" if is_closed else "p99"
    metric = METRICS["makespan" if any(d["makespan"] for d in digests) else otherwise]
    fit = [d for d in digests if d.sound(metric.key)]
    fit.sort(key=lambda d: -metric.better * d[metric.key].median)
    limited = [d for d in fit if metric.key != "p99" and is_limited(d)]
    return Contest(workload, metric, [d for d in fit if d not in limited], limited)


def contest_sentences(recording: Recording, digests: list[Digest]) -> Iterator[str]:
    for contest in contests(recording, digests):
        parts = [*(_ranked_texts(contest) if contest.ranked else ()), *_limited_texts(contest)]
        text = "; ".join(parts) + _slow_by_model(recording, contest)
        yield f"**{contest.workload}**{_asked(recording, contest)}: {text}."


def _ranked_texts(contest: Contest) -> Iterator[str]:
    best, *others = contest.ranked
    medians = joined(abridged([f"`{d.subject}` {contest.text(d)}" for d in contest.ranked]))
    if contest.metric.is_latency and len(kinds_of_done([d.runs for d in contest.ranked])) > 1:
        yield f"medians are {medians}, not ranked, as replies were done by different clocks (`done_by`)"
        return
    rows = [contest.against[d.subject] for d in contest.behind]
    lead = f"the best median is `{best.subject}`’s, {_with_range(contest, best)}"
    # Pairs may say the contrary of medians.
    if rows and all((row.comparison.ratio - 1) * contest.metric.better < 0 for row in rows):
        lead = f"`{best.subject}` came first with {_with_range(contest, best)}"
    elif not others:
        lead = f"`{best.subject}` came to {_with_range(contest, best)}"
    elif not contest.against or not contest.is_told:
        pairs = f"({contest.least} pairs are needed)"
        yield f"medians are {medians}: too few repetitions to tell them apart {pairs}"
        return
    yield f"of those that the generator did not limit, {lead}" if contest.limited and others else lead
    if rows:
        verb, measure = _VERBS[contest.metric.key]
        first, *ratios = [ratio_with_interval(row.comparison) for row in rows]
        ratios = [f"{verb} {first}{measure}", *ratios]
        yield joined(abridged([f"`{row.second}` {ratio}" for row, ratio in zip(rows, ratios)]))
    if blurred := [d.subject for d in contest.differing if d not in contest.behind]:
        yield f"differing by less than the generator’s own part of the makespan: {names_text(blurred)}"
    yield from undecided(contest.against.values(), lambda row: f"`{row.second}`", contest.least)


def _limited_texts(contest: Contest) -> Iterator[str]:
    bound = {-1: "at most", +1: "at least"}[contest.metric.better]
    if names := [f"`{d.subject}`, {bound} {contest.text(d)}" for d in contest.limited]:
        yield f"not ranked, as the generator was the limit: {'; '.join(abridged(names))}"


def _with_range(contest: Contest, digest: Digest) -> str:
    text, spread, ideal = contest.text(digest), digest[contest.metric.key], digest["over_ideal"]
    if spread.runs > 1:
        limits = range_text(spread.low, spread.high, contest.metric.text, " to ")
        text += f" (median of {spread.runs}, {limits})"
    return text + (f", {ratio_text(ideal.median)} the ideal" if ideal else "")


def _asked(recording: Recording, contest: Contest) -> str:
    entry = recording.workload(contest.workload)
    count, at_once = entry.get("requests"), entry.get("connections")
    if not count or not at_once:
        return ""
    amount = f"{plural(count, 'request')}, {'all' if at_once >= count else count_text(at_once)} at once"
    some = (contest.ranked or contest.limited)[:1]
    classes = [f"{count_text(rows[0].requests)} {name}" for d in some for name, rows in d.classes.items()]
    return f" ({amount}: {joined(classes)})" if len(classes) > 1 else f" ({amount})"


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
    for entry in recording.run["workloads"]:
        in_workload = {d.subject: d for d in digests if d.workload == entry["name"]}
        reference = in_workload.get(entry.get("reference"))
        if reference is None:
            continue
        if group := [row for row in rows if row.workload == reference.workload]:
            yield _beside(recording, reference, group, len(rows))
        if recording.varies == "client" and any(run.arrivals != "closed" for run in reference.runs):
            yield from _latencies(reference, [d for d in in_workload.values() if d.counts])


def _beside(recording: Recording, reference: Digest, rows: list[Compared], count: int) -> str:
    least, cost = least_repetitions(count, is_paired=True), cost_metric(recording)
    costs, rates, beyond = (
        [row for row in rows if row.metric == metric.name]
        for metric in (cost, METRICS["throughput"], METRICS["beyond_ideal"])
    )
    level = f"`{reference.subject}` needs {_median(reference[cost.key], duration_text)} of CPU per request"
    parts = [f"**{reference.workload}**, in pairs: {level}{ratios_text(costs)}"]
    parts += undecided(costs, _named, least)
    if all(run.arrivals == "closed" and run.makespan_ms is None for run in reference.runs):
        verb = "makes" if recording.varies == "client" else "serves"
        level = ("" if rates else "at least ") + _median(reference["throughput"], whole)
        parts[-1] += f". It {verb} {level} requests/s{ratios_text(rates)}"
        parts += undecided(rates, _named, least)
        if limited := [f"`{r.first}`" for r in costs if r.first not in {rate.first for rate in rates}]:
            parts.append(f"not compared, as the generator was the limit: {joined(abridged(limited))}")
    if beyond:
        level = _median(reference["beyond_ideal"], duration_text)
        parts[-1] += f". Its makespan has {level} beyond the ideal{ratios_text(beyond)}"
        parts += undecided(beyond, _named, least)
    fewest, most = (extreme(row.comparison.counts[0] for row in rows) for extreme in (min, max))
    pairs = plural(most, "pair") if fewest == most else f"{fewest} to {plural(most, 'pair')}"
    return f"{'; '.join(parts)} ({pairs}; exact intervals, corrected for {plural(count, 'row')})."


def _latencies(reference: Digest, digests: list[Digest]) -> Iterator[str]:
    name = f"**{reference.workload}**"
    telling = [d for d in digests if d["mean"]]
    if telling:
        means = joined(f"{duration_text(d['mean'].median)} by `{d.subject}`" for d in telling)
        stamped = [f"`{d.subject}`" for d in telling if kinds_of_done([d.runs]) == ["kernel"]]
        until = f", of {joined(stamped)} until the kernel had the reply" if stamped else ""
        yield f"{name}: the mean latency of the same server is {means}, as each tool tells it{until}."
    if added := reference["added"]:
        amount = f"of `{reference.subject}`’s, {ranged(added, duration_text)} on average"
        yield f"{name}: {amount} is not service but queue, connect and lag."


def ratios_text(rows: list[Compared]) -> str:
    """Of those that differ; empty if none does."""
    phrases = [f"{ratio_with_interval(r.comparison)} of `{r.first}`’s" for r in rows if r.comparison.differs]
    return f", {joined(phrases)}" if phrases else ""


def _named(row: Compared) -> str:
    """With the ratio all the same: its interval says how large a difference could not have been seen."""
    ratio = f" ({ratio_with_interval(row.comparison)})" if row.comparison.ratio else ""
    return f"`{row.first}`’s{ratio}"


def _median(spread: Spread | None, text: Callable[[float], str]) -> str:
    return text(spread.median) if spread else "an unknown amount"
