"""A conclusion in words: one line for the terminal, a table of what was measured, Markdown, posterior.json.

Pure. Changes are those of the metric itself: of a throughput -5 % is worse, of a latency +5 %.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bisecting.history import Commit
from bisecting.search import Conclusion, Ending, Evidence, SearchRule, Suspects
from gating.words import changes_text, slowdown_text
from stats.comparison import hodges_lehmann, rank_interval
from text import table
from text.table import TableCell, Column, Table, make_table
from text.units import NONE, first_few, plural

_LEAST_SHOWN = 0.01  # the chance of a suspect that is worth a line
_SIGNS = {Ending.BEGAN_HERE: "🔎", Ending.NOT_SLOWER: "✅", Ending.OPEN: "⚠️"}


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

    @property
    def measured_text(self) -> str:
        samples = self.evidence.samples
        blocks = plural(sum(map(len, samples.values())), "block")
        return f"{blocks} of {plural(len(samples), 'commit')} against GOOD"


def headline(report: Report) -> str:
    """The first line: what was to be said, or why it cannot be."""
    many, chance = len(report.first.places), chance_text(report.first.chance)
    if report.conclusion.ending is Ending.BEGAN_HERE:
        what = f"one of {many} commits" if many > 1 else report.culprit.short
        return f"{what} made it slower, with a probability of {chance}"
    if report.conclusion.ending is Ending.NOT_SLOWER:
        least, none = slowdown_text(report.rule.margin), chance_text(report.conclusion.posterior.none)
        return f"nothing became slower by {least} or more, with a probability of {none}"
    most = f"the most probable is {report.culprit.short}, {chance}"
    return f"not clear which commit made it slower: {report.over}; {most}"


def details(report: Report) -> Iterator[str]:
    """What was seen of it, a line each."""
    ending, posterior, suspects = report.conclusion
    metric, margin, size = report.metric, report.rule.margin, posterior.size
    bad = report.evidence.samples.get(posterior.last)
    if ending is Ending.BEGAN_HERE:
        yield from (str(report.commits[place]) for place in report.first.places)
        if len(report.first.places) > 1:
            yield "all but the last of them were skipped: nothing tells them from it"
        elif len(report.culprit.parents) > 1:
            name = report.culprit.short
            yield f"it is a merge: which of its commits it was: scripts/bisect.py {name}^1 {name}^2"
        change = changes_text(metric, -size.middle, (-size.low, -size.high)) if size else NONE
        yield f"{metric} of {report.cell}: {change}, by {report.measured_text}"
        # Where BAD is clearly slower than what this commit made of it.
        if report.culprit is not report.commits[-1] and size:
            whole = rank_interval(0.025, bad or [])
            if whole.high < -size.high - margin or whole.low > -size.low + margin:
                yield f"that is not all that changed: BAD against GOOD {_change_text(metric, bad)}"
    else:
        if bad is not None:
            change = f"{metric} of {report.cell} {_change_text(metric, bad)}"
            yield f"BAD against GOOD: {change}, by {report.measured_text}"
        for name, ratios in report.others.items():
            # Clearly worse, and by as much as is looked for.
            if hodges_lehmann(ratios) < -margin and rank_interval(0.005, ratios).high < 0:
                yield f"but {name} {_change_text(name, ratios)}: --metric {name} looks for that"
        if ending is Ending.OPEN:
            likely = [each for each in suspects if each.chance >= _LEAST_SHOWN]
            yield from first_few([f"{chance_text(s.chance)} {report.commits[s.places[-1]]}" for s in likely])
            yield f"{chance_text(posterior.none)} that nothing became slower"
    if report.evidence.skipped:
        yield f"skipped: {plural(len(report.evidence.skipped), 'commit')}, as the table says"


def table_of(report: Report) -> Table:
    """The commits that were measured or skipped, in the history's order."""
    samples, skipped = report.evidence.samples, report.evidence.skipped
    culprits = report.first.places if report.conclusion.ending is Ending.BEGAN_HERE else ()

    def commit(place: int) -> TableCell:
        return TableCell(report.commits[place].short, kind="bad" if place in culprits else "")

    def subject(place: int, most: int = 60) -> str:
        text = report.commits[place].subject
        return text if len(text) <= most else f"{text[: most - 1]}…"

    def change(place: int) -> str:
        return skipped.get(place) or _change_text(report.metric, samples.get(place, []))

    columns = [
        Column("commit", commit, is_words=True),
        Column("subject", subject, is_words=True, expendable=1),
        Column("blocks", lambda place: str(len(samples.get(place, ())) or NONE)),
        Column(f"{report.metric} against GOOD [95 %]", change, is_words=True),
        Column("probability", lambda place: chance_text(report.conclusion.posterior.chances[place])),
    ]
    return make_table("", columns, sorted({*samples, *skipped, *report.first.places}))


def markdown(report: Report, costs: str = "") -> str:
    """Short enough for an issue or a pull request."""
    first, *_, last = report.commits
    between = f"`{first.short}`..`{last.short}`, {plural(len(report.commits) - 1, 'commit')}"
    lines = [f"### {_SIGNS[report.conclusion.ending]} Bisect: {headline(report)}", ""]
    lines += [f"- {line}" for line in details(report)]
    lines += ["", table.markdown(table_of(report)), "", f"{between}; {report.measured_text}."]
    return "\n".join(lines + (["", costs] if costs else [])) + "\n"


def progress(report: Report) -> str:
    blocks, none = sum(map(len, report.evidence.samples.values())), report.conclusion.posterior.none
    likely = "that nothing became slower"
    if report.first.chance > none:
        likely = f"{report.culprit.short} {chance_text(report.first.chance)}, none"
    return f"{blocks} blocks: {likely} {chance_text(none)}"


def chance_text(chance: float) -> str:
    """Never quite 0 or 1."""
    return "< 0.01" if chance < 0.005 else f"{chance:.2f}" if chance < 0.995 else "> 0.99"


def figures(report: Report) -> dict[str, Any]:
    """All of it as numbers; ratios are logarithms, negative is worse."""
    ending, posterior, suspects = report.conclusion
    samples, skipped, commits = report.evidence.samples, report.evidence.skipped, report.commits
    likely = [each for each in suspects if each.chance >= _LEAST_SHOWN]
    about = {"ending": ending.name.lower(), "exit_code": ending.exit_code, "headline": headline(report)}
    about |= {"cell": report.cell, "metric": report.metric}
    about["suspects"] = [
        {"commits": [commits[at].name for at in each.places], "chance": each.chance} for each in likely
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


def _change_text(metric: str, ratios: list[float]) -> str:
    return changes_text(metric, hodges_lehmann(ratios), rank_interval(0.025, ratios)) if ratios else NONE
