"""A conclusion in words: its judgement, a line while it is open, and posterior.json. Changes are those of the
metric itself: of a throughput -5 % is worse, of a latency +5 %."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bisecting.history import Commit
from bisecting.search import Conclusion, Ending, Evidence, Suspects
from gating.words import change_text, slowdown_text
from stats.comparison import hodges_lehmann, rank_interval
from text.judgement import Judgement
from text.table import Column, make_table
from text.units import MOST_NAMED, NONE


@dataclass(frozen=True)
class Report:
    """`commits` by place, GOOD first; `margin`: a log ratio; `over`: why the search ended where it did not
    by itself; `others`: the log ratios of BAD's blocks in the other metrics. `first`: the most probable
    suspects; `culprit`: the one of them that can be measured."""

    commits: list[Commit]
    evidence: Evidence
    conclusion: Conclusion
    margin: float
    cell: str
    metric: str
    over: str = "the time is over"
    others: dict[str, list[float]] = field(default_factory=dict)

    @property
    def likely(self) -> list[Suspects]:
        return [each for each in self.conclusion.suspects if each.chance >= 0.01]

    @property
    def first(self) -> Suspects:
        return self.conclusion.suspects[0]

    @property
    def culprit(self) -> Commit:
        return self.commits[self.first.places[-1]]


def judgement(report: Report) -> Judgement:
    """Its table has what was measured or skipped, and the most probable, in the history's order."""
    samples, skipped, commits = report.evidence.samples, report.evidence.skipped, report.commits
    places = sorted({*samples, *skipped}.union(*(each.places for each in report.likely[:MOST_NAMED])))
    culprits = report.first.places if report.conclusion.ending is Ending.BEGAN_HERE else ()

    def change(place: int) -> str:
        return skipped.get(place) or _change_text(report.metric, samples.get(place, []))

    columns = [
        Column("commit", lambda place: commits[place].short, is_words=True),
        Column("subject", lambda place: commits[place].subject, is_words=True, expendable=1),
        Column("blocks", lambda place: str(len(samples.get(place, ())) or NONE)),
        Column(f"{report.metric} against GOOD [95 %]", change, is_words=True),
        Column("probability", lambda place: chance_text(report.conclusion.posterior.chances[place])),
    ]
    table = make_table("Commits", columns, places, kinds=["bad" * (place in culprits) for place in places])
    history = f"{commits[0].short}..{commits[-1].short}"
    facts = {"history": history, "metric": f"{report.metric} of {report.cell}"}
    verdict = report.conclusion.ending.name.lower().replace("_", " ")
    return Judgement("bisect", verdict, _headline(report), [table], [*_notes(report)], facts)


def _headline(report: Report) -> str:
    """What was to be said, or why it cannot be."""
    many, none = len(report.first.places), chance_text(report.conclusion.posterior.none)
    who = f"one of {many} commits" if many > 1 else report.culprit.short
    least, chance = slowdown_text(report.margin), chance_text(report.first.chance)
    return {
        Ending.BEGAN_HERE: f"{who} made it slower, with a probability of {chance}",
        Ending.NOT_SLOWER: f"nothing became slower by {least} or more, with a probability of {none}",
        Ending.OPEN: f"not clear which commit made it slower: {report.over}; {progress(report)}",
    }[report.conclusion.ending]


def progress(report: Report) -> str:
    """`12 blocks: most probable is 4f9d2c0a1b7e, 0.94; none, 0.01`"""
    chance, none = map(chance_text, (report.first.chance, report.conclusion.posterior.none))
    blocks = sum(map(len, report.evidence.samples.values()))
    return f"{blocks} blocks: most probable is {report.culprit.short}, {chance}; none, {none}"


def _notes(report: Report) -> Iterator[str]:
    margin, size = report.margin, report.conclusion.posterior.size
    if report.conclusion.ending is not Ending.BEGAN_HERE:
        for name, ratios in report.others.items():
            # Clearly worse, and by as much as is looked for.
            if hodges_lehmann(ratios) < -margin and rank_interval(0.005, ratios).high < 0:
                yield f"but {name} {_change_text(name, ratios)}: --metric {name} looks for that"
        return
    yield from (str(report.commits[place]) for place in report.first.places)
    if len(report.first.places) > 1:
        yield "all but the last of them were skipped: nothing tells them from it"
    elif len(report.culprit.parents) > 1:
        name = report.culprit.short
        yield f"it is a merge: which of its commits it was: scripts/bisect.py {name}^1 {name}^2"
    if size:
        yield f"{report.metric} {change_text(report.metric, -size.middle, (-size.low, -size.high))}"
        # Where BAD is clearly slower than what this commit made of it, or faster.
        bad = report.evidence.samples.get(len(report.commits) - 1, [])
        whole = rank_interval(0.025, bad)
        is_more = whole.high < -size.high - margin or whole.low > -size.low + margin
        if is_more and report.culprit is not report.commits[-1]:
            yield f"that is not all that changed: BAD against GOOD {_change_text(report.metric, bad)}"


def chance_text(chance: float) -> str:
    """Never quite 0 or 1."""
    return "< 0.01" if chance < 0.005 else f"{chance:.2f}" if chance < 0.995 else "> 0.99"


def figures(report: Report) -> dict[str, Any]:
    """All of it as numbers; ratios are logarithms, negative is worse."""
    ending, posterior, _ = report.conclusion
    names, ratios = [commit.name for commit in report.commits], report.evidence.samples
    about = {"ending": ending.name.lower(), "exit_code": ending.exit_code, "headline": _headline(report)}
    about |= {"cell": report.cell, "metric": report.metric, "none": posterior.none, "noise": posterior.noise}
    about |= {"luck": posterior.luck, "slowdown": posterior.size and posterior.size._asdict()}
    suspects = [([names[place] for place in each.places], each.chance) for each in report.likely]
    about["suspects"] = [{"commits": commits, "chance": chance} for commits, chance in suspects]
    about["commits"] = [
        {"place": place, "commit": commit.name, "subject": commit.subject, "date": commit.date}
        | {"chance": posterior.chances[place] if place else None, "ratios": ratios.get(place, [])}
        | {"skipped": report.evidence.skipped.get(place)}
        for place, commit in enumerate(report.commits)
    ]
    return about


def _change_text(metric: str, ratios: list[float]) -> str:
    return change_text(metric, hodges_lehmann(ratios), rank_interval(0.025, ratios)) if ratios else NONE
