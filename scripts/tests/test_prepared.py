"""What a recording is to be: said before anything is started, and refused where it cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benching.prepared import Options, Prepared, about, announcements, prepare
from clients.clients import check
from plans.suite import SuiteError, find_suite, read_suite

parse = Options.parse


@pytest.fixture
def build(tmp_path: Path) -> Path:
    for name in ("loadgen/loadgen", "servers/async_server", "servers/blocking_server"):
        path = tmp_path / "build" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return tmp_path / "build"


def prepared(build: Path, *flags: str, may_be_built: bool = False) -> Prepared:
    options = parse(["--build", str(build), "--no-calibration", *flags])
    return prepare(read_suite(find_suite(options.suite), options, check), 7, options, may_be_built)


def test_all_runs_of_the_suite_are_prepared_and_announced(build):
    made = prepared(build, "--variants", "async,pool-8", "--repetitions", "2")
    assert [v.name for v in made.suite.variants] == ["pool-8", "async"]
    assert len(made.runs) == 2 * 2 * len(made.suite.workloads)
    told = dict(announcements(made))
    assert told["runs"] == f"{len(made.runs)}, 2 of each kind, a fresh server for each; seed 7"
    assert "clients" not in told and "skipped" not in told


def test_how_often_is_told_of_the_rarest_and_the_most_frequent(build, tmp_path):
    suite = tmp_path / "own.toml"
    suite.write_text(
        """
        repetitions = 3
        [classes.short]
        target = "/ping"
        [[workloads]]
        name = "w"
        requests = 1
        connections = 1
        connection_mode = "kept"
        weights = { short = 1 }
        [[variants]]
        name = "a"
        server = "async_server"
        repetitions = 1
        [[variants]]
        name = "b"
        server = "async_server"
        """
    )
    told = dict(announcements(prepared(build, str(suite))))
    assert told["runs"].startswith("4, 1 to 3 of each kind")


def test_a_program_that_is_not_there_is_named_unless_it_is_still_to_be_built(build):
    (build / "servers/async_server").unlink()
    with pytest.raises(SuiteError) as refused:
        prepared(build)
    [line] = refused.value.mistakes
    assert line.endswith(
        "servers/async_server: no such program: build it with: cmake --workflow --preset release"
    )
    assert prepared(build, may_be_built=True).runs


def test_the_command_of_a_recording_has_what_was_chosen_and_the_seed(build):
    assert about(prepared(build))["command"] == ["scripts/bench", "hundred", "--seed", "7"]
    flags = ("--variants", "async", "--repetitions", "2", "--wait", "10ms")
    again = about(prepared(build, *flags))["command"]
    assert again == ["scripts/bench", "hundred", "--wait", "10ms", *flags[2:4], *flags[:2], "--seed", "7"]


def test_an_objective_needs_a_suite_that_offers_rates(build):
    with pytest.raises(SuiteError, match="--objective: the suite hundred offers no rates"):
        prepared(build, "--objective", "p99<50ms")
    assert prepared(build, "load", "--objective", "p99<50ms").runs


def test_without_two_cores_nothing_is_pinned_or_shared(build):
    told = about(replace(prepared(build), pins=None))
    assert told["one_core"] is False and told["pinned"] is False


def test_a_workload_is_kept_without_the_keys_it_has_no_use_for(build):
    entry = about(prepared(build))["workloads"][0]
    assert entry["name"] == "all-long" and entry["requests"] == 100
    assert "rate_rps" not in entry and "serves_at_once" not in entry and None not in entry.values()
