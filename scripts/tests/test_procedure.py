"""The way to a verdict: which looks are taken, when a repeat is asked for, when it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gating.procedure import BenchmarkFailed, InvalidMeasurement, decide
from gating.quad import MAIN, REPEAT
from gating.simulation import blocks_of, simulate
from gating.verdict import Rule, Verdict, judged
from synthetic_gate import quads

RULE = Rule()


class Made:
    """A source of made-up quads, by cell and stage; it notes how many were asked for."""

    def __init__(self, quads_by_stage, limit=10_000):
        self._made = quads_by_stage
        self._limit = limit
        self.given = {}

    def quads(self, cell, stage, first, count):
        found = self._made[cell, stage][first : first + count]
        found = found[: max(self._limit - sum(self.given.values()), 0)]
        self.given[cell, stage] = self.given.get((cell, stage), 0) + len(found)
        return found


def test_a_clear_case_is_over_at_the_first_look():
    source = Made({("a", MAIN): quads(40)})
    assert decide(["a"], RULE, source).verdict is Verdict.NOT_REGRESSED
    assert source.given == {("a", MAIN): 12}


def test_a_regression_is_called_only_when_a_fresh_repeat_agrees():
    slow = quads(40, slowdown=0.15)
    source = Made({("a", MAIN): slow, ("a", REPEAT): quads(40, slowdown=0.15, seed=2)})
    decision = decide(["a"], RULE, source)
    assert decision.verdict is Verdict.REGRESSED
    assert decision.cells[0].regressed == ("capacity", "observed")
    assert source.given == {("a", MAIN): 12, ("a", REPEAT): 12}


def test_a_repeat_that_does_not_agree_leaves_it_to_the_next_look():
    slow, same = quads(40, slowdown=0.15), quads(40, seed=2)
    source = Made({("a", MAIN): slow, ("a", REPEAT): same})
    decision = decide(["a"], RULE, source)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "looked worse after 40 quads, but not in a fresh repeat" in decision.reason
    assert source.given == {("a", MAIN): 40, ("a", REPEAT): 40}
    # The first twelve of the repeat were luck; with as many quads as the second look has it agrees.
    late = same[:12] + quads(28, slowdown=0.25, seed=3)
    source = Made({("a", MAIN): slow, ("a", REPEAT): late})
    assert decide(["a"], RULE, source).verdict is Verdict.REGRESSED
    assert source.given[("a", REPEAT)] > 12


def test_only_cells_that_are_undecided_are_looked_at_again():
    unclear = quads(40, slowdown=0.05, noise=0.05, seed=3)
    source = Made({("a", MAIN): quads(40), ("b", MAIN): unclear})
    decision = decide(["a", "b"], RULE, source)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert source.given == {("a", MAIN): 12, ("b", MAIN): 40}
    assert [state.verdict for state in decision.cells] == [Verdict.NOT_REGRESSED, Verdict.INCONCLUSIVE]


def test_one_slow_cell_is_enough_and_only_it_is_repeated():
    slow = {("b", MAIN): quads(40, slowdown=0.15), ("b", REPEAT): quads(40, slowdown=0.15, seed=2)}
    source = Made({("a", MAIN): quads(40)} | slow)
    decision = decide(["a", "b"], RULE, source)
    assert decision.verdict is Verdict.REGRESSED
    assert "capacity of b" in decision.reason
    assert source.given == {("a", MAIN): 12, ("b", MAIN): 12, ("b", REPEAT): 12}


def test_cells_take_turns():
    steps = []
    source = Made({("a", MAIN): quads(12), ("b", MAIN): quads(12)})
    decide(["a", "b"], RULE, source, lambda states, step: steps.append([len(s.main) for s in states]))
    assert steps == [[4, 0], [4, 4], [8, 4], [8, 8], [12, 8], [12, 12]]


@pytest.mark.parametrize("limit", [0, 10, 16, 30])
def test_a_budget_that_is_over_is_inconclusive(limit):
    unclear = quads(40, slowdown=0.05, noise=0.05, seed=3)
    decision = decide(["a"], RULE, Made({("a", MAIN): unclear}, limit))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "were over before the look at" in decision.reason


def test_what_stands_in_the_way_of_a_pass_is_named():
    rare = quads(12)
    rare[3] = replace(rare[3], failed=(0, 1), failed_share=(0.0, 1e-5))
    decision = decide(["a"], RULE, Made({("a", MAIN): rare}))
    assert (decision.verdict, decision.reason) == (
        Verdict.INCONCLUSIVE,
        "the time or the quads were over before the look at 24; still open: errors of a",
    )


def test_a_budget_that_is_over_within_the_repeat_is_inconclusive():
    slow = {("a", MAIN): quads(40, slowdown=0.15), ("a", REPEAT): quads(40, slowdown=0.15, seed=2)}
    decision = decide(["a"], RULE, Made(slow, limit=20))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "the time was over before the repeat was" in decision.reason


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [(BenchmarkFailed("the candidate died"), Verdict.FAILED), (InvalidMeasurement("gaps"), Verdict.INVALID)],
)
def test_a_failure_keeps_what_was_measured(failure, verdict):
    class Failing(Made):
        def quads(self, cell, stage, first, count):
            if first >= 8:
                raise failure
            return super().quads(cell, stage, first, count)

    decision = decide(["a"], RULE, Failing({("a", MAIN): quads(40)}))
    assert (decision.verdict, decision.reason) == (verdict, str(failure))
    assert len(decision.cells[0].main) == 8


def test_simulated_gates_of_the_same_build_do_not_fail_and_of_a_slow_one_do():
    same = simulate(blocks_of(quads(40, noise=0.06)), RULE, gates=100, seed=1)
    slow = simulate(blocks_of(quads(40, slowdown=0.15, noise=0.03)), RULE, gates=100, seed=1)
    assert same[Verdict.REGRESSED] == 0
    assert slow[Verdict.REGRESSED] >= 99


def test_blocks_are_the_quads_of_one_pair_of_servers():
    assert [len(block) for block in blocks_of(quads(10, per_block=4))] == [4, 4, 2]


def test_what_could_have_been_seen_is_of_all_tests_of_the_gate():
    source = Made({("a", MAIN): quads(40), ("b", MAIN): quads(40, seed=2)})
    decision = decide(["a", "b"], RULE, source)
    first, second = decision.results(RULE)
    for result, state in zip((first, second), decision.cells):
        assert result.metrics == judged(state.cell, state.main, RULE, tests=4).metrics
    assert first.metrics != judged("a", decision.cells[0].main, RULE).metrics


def test_a_gate_that_measured_nothing_has_no_results():
    decision = decide(["a"], RULE, Made({("a", MAIN): []}))
    assert [result.metrics for result in decision.results(RULE)] == [{}]
    assert decision.beyond_margin(RULE) == []


def test_what_is_only_shown_and_beyond_the_margin_is_named_with_its_cell():
    slow = [replace(q, difference=q.difference | {"p99": -1.0}) for q in quads(40)]
    decision = decide(["a", "b"], RULE, Made({("a", MAIN): quads(40), ("b", MAIN): slow}))
    assert decision.beyond_margin(RULE) == ["p99 of b"]


def test_each_step_is_told_with_how_far_it_is():
    steps = []
    slow = {("a", MAIN): quads(40, slowdown=0.15), ("a", REPEAT): quads(40, slowdown=0.15, seed=2)}
    decide(["a"], RULE, Made(slow), lambda _, step: steps.append(step))
    assert steps == [
        *("a, quads 4 of 12", "a, quads 8 of 12", "a, quads 12 of 12"),
        *("a, repeat 4 of 12", "a, repeat 8 of 12", "a, repeat 12 of 12"),
    ]


def test_the_last_quads_of_a_look_are_no_more_than_it_takes():
    rule = Rule(looks=(6,))
    source = Made({("a", MAIN): quads(40)})
    asked = []
    given = source.quads
    source.quads = lambda cell, stage, first, count: asked.append((first, count)) or given(
        cell, stage, first, count
    )
    decide(["a"], rule, source)
    assert asked == [(0, 4), (4, 2)]


@pytest.mark.parametrize(("margin", "told"), [(0.05, "5 %"), (0.125, "12.5 %")])
def test_a_pass_says_its_margin(margin, told):
    decision = decide(["a"], Rule(margin=margin), Made({("a", MAIN): quads(40)}))
    assert decision.reason == f"no gated metric is worse by {told}"
