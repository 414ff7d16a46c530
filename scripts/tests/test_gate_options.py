"""The flags of scripts/gate.py, and the line that each wrong one gets."""

from __future__ import annotations

import shlex

import pytest

from cli.errors import UsageError
from gating.options import GateOptions

parse = GateOptions.parse

SIDES = ["--baseline", "x", "--candidate", "y"]


def test_a_budget_is_in_seconds_minutes_or_hours():
    budgets = {"30s": 30, "5m": 300, "24h": 86_400}
    assert {text: parse([*SIDES, "--budget", text]).budget_s for text in budgets} == budgets
    for wrong in ("29s", "25h", "5"):
        with pytest.raises(UsageError, match=f"--budget: '{wrong}' is not a time from 30s to 24h"):
            parse([*SIDES, "--budget", wrong])


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--baseline main", "--baseline and --candidate: name both"),
        ("--baseline-cmd serve --candidate-cmd 'serve {port}'", "--baseline-cmd: 'serve': write {port}"),
        ("--baseline x --candidate-cmd 'serve {port}'", "either two builds or two commands"),
        ("--repeat 2 --check-machine", "--check-machine and --repeat: one at a time"),
        ("--repeat 2 --baseline x", "--baseline and --candidate: name both"),
        ("--check-machine --candidate x", "--check-machine measures one side against itself"),
        ("--baseline x --candidate y --handicap 2%", "--handicap: is of servers of ours"),
        (
            "--baseline x --candidate y --serve-cmd 'z {port}' --repeat 2 --handicap 2%",
            "--handicap: is of servers of ours",
        ),
        ("--margin 5", "--margin: '5' is not a share"),
        ("--budget 5", "--budget: '5' is not a time"),
        ("--build-cmd make", "--build-cmd: what it builds has to be served: add --serve-cmd"),
        ("--serve-cmd './server {port}'", "--baseline and --candidate: name both"),
        ("--serve-cmd http://127.0.0.1:8081", "--serve-cmd: 'http://127.0.0.1:8081': write {port} where"),
        (
            "--serve-cmd 'x {port}' --baseline-cmd 'y {port}' --candidate-cmd 'z {port}'",
            "--serve-cmd: serves what --baseline and --candidate name",
        ),
        (
            "--serve-cmd 'x {port}' --baseline a --candidate b --cells async",
            "--cells: names variants of ours",
        ),
        ("--replay x --serve-cmd 'x {port}'", "--replay: judges what was measured before"),
        ("--header nothing", "--header: 'nothing' is not a header such as 'Accept: text/html'"),
        (
            "--method PUT --request '-m POST'",
            "--request: -m is given by --method already: leave one of them out",
        ),
        ("--body x --request '--body y'", "--request: --body is given by --body already"),
        ("--request '-c 5'", "'-c' is not one of -m, --method, "),
        ("--request '-m POST --body'", "'--body' has no value"),
        ('--request "-m \'POST"', "is a quote missing?"),
        ("--bugdet 5m", "--bugdet: unknown flag: did you mean '--budget'?"),
    ],
)
def test_a_wrong_flag_is_a_line_that_names_it(flags, told):
    with pytest.raises(UsageError) as refused:
        parse(shlex.split(flags))
    assert any(told in line for line in refused.value.mistakes), refused.value.mistakes


def test_without_a_flag_a_gate_is_measured_and_decides_as_its_help_says():
    made, default = parse(SIDES), "block_ms slice_ms warm_up_ms connections rate seed layouts".split()
    assert {name: getattr(made, name) for name in default} == {
        "block_ms": 1000,
        "slice_ms": 20,
        "warm_up_ms": 150,
        "connections": 32,
        "rate": None,
        "seed": None,
        "layouts": True,
    }
    assert (made.margin, made.budget_s, made.on_inconclusive) == (0.02, 900, "fail")
    assert not (made.explain or made.check_machine)
    assert not parse([*SIDES, "--no-layouts"]).layouts and parse([*SIDES, "--explain"]).explain


@pytest.mark.parametrize(
    ("flag", "least", "most"),
    [
        ("--connections", 1, 10_000),
        ("--rate", 1, 1_000_000),
        ("--seed", 0, 2**31 - 1),
        ("--repeat", 1, 1000),
    ],
)
def test_a_number_has_a_least_and_a_most(flag, least, most):
    for allowed in (least, most):
        assert getattr(parse([*SIDES, flag, str(allowed)]), flag[2:]) == allowed
    for wrong in (least - 1, most + 1):
        with pytest.raises(UsageError, match=f"{flag}.* is not a whole number from {least} to {most}"):
            parse([*SIDES, f"{flag}={wrong}"])


@pytest.mark.parametrize(
    ("flags", "mode"),
    [
        ("--baseline x --candidate y --explain", "gate"),
        ("--baseline-cmd 'a {port}' --candidate-cmd 'b {port}'", "gate"),
        ("--baseline x --candidate y --repeat 2 --handicap 2%", "repeat"),
        ("--baseline-cmd 'a {port}' --candidate-cmd 'b {port}' --repeat 2", "repeat"),
        ("--check-machine", "check_machine"),
        ("--check-machine --baseline x", "check_machine"),
        ("--check-machine --baseline-cmd 'a {port}'", "check_machine"),
        ("--replay x --margin 5%", "replay"),
        ("--baseline x --candidate y --block 160ms --slice 20ms", "gate"),
    ],
)
def test_what_goes_together_says_what_is_done(flags, mode):
    assert parse(shlex.split(flags)).mode == mode


NAME_BOTH = "--baseline and --candidate: name both, or both --baseline-cmd and --candidate-cmd"
ONE_SIDE = "--candidate: --check-machine measures one side against itself: leave it out"
NO_HANDICAP = "--handicap: is of servers of ours, under --repeat: leave it out"
NOT_REPLAYED = "--replay: judges what was measured before: leave the builds and commands out"


@pytest.mark.parametrize(
    ("flags", "mistakes"),
    [
        ("", [NAME_BOTH]),
        ("--baseline-cmd 'a {port}'", [NAME_BOTH]),
        ("--check-machine --baseline x --candidate y", [ONE_SIDE]),
        ("--check-machine --baseline-cmd 'a {port}' --candidate-cmd 'b {port}'", [ONE_SIDE]),
        ("--check-machine --handicap 2%", [NO_HANDICAP]),
        ("--replay x --baseline y", [NOT_REPLAYED]),
        ("--replay x --candidate-cmd 'a {port}'", [NOT_REPLAYED]),
        ("--replay x --explain", ["--explain: needs the servers of one gate: leave it or --replay out"]),
        (
            "--baseline x --candidate y --explain --repeat 2",
            ["--explain: needs the servers of one gate: leave it or --repeat out"],
        ),
        (
            "--replay x --check-machine --repeat 2",
            ["--replay and --check-machine and --repeat: one at a time"],
        ),
        (
            "--baseline x --candidate-cmd 'a {port}'",
            ["--baseline-cmd: either two builds or two commands: leave --baseline and --candidate out"],
        ),
        (
            "--baseline x --candidate y --block 159ms --slice 20ms",
            ["--slice: 20 ms: a block of 159 ms has no room for eight: give a longer --block"],
        ),
    ],
)
def test_what_does_not_go_together_is_said_once(flags, mistakes):
    with pytest.raises(UsageError) as refused:
        parse(shlex.split(flags))
    assert refused.value.mistakes == mistakes
