"""Suites whose clients vary, without a run: what is read, who meets what, in which order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benching.prepared import Options, prepare
from cli.files import ROOT
from clients.clients import CLIENTS, TOOLS, Asked, check, takes_part
from plans import variant
from plans.suite import SUITES, Choices, Run, SuiteError, read_suite, runs_of
from processes import machine

parse = Options.parse

PEERS = SUITES / "peers.toml"


def test_the_suite_is_as_declared():
    suite = read_suite(PEERS, check=check)
    assert suite.repetitions == 15
    assert (*suite.clients, "bare_loop") == ("loadgen", "loadgen-by-read", *TOOLS) == tuple(CLIENTS)
    workloads = [(w.name, w.connections, w.rate_rps, w.duration_ms, w.pinned) for w in suite.workloads]
    assert workloads == [
        ("closed-64", 64, None, 2000, True),
        ("closed-64-bare", 64, None, 2000, True),
        ("open-1000", 10, 1000, 2000, True),
    ]
    assert {w.reference for w in suite.workloads} == {"loadgen"}
    assert read_suite(SUITES / "hundred.toml").clients == ("loadgen",)


def test_the_suite_truth_captures_each_loop_and_has_the_floor_of_each_makespan():
    suite = read_suite(SUITES / "truth.toml", check=check)
    assert suite.clients == tuple(CLIENTS)
    loops = [f"{loop}-{delays}" for loop in ("closed", "open") for delays in ("constant", "tail", "freeze")]
    assert [w.name for w in suite.workloads if w.captured] == loops
    counts = [w for w in suite.workloads if not w.captured]
    assert [(w.connection_mode, w.requests) for w in counts] == [
        ("fresh", 100), ("kept", 100), ("fresh", 10_000), ("kept", 10_000),
    ]  # fmt: skip
    runs = runs_of(suite, 7, takes_part)
    sends_all_at_once = {"loadgen", "loadgen-by-read", "bare_loop"}
    assert {run.client for run in runs if run.workload in counts} == sends_all_at_once
    assert {run.ideal_ms for run in runs if run.workload in counts} == {1000}


def test_nginx_is_the_one_of_the_suite_servers():
    nginx, _ = read_suite(PEERS).variants
    servers = {v.name: v for v in read_suite(SUITES / "servers.toml").variants}
    places = variant.Places(SUITES / "peers", SUITES), variant.Places(SUITES / "servers", SUITES)
    commands = [variant.command_of(v, p) for v, p in zip((nginx, servers["nginx"]), places)]
    assert commands[0] == commands[1] and str(ROOT / "servers/outside/nginx.conf") in commands[0][2]


def test_each_repetition_has_each_client_once_in_an_order_of_its_own():
    suite = read_suite(PEERS, Choices(repetitions=6, clients=("loadgen", "wrk", "hey")))
    runs = runs_of(suite, 7, takes_part)
    assert runs == runs_of(suite, 7, takes_part) != runs_of(suite, 8, takes_part)
    counts = Counter((run.repetition, run.workload.name, run.client) for run in runs)
    assert set(counts.values()) == {1} and len(counts) == 6 * (3 + 3 + 2)
    assert [run.repetition for run in runs] == sorted(run.repetition for run in runs)
    orders = {
        tuple(r.client for r in runs if r.repetition == n and r.workload.rate_rps is None)
        for n in range(1, 7)
    }
    assert len(orders) > 1
    assert not any(run.client == "wrk" and run.workload.rate_rps for run in runs)
    assert {str(run) for run in runs} >= {
        "closed-64, nginx, repetition 1",
        "closed-64, nginx, wrk, repetition 1",
    }


def test_every_variant_meets_every_client():
    suite = read_suite(SUITES / "sweep.toml", Choices(workloads=("kept-10",), repetitions=2))
    both = {(v.name, c) for v in suite.variants for c in ("loadgen", "wrk")}
    runs = runs_of(replace(suite, clients=("loadgen", "wrk")), 7, takes_part)
    assert len(runs) == 2 * len(both)
    assert {(run.variant.name, run.client) for run in runs[: len(both)]} == both


@pytest.mark.parametrize(
    ("change", "choices", "says"),
    [
        (
            ('"wrk",', '"wkr",'),
            Choices(),
            "clients: no such load generator: did you mean 'wrk'?",
        ),
        (('"wrk",', '"ab",'), Choices(), "clients: expected a list of texts, each once"),
        (
            ('"2s"', '"2500ms"'),
            Choices(),
            "closed-64.duration: expected whole seconds, as 2s, as not each of wrk, ",
        ),
        (
            ("rate = 1000", "rate = 1001"),
            Choices(),
            "open-1000.rate: expected the same for each connection, as not each of",
        ),
        (("rate =", "raet ="), Choices(), "open-1000.raet: no such key: did you mean 'rate'?"),
        (('"kept"', '"fresh"'), Choices(), "closed-64.connection_mode: expected kept, as not each of wrk, "),
        (
            ("rate =", 'arrivals = "poisson"\nrate ='),
            Choices(),
            "open-1000.arrivals: expected constant, as not",
        ),
        (
            ("{ short = 1 }", "{ short = 1, long = 1 }\n[classes.long]\ntarget = '/l'\n[unused]"),
            Choices(),
            "closed-64.weights: expected one class, as not",
        ),
        (
            ('"loadgen"\n', '"laodgen"\n'),
            Choices(),
            "closed-64.reference: no such variant or client: did you mean 'loadgen'?",
        ),
        (("", ""), Choices(wait_ms=50), "--wait: nothing waits in the suite peers: leave the flag out"),
        (("", ""), Choices(variants=("async",)), "--variants: 'async' is not in the suite peers: there is"),
        (
            ("", ""),
            Choices(clients=("wkr",)),
            "--clients: 'wkr' is not in the suite peers: did you mean 'wrk'",
        ),
    ],
)
def test_a_mistake_is_a_line_with_the_fix(tmp_path, change, choices, says):
    path = tmp_path / "peers.toml"
    text = PEERS.read_text()
    path.write_text(text.replace(*change, 1) if change[0] else text)
    with pytest.raises(SuiteError) as caught:
        read_suite(path, choices, check)
    assert any(says in line for line in caught.value.mistakes), caught.value.mistakes


def test_loadgen_may_be_asked_for_what_the_others_cannot(tmp_path):
    path = tmp_path / "peers.toml"
    text = PEERS.read_text().replace('"2s"', '"2500ms"').replace('"kept"', '"fresh"')
    start, _, rest = text.partition("clients = [")
    path.write_text(start + 'clients = ["loadgen"]' + rest.partition("]")[2])
    assert read_suite(path, check=check).clients == ("loadgen",)


def test_a_suite_of_servers_has_no_clients_to_choose():
    with pytest.raises(SuiteError, match="--clients: the suite hundred has one load generator"):
        read_suite(SUITES / "hundred.toml", Choices(clients=("wrk",)))


def test_without_nginx_the_fix_is_named(monkeypatch):
    monkeypatch.setattr(variant, "program_path", lambda: "/nowhere")
    prepared = prepare(read_suite(PEERS), 7, parse(["peers", "--dry-run"]), may_be_built=True)
    assert prepared.skipped["nginx"] == "the program nginx not found: scripts/setup --peers installs it"


def test_server_and_clients_get_cores_that_share_nothing_where_there_are_such(monkeypatch):
    assert 0 in machine.siblings(0) and machine.siblings(9999) == {9999}

    def chosen(*cores: set[int]):
        monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: set().union(*cores))
        monkeypatch.setattr(machine, "siblings", lambda thread: next(c for c in cores if thread in c))
        return machine.pins()

    assert chosen({3}) is None
    assert chosen({0, 1}) == (0, 1)
    assert chosen({0, 2}, {1, 3}) == (0, 3)
    assert chosen({0, 3}, {1, 2}) == (0, 2)


def test_loadgen_is_passed_what_the_workload_says_of_its_requests():
    suite = read_suite(PEERS, Choices(), check)
    workload = replace(
        suite.workloads[0],
        method="POST",
        headers=("X-A: b", "X-C: d"),
        body="@f",
        warm_up_ms=500,
        timeout_ms=900,
    )
    run = Run(suite.variants[0], workload, 1)
    words = CLIENTS["loadgen"].command(Asked("loadgen", "127.0.0.1:1", run, Path("f")))
    text = " ".join(words)
    assert "--method POST --header X-A: b --header X-C: d --body @f --warm-up 500ms" in text
    assert "--timeout 900ms" in text and "--server-pid" not in text
    assert run.asked_s == suite.workloads[0].duration_ms / 1000 + 0.5


@pytest.mark.parametrize(
    "key", ["method = 'POST'", "headers = ['A: b']", "body = 'x'", "warm_up = '1s'", "timeout = '1s'"]
)
def test_what_not_every_tool_has_is_refused_beside_them(tmp_path, key):
    text = PEERS.read_text().replace('name = "closed-64"', f'{key}\nname = "closed-64"')
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(SuiteError, match=f"closed-64.{key.split()[0]}: expected none, as not each of"):
        read_suite(path, Choices(), check)
