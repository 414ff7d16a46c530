"""The flags of scripts/gate.py, and the line that each wrong one gets."""

from __future__ import annotations

import shlex

import pytest

from cli.errors import UsageError
from gating.options import parse

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
