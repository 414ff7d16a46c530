"""What quads say: the margin decides, the levels are shared out, errors count by themselves."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from gating.quad import quads_of
from gating.verdict import (
    CellResult,
    ErrorResult,
    Rule,
    Verdict,
    agrees,
    beyond_margin,
    is_clear,
    judged,
    suspects,
)
from synthetic_gate import quads, slices

RULE = Rule()


def test_a_slowdown_of_the_margin_itself_is_neither_regressed_nor_clear():
    result = judged("async", quads(40, slowdown=RULE.margin, noise=0.02), RULE)
    assert suspects([result], RULE) == []
    assert not is_clear(result, RULE)


def test_the_same_speed_is_clear_and_a_large_slowdown_suspect():
    same, slow = (judged("async", quads(12, slowdown=s), RULE) for s in (0, 0.15))
    assert is_clear(same, RULE) and suspects([same], RULE) == []
    assert suspects([slow], RULE) == [("async", "capacity"), ("async", "observed")]


def test_changes_are_signed_so_that_negative_is_worse():
    result = judged("async", quads(12, slowdown=0.1, noise=0.001), RULE)
    for metric in result.metrics.values():
        assert metric.estimate == pytest.approx(math.log(0.9), abs=0.002)
        assert metric.interval.low < metric.estimate < metric.interval.high


def test_latency_is_shown_and_not_gated():
    result = judged("async", quads(12, slowdown=0.3), RULE)
    assert [m.name for m in result.gated] == ["capacity", "observed"]
    assert result.metrics["p99"].advisory == "advisory"


def test_the_rate_is_the_clients_only_where_the_generator_says_so_of_both_sides():
    bound = judged("async", quads(12, client_bound=True), RULE)
    assert [m.name for m in bound.gated] == ["capacity"]
    assert bound.metrics["observed"].advisory == "client-bound: the generator had no core left on either side"
    # A server that idles leaves the client idle too: its rate is its own.
    for changes in ({"utilisation": 0.55}, {"client_bound": None}):
        assert [m.name for m in judged("async", quads(12, **changes), RULE).gated] == ["capacity", "observed"]
    one_side = [replace(s, client_bound=s.side == "baseline") for s in slices(12)]
    assert "observed" in [m.name for m in judged("async", quads_of(one_side), RULE).gated]


def test_a_server_that_sleeps_and_costs_no_more_is_suspect_by_its_rate():
    dozing = [
        replace(s, throughput_rps=s.throughput_rps * 0.55, server_utilisation=0.54, latency_p99_us=22_000)
        if s.side == "candidate"
        else s
        for s in slices(12)
    ]
    result = judged("async", quads_of(dozing), RULE)
    assert suspects([result], RULE) == [("async", "observed")] and not is_clear(result, RULE)


def test_a_file_of_before_the_generator_was_asked_is_judged_by_its_own_rule():
    full = [replace(s, client_bound=None, generator_utilisation=0.96) for s in slices(12)]
    assert [m.name for m in judged("async", quads_of(full), RULE).gated] == ["capacity"]


def test_a_failed_request_is_never_clear_for_want_of_evidence():
    fast = judged("async", quads(12), RULE)
    for errors, clear in (
        (ErrorResult(more=1, fewer=0, failed=(0, 1)), False),
        (ErrorResult(more=4, fewer=0, failed=(0, 4)), False),
        (ErrorResult(more=5, fewer=5, failed=(9, 9)), False),
        (ErrorResult(more=0, fewer=12, failed=(900, 9)), True),
        (ErrorResult(more=0, fewer=1, failed=(1, 0)), True),
    ):
        assert is_clear(CellResult("async", 12, fast.metrics, errors), RULE) == clear, errors


def test_what_is_only_shown_and_wholly_beyond_the_margin_is_named():
    slow_tail = [
        replace(s, latency_p99_us=s.latency_p99_us * 2) if s.side == "candidate" else s for s in slices(12)
    ]
    assert beyond_margin(judged("async", quads_of(slow_tail), RULE), RULE) == ["p99"]
    assert beyond_margin(judged("async", quads(12), RULE), RULE) == []


def test_the_level_is_divided_over_the_looks_and_the_metrics():
    # p = 2 ** -12 is the least that 12 quads can have: more than 0.01 / 3 divided over 14 tests.
    results = [judged(f"cell {i}", quads(12, slowdown=0.3, seed=i), RULE) for i in range(7)]
    assert results[0].metrics["capacity"].p_regressed == 2**-12
    assert suspects(results[:6], RULE) and not suspects(results, RULE)
    more = [judged(f"cell {i}", quads(24, slowdown=0.3, seed=i), RULE) for i in range(7)]
    assert len(suspects(more, RULE)) == 14


def test_what_could_have_been_seen_is_the_least_shift_that_would_have_been_called():
    made = quads(24, noise=0.05)
    result = judged("async", made, RULE, tests=2)
    metric = result.metrics["capacity"]
    limit = RULE.alpha_regressed / len(RULE.looks) / 2

    def p_if_slower_by(log_slowdown: float) -> float:
        shift = metric.estimate + log_slowdown
        moved = [_shifted(quad, -shift) for quad in made]
        return judged("async", moved, RULE).metrics["capacity"].p_regressed

    assert p_if_slower_by(metric.detectable + 1e-9) <= limit < p_if_slower_by(metric.detectable - 1e-9)
    assert metric.detectable > RULE.log_margin


def _shifted(quad, shift):
    return replace(quad, difference={name: d + shift for name, d in quad.difference.items()})


def test_five_quads_could_have_seen_nothing():
    assert judged("async", quads(5), RULE).metrics["capacity"].detectable == math.inf


def test_errors_that_rise_are_suspect_at_any_speed():
    result = judged("async", quads(12, slowdown=-0.2, failed_share=0.01), RULE)
    assert suspects([result], RULE) == [("async", "errors")]
    assert (result.errors.more, result.errors.fewer) == (12, 0)


def test_errors_that_may_be_rising_are_not_clear():
    few = ErrorResult(more=5, fewer=0, failed=(0, 9))
    fast = judged("async", quads(12), RULE)
    assert is_clear(fast, RULE)
    assert not is_clear(CellResult("async", 12, fast.metrics, few), RULE)


def test_without_an_error_there_is_nothing_to_test_in_errors():
    assert "errors" not in judged("async", quads(12), RULE).p_values


def test_a_repeat_agrees_on_the_metric_that_was_suspect():
    assert agrees("capacity", judged("async", quads(12, slowdown=0.15), RULE), RULE)
    assert not agrees("capacity", judged("async", quads(12), RULE), RULE)
    assert not agrees("errors", judged("async", quads(12, slowdown=0.15), RULE), RULE)


def test_a_metric_that_some_quads_lack_is_left_out():
    made = [replace(s, latency_p99_us=None) if s.quad == 3 else s for s in slices(12)]
    assert "p99" not in judged("async", quads_of(made), RULE).metrics


def test_exit_codes():
    assert {str(v): v.exit_code for v in Verdict} == {
        "not regressed": 0,
        "regressed": 1,
        "failed": 2,
        "inconclusive": 3,
        "invalid": 3,
    }


def test_unless_it_is_said_how_many_tests_there_are_it_is_one():
    made = quads(24)
    assert judged("async", made, RULE).metrics == judged("async", made, RULE, tests=1).metrics
    one, many = (judged("async", made, RULE, tests=n).metrics["capacity"].detectable for n in (1, 50))
    assert one < many


def test_no_quads_say_nothing():
    nothing = judged("async", [], RULE)
    assert (nothing.quads, nothing.metrics, nothing.p_values) == (0, {}, {})
    assert not is_clear(nothing, RULE)


def test_levels_are_the_medians_of_the_quads():
    made = quads(3, noise=0.05)
    medians = tuple(sorted(q.level["observed"][side] for q in made)[1] for side in (0, 1))
    assert judged("async", made, RULE).metrics["observed"].levels == medians


def test_errors_are_more_or_fewer_by_their_share():
    counts, shares = [(1, 2), (2, 1), (3, 3), (0, 0)], [(0.1, 0.2), (0.2, 0.1), (0.3, 0.3), (0.0, 0.0)]
    made = [replace(q, failed=f, failed_share=s) for q, f, s in zip(quads(4), counts, shares)]
    errors = judged("async", made, RULE).errors
    assert (errors.more, errors.fewer, errors.failed) == (1, 1, (6, 6))
    assert ErrorResult(5, 1, (1, 9)).p_regressed == pytest.approx(7 / 64)
    assert ErrorResult(1, 5, (9, 1)).p_not_regressed == pytest.approx(7 / 64)
    assert ErrorResult(0, 0, (9, 0)).p_not_regressed == 0
