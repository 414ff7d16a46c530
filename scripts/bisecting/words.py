"""A conclusion in words: its judgement, a line while it is open, and posterior.json. Pure.

Changes are those of the metric itself: of a throughput -5 % is worse, of a latency +5 %.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bisecting.history import Commit
from bisecting.search import Conclusion, Ending, Evidence, SearchRule, Suspects
from gating.words import change_text, slowdown_text
from stats.rank_tests import hodges_lehmann, interval_of_pairs
from text.judgement import Judgement
from text.table import Column, Table, TableCell, make_table
from text.units import MOST_NAMED, NONE, plural

_LEAST_SHOWN = 0.01  # the chance of a suspect that is worth a line


@dataclass(frozen=True)
class Report:
    """`commits` by place, GOOD first. `over`: why the search ended where it did not end by itself; `others`:
    the log ratios of BAD's blocks in the other metrics."""

    commits: list[Commit]
    evidence: Evidence
    conclusion: Conclusion
    rule: SearchRule
    cell: str
    metric: str
    over: str = "the time is over"
    others: dict[str, list[float]] = field(default_factory=dict)

    @property
    def first(self) -> Suspects:
        """The most probable."""
        return self.conclusion.suspects[0]

    @property
    def culprit(self) -> Commit:
        """The one of them that can be measured."""
        return self.commits[self.first.places[-1]]


def judgement(report: Report) -> Judgement:
    (first, *_, last), samples = report.commits, report.evidence.samples
    blocks = f"{sum(map(len, samples.values()))} of {plural(len(samples), 'commit')}"
    line = f"{plural(len(report.commits) - 1, 'commit')} from {first.short} to {last.short}"
    facts = {"history": line, "cell": report.cell, "blocks": blocks}
    verdict = report.conclusion.ending.name.lower().replace("_", " ")
    return Judgement("bisect", verdict, _headline(report), [_table(report)], [*_notes(report)], facts)


def _headline(report: Report) -> str:
    """What was to be said, or why it cannot be."""
    many, chance = len(report.first.places), chance_text(report.first.chance)
    none = chance_text(report.conclusion.posterior.none)
    if report.conclusion.ending is Ending.BEGAN_HERE:
        who = f"one of {many} commits" if many > 1 else report.culprit.short
        return f"{who} made it slower, with a probability of {chance}"
    if report.conclusion.ending is Ending.NOT_SLOWER:
        least = slowdown_text(report.rule.margin)
        return f"nothing became slower by {least} or more, with a probability of {none}"
    most = f"the most probable is {report.culprit.short}, {chance}; that nothing became slower, {none}"
    return f"not clear which commit made it slower: {report.over}; {most}"


def _notes(report: Report) -> Iterator[str]:
    metric, margin, size = report.metric, report.rule.margin, report.conclusion.posterior.size
    if report.conclusion.ending is not Ending.BEGAN_HERE:
        for name, ratios in report.others.items():
            # Clearly worse, and by as much as is looked for.
            if hodges_lehmann(ratios) < -margin and interval_of_pairs(ratios, 0.99).high < 0:
                yield f"but {name} {_change_text(name, ratios)}: --metric {name} looks for that"
        return
    yield from (str(report.commits[place]) for place in report.first.places)
    if len(report.first.places) > 1:
        yield "all but the last of them were skipped: nothing tells them from it"
    elif len(report.culprit.parents) > 1:
        name = report.culprit.short
        yield f"it is a merge: which of its commits it was: scripts/bisect.py {name}^1 {name}^2"
    if size:
        yield f"{metric} of {report.cell}: {change_text(metric, -size.middle, (-size.low, -size.high))}"
    # Where BAD is clearly slower than what this commit made of it, or faster.
    if report.culprit is not report.commits[-1] and size:
        bad = report.evidence.samples.get(len(report.commits) - 1, [])
        whole = interval_of_pairs(bad, 0.95)
        if whole.high < -size.high - margin or whole.low > -size.low + margin:
            yield f"that is not all that changed: BAD against GOOD {_change_text(metric, bad)}"


def _table(report: Report) -> Table:
    """Those that were measured or skipped, and the most probable, in the history's order."""
    samples, skipped = report.evidence.samples, report.evidence.skipped
    culprits = report.first.places if report.conclusion.ending is Ending.BEGAN_HERE else ()
    likely = (each.places for each in _likely(report)[:MOST_NAMED])

    def commit(place: int) -> TableCell:
        return TableCell(report.commits[place].short, kind="bad" if place in culprits else "")

    def change(place: int) -> str:
        return skipped.get(place) or _change_text(report.metric, samples.get(place, []))

    columns = [
        Column("commit", commit, is_words=True),
        Column("subject", lambda place: report.commits[place].subject, is_words=True, expendable=1),
        Column("blocks", lambda place: str(len(samples.get(place, ())) or NONE)),
        Column(f"{report.metric} against GOOD [95 %]", change, is_words=True),
        Column("probability", lambda place: chance_text(report.conclusion.posterior.chances[place])),
    ]
    return make_table("Commits", columns, sorted({*samples, *skipped}.union(*likely)))


def progress(report: Report) -> str:
    """`12 blocks: 4f9d2c0a1b7e 0.94, none 0.01`"""
    blocks, none = sum(map(len, report.evidence.samples.values())), report.conclusion.posterior.none
    likely = f"{report.culprit.short} {chance_text(report.first.chance)}"
    return f"{blocks} blocks: {likely}, none {chance_text(none)}"


def chance_text(chance: float) -> str:
    """Never quite 0 or 1."""
    return "< 0.01" if chance < 0.005 else f"{chance:.2f}" if chance < 0.995 else "> 0.99"


def figures(report: Report) -> dict[str, Any]:
    """All of it as numbers; ratios are logarithms, negative is worse."""
    ending, posterior, _ = report.conclusion
    samples, skipped, commits = report.evidence.samples, report.evidence.skipped, report.commits
    about = {"ending": ending.name.lower(), "exit_code": ending.exit_code, "headline": _headline(report)}
    about |= {"cell": report.cell, "metric": report.metric}
    about["suspects"] = [
        {"commits": [commits[at].name for at in s.places], "chance": s.chance} for s in _likely(report)
    ]
    about |= {"none": posterior.none, "slowdown": posterior.size and posterior.size._asdict()}
    about |= {"noise": posterior.noise, "luck": posterior.luck}
    about["commits"] = [
        {"place": place, "commit": commit.name, "subject": commit.subject, "date": commit.date}
        | {"chance": posterior.chances[place] if place else None, "ratios": samples.get(place, [])}
        | {"skipped": skipped.get(place)}
        for place, commit in enumerate(commits)
    ]
    return about


def _likely(report: Report) -> list[Suspects]:
    return [each for each in report.conclusion.suspects if each.chance >= _LEAST_SHOWN]


def _change_text(metric: str, ratios: list[float]) -> str:
    return change_text(metric, hodges_lehmann(ratios), interval_of_pairs(ratios, 0.95)) if ratios else NONE
