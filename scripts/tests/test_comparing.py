"""Runs compared: which values are held against which."""

from __future__ import annotations

import json
from pathlib import Path

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


@pytest.mark.parametrize(("column", "value"), [("client_bound", True), ("arrivals", "poisson")])
def test_no_rate_is_compared_where_the_server_did_not_decide_it(tmp_path, column, value):
    made = referring(tmp_path / "r")
    made.__dict__["summary"] = [run._replace(**{column: value}) for run in made.summary]
    assert [row.metric for row in against_references(made)] == ["CPU per request"]


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
