"""What run.json says of a recording: its clients, variants and cores, and how it is made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benching import prepared as prepared_module
from benching.prepared import Prepared, about
from processes.machine import Pins
from made_suites import ALL, ASYNC, CLASSES, CLOSED, COUNT, ONCE, THREE, TWICE, preparing, program


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    return preparing(tmp_path, monkeypatch)


@pytest.fixture
def quiet(monkeypatch):
    """What the machine says of itself, made up: nothing is started."""
    monkeypatch.setattr(prepared_module, "commit", lambda _: "commit")
    monkeypatch.setattr(prepared_module, "loadgen_json", lambda _, *flags: " ".join(flags))
    monkeypatch.setattr(prepared_module, "machine", lambda: {"cores": 4})
    monkeypatch.setattr(prepared_module, "settings", lambda: {"governor": None})
    monkeypatch.setattr(prepared_module, "printed_version", lambda words, *_: " ".join(words))


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

    assert calibration('["loadgen"]', True) == "--calibrate --json"
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
        "--build-info",
        "commit",
        [],
    ]
    assert kept["holds_up"] is None
