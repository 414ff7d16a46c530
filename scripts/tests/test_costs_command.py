"""scripts/costs.py within this process: its flags, what it says and writes, its exit code; nothing is run."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from types import SimpleNamespace

import pytest

from cli.errors import CommandFailed, UsageError
from costing import main as command
from costing.costs import THRESHOLDS, CellCosts
from costing.main import CostOptions, main
from test_costs_words import cell

parse = CostOptions.parse

ALONE = ["--baseline-cmd", "serve {port}"]
BOTH = [*ALONE, "--candidate-cmd", "serve --more {port}"]


class Counting:
    """Stands in for what would run servers: remembers what it was asked, and answers with made-up costs.

    `grows`: the target of which a request costs 200 instructions more."""

    def __init__(self, grows: str = "", failure: Exception | None = None):
        self.grows, self.failure, self.asked, self.amounts = grows, failure, [], None

    def __call__(self, cells, _asked, tell, sides, *amounts):
        self.asked, self.amounts = [(each.name, each.target, *sides) for each in cells], amounts
        if self.failure:
            raise self.failure
        tell("counting")
        made = [replace(cell(200 * (each.target == self.grows)), name=each.name) for each in cells]
        return [CellCosts(each.name, each.before) for each in made] if len(sides) == 1 else made


@pytest.fixture
def counting(monkeypatch):
    """Puts the stand-in there. Each look at the clock is 1.63 s after the last; there is no valgrind."""
    times = iter((100.0, 101.63, 103.26))
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=lambda: next(times)))
    monkeypatch.setattr(command, "machine", lambda: {"cores": 2})
    monkeypatch.setattr(command, "printed_version", lambda words, _pattern: f"{words[0]} 3")

    def put(*how, **more) -> Counting:
        made = Counting(*how, **more)
        monkeypatch.setattr(command, "count_cells", made)
        return made

    return put


def test_two_sides_end_with_1_where_something_grew_and_say_in_which_cell_what(counting, tmp_path, capsys):
    counted, out = counting("/b"), tmp_path / "out"
    page, cases = tmp_path / "costs.md", tmp_path / "costs.xml"
    files = ["--output", str(out), "--markdown", str(page), "--junit", str(cases)]
    flags = ["--target", "/a", "--target", "/b", "--connections", "4", "--requests", "60"]
    assert main([*BOTH, *flags, *files]) == 1
    sides = ("baseline", "candidate")
    assert counted.asked == [("command /a", "/a", *sides), ("command /b", "/b", *sides)]
    assert counted.amounts == (4, 60)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "costs: counting"
    assert [line.strip() for line in lines if "more instructions" in line] == [
        "command /b: more instructions"
    ]
    assert any(line.split()[:2] == ["answer", "serve.cpp:20"] for line in lines)
    end = f"costs.html, costs.json and costs.csv are in {out}"
    told = "baseline serve '{port}'; candidate serve --more '{port}'"
    answer = "Costs per request: grew: instructions of command /b"
    assert lines[-4:] == ["CPython: so it is", told, answer, end]
    kept = json.loads((out / "costs.json").read_text())
    names = {"baseline": "serve '{port}'", "candidate": "serve --more '{port}'"}
    about = {"connections": 4, "thresholds": THRESHOLDS, "machine": {"cores": 2}, "took_s": 1.6}
    versions = {"valgrind": "valgrind 3", "strace": "strace 3"}
    assert {key: kept[key] for key in kept if key not in ("grew", "cells")} == names | about | versions
    assert kept["grew"] == [{"cell": "command /b", "count": "instructions"}]
    assert page.read_text().endswith("baseline `serve '{port}'`; candidate `serve --more '{port}'`\n")
    assert '<testcase classname="costs.command /b" name="instructions"' in cases.read_text()


def test_two_sides_end_with_0_where_nothing_grew_and_write_nothing_unasked(
    counting, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    counted = counting()
    assert main(BOTH) == 0
    assert [each[:2] for each in counted.asked] == [("command", "/")]
    said = capsys.readouterr().out
    answer = "Costs per request: not grown: nothing grew by more than is put up with; "
    assert said.splitlines()[-1].startswith(answer) and "\nCPython: so it is\n" in said
    assert "more instructions" not in said and "costs.html" not in said and not [*tmp_path.iterdir()]


def test_one_side_alone_is_counted_alone_and_a_single_target_names_no_cell(counting, capsys):
    counted = counting("/b")
    assert main([*ALONE, "--target", "/b"]) == 0
    assert counted.asked == [("command", "/b", "baseline")]
    assert capsys.readouterr().out.endswith(
        "\nCosts per request: counted: one side alone, compared to nothing\n"
    )


def test_what_cannot_be_counted_ends_with_2_and_is_an_error_in_the_reports(counting, tmp_path, capsys):
    counting(failure=CommandFailed(["valgrind is not installed", "strace is not installed"]))
    page, cases = tmp_path / "costs.md", tmp_path / "costs.xml"
    assert main([*BOTH, "--markdown", str(page), "--junit", str(cases)]) == 2
    assert capsys.readouterr().err == "costs: valgrind is not installed\ncosts: strace is not installed\n"
    why = "valgrind is not installed; strace is not installed"
    assert page.read_text() == f"### ❌ Costs per request: failed\n\n{why}\n"
    assert "<error" in cases.read_text() and why in cases.read_text()


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("", "--baseline: name a ref or a build, or --baseline-cmd, and the candidate if there is one"),
        ("--baseline-cmd serve", "write {port} where the command takes its port"),
        ("--baseline-cmd http://127.0.0.1:81", "a server that runs already cannot be counted: name the"),
        ("--baseline x --candidate-cmd 'serve {port}'", "either two builds or two commands"),
        ("--baseline x --more-instructions 5", "--more-instructions: '5' is not a share"),
        ("--baseline x --more-calls -1", "--more-calls: '-1' is not a number such as 0.02"),
        ("--baseline x --more-allocations 1.1234567", "--more-allocations: '1.1234567' is not a number"),
        ("--baseline x --more-bytes 1000000000", "--more-bytes: '1000000000' is not a number"),
        ("--baseline x --more-switches .5", "--more-switches: '.5' is not a number"),
        ("--baseline x --connections 0", "--connections: '0' is not a whole number from 1 to 256"),
        ("--baseline x --connections 257", "--connections: '257' is not a whole number from 1 to 256"),
        ("--baseline x --requests 0", "--requests: '0' is not a whole number from 1 to 1000000"),
        ("--baseline x --requests 1000001", "--requests: '1000001' is not a whole number from 1 to 1000000"),
        ("--baseline x --target a", "--target: 'a' is not a path such as /ping"),
        ("--baseline x --target /a surplus", "'surplus': not expected"),
        ("--baseline x --markdown /proc/x/costs.md", "--markdown: /proc/x/costs.md"),
        ("--baseline x --junit /proc/x/costs.xml", "--junit: /proc/x/costs.xml"),
        ("--baseline x --output /proc/x", "--output: /proc/x: "),
    ],
)
def test_a_wrong_flag_is_a_line_that_names_it(flags, says):
    with pytest.raises(UsageError) as refused:
        main(shlex.split(flags))
    [line] = refused.value.mistakes
    assert says in line


def test_flags_are_read_up_to_their_bounds():
    least = parse([*ALONE, "--connections", "1", "--requests", "1", "--more-calls", "0"])
    assert (least.connections, least.requests, least.thresholds["calls"]) == (1, 1, 0.0)
    most = parse(
        [*ALONE, "--connections", "256", "--requests", "1000000", "--more-calls", "999999999.999999"]
    )
    assert (most.connections, most.requests, most.thresholds["calls"]) == (256, 1_000_000, 999_999_999.999999)
    assert parse([*ALONE, "--target", "/a", "--target", "/b"]).target == ["/a", "/b"]


def test_without_flags_requests_go_one_by_one_and_each_threshold_is_the_usual_one():
    asked = parse(ALONE)
    assert (asked.connections, asked.requests, asked.target, asked.output) == (1, None, None, None)
    assert asked.thresholds == THRESHOLDS
    more = "--more-instructions 5% --more-allocations 1 --more-calls 2 --more-switches 3 --more-bytes 4"
    assert parse([*ALONE, *more.split()]).thresholds == dict(zip(THRESHOLDS, (0.05, 1, 2, 3, 4)))


@pytest.mark.parametrize(
    ("flags", "is_alone"),
    [
        ("--baseline x", True),
        ("--candidate x", True),
        ("--baseline x --candidate y", False),
        ("--baseline-cmd 'x {port}'", True),
        ("--candidate-cmd 'x {port}'", True),
        ("--baseline-cmd 'x {port}' --candidate-cmd 'y {port}'", False),
    ],
)
def test_there_is_one_side_where_only_one_is_named(flags, is_alone):
    asked = parse(shlex.split(flags))
    assert asked.is_alone is is_alone
