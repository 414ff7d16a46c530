"""The cells of a gate: what each side is started by and asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import UsageError
from gating.cells import build_cells, command_cells
from gating.options import parse

FOLDERS = {"baseline": Path("old"), "candidate": Path("new")}
SIDES = ["--baseline", "x", "--candidate", "y"]


def cells_of(*flags: str, handicaps: dict[str, int] | None = None):
    return build_cells(parse([*SIDES, *flags]), FOLDERS, handicaps or {})


def test_each_side_has_its_builds_server_and_both_models_are_gated():
    one, other = cells_of()
    assert (one.name, other.name) == ("thread-per-request", "async")
    assert other.commands["baseline"][0] == "old/servers/async_server"
    assert other.commands["candidate"][0] == "new/servers/async_server"
    assert (other.target, other.connection_mode, other.rate_rps) == ("/ping", "kept", None)


def test_a_cell_may_have_a_target_of_its_own():
    own, usual = cells_of("--cells", "async:/task?wait_ms=5,pool-8", "--target", "/other")
    assert (own.target, usual.target) == ("/task?wait_ms=5", "/other")
    assert usual.connection_mode == "fresh"  # it closes each connection after its reply


def test_what_is_no_cell_is_refused_each_in_a_line():
    with pytest.raises(UsageError) as refused:
        cells_of("--cells", "asink,async:ping,pool-8")
    assert refused.value.mistakes == [
        "--cells: 'asink' is no variant: did you mean 'async'?",
        "--cells: async:ping: what is asked for begins with a slash, as in async:/ping",
    ]


def test_a_fixed_rate_is_a_cell_beside_each():
    assert [(c.name, c.rate_rps) for c in cells_of("--cells", "async", "--rate", "500")] == [
        ("async", None),
        ("async@500", 500),
    ]


def test_a_budget_is_in_seconds_minutes_or_hours():
    budgets = {"30s": 30, "5m": 300, "24h": 86_400}
    assert {text: parse([*SIDES, "--budget", text]).budget_s for text in budgets} == budgets
    for wrong in ("29s", "25h", "5"):
        with pytest.raises(UsageError, match=f"--budget: '{wrong}' is not a time from 30s to 24h"):
            parse([*SIDES, "--budget", wrong])


def test_only_the_candidate_of_a_cell_is_slowed():
    slowed, other = cells_of(handicaps={"thread-per-request": 300})
    assert slowed.commands["candidate"][-2:] == ["--handicap-ns", "300"]
    assert not any("--handicap-ns" in command for command in other.commands.values())
    assert "--handicap-ns" not in slowed.commands["baseline"]


def test_a_server_that_runs_is_named_by_its_address_in_place_of_a_command():
    options = parse(["--baseline-cmd", "http://127.0.0.1:81", "--candidate-cmd", "serve {port}"])
    [cell] = command_cells(options)
    assert options.is_attached and cell.commands["baseline"] == ["http://127.0.0.1:81"]
    assert not parse(SIDES).is_attached
    with pytest.raises(UsageError, match="a server that runs is named as http://127.0.0.1:8081"):
        parse(["--baseline-cmd", "http://localhost:81/"])


def test_requests_may_be_others_than_gets_of_what_shows_that_a_server_is_ready():
    commands = ("--baseline-cmd", "a {port}", "--candidate-cmd", "b {port}", "--target", "/add")
    options = parse([*commands, "--ready", "/up", "--request", "-m POST -H 'X: y z' --body @file"])
    [cell] = command_cells(options)
    assert (cell.target, cell.ready_path) == ("/add", "/up")
    assert options.request == ["-m", "POST", "-H", "X: y z", "--body", "@file"]
    assert command_cells(parse(list(commands)))[0].ready_path == "/add"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("-c 5", "'-c' is not one of -m, --method, "),
        ("-m POST --body", "'--body' has no value"),
        ("-m 'POST", "is a quote missing?"),
    ],
)
def test_flags_of_a_request_that_are_none_are_refused(flags, told):
    with pytest.raises(UsageError, match=told):
        parse([*SIDES, "--request", flags])
