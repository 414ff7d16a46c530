"""Who was best under a workload: the best median, and everybody else held against it, in pairs.

The best was chosen by what was measured, from among all; so all pairs of subjects are corrected for, of all
workloads that are shown together. If only those that are told were, one of five equal subjects under three
workloads would be called first in 8 % of recordings instead of 5 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from metrics.comparing import Compared, compare, shown_together
from metrics.digest import Digest
from metrics.metrics import METRICS, Metric
from metrics.soundness import is_rate_of_the_generator
from recordings.recording import Recording
from stats.comparison import Comparison, Outcome, least_repetitions
from text.units import MOST_NAMED, abridged, count_text, joined, plural, range_text, ratio_text
from words.phrases import ratio_with_interval, undecided

CLOSE_TO_IDEAL = 1.05
_VERBS = {"makespan": ("took", " as long"), "throughput": ("served", " as much"), "p99": ("had", " that")}
HOW_COMPARED = (
    "The subject with the best median is held against every other in pairs, repetition by repetition, by an "
    "exact test (Wilcoxon’s signed rank), corrected for all pairs of subjects of all workloads here (Holm). "
    "What differs is told with the ratio and its interval. “Not shown to differ” is not equal: more "
    "repetitions may show it. “Shown to differ by less than 5 %” is as good as equal. Nobody is ranked by a "
    "rate or a makespan of which the load generator was the limit, or by a difference smaller than the "
    "generator’s own part of a makespan."
)


@dataclass(frozen=True)
class Contest:
    """A workload and the metric that decides it. Those that count: `ranked`, best first, by a figure that is
    their own; `limited` by the generator, whose figure it is."""

    workload: str
    metric: Metric
    ranked: list[Digest]
    limited: list[Digest]

    def figure(self, digest: Digest) -> float:
        spread = digest[self.metric.key]
        assert spread is not None
        return spread.median

    def text(self, digest: Digest) -> str:
        return f"{'p99 ' if self.metric.key == 'p99' else ''}{self.metric.text(self.figure(digest))}"

    def times_worse(self, digest: Digest) -> float:
        """Than the best: 1 or more."""
        ratio = self.figure(digest) / self.figure(self.ranked[0])
        return ratio if self.metric.better < 0 else 1 / ratio

    def is_behind(self, comparison: Comparison) -> bool:
        """Of a subject against the best: pairs may say the contrary of medians."""
        return comparison.ratio is not None and (comparison.ratio - 1) * self.metric.better < 0


def contests(digests: Sequence[Digest]) -> list[Contest]:
    by_workload: dict[str, list[Digest]] = {}
    for digest in digests:
        by_workload.setdefault(digest.workload, []).append(digest)
    return [_contest(workload, group) for workload, group in by_workload.items()]


def contest_sentences(recording: Recording, chosen: Sequence[Contest]) -> Iterator[str]:
    """One for each contest in which somebody's runs count."""
    rows = shown_together([row for contest in chosen for row in _rows(contest)])
    least = least_repetitions(len(rows), is_paired=True)
    for contest in chosen:
        of_contest = [row for row in rows if row.workload == contest.workload]
        text = _standing(recording, contest, of_contest, least)
        if text:
            yield f"**{contest.workload}**{_asked(recording, contest)}: {text}."


def _contest(workload: str, digests: list[Digest]) -> Contest:
    if any(d["makespan"] for d in digests):
        metric = METRICS["makespan"]
    else:
        is_closed = all(run.arrivals == "closed" for d in digests for run in d.runs)
        metric = METRICS["throughput" if is_closed else "p99"]
    fit = [d for d in digests if d.counts and d[metric.key]]
    limited = [d for d in fit if metric.key != "p99" and any(map(is_rate_of_the_generator, d.counted))]
    contest = Contest(workload, metric, [d for d in fit if d not in limited], limited)
    for group in (contest.ranked, contest.limited):
        group.sort(key=lambda d: -metric.better * contest.figure(d))
    return contest


def _rows(contest: Contest) -> list[Compared]:
    """All pairs; the first of each has the better median."""
    return [
        row
        for a, b in combinations(contest.ranked, 2)
        for row in compare((a.subject, b.subject), contest.workload, (a.runs, b.runs), True, [contest.metric])
    ]


def _standing(recording: Recording, contest: Contest, rows: list[Compared], least: int) -> str:
    limited = _limited(contest)
    if not contest.ranked:
        return limited
    best, *others = contest.ranked
    against = {row.second: row for row in rows if row.first == best.subject}
    differing = [d for d in others if d.subject in against and against[d.subject].comparison.differs]
    behind = [d for d in differing if not _is_generators(contest, best, d)]
    blurred = [f"`{d.subject}`" for d in differing if d not in behind]
    few = {Outcome.TOO_FEW, Outcome.ZERO}
    if behind and all(contest.is_behind(against[d.subject].comparison) for d in behind):
        lead = f"`{best.subject}` came first with {_with_range(contest, best)}"
    elif not others:
        lead = f"`{best.subject}` came to {_with_range(contest, best)}"
    elif all(row.comparison.outcome in few for row in against.values()):
        medians = joined(abridged([f"`{d.subject}` {contest.text(d)}" for d in contest.ranked]))
        lead = f"medians are {medians}: too few repetitions to tell them apart ({least} pairs are needed)"
        return "; ".join(filter(None, [lead, limited]))
    else:
        lead = f"the best median is `{best.subject}`’s, {_with_range(contest, best)}"
    if contest.limited and others:
        lead = "of those that the generator did not limit, " + lead
    parts = [lead, _behind(contest, [(d, against[d.subject].comparison) for d in behind])]
    if blurred:
        parts.append(f"differing by less than the generator’s own part of the makespan: {joined(blurred)}")
    parts += undecided(against.values(), lambda row: f"`{row.second}`", least)
    return "; ".join(filter(None, [*parts, limited])) + _slow_by_model(recording, behind)


def _behind(contest: Contest, behind: list[tuple[Digest, Comparison]]) -> str:
    if not behind:
        return ""
    verb, measure = _VERBS[contest.metric.key]
    phrases = [f"`{digest.subject}` {ratio_with_interval(comparison)}" for digest, comparison in behind]
    first, _, rest = phrases[0].partition(" ")
    return joined(abridged([f"{first} {verb} {rest}{measure}", *phrases[1:]]))


def _limited(contest: Contest) -> str:
    bound = "at most" if contest.metric.better < 0 else "at least"
    names = [f"`{d.subject}`, {bound} {contest.text(d)}" for d in contest.limited]
    return f"not ranked, as the generator was the limit: {'; '.join(abridged(names))}" if names else ""


def _is_generators(contest: Contest, best: Digest, digest: Digest) -> bool:
    """Whether the two differ by less than the generator's own part of either's makespan."""
    if contest.metric.key != "makespan":
        return False
    parts = [part.median for d in (best, digest) if (part := d["generator_makespan"])]
    return contest.figure(digest) - contest.figure(best) < max(parts, default=0.0)


def _with_range(contest: Contest, digest: Digest) -> str:
    text, spread, ideal = contest.text(digest), digest[contest.metric.key], digest["over_ideal"]
    if spread and spread.runs > 1:
        text += (
            f" (median of {spread.runs}, {range_text(spread.low, spread.high, contest.metric.text, ' to ')})"
        )
    return text + (f", {ratio_text(ideal.median)} the ideal" if ideal else "")


def _asked(recording: Recording, contest: Contest) -> str:
    entry = recording.workload(contest.workload)
    count, at_once = entry.get("requests"), entry.get("connections")
    if not count or not at_once:
        return ""
    amount = f"{plural(count, 'request')}, {'all' if at_once >= count else count_text(at_once)} at once"
    some = (contest.ranked or contest.limited)[:1]
    classes = [f"{count_text(c.requests)} {name}" for d in some for name, c in d.classes.items()]
    return f" ({amount}: {joined(classes)})" if len(classes) > 1 else f" ({amount})"


def _slow_by_model(recording: Recording, behind: list[Digest]) -> str:
    """Slow for what they are, or slow because of what they are?"""
    at_once = {v["name"]: v.get("serves_at_once") for v in recording.run["variants"]}
    ideals = {
        d.subject: ideal.median for d in behind if at_once.get(d.subject) and (ideal := d["over_ideal"])
    }
    held = [subject for subject, ideal in ideals.items() if ideal <= CLOSE_TO_IDEAL]
    if not held or len(held) > MOST_NAMED:
        return ""
    percent = math.ceil(100 * (max(ideals[subject] for subject in held) - 1)) or 1
    models = [f"`{subject}` (serving {at_once[subject]} at a time)" for subject in held]
    verb, own = ("is", "its") if len(held) == 1 else ("are", "their")
    return f". {joined(models)} {verb} slow by model, not by code: within {percent} % of {own} own ideal"
