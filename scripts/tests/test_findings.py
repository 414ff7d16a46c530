"""The sentences follow the data: another recording, other sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import synthetic
from metrics.digest import Spread, digests
from words.findings import MAKESPAN, Finding, findings, level_text, ties
from recordings.recording import Recording
from synthetic import MODELS, Spec

Say = Callable[[Spec], list[Finding]]


@pytest.fixture
def say(tmp_path: Path) -> Say:
    def build_and_say(spec: Spec) -> list[Finding]:
        recording = Recording.load(synthetic.build(tmp_path / "r", spec))
        return findings(recording, digests(recording))

    return build_and_say


def texts(found: list[Finding], kind: str) -> str:
    return "\n".join(f.text for f in found if f.kind == kind)


def test_ties_need_overlap_or_close_medians() -> None:
    a = Spread(50, 49, 52, runs=5)
    assert ties(a, Spread(60, 51, 70, runs=5))
    assert ties(a, Spread(52.4, 52.3, 52.5, runs=5))
    assert not ties(a, Spread(55, 54, 56, runs=5))
    assert ties(a, Spread(55, 55, 55, runs=1))


def test_the_fastest_the_tied_and_the_slow_are_told_apart(say: Say) -> None:
    said = texts(say(Spec(repetitions=3)), "result")
    assert "`async-2` and `async` tie at" in said
    assert "`sequential` 5.01 s (94×)" in said
    assert "`pool-8` (serving 8 at a time) and `sequential` (serving 1 at a time) are slow by model" in said
    assert "All 45 runs are valid, and all 4,500 requests succeeded." in said


def test_what_the_same_speed_costs_is_said_with_threads_and_memory(say: Say) -> None:
    said = texts(say(Spec()), "result")
    assert "`thread-per-request` needs 101 threads, 5.98 MiB" in said
    assert "`async` needs 1 thread, 3.83 MiB" in said


def test_who_is_fastest_changes_with_the_data(say: Say) -> None:
    slow_async = replace(MODELS["async"], start_us=900.0)
    spec = Spec(
        models={"async": slow_async, "thread-per-request": MODELS["thread-per-request"]}, repetitions=3
    )
    said = texts(say(spec), "result")
    assert "`thread-per-request` was fastest with 58" in said
    assert "`async` took" in said


def test_short_requests_that_queue_behind_long_ones_are_named(say: Say) -> None:
    said = texts(say(Spec(workloads={"mixed": {"long": 20, "short": 80}})), "result")
    assert "99 % of the short ones were answered within 3." in said
    assert "Under `pool-8` and `sequential` they queue behind the long ones (50 ms each)." in said


def test_variants_that_failed_requests_are_named_and_not_ranked(say: Say) -> None:
    said = say(Spec(workloads={"all-long": {"long": 100}}, failures={("async", "all-long", 1): 3}))
    assert "3 of 1,000 requests failed. `async` under `all-long`: 3 reset." in texts(said, "warning")
    assert "`async`" not in texts(said, "result").splitlines()[0]


def test_invalid_runs_are_counted_with_their_reasons(say: Say) -> None:
    invalid = {("async", "all-long", n): "lag p99 above 1 ms" for n in (1, 2)}
    said = say(Spec(workloads={"all-long": {"long": 100}}, invalid=invalid))
    assert "2 of 10 runs are invalid" in texts(said, "warning")
    assert "lag p99 above 1 ms" in texts(said, "warning")
    assert "No valid run of `async` under `all-long`" in texts(said, "warning")


def test_a_stopped_bench_and_failed_runs_are_said(tmp_path: Path) -> None:
    folder = synthetic.build(tmp_path / "r", Spec(finished=False, repetitions=1))
    run = json.loads((folder / "run.json").read_text())
    run["repetitions"] = 2
    run["runs"][0] |= {"status": "failed", "note": "the server ended with code 1"}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "throughput.csv").unlink()
    recording = Recording.load(folder)
    said = texts(findings(recording, digests(recording)), "warning")
    assert "15 of 30 runs are here" in said
    assert "failed: the server ended with code 1." in said
    assert "`throughput.csv` is missing" in said


def test_medians_far_apart_are_not_told_apart_and_never_said_to_tie() -> None:
    far = [(digest_of("a"), Spread(10, 9, 40, runs=5)), (digest_of("b"), Spread(36, 12, 37, runs=5))]
    assert ties(far[0][1], far[1][1])
    assert level_text(far, MAKESPAN) == "`a` and `b` are not told apart, at 10.0 to 36.0 ms"
    near = [(digest_of("a"), Spread(50, 49, 51, runs=5)), (digest_of("b"), Spread(51, 50, 53, runs=5))]
    assert level_text(near, MAKESPAN) == "`a` and `b` tie at 50.0 to 51.0 ms (all runs within 9 %)"


def test_a_difference_smaller_than_the_generators_own_part_ranks_nobody() -> None:
    a, b = Spread(50, 49, 51, runs=5), Spread(60, 59, 61, runs=5)
    assert not ties(a, b) and not ties(a, b, generators=9) and ties(a, b, generators=11)


def digest_of(variant: str) -> SimpleNamespace:
    return SimpleNamespace(variant=variant)
