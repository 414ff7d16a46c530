"""A conclusion in words: one line for the terminal, a table of what was measured, Markdown, posterior.json.

Pure. Changes are those of the metric itself: of a throughput -5 % is worse, of a latency +5 %.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bisecting.history import Commit
from bisecting.search import Conclusion, Ending, Evidence, SearchRule, Suspects
from gating.blocks import METRICS
from gating.words import percent, slowdown_text
from stats.rank_tests import hodges_lehmann, interval_of_pairs
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
    def last(self) -> int:
        return len(self.commits) - 1


def headline(report: Report) -> str:
    """The first line: what was to be said, or why it cannot be."""
    conclusion, [first, *_] = report.conclusion, report.conclusion.suspects
    if conclusion.ending is Ending.BEGAN_HERE:
        many = len(first.places)
        what = f"one of {many} commits" if many > 1 else f"{_name(report, first)}"
        return f"{what} made it slower, with a probability of {chance_text(first.chance)}"
    if conclusion.ending is Ending.NOT_SLOWER:
        least, chance = slowdown_text(report.rule.margin), chance_text(conclusion.posterior.none)
        return f"nothing became slower by {least} or more, with a probability of {chance}"
    most = f"the most probable is {_name(report, first)}, {chance_text(first.chance)}"
    return f"not clear which commit made it slower: {report.over}; {most}"


def details(report: Report) -> Iterator[str]:
    """The lines after it."""
    conclusion, [first, *_] = report.conclusion, report.conclusion.suspects
    if conclusion.ending is Ending.BEGAN_HERE:
        yield from (_commit_text(report.commits[place]) for place in first.places)
        if len(first.places) > 1:
            yield "all but the last of them were skipped: nothing tells them from it"
        elif report.commits[first.places[-1]].is_merge:
            name = report.commits[first.places[-1]].short
            yield f"it is a merge: which of its commits it was: scripts/bisect.py {name}^1 {name}^2"
        yield f"{report.metric} of {report.cell}: {size_text(report)}, by {_measured_text(report)}"
        yield from _not_all(report, first)
    else:
        if report.last in report.evidence.samples:
            change = _change_text(report.metric, report.evidence.samples[report.last])
            yield f"BAD against GOOD: {report.metric} of {report.cell} {change}, by {_measured_text(report)}"
        for name, ratios in report.others.items():
            if _is_worse(ratios, report.rule.margin):
                yield f"but {name} {_change_text(name, ratios)}: --metric {name} looks for that"
        if conclusion.ending is Ending.OPEN:
            likely = [each for each in conclusion.suspects if each.chance >= _LEAST_SHOWN]
            lines = [f"{chance_text(s.chance)} {_commit_text(report.commits[s.places[-1]])}" for s in likely]
            yield from first_few(lines)
            yield f"{chance_text(conclusion.posterior.none)} that nothing became slower"
    if report.evidence.skipped:
        yield f"skipped: {plural(len(report.evidence.skipped), 'commit')}, as the table says"


def table_of(report: Report) -> Table:
    """The commits that were measured or skipped, in the history's order."""
    places = sorted({*report.evidence.samples, *report.evidence.skipped} | {*_all_suspects(report)})

    def commit(place: int) -> TableCell:
        is_it = report.conclusion.ending is Ending.BEGAN_HERE and place in _all_suspects(report)
        return TableCell(report.commits[place].short, kind="bad" if is_it else "")

    def change(place: int) -> str:
        ratios = report.evidence.samples.get(place, [])
        return report.evidence.skipped.get(place) or _change_text(report.metric, ratios)

    columns = [
        Column("commit", commit, is_words=True),
        Column(
            "subject", lambda place: _shortened(report.commits[place].subject), is_words=True, expendable=1
        ),
        Column("blocks", lambda place: str(len(report.evidence.samples.get(place, ())) or NONE)),
        Column(f"{report.metric} against GOOD [95 %]", change, is_words=True),
        Column("probability", lambda place: chance_text(report.conclusion.posterior.chances[place])),
    ]
    return make_table("", columns, places)


def markdown(report: Report, costs: str = "") -> str:
    """Short enough for an issue or a pull request."""
    bad, good = report.commits[-1], report.commits[0]
    between = f"`{good.short}`..`{bad.short}`, {plural(report.last, 'commit')}; {_measured_text(report)}."
    lines = [f"### {_SIGNS[report.conclusion.ending]} Bisect: {headline(report)}", ""]
    lines += [f"- {line}" for line in details(report)]
    lines += ["", table.markdown(table_of(report)), "", between]
    return "\n".join(lines + (["", costs] if costs else [])) + "\n"


def progress(report: Report) -> str:
    """One line while it goes on."""
    conclusion, [first, *_] = report.conclusion, report.conclusion.suspects
    blocks = sum(map(len, report.evidence.samples.values()))
    none = conclusion.posterior.none
    if none >= first.chance:
        return f"{blocks} blocks: that nothing became slower {chance_text(none)}"
    return f"{blocks} blocks: {_name(report, first)} {chance_text(first.chance)}, none {chance_text(none)}"


def size_text(report: Report) -> str:
    """`-5.1 % [-5.6, -4.5]`: the slowdown, and between what it lies with a chance of 95 %."""
    size = report.conclusion.posterior.size
    if size is None:
        return NONE
    ends = sorted(_change(report.metric, -each) for each in (size.low, size.high))
    return f"{_change(report.metric, -size.middle):+.1f} % [{ends[0]:+.1f}, {ends[1]:+.1f}]"


def chance_text(chance: float) -> str:
    """Never quite 0 or 1."""
    return f"{chance:.2f}" if 0.005 <= chance < 0.995 else "< 0.01" if chance < 0.5 else "> 0.99"


def figures(report: Report) -> dict[str, Any]:
    """All of it as numbers; ratios are logarithms, negative is worse."""
    conclusion, posterior = report.conclusion, report.conclusion.posterior
    samples, skipped = report.evidence.samples, report.evidence.skipped
    size = posterior.size
    return {
        "ending": conclusion.ending.name.lower(),
        "exit_code": conclusion.ending.exit_code,
        "headline": headline(report),
        "cell": report.cell,
        "metric": report.metric,
        "suspects": [
            {"commits": [report.commits[place].name for place in each.places], "chance": each.chance}
            for each in conclusion.suspects
            if each.chance >= _LEAST_SHOWN
        ],
        "none": posterior.none,
        "slowdown": None if size is None else {"low": size.low, "middle": size.middle, "high": size.high},
        "noise": posterior.noise,
        "luck": posterior.luck,
        "commits": [
            {"place": place, "commit": commit.name, "subject": commit.subject, "date": commit.date}
            | {"chance": posterior.chances[place] if place else None, "ratios": samples.get(place, [])}
            | {"skipped": skipped.get(place)}
            for place, commit in enumerate(report.commits)
        ],
    }


def _not_all(report: Report, first: Suspects) -> Iterator[str]:
    """Says so where BAD is clearly slower than what this commit made of it."""
    bad, size = report.evidence.samples.get(report.last, []), report.conclusion.posterior.size
    if first.places[-1] != report.last and size and len(bad) > 1:
        whole = interval_of_pairs(bad, 0.95)
        if whole.high < -size.high - report.rule.margin or whole.low > -size.low + report.rule.margin:
            yield f"that is not all that changed: BAD against GOOD {_change_text(report.metric, bad)}"


def _is_worse(ratios: list[float], margin: float) -> bool:
    """Clearly worse, and by as much as is looked for."""
    return hodges_lehmann(ratios) < -margin and interval_of_pairs(ratios, 0.99).high < 0


def _all_suspects(report: Report) -> range:
    return report.conclusion.suspects[0].places


def _measured_text(report: Report) -> str:
    samples = report.evidence.samples
    blocks = plural(sum(map(len, samples.values())), "block")
    return f"{blocks} of {plural(len(samples), 'commit')} against GOOD"


def _change_text(metric: str, ratios: list[float]) -> str:
    if not ratios:
        return NONE
    ends = sorted(_change(metric, end) for end in interval_of_pairs(ratios, 0.95))
    low, high = (f"{end:+.1f}" if math.isfinite(end) else "?" for end in ends)
    return f"{_change(metric, hodges_lehmann(ratios)):+.1f} % [{low}, {high}]"


def _change(metric: str, ratio: float) -> float:
    """A log ratio as the metric's own change in percent."""
    return percent(METRICS[metric].sign * ratio) if math.isfinite(ratio) else ratio


def _name(report: Report, suspects: Suspects) -> str:
    return report.commits[suspects.places[-1]].short


def _commit_text(commit: Commit) -> str:
    return f"{commit.short} {commit.subject} ({commit.author}, {commit.date})"


def _shortened(subject: str, most: int = 60) -> str:
    return subject if len(subject) <= most else f"{subject[: most - 1]}…"
