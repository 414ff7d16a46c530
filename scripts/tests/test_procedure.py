"""The way to a verdict: which looks are taken and when it ends."""

from __future__ import annotations

import pytest

from gating.blocks import BenchmarkFailed, InvalidMeasurement
from gating.trials_report import moved, simulate
from gating.verdict import Rule, Verdict, decide
from synthetic_gate import blocks

RULE = Rule()
FIRST, LAST = RULE.looks[0], RULE.looks[-1]


@pytest.fixture
def made(tmp_path):
    return lambda count, **changes: blocks(tmp_path, count, **changes)


class Made:
    """A source of made-up blocks, by cell; it notes how many it gave."""

    def __init__(self, blocks_by_cell, limit=10_000):
        self._made = blocks_by_cell
        self._limit = limit
        self.given = dict.fromkeys(blocks_by_cell, 0)

    def __call__(self, cell):
        if sum(self.given.values()) >= self._limit or self.given[cell] >= len(self._made[cell]):
            return None
        self.given[cell] += 1
        return self._made[cell][self.given[cell] - 1]


def unclear(made):
    """As slow as the margin."""
    return moved(made(LAST, noise=0.012), RULE.margin)


def test_a_clear_case_is_over_at_the_first_look(made):
    source = Made({"a": made(LAST, noise=0.005)})
    assert decide(["a"], RULE, source).verdict is Verdict.NOT_REGRESSED
    assert source.given == {"a": FIRST}


def test_a_regression_is_called_at_the_first_look_that_shows_it(made):
    source = Made({"a": made(LAST, slowdown=0.15)})
    decision = decide(["a"], RULE, source)
    assert decision.verdict is Verdict.REGRESSED
    assert decision.reason == "capacity of a, throughput of a, p99 of a: worse by more than the margin"
    assert source.given["a"] in RULE.looks[:3]


def test_only_cells_that_are_undecided_are_looked_at_again(made):
    source = Made({"a": made(LAST, noise=0.005), "b": unclear(made)})
    decision = decide(["a", "b"], RULE, source)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert source.given == {"a": FIRST, "b": LAST}
    assert decision.reason == f"{LAST} blocks decide nothing: still open: capacity of b, throughput of b"


def test_one_slow_cell_is_enough(made):
    source = Made({"a": made(LAST, noise=0.005), "b": made(LAST, slowdown=0.15)})
    decision = decide(["a", "b"], RULE, source)
    assert decision.verdict is Verdict.REGRESSED and decision.reason.startswith("capacity of b")


def test_cells_take_turns_and_what_a_look_shows_is_told(made):
    steps, looks = [], []
    source = Made({"a": made(FIRST, noise=0.005), "b": made(FIRST, noise=0.005)})

    def turn(cell):
        block = source(cell)
        steps.append([*source.given.values()])
        return block

    decide(["a", "b"], RULE, turn, lambda results: looks.append([r.blocks for r in results]))
    assert steps[:4] == [[1, 0], [1, 1], [2, 1], [2, 2]] and steps[-1] == [FIRST, FIRST]
    assert looks == [[FIRST, FIRST]]


@pytest.mark.parametrize("limit", [0, 5, FIRST + 1, FIRST + 9])
def test_a_budget_that_is_over_is_inconclusive(made, limit):
    decision = decide(["a"], RULE, Made({"a": unclear(made)}, limit))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "were over before the look at" in decision.reason
    assert ("nothing was measured" in decision.reason) == (limit == 0)


@pytest.mark.parametrize(("slowdown", "verdict"), [(0.15, Verdict.REGRESSED), (0.0, Verdict.NOT_REGRESSED)])
def test_when_a_budget_is_over_what_there_is_has_the_look_that_will_not_be_made(made, slowdown, verdict):
    source = Made({"a": made(FIRST, slowdown=slowdown, noise=0.005)}, FIRST - 1)
    decision = decide(["a"], RULE, source)
    assert decision.verdict is verdict and decision.results[0].blocks == FIRST - 1


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [(BenchmarkFailed("the candidate died"), Verdict.FAILED), (InvalidMeasurement("gaps"), Verdict.INVALID)],
)
def test_a_failure_keeps_what_was_measured(made, failure, verdict):
    class Failing(Made):
        def __call__(self, cell):
            if self.given[cell] >= 5:
                raise failure
            return super().__call__(cell)

    decision = decide(["a"], RULE, Failing({"a": made(FIRST)}))
    assert (decision.verdict, decision.reason) == (verdict, str(failure))
    assert decision.results[0].blocks == 5


def test_simulated_gates_of_the_same_build_do_not_fail_and_of_a_slow_one_do(made):
    recorded = made(40)
    assert simulate(recorded, RULE, gates=60, seed=1)["regressed"] == 0
    assert simulate(moved(recorded, 0.05), RULE, gates=60, seed=1)["regressed"] >= 58


def test_what_was_moved_is_slower_by_exactly_that(made):
    from gating.verdict import judged

    metrics = judged("a", moved(made(30), 0.1), RULE).metrics.values()
    assert [m.estimate for m in metrics] == pytest.approx([-0.10536] * 4, abs=1e-4)


def test_what_is_only_shown_and_beyond_the_margin_is_named_with_its_cell(made):
    slow = made(LAST, noise=0.005, changes={"latency_p50_us": 1.5})
    decision = decide(["a", "b"], RULE, Made({"a": made(LAST, noise=0.005), "b": slow}))
    assert decision.verdict is Verdict.INCONCLUSIVE and decision.beyond_margin == ["p50 of b"]
