"""Which runs a suite comes to, and how long each should take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plans.suite import OVERHEAD_S, Run, Suite, find_suite, planned, read_suite, runs_of
from plans.variant import Variant
from plans.workload import RequestClass, Workload

LONG, SHORT = RequestClass("long", 1, "/task", True), RequestClass("short", 1, "/ping", False)


def workload(name: str = "burst", **changes: Any) -> Workload:
    usual = {"requests": 100, "connections": 10, "connection_mode": "kept", "classes": (LONG,), "wait_ms": 50}
    return Workload(**{"name": name} | usual | changes)


def run(serves_at_once: int | None = None, client: str = "loadgen", **changes: Any) -> Run:
    """Without an ideal, as its number of requests is not fixed, unless that is changed."""
    asked = workload(**{"requests": None} | changes)
    return Run(Variant("async", serves_at_once=serves_at_once), asked, 2, client)


@pytest.mark.parametrize(
    ("made", "timeout_ms"),
    [
        (run(requests=100, timeout_ms=700), 700),
        (run(requests=100), 11_000),  # twice the ideal and ten seconds
        (run(), 10_100),  # twice the longest wait, where there is no ideal
        (run(classes=(SHORT,)), 10_000),
    ],
)
def test_a_request_may_take_what_it_is_given_or_twice_what_it_should(made, timeout_ms):
    assert made.timeout_ms == timeout_ms


@pytest.mark.parametrize(
    ("made", "asked_s", "besides_s"),
    [
        (run(), 0, 0),
        (run(requests=100), 0.5, 0),
        (run(requests=100, duration_ms=2000), 2, 0),
        (run(requests=100, duration_ms=2000, warm_up_ms=300), 2.3, 0),
        (run(silence_ms=4000), 0, 4),
        (run(company="idle", companions=1000), 0, 3.25),  # they connect, and are looked at for a while
        (run(company="leaves", companions=4000), 0, 3),
        (run(company="reads", companions=400), 0, 0.3),
        (run(company="sends", companions=0), 0, 0.2),
    ],
)
def test_a_run_takes_its_load_its_company_and_what_every_run_does(made, asked_s, besides_s):
    assert made.asked_s == asked_s
    assert made.expected_s == pytest.approx(asked_s + besides_s + OVERHEAD_S)


def test_a_run_is_called_by_what_it_is_of():
    assert str(run()) == "burst, async, repetition 2"
    assert str(run(client="wrk")) == "burst, async, wrk, repetition 2"


@pytest.mark.parametrize(
    ("serves_at_once", "changes", "ideal"),
    [
        (1, {}, 5000),
        (3, {}, 1700),  # 34 turns, of which the last is of one
        (64, {}, 500),  # over ten connections
        (None, {"connections": 100}, 50),
        (1, {"classes": (LONG, SHORT)}, 2500),
        (1, {"classes": (SHORT,)}, None),
        (1, {"wait_ms": None}, None),
    ],
)
def test_the_ideal_is_the_number_of_turns_times_the_wait(serves_at_once, changes, ideal):
    assert run(serves_at_once, **{"requests": 100} | changes).ideal_ms == ideal


def suite(*variants: Variant, **changes: Any) -> Suite:
    made = {"variants": variants, "workloads": (workload("one"), workload("two")), "repetitions": 2}
    return Suite("mine", Path("mine"), **made | changes)


def test_each_repetition_has_its_workloads_in_order_and_each_client_at_each_variant():
    often, usual = Variant("often", repetitions=3, serves_at_once=10), Variant("usual")
    runs = runs_of(suite(often, usual, clients=("loadgen", "wrk")), seed=5)
    assert [(r.repetition, r.workload.name) for r in runs] == [
        (repetition, name) for repetition in (1, 2) for name in ("one", "two") for _ in range(4)
    ] + [(3, name) for name in ("one", "two") for _ in range(2)]
    assert len({(r.variant.name, r.client) for r in runs[:4]}) == 4
    assert {(r.variant.name, r.ideal_ms) for r in runs} == {("often", 500), ("usual", 500)}
    assert planned(reversed(runs)) == {"often": {"one": 3, "two": 3}, "usual": {"one": 2, "two": 2}}


def test_who_cannot_take_part_is_left_out():
    def takes_part(client: str, asked: Workload) -> bool:
        return (client, asked.name) != ("wrk", "one")

    few = Variant("few", repetitions=1, most_connections=9)
    made = suite(Variant("async"), few, clients=("loadgen", "wrk"), repetitions=1)
    runs = runs_of(made, 1, takes_part)
    assert {(r.variant.name, r.client, r.workload.name) for r in runs} == {
        ("async", "loadgen", "one"),
        ("async", "loadgen", "two"),
        ("async", "wrk", "two"),
    }
    assert runs_of(suite(), 1) == []


def test_each_repetition_and_workload_meets_every_variant_in_its_own_order():
    suite = read_suite(find_suite("hundred"))
    runs = runs_of(suite, seed=1)
    assert len(runs) == 252
    blocks = [runs[i : i + 7] for i in range(0, 252, 7)]
    for block in blocks:
        assert {run.variant.name for run in block} == {v.name for v in suite.variants}
        assert len({(run.workload.name, run.repetition) for run in block}) == 1
    assert len({tuple(run.variant.name for run in block) for block in blocks}) > 5


def test_the_seed_decides_the_order():
    suite = read_suite(find_suite("hundred"))
    assert runs_of(suite, seed=1) == runs_of(suite, seed=1) != runs_of(suite, seed=2)


def test_the_expected_time_is_the_ideals_and_what_each_run_costs_beside():
    suite = read_suite(find_suite("hundred"))
    runs = runs_of(suite, seed=1)
    assert 180 > sum(run.expected_s for run in runs) == pytest.approx(87.6 + 252 * OVERHEAD_S, rel=0.01)
