"""A bisect in words: its headline, what it adds, the table, Markdown, and the figures that others read."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from bisecting.history import Commit
from bisecting.search import Evidence, SearchRule, conclusion_of
from bisecting.words import Report, chance_text, details, figures, headline, markdown, progress, table_of
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
    return Report(commits(merge), evidence, conclusion_of(BAD, RULE, evidence), RULE, "async", metric)


FOUND = {4: 0.0, 5: -0.05, 8: -0.05}


def test_the_commit_comes_first_with_its_subject_author_date_and_slowdown():
    made = report(FOUND)
    assert headline(made) == "555555555555 made it slower, with a probability of > 0.99"
    lines = list(details(made))
    assert lines[0] == "555555555555 Change 5 (Ada, 2026-03-01)"
    assert lines[1].startswith("capacity of async: -4.") and lines[1].endswith(
        "by 36 blocks of 3 commits against GOOD"
    )
    assert len(lines) == 2


def test_of_a_latency_more_is_worse():
    line = list(details(report(FOUND, metric="p99")))[1]
    assert line.startswith("p99 of async: +5.") or line.startswith("p99 of async: +4.")


def test_neighbours_that_were_skipped_are_suspects_too():
    made = report({3: 0.0, 6: -0.05, 8: -0.05}, skipped=(4, 5))
    assert headline(made).startswith("one of 3 commits made it slower, with a probability of ")
    lines = list(details(made))
    assert [line[:12] for line in lines[:3]] == ["4" * 12, "5" * 12, "6" * 12]
    assert "nothing tells them from it" in lines[3]
    assert lines[-1] == "skipped: 2 commits, as the table says"


def test_a_merge_can_be_bisected_in_turn():
    assert any("bisect.py 555555555555^1 555555555555^2" in line for line in details(report(FOUND, merge=5)))


def test_it_says_when_bad_is_slower_still():
    made = report(FOUND)
    assert not any("not all that changed" in line for line in details(made))
    made.evidence.samples[BAD] = [ratio - 0.1 for ratio in made.evidence.samples[BAD]]
    assert any("not all that changed: BAD against GOOD -1" in line for line in details(made))


def test_nothing_slower_is_said_with_what_was_seen():
    made = report({8: 0.0})
    assert headline(made).startswith("nothing became slower by 2.0 % or more, with a probability of ")
    [line] = details(made)
    assert line.startswith("BAD against GOOD: capacity of async ") and line.endswith(
        "by 12 blocks of 1 commit against GOOD"
    )


def test_what_is_worse_in_another_metric_is_named_with_the_flag_that_looks_for_it():
    others = {"p99": [-0.2, -0.3, -0.25, -0.22, -0.31, -0.28, -0.24, -0.21], "p50": [-0.01, 0.01, -0.1]}
    [_, line] = details(replace(report({8: 0.0}), others=others))
    assert line.startswith("but p99 +2") and line.endswith(": --metric p99 looks for that")


def test_without_an_answer_the_suspects_are_listed_by_their_chances():
    made = report({8: -0.05})
    assert headline(made).startswith("not clear which commit made it slower: the time is over")
    lines = list(details(made))
    assert len([line for line in lines if line.startswith("0.12 ")]) >= 6
    assert lines[-1].endswith("that nothing became slower")


def test_the_table_has_what_was_measured_and_what_was_skipped():
    made = report(FOUND, skipped=(2,))
    table = table_of(made)
    assert [row[0].text[0] for row in table.rows] == ["2", "4", "5", "8"]
    assert [row[0].kind for row in table.rows] == ["", "", "bad", ""]
    assert table.rows[0][3].text == "does not build: error: expected ;"
    assert table.rows[1][2].text == "12"


def test_markdown_is_short_and_whole():
    page = markdown(report(FOUND), "#### Costs")
    assert page.startswith("### 🔎 Bisect: 555555555555 made it slower")
    assert "| **555555555555** | Change 5 | 12 |" in page
    assert f"`{'0' * 12}`..`{'8' * 12}`, 8 commits" in page
    assert page.endswith("#### Costs\n")


def test_figures_are_json_with_every_block():
    made = report(FOUND, skipped=(2,))
    read = json.loads(json.dumps(finite(figures(made)), allow_nan=False))
    assert read["suspects"][0]["commits"] == ["5" * 40] and read["exit_code"] == 0
    assert read["commits"][5]["ratios"] == made.evidence.samples[5]
    assert read["commits"][2]["skipped"] and read["commits"][0]["chance"] is None
    assert sum(commit["chance"] or 0 for commit in read["commits"]) + read["none"] == pytest.approx(1)
    assert read["slowdown"]["low"] < 0.05 < read["slowdown"]["high"]


def test_before_the_first_block_there_is_something_to_say_too():
    made = report({})
    assert progress(made) == "0 blocks: that nothing became slower 0.50"
    assert json.dumps(figures(made)) and markdown(made)


@pytest.mark.parametrize(
    ("chance", "text"), [(1.0, "> 0.99"), (0.996, "> 0.99"), (0.95, "0.95"), (0.006, "0.01"), (0.0, "< 0.01")]
)
def test_a_chance_is_never_quite_certain(chance, text):
    assert chance_text(chance) == text
