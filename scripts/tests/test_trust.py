"""How far loadgen is from the packets, and how often the gate is wrong, as tables."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import recording, row
from pages.readme import error_rates_table, errors_table
from pages.tables import wire_table
from recordings.recording import Recording
from text.table import Table


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in cells] for cells in table.rows]


def headings(table: Table) -> list[str]:
    return [column.heading for column in table.columns]


def captured(told_us: dict[tuple[str, str, int], tuple[float | None, ...]], **of_run: Any) -> Recording:
    """What each client told of a workload in a repetition as p50, p99 and p99.9, where the wire has 1 ms."""
    rows = [row("s", n, workload, client=client, **of_run) for client, workload, n in told_us]
    made = recording(rows, clients=[{"name": name} for name in dict.fromkeys(r.client for r in rows)])
    made.wire = [
        SimpleNamespace(**vars(run), quantile=name, told_us=us, wire_us=1000.0, measure="service", left_out=3)
        for run, told in zip(rows, told_us.values())
        for name, us in zip(("p50", "p99", "p99_9"), told)
    ]
    return made


def test_the_error_of_a_generator_is_that_of_the_workload_where_it_is_the_farthest_off():
    table = errors_table(
        captured(
            {
                ("loadgen", "w", 1): (1010, 1000, 1030),
                ("loadgen", "w", 2): (1000, 1000, 1010),
                ("loadgen", "w", 3): (1090, 1000, 1020),
                ("loadgen", "v", 1): (980, 1000.4, None),
                ("loadgen", "v", 2): (990, 1000.4, 1050),
                ("loadgen-by-read", "w", 1): (1500, 1600, 700),
                ("wrk", "w", 1): (9000, 9000, 9000),
            }
        )
    )
    assert [column.is_words for column in table.columns] == [True] + [False] * 4
    assert headings(table)[1:] == ["p50, at most", "p99, at most", "p99.9, at most", "workloads"]
    assert texts(table) == [
        ["when the kernel received its last byte", "-1.5 %", "+0.0 %", "+5.0 %", "2"],
        ["when it was read, as other generators have it (`--done-by "
         "read`)", "+50.0 %", "+60.0 %", "-30.0 %", "1"],
    ]  # fmt: skip


def test_runs_that_do_not_count_say_nothing_of_the_instrument():
    five = (5000, 5000, 5000)
    made = captured(
        {("loadgen", "w", 1): (1010, 1020, 1030), ("loadgen", "w", 2): five, ("wrk", "w", 1): five}
    )
    for lost in made.summary[1:]:
        lost.verdict = "invalid"
    [[_, *errors, workloads]] = texts(errors_table(made))
    assert (errors, workloads) == (["+1.0 %", "+2.0 %", "+3.0 %"], "1")
    assert texts(wire_table(made)) == [
        ["w", "loadgen", "service", "1.01 ms / 1.00 ms", "1.02 ms / 1.00 ms", "1.03 ms / 1.00 ms", "3 of 103"]
    ]


def test_a_narrow_terminal_does_without_the_middle_and_without_the_measure():
    table = wire_table(captured({("loadgen", "w", 1): (1000, 1000, 1000)}))
    assert [column.expendable for column in table.columns] == [0, 0, 2, 1, 0, 0, 0]
    assert [column.is_words for column in table.columns] == [True] * 3 + [False] * 4


def trial(folder: Path, gates: int, verdicts: dict[str, int], **settings: Any) -> None:
    folder.mkdir()
    same = {"handicap": None, "margin": 0.05, "baseline": "main", "candidate": "main"}
    (folder / "settings.json").write_text(json.dumps(same | settings))
    (folder / "trials.json").write_text(json.dumps({"gates": gates, "verdicts": verdicts}))


@pytest.fixture
def trials(tmp_path: Path) -> Path:
    trial(tmp_path / "a", 20, {"regressed": 20}, handicap=0.05)
    trial(tmp_path / "b", 30, {"not regressed": 12}, handicap=0.049)
    trial(tmp_path / "c", 1200, {"not regressed": 1190, "inconclusive": 10})
    trial(tmp_path / "d", 10, {"regressed": 9, "not regressed": 1}, candidate="slow")
    trial(tmp_path / "e", 800, {"not regressed": 700, "regressed": 3})
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "trials.json").write_text(json.dumps({"replayed": 7}))
    return tmp_path


def test_gates_with_a_candidate_of_one_kind_are_added_up(trials: Path):
    table = error_rates_table(trials)
    assert headings(table) == [
        "the candidate", "gates", "called slower", "which is, with 95 % confidence", "passed"
    ]  # fmt: skip
    assert [column.is_words for column in table.columns] == [True] + [False] * 4
    assert texts(table) == [
        ["is the same code", "2,000", "3", "0 to 0 %", "1,890"],
        ["burns more CPU, by less than the margin", "30", "0", "0 to 12 %", "12"],
        ["burns more CPU, by twice the margin or more", "20", "20", "83 to 100 %", "0"],
        [
            "is slower in another way: sleeps, locks, fails, or does more in Node or Python",
            "10", "9", "55 to 100 %", "1",
        ],
    ]  # fmt: skip
