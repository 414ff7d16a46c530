"""What quads say: the margin decides, the levels are shared out, errors count by themselves."""

from __future__ import annotations

import math

import pytest

from gating.quad import quads_of
from gating.verdict import CellResult, ErrorResult, Rule, Verdict, agrees, is_clear, judged, suspects
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


def test_the_rate_is_the_clients_unless_both_servers_used_their_core():
    result = judged("async", quads(12, utilisation=0.9), RULE)
    assert [m.name for m in result.gated] == ["capacity"]
    assert result.metrics["observed"].advisory == "client-bound: the server used 90% of its core"


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
    from dataclasses import replace

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
    from dataclasses import replace

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
