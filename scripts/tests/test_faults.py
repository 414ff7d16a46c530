"""What is wrong with a recording: which sentence, of whom, and where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from made_rows import recording, row, said
from metrics.digest import digests
from recordings.recording import Recording
from words.findings import facts_of

RAN = [row("a", 1), row("a", 2)]


def wrong_with(made: Recording) -> list[str]:
    return said(made, "warning")


def warnings(rows: list, **about: Any) -> list[str]:
    return wrong_with(recording(rows, **about))


@pytest.mark.parametrize(
    ("about", "sentences"),
    [
        ({"repetitions": 2}, []),
        ({"finished_at": None, "repetitions": 2}, ["The bench was stopped before its end: 2 of 2 runs are "
                                                   "here."]),
        ({"finished_at": None, "repetitions": 3}, ["The bench was stopped before its end: 2 of 3 runs are "
                                                   "here."]),
        ({"repetitions": 3}, ["Runs left no result: 2 of 3 runs are here."]),
        ({"repetitions": 1}, []),
        ({"skipped": {"x": "no Node", "y": "no Go"}}, ["`x` was skipped: no "
                                                       "Node.", "`y` was skipped: no Go."]),
        ({"runs": [{"variant": "a", "status": "ok", "note": "slow"}]}, []),
        ({"runs": [{"variant": "a", "status": "failed"}]}, ["1 run of `a` failed: no reason given."]),
        (
            {"runs": [{"variant": "a", "status": "failed", "note": f"code {n // 2}"} for n in range(9)]},
            ["9 runs of `a` failed: code 0; code 1; code 2."],
        ),
        (
            {"runs": [{"variant": name, "status": "failed", "note": f"by {name}"} for name in "aba"]},
            ["2 runs of `a` failed: by a.", "1 run of `b` failed: by b."],
        ),
    ],
)  # fmt: skip
def test_what_was_planned_and_is_not_there_is_counted(about: dict[str, Any], sentences: list[str]) -> None:
    assert warnings(RAN, **about) == sentences


def test_files_that_are_missed_are_those_of_which_something_would_be_drawn(tmp_path: Path) -> None:
    def missed(*left_out: str, **about: Any) -> list[str]:
        return wrong_with(recording(RAN, tmp_path, left_out=left_out, **about))

    both = "Missing, and so is what would be drawn from it: `latency.csv` and `throughput.csv`."
    assert missed("summary.csv", "requests.csv") == [both]
    one = "Missing, and so is what would be drawn from it: `latency.csv`."
    assert missed("summary.csv", "requests.csv", "throughput.csv") == [one]
    curve = [{"name": "w", "curve": {"name": "c", "axis": "rate", "at": 1}}]
    assert missed(workloads=curve) == [one.replace("latency", "summary")]


def test_load_generators_that_are_not_there_or_cannot_do_a_workload_are_named() -> None:
    clients = [
        {"name": "loadgen", "there": True, "commands": {"open": ["l"], "closed": ["l"], "fixed": ["l"]}},
        {"name": "ab", "there": True, "commands": {"closed": ["a"], "fixed": ["a"]}},
        {"name": "wrk", "there": True, "commands": {"closed": ["w"]}},
        {"name": "hey", "there": False},
    ]
    workloads = [
        {"name": "open", "rate_rps": 1000, "requests": 10},
        {"name": "closed"},
        {"name": "fixed", "requests": 100},
        {"name": "burst", "requests": 100},
    ]
    rows = [row("nginx", client=client, workload=entry["name"]) for client in ("loadgen", "ab", "wrk")
            for entry in workloads]  # fmt: skip
    about = {"clients": clients, "workloads": workloads, "planned": {"loadgen": {}, "ab": {}, "wrk": {}}}
    pinned = [
        "Not installed, so not here: `hey`.",
        "No part in `open`, having no such load: `ab` and `wrk`.",
        "No part in `fixed`, having no such load: `wrk`.",
        "No part in `burst`, having no such load: `loadgen`, `ab` and `wrk`.",
    ]
    assert warnings(rows, **about, pinned=True) == pinned
    shared = "Nothing was pinned: server and clients shared one core, so the rates are of both together."
    assert warnings(rows, **about, pinned=False) == [pinned[0], shared, *pinned[1:]]


def invalid(variant: str, repetition: int = 1, reasons: str = "late: 3 ms", **others: Any) -> Any:
    return row(variant, repetition, verdict="invalid", reasons=reasons, **others)


def test_invalid_runs_are_told_by_kinds_of_reasons() -> None:
    [one] = warnings([invalid("a"), row("a", 2)])
    assert one == (
        "Invalid and left out of the medians: 1 of 2 runs, as the generator could not keep its promise (1 as "
        "this: late: 3 ms)."
    )  # fmt: skip
    rows = [invalid("a", 1, "late: 3 ms; no files"), invalid("a", 2, "late: 4 ms"), row("a", 3), row("b", 3)]
    [two] = warnings(rows)
    assert "medians: 2 of 4 runs," in two
    assert two.endswith("(2 as this: late: 3 ms; 1 as this: no files).")
    alike = warnings([invalid("a", 1), invalid("a", 2), row("a", 3)])[0]
    assert alike.endswith("promise (2 as this: late: 3 ms).")
    assert warnings([invalid("a", reasons=None), row("a", 2)])[0].endswith("promise (no reason given).")


def test_who_has_no_valid_run_is_named_unless_it_was_a_probe_of_a_search() -> None:
    lost = [invalid("a"), row("b")]
    assert warnings(lost)[1:] == ["No valid run, so shown and not ranked: `a` under `w`."]
    assert warnings([*lost, invalid("c")])[1:] == [
        "No valid run, so shown and not ranked: `a` under `w` and `c` under `w`."
    ]
    assert len(warnings([*lost, row("a", 2)])) == 1, "another of its runs counts"
    assert len(warnings(lost, workloads=[{"name": "another"}])) == 1, "a probe is not declared"
    failed = warnings([row("a", ok=99, reset=1), row("b")])
    assert not any("No valid run" in text for text in failed), "that requests failed is told otherwise"


def test_requests_that_failed_are_counted_unless_more_was_offered_than_could_be_served() -> None:
    rows = [row("a", ok=90, timed_out=8, http_error=2), row("b"), row("c", ok=99, reset=1)]
    assert warnings(rows) == [
        "11 of 300 requests failed. `a` under `w`: 2 http error, 8 timed out. `c` under `w`: 1 reset. Their "
        "runs are not ranked."
    ]
    assert warnings(rows, workloads=[{"name": "w", "capacity": "c"}]) == []


def test_facts_are_of_runs_that_count() -> None:
    rows = [row("a", saturated=True), row("b", client_bound=True, generator_bound=True), row("c", 1),
            invalid("c", 2, saturated=True)]  # fmt: skip
    told = warnings(rows)[1:]
    assert [text.partition(",")[0] for text in told] == ["Generator-bound", "Client-bound", "Saturated"]
    assert [text.rpartition(": ")[2] for text in told] == [
        "`b` under `w`.",
        "`b` under `w`.",
        "`a` under `w`.",
    ]
    facts = [facts_of(digest) for digest in digests(recording(rows))]
    assert facts == [["saturated"], ["generator_bound", "client_bound"], []]
