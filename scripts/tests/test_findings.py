"""The sentences follow the data: another recording, other sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import synthetic
from metrics.digest import digests
from recordings.recording import Recording
from synthetic import MODELS, Spec
from words.findings import Finding, findings

Say = Callable[[Spec], list[Finding]]
LONG = {"all-long": {"long": 100}}
SHORT = {"all-short": {"short": 100}}


@pytest.fixture
def say(tmp_path: Path) -> Say:
    def build_and_say(spec: Spec) -> list[Finding]:
        recording = Recording.load(synthetic.build(tmp_path / "r", spec))
        return findings(recording, digests(recording))

    return build_and_say


def texts(sentences: list[Finding], kind: str = "result") -> str:
    return "\n".join(f.text for f in sentences if f.kind == kind)


def altered(folder: Path, spec: Spec, change: Callable[[Any], dict[str, Any]], **run: Any) -> Recording:
    """A recording with other values in the columns that `change` gives for each row, and in run.json."""
    recording = Recording.load(synthetic.build(folder, spec))
    rows = [row._asdict() for row in recording.summary]
    recording.summary = [SimpleNamespace(**row | change(SimpleNamespace(**row))) for row in rows]
    recording.run |= run
    return recording


def said_of(recording: Recording, kind: str = "result") -> str:
    return texts(findings(recording, digests(recording)), kind)


def two(repetitions: int, **changes: Any) -> Spec:
    models = {name: MODELS[name] for name in ("async", "thread-per-request")}
    return Spec(models=models, workloads=LONG, repetitions=repetitions, **changes)


def test_the_first_is_held_against_every_other_in_pairs(say: Say) -> None:
    first, second = texts(say(Spec(repetitions=12))).splitlines()[:2]
    assert first.startswith("**all-long**, makespan: first is `async-2` with 5") and " ms (5" in first
    assert "; `async` 1.01× [1.00, 1.01], `thread-per-request` 1.09× [1.08, 1.09]," in first
    model = " (slow by model, not by code: near the ideal of {} at a time)"
    assert (
        f", `pool-8` 12.2× [12.2, 12.2]{model.format(8)} and `sequential` 94× [94, 94]{model.format(1)}."
        in first
    )
    assert model.format(8) in second and model.format(1) in second


def test_a_complete_recording_says_that_it_is(say: Say) -> None:
    assert "Valid: 45 runs, and all 4,500 requests succeeded." in texts(say(Spec(repetitions=3)))


def test_beside_a_warning_nothing_is_said_to_be_all_valid(tmp_path: Path) -> None:
    found = altered(tmp_path / "r", two(3), lambda row: {}, finished_at=None)
    assert "stopped before its end" in said_of(found, "warning")
    assert "Valid" not in said_of(found)


def test_each_kind_of_reason_is_told_once_with_how_often(tmp_path: Path) -> None:
    def change(row: Any) -> dict[str, Any]:
        reasons = {1: "sent late: at 91 %", 2: "sent late: at 92 %", 3: "its core was taken: by 9 %"}
        return {"verdict": "invalid", "reasons": reasons[row.repetition]} if row.variant == "async" else {}

    told = said_of(altered(tmp_path / "r", two(3), change), "warning")
    assert "(2 as this: sent late: at 91 %; 1 as this: its core was taken: by 9 %)" in told


def test_nobody_is_called_first_by_too_few_repetitions(say: Say) -> None:
    first = texts(say(Spec(workloads=LONG, repetitions=7))).splitlines()[0]
    assert "medians are from `async-2` with 5" in first and "first is" not in first
    # Of five variants there are ten pairs, all of which the best was chosen among: 2/2**9 <= 0.05/10.
    assert first.endswith("too few repetitions to tell them apart (9 pairs are needed).")


def test_ranges_that_overlap_are_no_tie_where_every_pair_says_the_same(tmp_path: Path) -> None:
    times = {"async": 1.0, "thread-per-request": 1.1}
    recording = altered(
        tmp_path / "r", two(8), lambda row: {"makespan_ms": times[row.variant] * (50 + row.repetition)}
    )
    assert "first is `async` with 54.5 ms (51.0 to 58.0 ms)" in said_of(recording)
    assert "; `thread-per-request` 1.10× [1.10, 1.10]." in said_of(recording)


def test_not_shown_to_differ_and_differing_by_little_are_different_sentences(tmp_path: Path) -> None:
    def alternating(size: float) -> Callable[[Any], dict[str, Any]]:
        amount = {"async": 0.0, "thread-per-request": size}
        return lambda row: {"makespan_ms": 50 * (1 + amount[row.variant] * (-1) ** row.repetition)}

    near, far = (altered(tmp_path / str(s), two(12), alternating(s)) for s in (0.01, 0.2))
    assert "the best median is `" in said_of(near) and "; shown to differ by less than 5 %: `" in said_of(
        near
    )
    assert "the best median is `" in said_of(far) and "; not shown to differ: `" in said_of(far)
    assert "first is" not in said_of(near) + said_of(far)


def test_who_is_first_changes_with_the_data(say: Say) -> None:
    slow_async = replace(MODELS["async"], start_us=900.0)
    models = {"async": slow_async, "thread-per-request": MODELS["thread-per-request"]}
    said = texts(say(Spec(models=models, repetitions=12)))
    assert "first is `thread-per-request` with 58" in said and "`async` 2." in said


def test_a_difference_smaller_than_the_generators_own_part_ranks_nobody(tmp_path: Path) -> None:
    for part, phrase in (
        (1.0, "first is `async` with 50.0 ms"),
        (12.0, "; differing by less than the generator’s own part: `thread-per-request`"),
    ):
        values = {"async": 50.0, "thread-per-request": 60.0}
        recording = altered(
            tmp_path / str(part),
            two(8),
            lambda row: {"makespan_ms": values[row.variant], "makespan_generator_ms": part},
        )
        assert phrase in said_of(recording)


def test_a_makespan_of_which_the_generator_was_the_limit_ranks_nobody(tmp_path: Path) -> None:
    spec = Spec(workloads=SHORT, repetitions=12)
    recording = altered(tmp_path / "r", spec, lambda row: {"client_bound": row.variant == "async-2"})
    first = said_of(recording).splitlines()[0]
    assert ": first is `" in first
    assert "; not ranked, the generator’s limit: `async-2` at most " in first


def closed(row: Any) -> dict[str, Any]:
    return {"makespan_ms": None, "ideal_ms": None, "makespan_over_ideal": None}


def test_a_closed_loop_is_decided_by_its_rate(tmp_path: Path) -> None:
    def change(row: Any) -> dict[str, Any]:
        return closed(row) | {"throughput_rps": {"async": 4000.0}.get(row.variant, 1000.0) + row.repetition}

    first = said_of(altered(tmp_path / "r", two(8), change)).splitlines()[0]
    assert "first is `async` with 4,004 req/s (4,001 to 4,008 req/s); " in first
    assert "; `thread-per-request` 0.25× [0.25, 0.25]." in first


def test_a_rate_that_is_the_generators_is_at_least(tmp_path: Path) -> None:
    recording = altered(tmp_path / "r", two(8), lambda row: closed(row) | {"client_bound": True})
    first = said_of(recording).splitlines()[0]
    assert ": not ranked, the generator’s limit: `" in first and "` at least 1," in first


def test_an_open_loop_is_decided_by_its_tail(tmp_path: Path) -> None:
    def change(row: Any) -> dict[str, Any]:
        tail = {"async": 5e3}.get(row.variant, 9e3) + row.repetition
        return closed(row) | {"arrivals": "poisson", "latency_p99_us": tail}

    first = said_of(altered(tmp_path / "r", two(8), change)).splitlines()[0]
    assert ", p99: first is `async` with 5.00 ms" in first
    assert "; `thread-per-request` 1.80× [1.80, 1.80]." in first


def test_tails_that_end_by_different_clocks_are_not_ranked(tmp_path: Path) -> None:
    def change(row: Any) -> dict[str, Any]:
        return closed(row) | {
            "arrivals": "poisson",
            "done_by": "kernel" if row.variant == "async" else "read",
        }

    first = said_of(altered(tmp_path / "r", two(8), change)).splitlines()[0]
    assert ": medians are from `" in first and first.endswith(" done by different clocks (`done_by`).")


def test_the_best_median_that_pairs_contradict_is_not_called_first(tmp_path: Path) -> None:
    def change(row: Any) -> dict[str, Any]:
        # Quicker in eleven of twelve pairs, by little, and slower by much where it matters to the median.
        base = 50.0 if row.repetition <= 6 else 80.0
        ours = base + (0.0 if row.repetition != 7 else 1.0)
        other = base - 0.5 if row.repetition != 6 else 79.0
        return {"makespan_ms": ours if row.variant == "async" else other}

    first = said_of(altered(tmp_path / "r", two(12), change)).splitlines()[0]
    assert "the best median is `async` with" in first and "`thread-per-request` 0.99× [" in first


def test_one_variant_alone_is_called_nothing(say: Say) -> None:
    said = texts(say(Spec(models={"async": MODELS["async"]}, workloads=LONG, repetitions=3)))
    assert ": only `async` with 5" in said and "first" not in said


def test_what_the_same_speed_costs_is_said_with_threads_and_memory(say: Say) -> None:
    said = texts(say(Spec()))
    assert "`thread-per-request`: threads 101, memory 5.98 MiB" in said
    assert "`async`: threads 1, memory 3.83 MiB" in said


def test_short_requests_are_told_beside_long_ones(say: Say) -> None:
    said = texts(say(Spec(workloads={"mixed": {"long": 20, "short": 80}})))
    assert "99 % of the short ones were answered within: `async-2` 3." in said


def test_who_closes_connections_that_could_be_kept_is_measured_reconnecting(tmp_path: Path) -> None:
    spec = Spec(workloads=LONG)

    def kept(row: Any) -> dict[str, Any]:
        return {"connection_mode": "kept", "connect_p50_us": 40.0 if row.variant == "pool-8" else 0.0}

    said = said_of(altered(tmp_path / "kept", spec, kept))
    assert "**Closed, not kept**: connected anew for at least half of the requests" in said
    assert "under all-long: `pool-8`." in said
    fresh = altered(tmp_path / "fresh", spec, lambda row: {**kept(row), "connection_mode": "fresh"})
    assert "Closed, not kept" not in said_of(fresh)


def test_runs_that_failed_requests_are_named_and_not_ranked(say: Say) -> None:
    said = say(Spec(workloads=LONG, failures={("async", "all-long", n): 3 for n in (1, 2)}))
    assert "6 of 1,000 requests failed. `async` under `all-long`: 6 reset." in texts(said, "warning")
    assert "`async`" not in texts(said).splitlines()[0]


def test_a_variant_is_ranked_by_those_of_its_runs_that_count(say: Say) -> None:
    said = say(Spec(workloads=LONG, failures={("async", "all-long", 1): 3}, repetitions=12))
    assert "3 of 6,000 requests failed." in texts(said, "warning")
    assert "`async`" in texts(said).splitlines()[0]


def test_invalid_runs_are_counted_with_their_reasons(say: Say) -> None:
    invalid = {("async", "all-long", n): "lag p99 above 1 ms" for n in (1, 2)}
    said = say(Spec(workloads=LONG, invalid=invalid))
    assert "Invalid and left out of the medians: 2 of 10 runs" in texts(said, "warning")
    assert "lag p99 above 1 ms" in texts(said, "warning")
    assert "No valid run, so shown and not ranked: `async` under `all-long`." in texts(said, "warning")
    assert "`async`" not in texts(said).splitlines()[0]


def test_a_stopped_bench_and_failed_runs_are_said(tmp_path: Path) -> None:
    folder = synthetic.build(tmp_path / "r", Spec(finished=False, repetitions=1))
    run = json.loads((folder / "run.json").read_text())
    run["repetitions"] = 2
    run["runs"][0] |= {"status": "failed", "note": "the server ended with code 1"}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "throughput.csv").unlink()
    said = said_of(Recording.load(folder), "warning")
    assert "15 of 30 runs are here" in said
    assert "failed: the server ended with code 1." in said
    assert "Missing, and so is what would be drawn from it: `throughput.csv`." in said


def test_generator_bound_and_saturated_runs_are_said(tmp_path: Path) -> None:
    flags = {"generator_bound": True, "saturated": True, "client_bound": True}
    said = said_of(altered(tmp_path / "r", two(1), lambda row: flags), "warning")
    for begin in ("Generator-bound", "Saturated", "Client-bound"):
        assert begin in said


def referenced(tmp_path: Path, repetitions: int, change: Callable[[Any], dict[str, Any]]) -> Recording:
    recording = altered(tmp_path / "r", two(repetitions), change)
    recording.run["workloads"][0]["reference"] = "async"
    return recording


def costs(row: Any) -> dict[str, Any]:
    ours = row.variant == "async"
    rate = 3000.0 if ours else 2000.0
    return closed(row) | {"server_cpu_us_per_request": 9.0 if ours else 12.0, "throughput_rps": rate}


def test_a_reference_is_held_beside_the_others_in_pairs(tmp_path: Path) -> None:
    first = said_of(referenced(tmp_path, 8, costs)).splitlines()[0]
    assert first == (
        "**all-long**, `async` in pairs: CPU per request 9.00 µs; 0.75× [0.75, 0.75] of "
        "`thread-per-request`’s; throughput 3,000 req/s; 1.50× [1.50, 1.50] of `thread-per-request`’s "
        "(pairs: 8; exact intervals, corrected for 2 rows)."
    )


def test_rates_beside_a_reference_are_not_compared_where_the_generator_was_the_limit(tmp_path: Path) -> None:
    recording = referenced(tmp_path, 8, lambda row: costs(row) | {"client_bound": True})
    first = said_of(recording).splitlines()[0]
    assert "throughput at least 3,000 req/s; not ranked, the generator’s limit: `thread" in first


def test_too_few_pairs_are_said_to_be(tmp_path: Path) -> None:
    first = said_of(referenced(tmp_path, 3, costs)).splitlines()[0]
    assert "; too few repetitions (7 pairs are needed): 0.75× of `thread-per-request`’s;" in first
