"""The cells of a gate: what each side is started by and asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import UsageError
from gating.options import GateOptions
from sides.sides import Cell, Served, build_cells, servers_of, sides_of, slowed, with_rate

parse = GateOptions.parse

FOLDERS = {"baseline": Path("old"), "candidate": Path("new")}
SIDES = ["--baseline", "x", "--candidate", "y"]


def cells_of(*flags: str):
    return build_cells(parse([*SIDES, *flags]), FOLDERS)


def command_cell(options):
    [cell] = sides_of(options, print).cells
    return cell


def test_each_side_has_its_builds_server_and_both_models_are_gated():
    one, other = cells_of()
    assert (one.name, other.name) == ("thread-per-request", "async")
    assert other.sides["baseline"].command[0] == "old/servers/async_server"
    assert other.sides["candidate"].command[0] == "new/servers/async_server"
    assert (other.target, other.connection_mode, other.rate_rps) == ("/ping", "kept", None)


def test_a_cell_may_have_a_target_of_its_own():
    own, usual = cells_of("--cells", "async:/task?wait_ms=5,pool-8", "--target", "/other")
    assert (own.target, usual.target) == ("/task?wait_ms=5", "/other")
    assert usual.connection_mode == "fresh"  # it closes each connection after its reply


def test_a_cell_is_any_variant_of_a_server_of_ours():
    assert servers_of(parse(SIDES)) == ["async_server", "blocking_server"]
    assert servers_of(parse([*SIDES, "--cells", "pool-8,fiber:/task,sequential"])) == [
        "blocking_server",
        "fiber_server",
    ]


def test_what_is_no_cell_is_refused_each_in_a_line():
    with pytest.raises(UsageError) as refused:
        cells_of("--cells", "asink,async:ping,pool-8")
    assert refused.value.mistakes == [
        "--cells: 'asink' is no variant: did you mean 'async'?",
        "--cells: async:ping: what is asked for begins with a slash, as in async:/ping",
    ]


def test_a_fixed_rate_is_a_cell_beside_each():
    cells = cells_of("--cells", "async")
    assert with_rate(cells, None) == cells
    assert [(c.name, c.rate_rps) for c in with_rate(cells, 500)] == [
        ("async", None),
        ("async@500", 500),
    ]


def test_only_the_candidate_of_a_cell_is_slowed():
    cell, _ = cells_of()
    slow = slowed(cell, 300)
    assert slow.sides["candidate"].command == (*cell.sides["candidate"].command, "--handicap-ns", "300")
    assert slow.sides["baseline"] == cell.sides["baseline"] and slow.name == cell.name
    assert not any("--handicap-ns" in side.command for side in cell.sides.values())


def test_a_server_that_runs_is_named_by_its_address_in_place_of_a_command():
    options = parse(["--baseline-cmd", "http://127.0.0.1:81", "--candidate-cmd", "serve {port}"])
    cell = command_cell(options)
    assert options.is_attached and cell.sides["baseline"].attached == "127.0.0.1:81"
    assert cell.sides["candidate"].attached is None
    assert not parse(SIDES).is_attached
    with pytest.raises(UsageError, match="a server that runs is named as http://127.0.0.1:8081"):
        parse(["--baseline-cmd", "http://localhost:81/"])


def test_requests_may_be_others_than_gets_of_what_shows_that_a_server_is_ready():
    commands = ("--baseline-cmd", "a {port}", "--candidate-cmd", "b {port}", "--target", "/add")
    options = parse([*commands, "--ready", "/up", "--request", "-m POST -H 'X: y z' --body @file"])
    cell = command_cell(options)
    assert (cell.target, cell.ready_path) == ("/add", "/up")
    assert options.request_flags == ["-m", "POST", "-H", "X: y z", "--body", "@file"]
    assert command_cell(parse(list(commands))).ready_path == "/add"


def test_a_request_is_made_of_flags_as_the_generator_has_them():
    flags = [
        "--method",
        "PUT",
        "--header",
        "X: y z",
        "--header",
        "A: b",
        "--body",
        "",
        "--request",
        "--timeout 5s",
    ]
    made = parse([*SIDES, *flags]).request_flags
    assert made == "--method PUT --header".split() + [
        "X: y z",
        "--header",
        "A: b",
        "--body",
        "",
        "--timeout",
        "5s",
    ]
    assert parse(SIDES).request_flags == []


def test_each_flag_of_a_request_is_held_against_those_that_say_the_same():
    with pytest.raises(UsageError) as refused:
        parse([*SIDES, "--method", "PUT", "--body", "", "--request", "--timeout 5s -m POST --body x"])
    assert refused.value.mistakes == [
        "--request: -m is given by --method already: leave one of them out",
        "--request: --body is given by --body already: leave one of them out",
    ]
    assert parse([*SIDES, "--request", "--timeout 5s -m POST"]).method is None


def test_a_server_has_ten_seconds_to_answer_unless_it_is_given_others():
    assert parse(SIDES).start_limit_ms == 10_000
    assert parse([*SIDES, "--start-limit", "5ms"]).start_limit_ms == 5


def test_a_cell_of_a_command_asks_for_the_root_and_one_of_ours_for_a_ping():
    commands = parse(["--baseline-cmd", "a {port}", "--candidate-cmd", "b {port}"])
    served = {"baseline": Served(("a", "{port}")), "candidate": Served(("b", "{port}"))}
    assert command_cell(commands) == Cell("command", served, "/", "/", "kept", None)
    [cell] = build_cells(parse([*SIDES, "--cells", "sequential", "--ready", "/up"]), {})
    assert cell == Cell("sequential", {}, "/up", "/ping", "fresh", None)
    assert cells_of("--cells", "async")[0].ready_path == "/health"
    assert [cell.name for cell in with_rate([cell], 9)] == ["sequential", "sequential@9"]
