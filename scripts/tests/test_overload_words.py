"""What overload did, in whole sentences: what is left, what was spent on nobody, when it was over."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import recording, row
from metrics.curves import curves_of
from metrics.digest import digests
from metrics.overload import Recovery
from words.curve_words import sentences
from words.findings import recovery_sentences, recovery_text
from words.phrases import percent


def left(variant: str, at: int, share: float, **others: Any) -> SimpleNamespace:
    """A run at a load in per cent, of whose capacity of 1,000/s this share was answered in time."""
    return row(variant, workload=f"o-{at}", capacity_rps=1000.0, throughput_rps=1000 * share, **others)


def said(rows: list[SimpleNamespace], **entry: Any) -> list[str]:
    places = dict.fromkeys(int(row.workload[2:]) for row in rows)
    workloads = [
        {"name": f"o-{at}", "timeout_ms": 999, "curve": {"name": "o", "axis": "load", "at": at}} | entry
        for at in places
    ]
    made = recording(rows, workloads=workloads)
    [curve] = curves_of(made, digests(made))
    return list(sentences(curve))


SPENT = {"capacity_cpu_us_per_request": 1000.0, "server_utilisation": 0.5, "duration_s": 1.0}


def test_what_is_left_of_each_is_told_the_most_first():
    first, wasted = said(
        [
            left("poor", 100, 0.89), left("poor", 300, 0.1, **SPENT),
            left("poor-limited", 100, 1.0), left("poor-limited", 300, 0.94),
            left("rich", 300, 1.0, **SPENT | {"ok": 300}), left("rich", 300, 0.9, **SPENT | {"ok": 300}),
            row("unknown", workload="o-300", capacity_rps=None),
        ],
        retries=1,
    )  # fmt: skip
    assert first == (
        "**o**: offered 3 times its own capacity by clients that ask again 1 time, each still answers, "
        "within 999 ms, of that capacity: `rich` 95 % (90 to 100 %), `poor-limited` 94 % and `poor` 10 %."
    )  # fmt: skip
    assert wasted == (
        "**o**: of the CPU it used there, for replies nobody waited for: `rich` 40 % and `poor` 80 %."
    )


@pytest.mark.parametrize(("retries", "asked"), [(2, " by clients that ask again 2 times"), (0, ""),
                                                (7, " by clients that ask again 7 times")])  # fmt: skip
def test_how_often_clients_ask_again_is_told(retries: int, asked: str):
    [only] = said([left("a", 250, 1.0)], retries=retries)
    assert only.startswith(f"**o**: offered 2.5 times its own capacity{asked}, each still")


def test_without_a_capacity_nothing_is_said():
    assert said([row("a", workload="o-300", capacity_rps=None)]) == []


def recovered(*after_ms: float | None, watched_ms: float = 1000) -> list[Recovery]:
    return [Recovery([], 0, 0, 0, watched_ms, after) for after in after_ms]


@pytest.mark.parametrize(
    ("after_ms", "text"),
    [
        ([999], "999 ms"),
        ([200, 200], "200 ms"),
        ([400, 200], "300 ms (200 to 400 ms)"),
        ([0, 300], "150 ms (0 µs to 300 ms)"),
        ([None, 0, 300], "300 ms (0 µs to 1.00 s), in 1 run of 3 not while it was watched"),
        ([None, 100, None], "at least 1.00 s (100 ms to 1.00 s), in 2 runs of 3 not while it was watched"),
        ([None, None], "at least 1.00 s"),
    ],
)
def test_the_time_to_recover_counts_who_was_not_seen_to_as_longer_than_all(after_ms, text):
    assert recovery_text(recovered(*after_ms)) == text


def test_recoveries_are_told_of_workloads_with_steps_alone():
    rows = [row(name, workload=workload, rows_cut=False) for workload in ("s", "w") for name in "ab"]
    made = recording(
        rows, workloads=[{"name": "s", "steps": [[1000, 60], [500, 250], [2000, 60]]}, {"name": "w"}]
    )
    made.requests = [
        SimpleNamespace(**vars(run) | {"due_us": at * 1e3, "latency_us": us, "outcome": "ok"})
        for run in rows
        for at in range(0, 3500, 100)
        for us in [9000 if run.variant == "b" and 1000 <= at < 1700 else 2000]
    ]
    assert list(recovery_sentences(made, digests(made))) == [
        "**s**: after 500 ms of 2.5 times its capacity, back at 60 % of it, p99 is what it was (twice it at "
        "most) after: `a` 0 µs and `b` 200 ms."
    ]  # fmt: skip
    assert percent(0.5) == "50 %"
