"""What blocks say: the interval and the margin decide, chances are shared out, errors count by themselves."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from gating.trials_report import moved
from gating.verdict import CellResult, Decision, ErrorResult, Rule, Verdict, judged
from synthetic_gate import blocks

RULE = Rule()
LAST = RULE.looks[-1]


@pytest.fixture
def made(tmp_path):
    return lambda count, **changes: blocks(tmp_path, count, **changes)


def test_a_slowdown_of_the_margin_itself_is_neither_regressed_nor_clear(made):
    at_margin = moved(made(LAST, noise=0.012), RULE.margin)
    result = judged("async", at_margin, RULE)
    assert result.worse == () and result.unclear == ("capacity", "throughput")


def test_the_same_speed_is_clear_and_a_large_slowdown_worse(made):
    same, slow = (judged("async", made(20, slowdown=s), RULE) for s in (0, 0.05))
    assert same.is_clear and same.worse == ()
    assert slow.worse == ("capacity", "throughput", "p99") and not slow.is_clear


def test_changes_are_signed_so_that_negative_is_worse(made):
    result = judged("async", made(20, slowdown=0.1, noise=0.001), RULE)
    for metric in result.metrics.values():
        assert metric.estimate == pytest.approx(math.log(0.9), abs=0.002)
        assert metric.interval.low < metric.estimate < metric.interval.high


def test_three_metrics_can_fail_a_gate_and_two_have_to_pass(made):
    metrics = judged("async", made(20), RULE).metrics.values()
    assert [m.name for m in metrics if m.can_fail] == ["capacity", "throughput", "p99"]
    assert [m.name for m in metrics if m.must_pass] == ["capacity", "throughput"]


def test_at_a_fixed_rate_the_median_can_fail_and_the_throughput_need_not_pass(made):
    slow = judged("async", made(20, rate_rps=5000, changes={"latency_p50_us": 1.5}), RULE)
    assert slow.worse == ("p50",)
    assert [m.name for m in slow.metrics.values() if m.must_pass] == ["capacity"]


def test_the_rate_need_not_pass_only_where_the_generator_was_the_limit_in_all_blocks(made):
    bound = made(20, client_bound=True, noise=0.001, changes={"throughput_rps": 1.0})
    assert not judged("async", bound, RULE).metrics["throughput"].must_pass
    once = [replace(bound[0], client_bound=False), *bound[1:]]
    assert judged("async", once, RULE).metrics["throughput"].must_pass


def test_the_rate_can_fail_whoever_was_the_limit(made):
    bound = made(20, client_bound=True, changes={"throughput_rps": 0.9})
    assert judged("async", bound, RULE).worse == ("throughput",)


def test_a_server_that_sleeps_and_costs_no_more_is_worse_by_its_rate(made):
    dozing = judged("async", made(20, changes={"throughput_rps": 0.55}), RULE)
    assert dozing.worse == ("throughput",)


def test_one_that_computes_more_than_its_client_can_ask_for_is_worse_by_its_capacity(made):
    costly = judged("async", made(20, client_bound=True, changes={"server_cpu_us_per_request": 1.1}), RULE)
    assert costly.worse == ("capacity",)


def test_a_latencys_margin_is_as_wide_as_blocks_differ(made):
    narrow, wide = (judged("async", made(40, noise=n), RULE).metrics["p99"].margin for n in (0.001, 0.05))
    assert narrow == pytest.approx(RULE.log_margin)
    assert wide == pytest.approx(0.05, rel=0.35)
    assert judged("async", made(40, noise=0.05), RULE).metrics["capacity"].margin == RULE.log_margin


def test_a_tail_that_is_longer_in_every_block_is_worse(made):
    assert judged("async", made(20, changes={"latency_p99_us": 1.5}), RULE).worse == ("p99",)


def test_what_is_only_shown_and_wholly_beyond_the_margin_stands_in_the_way(made):
    slow = judged("async", made(20, changes={"latency_p50_us": 1.5}), RULE)
    assert slow.unclear == ("p50",) and not slow.worse
    assert Decision(Verdict.INCONCLUSIVE, "", (slow,)).beyond_margin == ["p50 of async"]


def test_what_looks_worse_in_too_few_blocks_to_be_called_so_stands_in_the_way_too(made):
    slow = judged("async", made(10, changes={"latency_p99_us": 1.5}), RULE)
    assert slow.worse == () and slow.unclear == ("p99",)


def failing(each: list, lost: list[tuple[int, int]]) -> list:
    """The first blocks with so many failures of each side, the others without one."""
    return [replace(b, failed=failed) for b, failed in zip(each, lost + [(0, 0)] * len(each))]


def test_a_failed_request_is_never_clear_for_want_of_evidence(made):
    fast = made(20)
    for lost, errors, clear in (
        ([(0, 1)], ErrorResult(more=1, fewer=0, failed=(0, 1)), False),
        ([(0, 2), (2, 0)] * 5, ErrorResult(more=5, fewer=5, failed=(10, 10)), False),
        ([(75, 0)] * 11 + [(75, 9)], ErrorResult(more=0, fewer=12, failed=(900, 9)), True),
        ([(1, 0)], ErrorResult(more=0, fewer=1, failed=(1, 0)), True),
        ([], ErrorResult(), True),
    ):
        result = judged("async", failing(fast, lost), RULE)
        assert (result.errors, "errors" not in result.unclear) == (errors, clear)


def test_errors_that_rise_are_worse_at_any_speed_and_few_are_unclear(made):
    assert judged("async", made(20, slowdown=-0.2, failed_share=0.002), RULE).worse == ("errors",)
    few = [replace(b, failed=(0, 1)) if at < 2 else b for at, b in enumerate(made(20))]
    result = judged("async", few, RULE)
    assert result.worse == () and result.unclear == ("errors",)
    assert (result.errors.more, result.errors.fewer) == (2, 0)


def test_errors_are_more_or_fewer_by_their_share(made):
    pairs = [((1, 2), (10, 10)), ((2, 1), (10, 10)), ((3, 3), (10, 10)), ((2, 3), (10, 30))]
    each = [replace(b, failed=f, requests=r) for b, (f, r) in zip(made(4), pairs)]
    errors = judged("async", each, RULE).errors
    assert (errors.more, errors.fewer, errors.failed) == (1, 2, (8, 9))
    for chance, is_enough in ((7 / 64 + 1e-6, True), (7 / 64 - 1e-6, False)):
        rule = Rule(alpha_regressed=4 * chance, alpha_not_regressed=chance, looks=(20,))
        more, fewer = ([(0, 1)] * 5 + [(1, 0)], [(2, 0)] * 5 + [(0, 1)])
        assert ("errors" in judged("async", failing(made(20), more), rule).worse) == is_enough
        assert ("errors" not in judged("async", failing(made(20), fewer), rule).unclear) == is_enough


def test_more_cells_share_one_chance_of_a_false_alarm(made):
    slow = made(LAST, slowdown=0.03)
    one, many = (judged("async", slow, RULE, n).metrics["capacity"].interval for n in (1, 50))
    assert one.high < many.high and one.low == many.low


def test_the_looks_share_it_too(made):
    slow = made(20, slowdown=0.03)
    few, many = (
        judged("a", slow, replace(RULE, looks=looks)).metrics["capacity"] for looks in ((20,), RULE.looks)
    )
    assert few.interval.high < many.interval.high and few.interval.low > many.interval.low


def test_the_interval_holds_at_all_looks_together():
    """Of made-up gates without a change, few leave zero out of an interval at any look."""
    draw, wrong, gates = random.Random(3), 0, 400
    for _ in range(gates):
        sample = [draw.gauss(0, 0.01) for _ in range(RULE.looks[2])]
        wrong += any(_leaves_zero_out(sample[:look]) for look in RULE.looks[:3])
    assert wrong / gates <= RULE.alpha_not_regressed + RULE.alpha_regressed


def _leaves_zero_out(sample):
    from gating.blocks import Block

    made = [Block({"capacity": d}, {"capacity": (1, 1)}, (1, 1), (0, 0), False, False) for d in sample]
    low, high = judged("async", made, RULE).metrics["capacity"].interval
    return not low <= 0 <= high


def test_what_would_have_been_seen_is_called_8_times_of_10():
    from gating.blocks import Block

    draw, rule = random.Random(5), Rule(looks=(20,))

    def gate(slowdown):
        return [
            Block(
                {"capacity": draw.gauss(-slowdown, 0.01)}, {"capacity": (1, 1)}, (1, 1), (0, 0), False, False
            )
            for _ in range(20)
        ]

    said = sorted(judged("a", gate(0), rule).metrics["capacity"].detectable for _ in range(50))[25]
    assert said > rule.log_margin
    caught = sum("capacity" in judged("a", gate(said), rule).worse for _ in range(200))
    assert 140 <= caught <= 180


def test_too_few_blocks_bound_nothing(made):
    metric = judged("async", made(3), RULE).metrics["capacity"]
    assert metric.interval == (-math.inf, math.inf) and metric.detectable == math.inf
    assert not metric.is_worse and not metric.is_clear


def test_a_metric_that_some_blocks_lack_is_left_out(made):
    each = made(20)
    each[3].difference.pop("p99")
    assert "p99" not in judged("async", each, RULE).metrics


def test_levels_are_the_medians_of_the_blocks(made):
    each = made(3, noise=0.05)
    medians = tuple(sorted(b.level["throughput"][side] for b in each)[1] for side in (0, 1))
    assert judged("async", each, RULE).metrics["throughput"].levels == medians


def test_no_blocks_say_nothing():
    assert judged("async", [], RULE) == CellResult("async") and not CellResult("async").is_clear


def test_exit_codes():
    assert {str(v): v.exit_code for v in Verdict} == {
        "not regressed": 0,
        "regressed": 1,
        "failed": 2,
        "inconclusive": 3,
        "invalid": 3,
    }
