"""What a block is made of: the figures of its two rows of summary.csv, and what they differ by."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from gating import gate
from gating.blocks import METRICS, BenchmarkFailed, GateRecording, block_of
from gating.options import GateOptions
from processes.kept_process import Interrupts
from sides.sides import Cell, Served

ROW = {
    "requests": 10_000,
    "ok": 9_000,
    "server_cpu_us_per_request": 45.0,
    "throughput_rps": 500.0,
    "latency_p50_us": 64.0,
    "latency_p99_us": 110.0,
    "latency_p50_at_least_us": None,
    "latency_p99_at_least_us": None,
    "client_bound": False,
    "offered_rps": None,
    "done_by": "kernel",
    "verdict": "valid",
}


def row(variant: str = "baseline", **changes) -> SimpleNamespace:
    return SimpleNamespace(**ROW | {"variant": variant} | changes)


def test_the_levels_of_a_block_are_the_figures_of_its_sides_whichever_row_comes_first():
    slower = row(
        "candidate",
        throughput_rps=400.0,
        latency_p50_us=128.0,
        latency_p99_us=220.0,
        server_cpu_us_per_request=90.0,
    )
    block = block_of([slower, row()])
    assert block.level == {
        "capacity": (20_000.0, 10_000.0),  # answered in a second of CPU: nine of ten requests at 45 us
        "throughput": (500.0, 400.0),
        "p50": (64.0, 128.0),
        "p99": (110.0, 220.0),
    }
    expected = {"capacity": 1 / 2, "throughput": 4 / 5, "p50": 1 / 2, "p99": 1 / 2}
    assert block.difference == pytest.approx({name: math.log(ratio) for name, ratio in expected.items()})
    assert (block.requests, block.failed) == ((10_000, 10_000), (1_000, 1_000))


def test_requests_and_failures_are_those_of_each_side():
    block = block_of([row(requests=10, ok=7), row("candidate", requests=20, ok=15)])
    assert (block.requests, block.failed) == ((10, 20), (3, 5))


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({"server_cpu_us_per_request": None}, {"capacity"}),
        ({"server_cpu_us_per_request": 0.0}, {"capacity"}),
        ({"requests": 0, "ok": 0}, {"capacity"}),
        ({"throughput_rps": None}, {"throughput"}),
        ({"latency_p50_us": None}, {"p50"}),
        ({"done_by": "read"}, {"p50", "p99"}),  # latencies by different clocks
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_metric_that_one_side_cannot_tell_is_left_out(changes, left_out, is_first):
    sides = (changes, {}) if is_first else ({}, changes)
    block = block_of([row("baseline", **sides[0]), row("candidate", **sides[1])])
    assert set(METRICS) - set(block.level) == left_out == set(METRICS) - set(block.difference)


@pytest.mark.parametrize("name", ["p50", "p99"])
def test_a_latency_of_which_a_bound_is_known_is_that_bound_and_only_then(name):
    bound, both = {f"latency_{name}_us": None, f"latency_{name}_at_least_us": 900.0}, row("candidate")
    setattr(both, f"latency_{name}_at_least_us", 1.0)
    assert block_of([row(**bound), both]).level[name] == (900.0, ROW[f"latency_{name}_us"])


@pytest.mark.parametrize(
    ("before", "after", "both"), [(1, 1, True), (1, 0, False), (0, 1, False), (0, 0, False)]
)
def test_the_generator_was_the_limit_only_where_it_was_on_both_sides(before, after, both):
    block = block_of([row(client_bound=bool(before)), row("candidate", client_bound=bool(after))])
    assert block.client_bound is both and not block.is_open


def test_a_block_at_a_fixed_rate_is_open():
    assert block_of([row(offered_rps=100.0), row("candidate", offered_rps=100.0)]).is_open


def test_a_block_is_valid_with_two_valid_sides():
    invalid = row("candidate", verdict="invalid")
    assert [
        block_of(rows) is not None for rows in ([row(), row("candidate")], [row(), invalid], [row()], [])
    ] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(("load", "is_busy"), [(99.0, True), (0.1, False)])
def test_a_busy_machine_is_named_where_a_side_did_not_start(monkeypatch, tmp_path, load, is_busy):
    monkeypatch.setattr(gate.os, "getloadavg", lambda: (load, 1.0, 1.0))
    options = GateOptions.parse(["--baseline-cmd", "true {port}", "--candidate-cmd", "true {port}"])
    cell = Cell("command", dict.fromkeys(("baseline", "candidate"), Served(("true", "{port}"))), "/", "/")
    with Interrupts() as interrupts:
        how = (options, None, GateRecording(tmp_path), interrupts, 1, math.inf)
        with gate.Measuring({"command": cell}, *how) as source:
            with pytest.raises(BenchmarkFailed, match="^command: the .* did not start: ") as failed:
                source.block("command")
    busy = "the machine is busy (load 99.0), which alone may be the reason"
    assert (busy in str(failed.value)) == is_busy
