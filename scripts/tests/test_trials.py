"""What trials of the gate come to: counts with intervals, simulations called so."""

from __future__ import annotations

import pytest

from gating.simulation import blocks_of
from gating.trials_report import aa_report, power_report
from gating.verdict import Rule
from synthetic_gate import quads

RULE = Rule()


@pytest.fixture(autouse=True)
def fewer_simulated_gates(monkeypatch):
    monkeypatch.setattr("gating.trials_report.SIMULATED_GATES", 50)


def test_false_alarms_are_counted_with_their_interval():
    verdicts = ["not regressed"] * 18 + ["inconclusive", "regressed"]
    report, figures = aa_report(verdicts, blocks_of(quads(40)), RULE, simulated=True)
    assert "false `regressed`: 1 of 20 (0.127 to 24.9 %)" in report
    assert "verdicts: inconclusive 1, not regressed 18, regressed 1" in report
    assert "simulation, 40 recorded blocks resampled: `regressed` 0 of 50" in report
    assert figures["false_regressed"]["hits"] == 1 and figures["simulation"]["gates"] == 50


def test_trials_that_are_not_over_are_not_simulated_yet():
    report, figures = aa_report(["not regressed"], blocks_of(quads(12)), RULE, simulated=False)
    assert "simulation" not in report and "simulation" not in figures


def test_power_is_told_by_level_and_for_real_gates():
    levels = {0: (0, quads(32)), 10: (1300, quads(32, slowdown=0.1, seed=4))}
    report, figures = power_report(
        levels, [("regressed", quads(12, slowdown=0.1))] * 4 + [("inconclusive", [])], RULE
    )
    [same] = [line for line in report.splitlines() if line.startswith("| 0 % | 0 | 32 |")]
    [slow] = [line for line in report.splitlines() if line.startswith("| 10 % | 1300 | 32 | -")]
    assert "| 0 of 50" in same and "| 50 of 50" in slow
    assert "At exactly twice the margin (10 %; all 112 quads, of every handicap" in report
    assert "Real gates at 10 %: `regressed` 4 of 5 (28.4 to 99.5 %) (inconclusive 1, regressed 4)." in report
    assert figures["levels"][10]["handicap_ns"] == 1300


def test_a_handicap_that_came_out_too_small_is_simulated_where_it_was_meant_to_be():
    small = {0: (0, quads(32)), 10: (600, quads(32, slowdown=0.05, noise=0.02, seed=4))}
    _, figures = power_report(small, [("regressed", [])], RULE)
    assert figures["levels"][10]["simulation"]["regressed"]["hits"] < 25
    assert figures["twice_the_margin"]["regressed"]["hits"] == 50
