"""scripts/bisect.py within this process: its flags, what it says and writes, its exit code; nothing runs."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bisecting import main as command
from bisecting.main import main
from bisecting.options import BisectOptions
from bisecting.search import SearchRule
from cli.errors import CommandFailed, UsageError
from processes.kept_process import Interrupted
from test_bisect_words import FOUND, Report, commits, report
from text.judgement import Judgement

parse = BisectOptions.parse

ENDS = ["good", "bad"]
OURS = [*ENDS, "--serve-cmd", "serve {port}"]


class Bisecting:
    """Stands in for what would build and measure: comes to this report, or to a failure."""

    def __init__(self, report: Report, failure: Exception | None = None):
        self.report, self.failure = report, failure

    def __call__(self, options, history, folder, _interrupts, tell):
        self.folder, self.commits, self.tell = folder, history, tell
        return self

    def run(self) -> Report:
        self.tell("measuring")
        if self.failure:
            raise self.failure
        return self.report

    def before_and_after(self, _report):
        return Judgement("costs", "grew", "instructions of async")


@pytest.fixture
def bisecting(monkeypatch, tmp_path):
    """Puts the stand-in there, in a folder of its own, with a history of eight commits after GOOD."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "loadgen_of", lambda _build: "loadgen")
    monkeypatch.setattr(command, "repository_of", lambda _options: SimpleNamespace(top=tmp_path))
    monkeypatch.setattr(command, "commits_between", lambda *_: commits())

    def put(*how) -> Bisecting:
        made = Bisecting(*how)
        monkeypatch.setattr("bisecting.bisection.Bisection", made)
        return made

    return put


def test_a_commit_that_is_named_ends_with_0_and_with_what_a_request_costs(bisecting, capsys):
    made = bisecting(report(FOUND))
    assert main([*OURS, "--output", "out", "--markdown", "page.md"]) == 0
    assert (made.folder, len(made.commits)) == (Path("out"), 9)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[:2] == ["8 commits after GOOD; every block is in out", "measuring"]
    at = lines.index("Bisect: began here: 555555555555 made it slower, with a probability of > 0.99")
    history = f"history {'0' * 12}..{'8' * 12}; metric capacity of async"
    assert lines[at - 3] == "555555555555 Change 5 (Ada, 2026-03-01)" and lines[at - 1] == history
    assert lines[at - 2].startswith("capacity -")
    assert [line.split()[0] for line in lines[6 : at - 4]] == [name * 12 for name in "458"]  # the table
    assert lines[at + 1 :] == ["Costs per request: grew: instructions of async"]
    page = Path("page.md").read_text()
    assert page.startswith("### ❌ Bisect: began here\n\n555555555555 made it slower")
    assert page.endswith("\n\n### ❌ Costs per request: grew\n\ninstructions of async\n")


def test_costs_that_are_not_wanted_are_not_counted(bisecting, capsys):
    bisecting(report(FOUND))
    assert main([*OURS, "--output", "out", "--markdown", "page.md", "--no-costs"]) == 0
    assert "Costs" not in capsys.readouterr().out and "Costs" not in Path("page.md").read_text()


@pytest.mark.parametrize("samples", [{8: 0.0}, {8: -0.05}])
def test_no_answer_ends_with_3_and_without_costs(bisecting, capsys, samples):
    bisecting(report(samples))
    assert main([*OURS, "--output", "out"]) == 3
    said = capsys.readouterr().out
    assert "Costs per request" not in said and not Path("page.md").exists()


def test_a_folder_of_its_own_is_made_where_none_is_named(bisecting, capsys, tmp_path):
    made = bisecting(report(FOUND))
    assert main(OURS) == 0
    assert made.folder.parent == tmp_path / "results" and made.folder.name.startswith("bisect-")
    assert f"every block is in results/{made.folder.name}\n" in capsys.readouterr().out


def test_a_failure_ends_with_2_and_an_interrupt_with_130_and_how_to_go_on(bisecting, capsys):
    bisecting(report(FOUND), CommandFailed("GOOD: it does not build"))
    assert main([*OURS, "--output", "out", "--markdown", "page.md"]) == 2
    assert Path("page.md").read_text() == "### ❌ Bisect: failed\n\nGOOD: it does not build\n"
    assert capsys.readouterr().err == "bisect: GOOD: it does not build\n"
    bisecting(report(FOUND), Interrupted())
    assert main([*OURS, "--output", "out"]) == 130
    goes_on = "no server is left running; the same command with --output out goes on from there"
    assert capsys.readouterr().err == f"\nbisect: interrupted; {goes_on}\n"


def test_what_is_wrong_with_the_flags_is_said_before_anything_is_made(bisecting, tmp_path):
    for flags, says in (
        ([*OURS, "--markdown", str(tmp_path)], f"--markdown: {tmp_path}: is a folder: name a file"),
        ([*ENDS, "--cells", "asinc"], "--cells: 'asinc' is no variant: did you mean 'async'?"),
    ):
        with pytest.raises(UsageError, match=re.escape(says)):
            main(flags)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("", "GOOD and BAD: name both: a commit that was fast enough, and a later one that is slower"),
        ("good", "GOOD and BAD: name both"),
        ("good bad x", "'x': name GOOD and BAD, and nothing else"),
        ("good bad --confidence 1", "--confidence: '1' is not a probability from 0.5 to 0.999, such as 0.95"),
        ("good bad --confidence 0.4999", "--confidence: '0.4999' is not a probability"),
        ("good bad --confidence 0.9991", "--confidence: '0.9991' is not a probability"),
        ("good bad --confidence 0.95000", "--confidence: '0.95000' is not a probability"),
        ("good bad --metric p98", "--metric: 'p98': did you mean 'p99'?"),
        ("good bad --rate 0", "--rate: '0' is not a whole number from 1 to 1000000"),
        ("good bad --rate 1000001", "--rate: '1000001' is not a whole number from 1 to 1000000"),
        ("good bad --batch 0", "--batch: '0' is not a whole number from 1 to 100"),
        ("good bad --batch 101", "--batch: '101' is not a whole number from 1 to 100"),
        ("good bad --margin 5", "--margin: '5' is not a share"),
        ("good bad --budget 5", "--budget: '5' is not a time from 30s to 24h"),
        ("good bad --block 159ms", "--slice: 20 ms: a block of 159 ms has no room for eight"),
        ("good bad --baseline x", "--baseline: unknown flag"),
        ("good bad --serve-cmd 'x {port}' --cells async", "--cells: names variants of ours"),
    ],
)
def test_a_wrong_flag_is_a_line_that_names_it(flags, says):
    with pytest.raises(UsageError) as refused:
        parse(shlex.split(flags))
    [line] = refused.value.mistakes
    assert says in line


def test_flags_are_read_up_to_their_bounds():
    least = parse([*ENDS, *"--confidence 0.5 --rate 1 --batch 1".split()])
    assert (least.confidence, least.rate, least.batch) == (0.5, 1, 1)
    most = parse([*ENDS, *"--confidence 0.999 --rate 1000000 --batch 100 --cells async,pool-8".split()])
    assert (most.confidence, most.rate, most.batch, most.cells) == (
        0.999,
        1_000_000,
        100,
        ("async", "pool-8"),
    )


def test_without_flags_it_looks_for_two_per_cent_of_the_capacity_for_half_an_hour():
    asked = parse(ENDS)
    assert (asked.good, asked.bad, asked.metric) == ("good", "bad", "capacity")
    assert (asked.margin, asked.confidence, asked.batch, asked.budget_s) == (0.02, 0.95, 4, 1800.0)
    assert SearchRule(asked.margin, asked.confidence, asked.batch) == SearchRule(asked.margin)
    assert (asked.costs, asked.rate, asked.cells, asked.output) == (True, None, None, None)
    assert asked.are_ours and not replace(asked, serve_cmd=["x"]).are_ours
