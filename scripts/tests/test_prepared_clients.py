"""A recording of several clients, prepared: who has what part, what is not here, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benching import prepared as prepared_module
from benching.prepared import announcements, pins_text
from plans.suite import SuiteError
from processes.machine import Pins
from made_suites import (
    ALL,
    ASYNC,
    CLASSES,
    CLOSED,
    COUNT,
    ONCE,
    OPEN,
    OTHER,
    THREE,
    TWICE,
    preparing,
    program,
)


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    return preparing(tmp_path, monkeypatch)


def refused(prepared, *parts: str, **how) -> list[str]:
    with pytest.raises(SuiteError) as caught:
        prepared(*parts, **how)
    return caught.value.mistakes


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
    workload = replace(made.runs[0].workload, wait_ms=99_500)
    one = replace(made, runs=[made.runs[0]._replace(workload=workload)])
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
