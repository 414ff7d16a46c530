"""What trials of the gate come to: counts with intervals, simulations called so."""

from __future__ import annotations

import pytest

from gating.trials_report import Level, aa_report, machine_report, power_report
from gating.verdict import Rule
from synthetic_gate import blocks

RULE = Rule()


@pytest.fixture(autouse=True)
def fewer_simulated_gates(monkeypatch):
    monkeypatch.setattr("gating.trials_report.SIMULATED_GATES", 30)


def verdict(word, took_s=60.0):
    return {"verdict": word, "took_s": took_s, "cells": [{}, {}]}


def test_false_alarms_are_counted_with_their_interval(tmp_path):
    verdicts = [verdict("not regressed")] * 18 + [verdict("inconclusive"), verdict("regressed", 90)]
    report, figures = aa_report(verdicts, {"async": blocks(tmp_path, 40)}, RULE)
    assert "`regressed`: 1 of 20 (0.127 to 24.9 %)" in report
    assert "verdicts: inconclusive 1, not regressed 18, regressed 1" in report
    assert "a cell took 30 s (median; at most 45 s)" in report
    assert "async, simulation, 40 recorded blocks resampled: `regressed` 0 of 30" in report
    assert figures["regressed"]["hits"] == 1 and figures["simulation"]["async"]["gates"] == 30


def test_power_is_told_by_level_and_for_real_gates(tmp_path):
    levels = [Level("async", 10, 1300, blocks(tmp_path, 24, slowdown=0.1, noise=0.001))]
    gates = {"async": blocks(tmp_path, 40, slowdown=0.03, seed=4)}
    report, figures = power_report(levels, [verdict("regressed")] * 5, gates, 0.04, RULE)
    assert "| async | -10 % | 1300 | 24 | -10.0 % [-10.1, -9.9] |" in report
    assert "Real gates at 4 %:" in report and "`regressed`: 5 of 5 (47.8 to 100 %)" in report
    assert "moved to exactly 4 %, simulation, 40 recorded blocks resampled: `regressed` 30 of 30" in report
    assert figures["levels"][0]["handicap_ns"] == 1300


def test_a_machine_is_told_by_the_least_slowdown_it_would_see(tmp_path):
    quiet, loud = (
        machine_report({"async": blocks(tmp_path, 24, noise=noise)}, 2.0, RULE)[1]["async capacity"]
        for noise in (0.005, 0.05)
    )
    seen = [[float(text.removesuffix(" %")) for text in texts] for texts in (quiet, loud)]
    assert all(first < second for first, second in zip(*seen))
    assert seen[0][0] > seen[0][1] > seen[0][2] > 2.0
