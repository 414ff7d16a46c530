"""What trials of the gate come to: counts with intervals, simulations called so."""

from __future__ import annotations

import io
import json
import math
import random
import re
from itertools import islice

import pytest
from rich.console import Console

from gating.blocks import Block
from gating.gate import Gates, run_trials
from gating.options import GateOptions
from gating.trials_report import machine_report, moved, repeat_report, resampled, share_text, simulate
from gating.verdict import Decision, Rule, Verdict
from sides.sides import Cell, Served, with_rate
from stats.quantiles import clopper_pearson
from synthetic_gate import blocks, rows, write_gate

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
    assert "- verdicts: inconclusive 1, not regressed 18, regressed 1\n- worse: p99 of async 1\n" in report
    assert "a cell took 30 s (median; at most 45 s)" in report
    assert "async, simulation, resampled: `regressed` 0 of 30" in report and "async: 40 blocks: " in report
    assert figures["regressed"]["hits"] == 1 and figures["simulation"]["async"]["gates"] == 30


def test_power_is_told_with_what_was_burnt_and_what_was_seen_of_it(tmp_path):
    made = {"async": blocks(tmp_path, 40, slowdown=0.04, noise=0.001)}
    report, figures = repeat_report([verdict("regressed")] * 5, made, RULE, 0.04, {"async": 0.0417})
    assert "margin 2 %, slower by 4 %.\n" in report and "- async: burnt 4.17 % more\n" in report
    assert "`regressed`: 5 of 5 (47.8 to 100 %)" in report
    seen = r"async: 40 blocks: capacity -(3.9\d|4.0\d) % \[-4.0\d, -3.9\d\], sd of a block 0.\d\d %"
    assert re.search(seen, report)
    assert "simulation, resampled, slower by 4 %: `regressed` 30 of 30" in report
    assert figures["burnt"] == {"async": 0.0417}


def test_a_machine_is_told_by_the_least_slowdown_it_would_see(tmp_path):
    quiet, loud = (
        machine_report({"async": blocks(tmp_path, 24, noise=noise)}, 2.0, RULE)[1]["async capacity"]
        for noise in (0.005, 0.05)
    )
    seen = [[float(text.removesuffix(" %")) for text in texts] for texts in (quiet, loud)]
    assert all(first < second for first, second in zip(*seen))
    assert seen[0][0] > seen[0][1] > seen[0][2] > 2.0


def level(change: float, **parts) -> Block:
    """A block whose metrics all changed by this log ratio; `parts` are other differences."""
    names = ("capacity", "throughput", "p50", "p99")
    differences = {**dict.fromkeys(names, change), **parts}
    return Block(differences, dict.fromkeys(names, (1.0, 1.0)), (9, 9), (0, 0), False, False)


SPREAD = [level(change) for change in (-0.3, 0.3) * 12]


def test_what_a_machine_would_see_is_said_by_the_time_that_a_gate_may_take():
    """After 15, 30 and 75 blocks of a cell, by 4.37 standard errors."""
    text, figures = machine_report({"async": SPREAD, "pool-8": SPREAD[:2]}, 2.0, RULE)
    least = "The least slowdown that a gate of 2 cells would call here 8 times of 10, at a margin of 2 %:"
    assert text.split("\n- ")[0].splitlines() == [
        least,
        "",
        "|  | 1 min | 2 min | 5 min |",
        "|---|---:|---:|---:|",
        "| async capacity | 31.2 % | 23.7 % | 16.3 % |",
        "| async throughput | 31.2 % | 23.7 % | 16.3 % |",
        "| pool-8 capacity | 40.0 % | 30.7 % | 21.3 % |",
        "| pool-8 throughput | 40.0 % | 30.7 % | 21.3 % |",
    ]
    assert figures["async capacity"] == ["31.2 %", "23.7 %", "16.3 %"]
    assert text.count("\n- ") == 2 and text.endswith("%\n")


def test_blocks_are_said_with_their_mean_its_interval_and_how_they_differ():
    blocks = [level(0.1, p99=0.2), level(0.2, p99=0.2), level(0.3, p99=0.2)]
    for block in blocks[1:]:
        block.difference.pop("p50")  # of one alone nothing is said
    text, _ = machine_report({"async": blocks}, 2.0, RULE)
    assert text.startswith("The least slowdown that a gate of 1 cell would call here")
    changes = "+22.14 % [+9.07, +36.77], sd of a block 10.00 %"  # 0.2 and 1.96 times 0.1 over the root of 3
    tail = "p99 -18.13 % [-18.13, -18.13], sd of a block 0.00 %"  # longer is worse
    assert f"- async: 3 blocks: capacity {changes}; throughput {changes}; {tail}\n" in text


def test_trials_are_reported_whole_with_their_figures():
    verdicts = [verdict("regressed", 40, worse=("p99", "capacity")), verdict("failed", 10, worse=("p99",))]
    verdicts += [verdict("regressed", 100) | {"cells": [], "baseline": "other"}]
    blocks = {"async": SPREAD[:1], "pool-8": []}
    report, figures = repeat_report(verdicts, blocks, Rule(margin=0.05), None, {})
    assert report == (
        "3 real gates of `HEAD` against `main`, margin 5 %.\n"
        "\n"
        "- `regressed`: 2 of 3 (9.43 to 99.2 %)\n"
        "- verdicts: failed 1, regressed 2\n"
        "- worse: capacity of async 1, p99 of async 2\n"
        "- a cell took 20 s (median; at most 100 s)\n"
        "- async: 1 block: too few to say how they differ\n"
        "- async, simulation, resampled: `regressed` 30 of 30 (88.4 to 100 %)\n"
        "- pool-8: 0 blocks: too few to say how they differ\n"
    ).replace("100 s", "2 min")
    assert {name: figures[name] for name in ("gates", "verdicts", "worse", "cell_took_s", "handicap")} == {
        "gates": 3,
        "verdicts": {"regressed": 2, "failed": 1},
        "worse": {"p99 of async": 2, "capacity of async": 1},
        "cell_took_s": [5, 20, 100],
        "handicap": None,
    }
    assert (figures["burnt"], figures["changes"]) == ({}, {"async": {}, "pool-8": {}})
    assert list(figures["simulation"]) == ["async"]
    assert "worse: nothing" in repeat_report([verdict("regressed")], {}, RULE, None, {})[0]


def test_a_simulation_is_the_same_each_time_and_of_what_the_handicap_makes_of_the_blocks():
    """By a rule with which the draw decides."""
    noise, soon = random.Random(4), Rule(alpha_regressed=0.5, alpha_not_regressed=0.1, looks=(5,))
    blocks = [level(noise.gauss(0, 0.02)) for _ in range(40)]
    _, figures = repeat_report([verdict("regressed")], {"async": blocks}, soon, 0.03, {})
    expected, other = (simulate(moved(blocks, 0.03), soon, 30, seed) for seed in (1, 2))
    assert expected != other and figures["handicap"] == 0.03
    simulated = figures["simulation"]["async"]
    assert simulated["verdicts"] == expected
    assert simulated["gates"] == 30 and simulated["regressed"]["hits"] == expected["regressed"]


def test_what_is_drawn_anew_is_runs_of_five_blocks_one_after_the_other():
    drawn = [
        block.difference["p50"] for block in islice(resampled(list(map(level, range(8))), Drawn(6, 0)), 10)
    ]
    assert drawn == [7, 0, 1, 2, 3, 1, 2, 3, 4, 5]


class Drawn:
    """In place of a random number, each of these, which are asked for among eight."""

    def __init__(self, *numbers: int):
        self._numbers = iter(numbers)

    def randrange(self, most: int) -> int:
        assert most == 8
        return next(self._numbers)


def test_blocks_are_moved_by_what_their_centre_lacks_and_keep_their_spread():
    made = moved([level(0.1, p99=0.5), level(0.3, p99=0.9)], 0.2)
    changes = [[block.difference[name] for block in made] for name in ("capacity", "p99")]
    centre = math.log(0.8)
    assert changes == [
        pytest.approx([centre - 0.1, centre + 0.1]),
        pytest.approx([centre - 0.2, centre + 0.2]),
    ]


def test_a_share_is_said_with_its_interval():
    assert share_text(clopper_pearson(0, 20)) == "0 of 20 (0 to 16.8 %)"


class GatesAtOnce(Gates):
    """Each has ten blocks of every cell, and the programs of its candidates are kept."""

    def run(self, cells, folder, seed, padded=None) -> Decision:
        self.about["ran"].append([cell.sides["candidate"].command[1:] for cell in cells])
        write_gate(folder, [row for cell in cells for row in rows(10, noise=0, cell=cell.name)])
        (folder / "verdict.json").write_text(json.dumps(verdict("not regressed")))
        return Decision(Verdict.NOT_REGRESSED, "so", ())


def test_a_candidate_burns_its_share_of_what_the_gate_before_it_measured(tmp_path):
    options = GateOptions.parse("--baseline x --candidate y --repeat 2 --handicap 50%".split())
    about, said = {"baseline": "x", "candidate": "y", "ran": []}, Console(file=io.StringIO())
    served = dict.fromkeys(("baseline", "candidate"), Served(("serve",)))
    cells = with_rate([Cell("async", served, "/", "/")], 9)
    text = run_trials(GatesAtOnce(options, RULE, said, None, None, about), cells, tmp_path)
    burnt = ("--handicap-ns", "49000")  # as much as a request of the baseline takes: half of the whole
    assert about["ran"] == [[(), ()], [burnt, burnt], [burnt, burnt]]
    assert "slower by 50 %.\n" in text
    assert "- async: burnt 100.00 % more\n- async@9: burnt 100.00 % more\n" in text
    assert (tmp_path / "trials.md").read_text() == text
