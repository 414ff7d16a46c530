"""The gate's rule at its edges: exactly the margin, exactly the chance that may be spent, one block, two."""

from __future__ import annotations

import math
import re

import pytest

from cli.files import ROOT
from gating.blocks import METRICS, Block
from gating.verdict import CellResult, ErrorResult, MetricResult, Rule, judged
from gating.words import percent
from stats.comparison import Interval, rank_interval

RULE = Rule()
EACH_OF_20 = Rule(alpha_regressed=4 * 2**-5, alpha_not_regressed=2**-5, looks=(20,))  # a test has 1/32


def block(change: float = 0.0, **parts) -> Block:
    """One whose metrics all changed by this log ratio."""
    level = {name: (100.0, 100.0) for name in METRICS}
    plain = {"requests": (10, 10), "failed": (0, 0), "client_bound": False, "is_open": False}
    return Block(**{"difference": dict.fromkeys(METRICS, change), "level": level} | plain | parts)


def test_the_rule_is_the_one_that_is_documented():
    text = (ROOT / "scripts/gating/README.md").read_text(encoding="utf-8")
    [looks] = re.findall(r"computed after ([0-9, and]+) blocks", text)
    chances = [int(share) / 100 for share in re.findall(r"^\| (\d) % \| that a", text, re.MULTILINE)]
    assert RULE.looks == tuple(map(int, re.findall(r"\d+", looks)))
    assert [RULE.alpha_regressed, RULE.alpha_not_regressed] == chances
    assert percent(-RULE.log_margin) == pytest.approx(-2)


def test_chances_are_shared_by_tests_and_looks():
    assert RULE.regressed_limit(5) == pytest.approx(0.01 / 5 / 6)
    changes = [0.001 * number for number in range(40)]
    for is_open, tests in ((False, 4), (True, 5)):  # capacity, throughput, p99 and errors; p50
        result = judged("a", [block(change, is_open=is_open) for change in changes], RULE)
        assert result.metrics["capacity"].interval.high == rank_interval(0.01 / tests / 6, changes).high
    two = judged("a", [block(change) for change in changes], RULE, cells=2).metrics["capacity"].interval
    assert two.high == rank_interval(0.01 / 8 / 6, changes).high
    assert two.low == -rank_interval(0.04 / 6, [-change for change in changes]).high


def test_exactly_the_margin_in_every_block_is_neither_worse_nor_clear():
    result = judged("a", [block(-RULE.log_margin)] * 20, RULE)
    assert result.metrics["capacity"].interval == (-RULE.log_margin, -RULE.log_margin)
    assert (result.worse, result.unclear) == ((), ("capacity", "throughput"))
    more = judged("a", [block(-RULE.log_margin - 1e-9)] * 20, RULE)
    assert more.worse == ("capacity", "throughput", "p99")
    assert judged("a", [block(-RULE.log_margin + 1e-9)] * 20, RULE).is_clear


def test_an_interval_that_touches_the_margin_decides_nothing():
    def metric(low: float, high: float) -> MetricResult:
        return MetricResult("p99", True, True, "", (1, 1), 0, Interval(low, high), 0.5, False, 1)

    assert [(m.is_worse, m.is_clear) for m in (metric(-2, -0.5), metric(-2, -0.51))] == [
        (False, False),
        (True, False),
    ]
    assert [metric(low, 1).is_clear for low in (-0.5, -0.49)] == [False, True]


def failing(blocks: int, side: int) -> list[Block]:
    """Of 20 blocks so many in which a request of one side failed."""
    failed = (1, 0) if side == 0 else (0, 1)
    return [block(failed=failed)] * blocks + [block()] * (20 - blocks)


def test_errors_that_rise_are_worse_from_the_chance_that_they_have():
    assert judged("a", failing(5, side=1), EACH_OF_20).worse == ("errors",)  # by chance: 1 in 32
    few = judged("a", failing(4, side=1), EACH_OF_20)
    assert (few.worse, few.unclear, few.errors) == ((), ("errors",), ErrorResult(4, 0, (0, 4)))


def test_a_failure_of_the_candidate_is_outweighed_from_the_same_chance_on():
    for fewer, unclear in ((5, ()), (4, ("errors",))):
        both = [*failing(fewer, side=0)[:-1], block(failed=(3, 3))]
        result = judged("a", both, EACH_OF_20)
        assert (result.worse, result.unclear, result.errors.fewer) == ((), unclear, fewer)


def test_failures_are_compared_by_their_share_of_few_requests_too():
    pairs = [((1, 9), (1, 10)), ((0, 1), (0, 10)), ((0, 0), (0, 10))]
    errors = judged("a", [block(failed=lost, requests=asked) for lost, asked in pairs], RULE).errors
    assert errors == ErrorResult(more=1, fewer=1, failed=(1, 10))


def test_a_single_block_bounds_nothing_and_two_say_how_wide_a_latency_spreads():
    alone = judged("a", [block(0.5)], RULE).metrics["p99"]
    assert (alone.margin, alone.estimate, alone.detectable) == (math.inf, 0.5, math.inf)
    pair = judged("a", [block(0.1), block(0.3)], RULE).metrics["p99"]
    assert (pair.margin, pair.estimate) == (pytest.approx(0.2 / 2**0.5), pytest.approx(0.2))


def test_what_would_have_been_seen_is_beyond_margin_and_interval_by_what_an_estimate_falls_short():
    """By 0.8416 standard errors of a Hodges-Lehmann centre, 8 times in 10."""
    changes = [-0.01, 0.01] * 20
    metrics = judged("a", list(map(block, changes)), RULE).metrics
    high, standard_error = metrics["capacity"].interval.high, 0.0101274 / 40**0.5 * 1.023327
    assert metrics["capacity"].estimate == 0 and 0 < high <= 0.01
    assert metrics["capacity"].detectable == pytest.approx(
        0.0202027 + high + 0.841621 * standard_error, rel=1e-4
    )
    assert metrics["p50"].detectable == math.inf  # never called one


def test_an_estimate_off_centre_is_as_detectable_as_one_on_it():
    at_zero, off = (
        judged("a", [block(change + at) for change in (-0.01, 0.01) * 20], RULE).metrics["capacity"]
        for at in (0.0, 0.5)
    )
    assert off.detectable == pytest.approx(at_zero.detectable)


def test_a_cell_is_open_and_its_generator_the_limit_where_all_of_its_blocks_say_so():
    def must_pass(*blocks: Block) -> list[str]:
        return [name for name, metric in judged("a", blocks, RULE).metrics.items() if metric.must_pass]

    assert must_pass(block(), block(client_bound=True)) == ["capacity", "throughput"]
    assert must_pass(block(client_bound=True)) == must_pass(block(is_open=True)) == ["capacity"]


def test_nothing_that_is_not_given_is_made_up():
    assert ErrorResult() == ErrorResult(0, 0, (0, 0))
    assert CellResult("a") == CellResult("a", 0, {}, ErrorResult(0, 0, (0, 0)), (), ())
    empty = CellResult("a", 20, {})
    assert not empty.is_clear
    result = judged("a", [block()] * 20, RULE)
    assert result.is_clear and (result.cell, result.blocks) == ("a", 20)
    assert result.metrics["throughput"].note == ""
    bound = judged("a", [block(client_bound=True)] * 20, RULE).metrics
    assert {name: metric.note for name, metric in bound.items() if metric.note} == {
        "throughput": "the generator was the limit"
    }
