"""The commits between GOOD and BAD: the line of first parents, in a repository made for each test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bisecting import history
from bisecting.history import commits_between
from cli.errors import UsageError


def git(top: Path, *words: str) -> str:
    who = ("-c", "user.name=Ada L", "-c", "user.email=ada@localhost", "-c", "core.hooksPath=/dev/null")
    done = subprocess.run(["git", "-C", str(top), *who, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def top(tmp_path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    for subject in ("first", "second", "third\x85with \x1f strange letters", ""):
        when = ("--date", "2026-03-01T12:00:00Z")
        git(tmp_path, "commit", "--quiet", "--allow-empty", "--allow-empty-message", *when, "-m", subject)
    return tmp_path


def test_they_are_in_order_with_good_first(top):
    commits = commits_between(top, "HEAD~3", "main")
    assert [commit.subject for commit in commits] == [
        "first",
        "second",
        "third\x85with \x1f strange letters",
        "",
    ]
    assert (commits[1].author, commits[1].date) == ("Ada L", "2026-03-01")
    assert commits[-1].name == git(top, "rev-parse", "main") and commits[-1].short == commits[-1].name[:12]
    assert not any(len(commit.parents) > 1 for commit in commits)


def test_what_was_merged_is_one_commit(top):
    git(top, "checkout", "--quiet", "-b", "aside", "HEAD~1")
    for subject in ("aside", "aside again"):
        git(top, "commit", "--quiet", "--allow-empty", "-m", subject)
    git(top, "checkout", "--quiet", "main")
    git(top, "merge", "--quiet", "--no-ff", "-m", "merged", "aside")
    commits = commits_between(top, "HEAD~2", "HEAD")
    assert [commit.subject for commit in commits[2:]] == ["merged"]
    assert [len(commit.parents) > 1 for commit in commits] == [False, False, True]


def test_a_history_that_is_no_line_is_refused(top):
    git(top, "checkout", "--quiet", "-b", "aside", "HEAD~2")
    git(top, "commit", "--quiet", "--allow-empty", "-m", "aside")
    for good, bad, says in (
        ("aside", "main", "GOOD: aside is no ancestor of main: name an ancestor, such as "),
        ("main", "main", "GOOD and BAD: main and main are one commit: name two"),
        ("nowhere", "main", "GOOD: 'nowhere' is no commit of "),
    ):
        with pytest.raises(UsageError, match=says.replace("(", r"\(")):
            commits_between(top, good, bad)
    with pytest.raises(UsageError) as both:
        commits_between(top, "nowhere", "neither")
    assert [line.partition(":")[0] for line in both.value.mistakes] == ["GOOD", "BAD"]


def test_a_history_may_be_as_long_as_is_said_and_no_longer(top, monkeypatch):
    monkeypatch.setattr(history, "MOST_COMMITS", 3)
    assert len(commits_between(top, "HEAD~3", "main")) == 1 + 3
    monkeypatch.setattr(history, "MOST_COMMITS", 2)
    with pytest.raises(UsageError, match="GOOD: 3 commits lie between: name one at most 2 before main"):
        commits_between(top, "HEAD~3", "main")
