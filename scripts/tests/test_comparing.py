"""Runs compared: which values are held against which."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from metrics.comparing import (
    against_references,
    compare,
    compare_errors,
    kinds_of_done,
    one_sided,
    shown_together,
)
from metrics.metrics import METRICS
from recordings.recording import Recording
from synthetic import MODELS, Spec, build

PAIR = ("thread-per-request", "async")


def recording(folder: Path, **changes) -> Recording:
    models = {name: MODELS[name] for name in PAIR}
    spec = Spec(**{"models": models, "workloads": {"all-long": {"long": 20}}, "repetitions": 8} | changes)
    return Recording.load(build(folder, spec))


def rows(made: Recording, **changes):
    runs = tuple(made.runs(name, "all-long") for name in PAIR)
    return {row.metric: row for row in compare(PAIR, "all-long", runs, **{"is_paired": True} | changes)}


def test_every_compared_metric_that_both_sides_have_is_a_row(tmp_path):
    names = set(rows(recording(tmp_path / "r")))
    assert names == {"makespan", "throughput", "p50", "p99", "CPU per request", "memory"}


def test_a_ratio_is_the_second_over_the_first_run_by_run(tmp_path):
    made = recording(tmp_path / "r")
    cpu = [[run.server_cpu_us_per_request for run in made.runs(name, "all-long")] for name in PAIR]
    row = rows(made)["CPU per request"]
    assert row.comparison.pair_ratios == pytest.approx([b / a for a, b in zip(*cpu)])
    assert row.comparison.ratio < 0.5 and row.levels[0].endswith("µs")


def test_only_runs_that_count_on_both_sides_are_paired(tmp_path):
    made = recording(
        tmp_path / "r",
        failures={("async", "all-long", 1): 1},
        invalid={("thread-per-request", "all-long", 2): "sent late", ("async", "all-long", 2): "sent late"},
    )
    assert rows(made)["CPU per request"].comparison.counts == (6, 6)
    assert rows(made, is_paired=False)["CPU per request"].comparison.counts == (7, 6)


def test_errors_are_of_all_runs_those_that_do_not_count_too(tmp_path):
    made = recording(tmp_path / "r", failures={("async", "all-long", n): 5 for n in range(1, 9)})
    runs = tuple(made.runs(name, "all-long") for name in PAIR)
    row = compare_errors(PAIR, "all-long", runs)
    assert row.levels == ("0", "40") and row.comparison.medians == (0, 0.25)
    [row] = shown_together([row])
    assert row.comparison.differs
    assert compare(PAIR, "all-long", runs, is_paired=True) == []


def test_a_run_without_requests_has_no_errors_and_one_of_a_single_request_may_be_all_errors():
    none, lost = SimpleNamespace(requests=0, ok=0), SimpleNamespace(requests=1, ok=0)
    row = compare_errors(PAIR, "all-long", ([none] * 4, [lost] * 4))
    assert (row.levels, row.comparison.medians) == (("0", "4"), (0, 1))
    assert (row.first, row.second, row.workload, row.metric) == (*PAIR, "all-long", "errors")


def test_what_one_side_lacks_is_named_with_the_side(tmp_path):
    made = recording(tmp_path / "r")
    without = [run._replace(server_rss_peak_kib=None) for run in made.runs("async", "all-long")]
    assert one_sided(made.runs("async", "all-long"), without) == [("memory", 1)]
    assert one_sided(without, without) == []


def referring(folder: Path, **changes) -> Recording:
    made = recording(folder, **changes)
    about = json.loads((folder / "run.json").read_text())
    for entry in about["workloads"]:
        entry["reference"] = "async"
    (folder / "run.json").write_text(json.dumps(about))
    return Recording.load(made.folder)


def test_a_reference_is_held_against_every_other_by_cost_and_rate(tmp_path):
    found = against_references(referring(tmp_path / "r"))
    assert [(row.first, row.second, row.metric) for row in found] == [
        ("thread-per-request", "async", "CPU per request"),
        ("thread-per-request", "async", "throughput"),
    ]
    assert found[0].comparison.differs, "the rows are corrected, and each has its outcome"
    assert len(found[0].comparison.pair_ratios) == 8, "the runs of a repetition are a pair"


@pytest.mark.parametrize("limited", [PAIR, PAIR[:1], PAIR[1:]])
@pytest.mark.parametrize(("column", "value"), [("client_bound", True), ("arrivals", "poisson")])
def test_no_rate_is_compared_where_the_server_did_not_decide_it(tmp_path, column, value, limited):
    made = referring(tmp_path / "r")
    made.__dict__["summary"] = [
        run._replace(**{column: value}) if run.variant in limited else run for run in made.summary
    ]
    assert [row.metric for row in against_references(made)] == ["CPU per request"]


def of_clients(varies: str = "client", **changes: object) -> list[tuple[str, str, str]]:
    """What is compared of a client's runs, or a server's, with those of the reference."""
    row = {"verdict": "valid", "requests": 9, "ok": 9, "arrivals": "closed", "client_bound": False}
    row |= {"makespan_ms": 70.0, "ideal_ms": 50.0, "throughput_rps": 9.0, "client_cpu_us_per_request": 5.0}
    row |= {"server_cpu_us_per_request": 7.0} | changes
    runs = [SimpleNamespace(**row, repetition=n) for n in range(1, 9)]
    made = SimpleNamespace(
        run={"workloads": [{"name": "w", "reference": "loadgen"}, {"name": "without"}]},
        varies=varies,
        subjects=["wrk", "loadgen"],
        runs=lambda subject, workload: runs,
    )
    return [(row.first, row.second, row.workload, row.metric) for row in against_references(made)]


@pytest.mark.parametrize(
    ("changes", "metrics"),
    [
        ({}, ["client CPU per request", "makespan beyond the ideal"]),
        ({"makespan_ms": None}, ["client CPU per request", "throughput"]),
        ({"makespan_ms": None, "client_bound": True}, ["client CPU per request", "throughput"]),
        ({"makespan_ms": None, "arrivals": "poisson"}, ["client CPU per request"]),
        ({"varies": "variant"}, ["CPU per request", "throughput"]),
    ],
)
def test_clients_are_compared_by_what_they_take_beyond_the_ideal_where_there_is_one(changes, metrics):
    assert of_clients(**changes) == [("wrk", "loadgen", "w", metric) for metric in metrics]


def test_without_a_reference_nothing_is_held_against_anything(tmp_path):
    assert against_references(recording(tmp_path / "r")) == []


def test_the_direction_that_is_better_is_known():
    assert {METRICS[key].better for key in ("makespan", "p99", "cpu", "memory")} == {-1}
    assert METRICS["rate"].better == METRICS["throughput"].better == 1


def test_latencies_that_end_by_different_clocks_are_not_compared(tmp_path):
    made = recording(tmp_path / "r")
    runs = [made.runs(name, "all-long") for name in PAIR]
    assert kinds_of_done(runs) == ["read"]  # a recording from before there was a choice
    by_kernel = [run._replace(done_by="kernel") for run in runs[1]]
    for sides, kinds in ((runs[0], by_kernel), ["kernel", "read"]), ((by_kernel, by_kernel), ["kernel"]):
        assert kinds_of_done(sides) == kinds
        names = {row.metric for row in compare(PAIR, "all-long", sides, is_paired=True)}
        assert ("p50" in names) is ("p99" in names) is (len(kinds) == 1)
        assert {"makespan", "throughput", "CPU per request"} <= names
