"""A recording of several clients, prepared: who has what part, what is not here, what is refused and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benching import about as about_module
from benching import prepared as prepared_module
from benching.about import about
from benching.options import parse
from benching.prepared import Prepared, announcements, pins_text, prepare
from clients.clients import check
from plans.suite import SuiteError, find_suite, read_suite
from processes.machine import Pins

CLASSES = """
title = "made up"
wait = "20s"
repetitions = 3
pinned = true
[classes.long]
target = "/task?wait_ms={wait_ms}"
waits = true
[classes.short]
target = "/ping"
"""
CLOSED = """
[[workloads]]
name = "closed"
duration = "2s"
connections = 8
connection_mode = "kept"
weights = { short = 1 }
"""
OPEN = CLOSED.replace("closed", "open").replace("connections", "rate = 80\nconnections")
COUNT = """
[[workloads]]
name = "count"
requests = 8
connections = 8
connection_mode = "fresh"
weights = { long = 1 }
"""
ASYNC = '[[variants]]\nname = "async"\nserver = "async_server"\n'
ONCE = '[[variants]]\nname = "once"\nserver = "blocking_server"\nserves_at_once = 1\nrepetitions = 1\n'
TWICE = '[[variants]]\nname = "twice"\nserver = "async_server"\nrepetitions = 2\n'
OTHER = '[[variants]]\nname = "other"\ncommand = ["nowhere", "{port}"]\nrequires = ["nowhere"]\n'


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes it of a suite's text, where there are wrk, mpirun, what is built of ours, and no more."""
    for name in ("bin/wrk", "bin/mpirun", "b/loadgen/loadgen", "b/servers/async_server"):
        program(tmp_path / name)
    program(tmp_path / "b/servers/blocking_server")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(prepared_module, "pins", lambda: Pins(0, 3))
    for module in (prepared_module, about_module):
        monkeypatch.setattr(module, "share_a_core", lambda pins: pins.client == 1)

    def make(text: str, *flags: str, clients: str = "", may_be_built: bool = False) -> Prepared:
        path = tmp_path / "mine.toml"
        path.write_text((f"clients = {clients}\n" if clients else "") + text)
        options = parse([str(path), "--build", str(tmp_path / "b"), "--no-calibration", *flags])
        return prepare(read_suite(find_suite(options.suite), options, check), 7, options, may_be_built)

    return make


def refused(prepared, *parts: str, **how) -> list[str]:
    with pytest.raises(SuiteError) as caught:
        prepared(*parts, **how)
    return caught.value.mistakes


ALL = CLASSES + CLOSED + OPEN + COUNT + ASYNC + ONCE + TWICE
THREE = '["loadgen", "wrk", "ab"]'


def test_what_will_run_is_said_whole(prepared):
    made = prepared(ALL + OTHER + 'installed_by = "setup installs it"\n', clients=THREE)
    assert list(announcements(made)) == [
        ("suite", "mine: made up, waits of 20 s"),
        ("variants", "async, once, twice"),
        ("clients", "loadgen, wrk"),
        ("skipped", "other: the program nowhere not found: setup installs it"),
        ("skipped", "ab: not installed: scripts/setup --peers installs it"),
        ("workloads", "closed, open (without wrk), count (without wrk)"),
        ("runs", "24, 1 to 3 of each kind, a fresh server for each; seed 7"),
        ("pinned", "the server to core 0, the load generator to core 3"),
        # 160 s of `once` and 20 s each of 5 others; 36 s of load; 24 servers started
        ("expected", "5 min (the ideals alone add up to 4 min)"),
    ]


def test_the_ideals_are_as_long_as_all_that_waits(prepared):
    made = prepared(CLASSES + COUNT + ASYNC)
    one = replace(made, runs=[made.runs[0]._replace(ideal_ms=99_500)])
    assert dict(announcements(one))["expected"].endswith(" (the ideals alone add up to 2 min)")


def test_what_need_not_be_said_is_not(prepared):
    plain = (CLASSES + CLOSED + TWICE).replace('wait = "20s"\n', "").replace("pinned = true\n", "")
    assert list(announcements(prepared(plain))) == [
        ("suite", "mine: made up"),
        ("variants", "twice"),
        ("workloads", "closed"),
        ("runs", "2, 2 of each kind, a fresh server for each; seed 7"),
        ("expected", "4 s"),
    ]
    said = dict(announcements(prepared(CLASSES + OPEN + ASYNC, "--objective", "p99<50ms")))
    assert (
        said["objective"] == "p99 < 50 ms: the highest rate of each variant is searched for, after the runs"
    )
    only_wrk = dict(announcements(prepared(CLASSES + CLOSED + ASYNC, clients='["wrk"]')))
    assert only_wrk["clients"] == "wrk"


def test_cores_are_said_with_what_they_share(prepared):
    both = "no: this machine has one core only, and the figures are of both together"
    assert pins_text(None) == both
    assert pins_text(Pins(0, 2)) == "the server to core 0, the load generator to core 2"
    threads = "the server to core 0, the load generator to core 1, which are two threads of one core"
    assert pins_text(Pins(0, 1)) == threads


def test_a_launcher_has_the_cores_and_starts_loadgen_only(prepared, tmp_path):
    flags = ("--launcher", "mpirun -n 2")
    [absent] = refused(prepared, CLASSES + CLOSED + ASYNC, *flags)
    missing = tmp_path / "b/loadgen/loadgen-mpi"
    assert absent == f"--launcher: {missing} not found: scripts/setup --mpi, then build again"
    program(missing)
    made = prepared(CLASSES + CLOSED + ASYNC, *flags)
    assert made.pins is None and made.options.launcher == ("mpirun", "-n", "2")
    assert dict(announcements(made))["pinned"] == "no: the cores of the ranks are the launcher's to give"
    assert prepared(CLASSES + CLOSED + ASYNC).pins == Pins(0, 3)
    [line] = refused(prepared, CLASSES + CLOSED + ASYNC, *flags, clients='["loadgen", "wrk"]')
    assert line == "--launcher: starts loadgen only, and not wrk: choose --clients loadgen"


def test_an_objective_is_searched_for_by_loadgen_at_rates(prepared):
    objective = ("--objective", "p99<50ms")
    [line] = refused(prepared, CLASSES + CLOSED + ASYNC, *objective)
    assert line == "--objective: the suite mine offers no rates: leave the flag out"
    [line] = refused(prepared, CLASSES + CLOSED + OPEN + ASYNC, *objective, clients='["wrk"]')
    assert line == "--objective: loadgen searches for it: let it be among --clients"


def test_a_loop_that_no_client_has_is_refused(prepared):
    [line] = refused(prepared, CLASSES + OPEN + ASYNC, clients='["wrk"]')
    assert line == "--workloads, --clients: none of wrk has such a loop: choose others"


def test_where_nothing_can_run_it_is_said_of_each_what_it_lacks(prepared):
    needs = OTHER.replace("requires", 'version = ["x"]\nrequires').replace("other", "also")
    needs = needs.replace('["nowhere"]\n', '["nowhere", "file:/nowhere"]\n')
    assert refused(prepared, CLASSES + CLOSED + OTHER + needs) == [
        "other: the program nowhere not found",
        "also: the program nowhere and the file /nowhere not found",
    ]
    fix = "none is here: scripts/setup --peers installs it"
    assert refused(prepared, CLASSES + CLOSED + ASYNC, clients='["loadgen", "ab"]') == [f"ab: {fix}"]
    assert refused(prepared, CLASSES + CLOSED + ASYNC, clients='["hey", "ab"]') == [f"ab, hey: {fix}"]


def test_a_variant_without_idle_connections_is_left_out_where_there_is_nothing_else(prepared):
    idle = CLOSED.replace("closed", "idle").replace("weights", 'company = "idle"\ncompanions = 5\nweights')
    closes = ONCE + 'keeps_none = "closes each"\n'
    made = prepared(CLASSES + idle + ASYNC + closes)
    assert made.skipped == {"once": "closes each"} and [v.name for v in made.suite.variants] == ["async"]
    assert prepared(CLASSES + idle + CLOSED + ASYNC + closes).skipped == {}
    assert prepared(CLASSES + idle + ASYNC + ONCE).skipped == {}


def test_programs_that_are_not_there_are_named_unless_they_are_built_first(prepared, tmp_path):
    build = tmp_path / "b"
    made = prepared(CLASSES + CLOSED + ASYNC + ONCE, clients='["wrk"]')
    assert made.programs == {"wrk": str(tmp_path / "bin/wrk")}
    (build / "loadgen/loadgen").unlink()
    assert prepared(CLASSES + CLOSED + ASYNC, clients='["wrk"]').runs  # which has no need of loadgen
    (build / "servers/async_server").chmod(0o644)
    fix = "no such program: build it with: cmake --workflow --preset release"
    names = ("loadgen/loadgen", "servers/async_server")
    lines = [f"{build / name}: {fix}" for name in names]
    assert refused(prepared, CLASSES + CLOSED + ASYNC + TWICE + ONCE) == lines
    assert prepared(CLASSES + CLOSED + ASYNC, may_be_built=True).runs
    ghost = '[[variants]]\nname = "ghost"\nserver = "ghost_server"\n'
    ghosts = f"{build / 'servers/ghost_server'}: {fix}"
    assert refused(prepared, CLASSES + CLOSED + ASYNC + ghost, may_be_built=True) == [ghosts]


def test_before_anything_is_built_only_what_no_build_makes_is_missed(prepared, tmp_path):
    (tmp_path / "b").rename(tmp_path / "gone")
    ghost = '[[variants]]\nname = "ghost"\nserver = "ghost_server"\n'
    assert prepared(CLASSES + CLOSED + ASYNC + ghost, may_be_built=True).runs
    command = OTHER.replace('requires = ["nowhere"]\n', "")
    mistakes = refused(prepared, CLASSES + CLOSED + ASYNC + command, may_be_built=True)
    assert mistakes == ["variants.other.command: the program nowhere not found"]
    assert [line.partition(":")[0] for line in refused(prepared, CLASSES + CLOSED + ASYNC + command)] == [
        str(tmp_path / "b/loadgen/loadgen"),
        str(tmp_path / "b/servers/async_server"),
    ]
    assert prepared(CLASSES + CLOSED + ASYNC, "--launcher", "mpirun", may_be_built=True).pins is None


def test_a_claim_about_a_quantity_that_is_not_there_is_refused(prepared, monkeypatch):
    monkeypatch.setattr(prepared_module, "unknown_quantities", lambda claims: ["claims.1: no such quantity"])
    assert refused(prepared, CLASSES + CLOSED + ASYNC) == ["claims.1: no such quantity"]


@pytest.fixture
def quiet(monkeypatch):
    """What the machine says of itself, made up: nothing is started."""
    for name in ("build_info", "commit", "calibrate"):
        monkeypatch.setattr(about_module, name, lambda *_, name=name: name)
    monkeypatch.setattr(about_module, "machine", lambda: {"cores": 4})
    monkeypatch.setattr(about_module, "settings", lambda: {"governor": None})
    monkeypatch.setattr(about_module, "printed_version", lambda words, *_: " ".join(words))


def test_each_client_is_kept_with_how_it_was_asked_and_its_version(prepared, quiet):
    made = prepared(ALL, clients=THREE)
    vars(made)["versions"] = {"loadgen": "0123", "wrk": "4.1"}
    loadgen, wrk, ab = about(made)["clients"]
    assert (loadgen["name"], loadgen["there"], loadgen["version"]) == ("loadgen", True, "0123")
    assert list(loadgen["commands"]) == ["closed", "open", "count"]
    assert loadgen["commands"]["open"][-4:] == ["-c", "8", "--connection-mode", "kept"]
    assert (wrk["there"], wrk["version"], ab["there"], ab["version"]) == (True, "4.1", False, None)
    assert wrk["commands"]["closed"][-1] == "http://127.0.0.1:PORT/ping"
    assert (wrk["commands"]["open"], wrk["commands"]["count"]) == (None, None) and ab["commands"] == {}


def test_a_workload_that_no_variant_meets_has_no_command(prepared, quiet):
    slow = ASYNC + "most_connections = 4\n"
    made = prepared(CLASSES + CLOSED + COUNT.replace("8", "4") + slow)
    [loadgen] = about(made)["clients"]
    assert loadgen["commands"]["closed"] is None and loadgen["commands"]["count"][0].endswith("loadgen")


def test_variants_are_kept_with_their_command_and_what_is_known_of_them(prepared, quiet):
    attached = '[[variants]]\nname = "running"\nattach = "127.0.0.1:8080"\n'
    versioned = TWICE + 'version = ["{build}/x", "-v"]\n'
    made = prepared(CLASSES + CLOSED + ONCE + attached + versioned)
    once, running, twice = about(made)["variants"]
    assert once["serves_at_once"] == 1 and once["command"][1:] == "--address 127.0.0.1 --port 0".split()
    assert "attach" not in once and "version" not in once
    assert running["attach"] == "127.0.0.1:8080" and twice["version"] == f"{made.places.build}/x -v"


def test_what_is_pinned_is_what_the_suite_asks_for_where_there_are_cores(prepared, quiet):
    made = prepared(CLASSES + CLOSED + ASYNC)

    def pinned(prepared: Prepared) -> tuple:
        kept = about(prepared)
        return kept["pinned"], kept["one_core"], kept["workloads"][0]["pinned"]

    assert pinned(made) == (True, False, True)
    assert pinned(replace(made, pins=Pins(0, 1))) == (True, True, True)
    assert pinned(replace(made, pins=None)) == (False, False, False)
    plain = prepared((CLASSES + CLOSED + ASYNC).replace("pinned = true\n", ""))
    assert about(plain)["pinned"] is False and not about(plain)["workloads"][0].get("pinned")


def test_the_generator_is_calibrated_if_it_takes_part_and_nobody_says_no(prepared, quiet):
    def calibration(clients: str, is_asked: bool):
        made = prepared(CLASSES + CLOSED + ASYNC, clients=clients)
        return about(replace(made, options=replace(made.options, calibration=is_asked)))["calibration"]

    assert calibration('["loadgen"]', True) == "calibrate"
    assert calibration('["loadgen"]', False) is None and calibration('["wrk"]', True) is None


def test_a_recording_says_what_it_is_and_how_it_is_made_again(prepared, quiet, tmp_path):
    program(tmp_path / "b/loadgen/loadgen-mpi")
    flags = ["--wait", "10ms", "--objective", "p99<50ms", "--repetitions", "2", "--variants", "async,once"]
    flags += ["--workloads", "open", "--clients", "loadgen", "--launcher", "mpirun -n 2"]
    kept = about(prepared(ALL, *flags, clients=THREE))
    assert kept["command"] == ["scripts/bench", str(tmp_path / "mine.toml"), *flags, "--seed", "7"]
    keys = "suite title seed wait_ms repetitions planned skipped machine build git claims".split()
    assert [kept[key] for key in keys] == [
        "mine",
        "made up",
        7,
        10,
        2,
        {"async": {"open": 2}, "once": {"open": 2}},
        {},
        {"cores": 4, "governor": None},
        "build_info",
        "commit",
        [],
    ]
    assert kept["holds_up"] is None
