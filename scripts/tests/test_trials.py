"""What trials of the gate come to: counts with intervals, simulations called so."""

from __future__ import annotations

import re

import pytest

from gating.trials_report import machine_report, repeat_report
from gating.verdict import Rule
from synthetic_gate import blocks

RULE = Rule()


@pytest.fixture(autouse=True)
def fewer_simulated_gates(monkeypatch):
    monkeypatch.setattr("gating.trials_report.SIMULATED_GATES", 30)


def verdict(word, took_s=60.0, worse=()):
    cells = [{"cell": "async", "worse": worse}, {"cell": "thread-per-request", "worse": ()}]
    return {"verdict": word, "took_s": took_s, "cells": cells, "baseline": "main", "candidate": "HEAD"}


def test_false_alarms_are_counted_with_their_interval(tmp_path):
    verdicts = [verdict("not regressed")] * 18
    verdicts += [verdict("inconclusive"), verdict("regressed", 90, worse=("p99",))]
    report, figures = repeat_report(verdicts, {"async": blocks(tmp_path, 40)}, RULE, None, {})
    assert "20 real gates of `HEAD` against `main`, margin 2 %.\n" in report
    assert "`regressed`: 1 of 20 (0.127 to 24.9 %)" in report
    assert "verdicts: inconclusive 1, not regressed 18, regressed 1; worse: p99 of async 1" in report
    assert "a cell took 30 s (median; at most 45 s)" in report
    assert "async, simulation, 40 recorded blocks resampled: `regressed` 0 of 30" in report
    assert figures["regressed"]["hits"] == 1 and figures["simulation"]["async"]["gates"] == 30


def test_power_is_told_with_what_was_burnt_and_what_was_seen_of_it(tmp_path):
    made = {"async": blocks(tmp_path, 40, slowdown=0.04, noise=0.001)}
    report, figures = repeat_report([verdict("regressed")] * 5, made, RULE, 0.04, {"async": 0.0417})
    assert "margin 2 %, slower by 4 % (async burnt 4.17 % more)." in report
    assert "`regressed`: 5 of 5 (47.8 to 100 %)" in report
    seen = r"async: 40 blocks: capacity -(3.9\d|4.0\d) % \[-4.0\d, -3.9\d\], sd of a block 0.\d\d %"
    assert re.search(seen, report)
    assert "moved to exactly 4 %: `regressed` 30 of 30" in report
    assert figures["burnt"] == {"async": 0.0417}


def test_a_machine_is_told_by_the_least_slowdown_it_would_see(tmp_path):
    quiet, loud = (
        machine_report({"async": blocks(tmp_path, 24, noise=noise)}, 2.0, RULE)[1]["async capacity"]
        for noise in (0.005, 0.05)
    )
    seen = [[float(text.removesuffix(" %")) for text in texts] for texts in (quiet, loud)]
    assert all(first < second for first, second in zip(*seen))
    assert seen[0][0] > seen[0][1] > seen[0][2] > 2.0
