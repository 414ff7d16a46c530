"""A bisect in words: its headline, what it adds, the table, Markdown, and the figures that others read."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from bisecting.history import Commit
from bisecting.search import Conclusion, Credible, Ending, Evidence, SearchRule, Suspects, conclusion_of
from bisecting.words import Report, chance_text, figures, judgement, progress
from gating.words import finite

RULE = SearchRule(margin=0.0202)  # 2 %
BAD = 8


def commits(merge: int | None = None) -> list[Commit]:
    return [
        Commit(f"{place:x}" * 40, ("a", "b")[: 1 + (place == merge)], "2026-03-01", "Ada", f"Change {place}")
        for place in range(BAD + 1)
    ]


def report(
    samples: dict[int, float],
    skipped: tuple[int, ...] = (),
    metric: str = "capacity",
    merge: int | None = None,
) -> Report:
    """Twelve blocks for each place that has a change, in which it scatters a little."""
    draw = random.Random(1)
    made = {place: [draw.gauss(change, 0.008) for _ in range(12)] for place, change in samples.items()}
    evidence = Evidence(made, {place: "does not build: error: expected ;" for place in skipped})
    return Report(commits(merge), evidence, conclusion_of(BAD, RULE, evidence), RULE.margin, "async", metric)


FOUND = {4: 0.0, 5: -0.05, 8: -0.05}


def test_the_commit_comes_first_with_its_subject_author_date_and_slowdown():
    made = report(FOUND)
    told = judgement(made)
    assert (told.verdict, told.reason) == (
        "began here",
        "555555555555 made it slower, with a probability of > 0.99",
    )
    assert told.notes == ["555555555555 Change 5 (Ada, 2026-03-01)", "capacity -4.6 % [-5.1, -4.0]"]
    assert told.facts == {"history": f"{'0' * 12}..{'8' * 12}", "metric": "capacity of async"}


def test_of_a_latency_more_is_worse():
    assert judgement(report(FOUND, metric="p99")).notes[1] == "p99 +4.8 % [+4.1, +5.4]"


def test_neighbours_that_were_skipped_are_suspects_too():
    made = report({4: 0.0, 6: -0.05, 8: -0.05}, skipped=(5,))
    told = judgement(made)
    assert told.reason == "one of 2 commits made it slower, with a probability of > 0.99"
    lines = told.notes
    assert [line[:12] for line in lines[:2]] == ["5" * 12, "6" * 12]
    assert lines[2] == "all but the last of them were skipped: nothing tells them from it"
    [table] = told.tables
    assert [row[0].kind for row in table.rows] == ["", "bad", "bad", ""]
    assert [row[3].text[:14] for row in table.rows][1] == "does not build"


def test_a_merge_can_be_bisected_in_turn():
    turn = "it is a merge: which of its commits it was: scripts/bisect.py 555555555555^1 555555555555^2"
    assert judgement(report(FOUND, merge=5)).notes[1] == turn
    assert turn not in judgement(report(FOUND, merge=4)).notes


def test_it_says_when_bad_is_slower_still():
    made = report(FOUND)
    assert not any("not all that changed" in line for line in judgement(made).notes)
    made.evidence.samples[BAD] = [ratio - 0.1 for ratio in made.evidence.samples[BAD]]
    assert judgement(made).notes[2] == "that is not all that changed: BAD against GOOD -13.7 % [-13.9, -13.5]"


@pytest.mark.parametrize(
    ("bad", "is_more"),
    [
        ([-0.626] * 8, True),
        ([-0.625] * 8, False),
        ([-0.124] * 8, True),  # what came after made up for a part of it
        ([-0.125] * 8, False),
        ([-0.5], False),  # one block says nothing
    ],
)
def test_bad_is_something_else_again_beyond_the_slowdown_and_the_margin(bad, is_more):
    """The slowdown is from 0.25 to 0.5, as a log ratio, and the margin 0.125."""
    made = report(FOUND)
    posterior = replace(made.conclusion.posterior, size=Credible(0.25, 0.3, 0.5))
    known = made.conclusion._replace(posterior=posterior)
    made = replace(made, conclusion=known, margin=0.125)
    made.evidence.samples[BAD] = bad
    text = "that is not all that changed: BAD against GOOD"
    assert (text in " ".join(judgement(made).notes)) == is_more
    bad_alone = replace(made, conclusion=known._replace(suspects=(Suspects(range(BAD, BAD + 1), 1.0),)))
    assert text not in " ".join(judgement(bad_alone).notes)


def test_nothing_slower_is_said_with_what_was_seen():
    made = report({8: 0.0})
    told = judgement(made)
    assert told.verdict == "not slower" and told.notes == []
    assert told.reason.startswith("nothing became slower by 2.0 % or more, with a probability of ")
    [[_, _, *texts, _]] = told.tables[0].rows
    assert [cell.text for cell in texts] == ["12", "-0.1 % [-0.7, +0.4]"]


def test_what_is_worse_in_another_metric_is_named_with_the_flag_that_looks_for_it():
    others = {"p99": [-0.2, -0.3, -0.25, -0.22, -0.31, -0.28, -0.24, -0.21], "p50": [-0.01, 0.01, -0.1]}
    [line] = judgement(replace(report({8: 0.0}), others=others)).notes
    assert line == "but p99 +28.4 % [+23.4, +34.3]: --metric p99 looks for that"


@pytest.mark.parametrize(
    ("ratios", "is_named"),
    [
        ([-0.0203] * 8, True),
        ([-0.0202] * 8, False),  # no more than the margin
        ([-0.1] * 7, False),  # too few: with a chance of 1 % it may be nothing
        ([-0.2, -0.3, -0.25, -0.22, -0.31, -0.28, -0.24, 0.0], False),
        ([0.2] * 8, False),
    ],
)
def test_another_metric_is_named_if_it_is_worse_by_the_margin_and_for_certain(ratios, is_named):
    lines = judgement(replace(report({8: 0.0}), others={"p99": ratios})).notes
    assert any("--metric p99" in line for line in lines) == is_named


def test_without_an_answer_the_table_has_the_most_probable_suspects():
    made = report({8: -0.05})
    told = judgement(made)
    why = "not clear which commit made it slower: the time is over"
    so_far = "12 blocks: most probable is 111111111111, 0.12; none, 0.01"
    assert (told.verdict, told.reason) == ("open", f"{why}; {so_far}") and progress(made) == so_far
    rows = [[cell.text for cell in row] for row in told.tables[0].rows]
    assert rows[:7] == [[str(n) * 12, f"Change {n}", "–", "–", "0.12"] for n in range(1, 8)]
    assert rows[7][:4] == ["8" * 12, "Change 8", "12", "-5.0 % [-5.5, -4.5]"] and len(rows) == 8


def test_suspects_of_less_than_a_hundredth_are_not_worth_a_line():
    made = report({4: 0.0, 8: -0.05}, skipped=(7,))
    chances = (0.0201, 0.0099, 0.01, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1601)
    suspects = tuple(Suspects(range(n, n + 1), chances[n]) for n in (3, 4, 8, 2, 1))
    posterior = replace(made.conclusion.posterior, chances=chances)
    made = replace(made, conclusion=Conclusion(Ending.OPEN, posterior, suspects))
    rows = judgement(made).tables[0].rows
    assert [(row[0].text[0], row[-1].text) for row in rows] == [
        ("2", "0.01"),
        ("3", "0.30"),
        ("4", "0.20"),
        ("7", "0.10"),  # skipped
        ("8", "0.16"),
    ]
    assert [each["chance"] for each in figures(made)["suspects"]] == [0.3, 0.2, 0.1601, 0.01]


def test_the_table_has_what_was_measured_and_what_was_skipped():
    made = report(FOUND, skipped=(2,))
    made.commits[4] = replace(made.commits[4], subject="s" * 100)
    [table] = judgement(made).tables
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["2" * 12, "Change 2", "–", "does not build: error: expected ;", "< 0.01"],
        ["4" * 12, "s" * 100, "12", "-0.1 % [-0.7, +0.4]", "< 0.01"],
        ["5" * 12, "Change 5", "12", "-4.7 % [-5.0, -4.2]", "> 0.99"],
        ["8" * 12, "Change 8", "12", "-4.6 % [-4.9, -4.4]", "< 0.01"],
    ]
    assert [row[0].kind for row in table.rows] == ["", "", "bad", ""]
    assert [column.heading for column in table.columns][2:] == [
        "blocks",
        "capacity against GOOD [95 %]",
        "probability",
    ]
    assert [column.is_words for column in table.columns] == [True, True, False, True, False]
    assert [column.expendable for column in table.columns] == [0, 1, 0, 0, 0]
    unsure = judgement(report({8: -0.05})).tables[0].rows
    assert {row[0].kind for row in unsure} == {""}


def test_markdown_is_short_and_whole():
    page = judgement(report(FOUND)).markdown()
    assert page.startswith("### ❌ Bisect: began here\n\n555555555555 made it slower")
    assert "| **555555555555** | **Change 5** | **12** |" in page
    assert page.endswith(f"\n\nhistory `{'0' * 12}..{'8' * 12}`; metric `capacity of async`\n")


def test_figures_are_json_with_every_block():
    made = report(FOUND, skipped=(2,))
    read = json.loads(json.dumps(finite(figures(made)), allow_nan=False))
    [suspect] = read["suspects"]
    assert (suspect["commits"], suspect["chance"]) == (["5" * 40], made.first.chance)
    about = {name: read[name] for name in ("ending", "exit_code", "headline", "cell", "metric")}
    first = {"ending": "began_here", "exit_code": 0, "headline": judgement(made).reason}
    assert about == first | {"cell": "async", "metric": "capacity"}
    posterior = made.conclusion.posterior
    assert [read[name] for name in ("none", "noise", "luck")] == [
        posterior.none,
        posterior.noise,
        posterior.luck,
    ]
    assert read["commits"][4] | {"ratios": []} == {
        "place": 4,
        "commit": "4" * 40,
        "subject": "Change 4",
        "date": "2026-03-01",
        "chance": posterior.chances[4],
        "ratios": [],
        "skipped": None,
    }
    assert read["commits"][5]["ratios"] == made.evidence.samples[5]
    assert read["commits"][2]["skipped"] and read["commits"][0]["chance"] is None
    assert sum(commit["chance"] or 0 for commit in read["commits"]) + read["none"] == pytest.approx(1)
    assert read["slowdown"]["low"] < 0.05 < read["slowdown"]["high"]


def test_before_the_first_block_there_is_something_to_say_too():
    made = report({})
    assert progress(made) == "0 blocks: most probable is 111111111111, 0.06; none, 0.50"
    assert json.dumps(figures(made)) and judgement(made).markdown()
    alone = replace(made, commits=commits()[:2], conclusion=conclusion_of(1, RULE, Evidence()))
    assert progress(alone) == "0 blocks: most probable is 111111111111, 0.50; none, 0.50"


@pytest.mark.parametrize(
    ("chance", "text"),
    [
        (1.0, "> 0.99"),
        (0.995, "> 0.99"),
        (0.9949, "0.99"),
        (0.95, "0.95"),
        (0.005, "0.01"),
        (0.0049, "< 0.01"),
        (0.0, "< 0.01"),
    ],
)
def test_a_chance_is_never_quite_certain(chance, text):
    assert chance_text(chance) == text
