"""The repetitions of one variant under one workload, digested by the one rule of which run counts."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from made_curves import run
from metrics.digest import Digest, Figure, Spread, digests, figure_text, spread
from metrics.metrics import METRICS, shown_in
from recordings.recording import FAILED, Recording
from synthetic import Spec, build


def digest_of(folder: Path, variant: str = "async", workload: str = "all-long", **changes) -> Digest:
    recording = Recording.load(build(folder, Spec(**{"repetitions": 3} | changes)))
    (digest,) = [d for d in digests(recording) if (d.subject, d.workload) == (variant, workload)]
    return digest


def test_figures_are_the_median_and_the_range_of_the_runs_that_count(tmp_path: Path) -> None:
    digest = digest_of(tmp_path / "r")
    makespans = sorted(run.makespan_ms * 1e3 for run in digest.runs)
    makespan = digest["makespan"]
    assert (makespan.low, makespan.median, makespan.high, makespan.runs) == (*makespans, 3)
    assert digest.counts and digest.left_out_text == "" and not digest.failures


@pytest.mark.parametrize("kind", ["failures", "invalid"])
def test_a_run_that_does_not_count_enters_no_figure(tmp_path: Path, kind: str) -> None:
    broken = {("async", "all-long", 2): 3 if kind == "failures" else "sent late"}
    digest = digest_of(tmp_path / "r", **{kind: broken})
    assert digest["makespan"].runs == digest["cpu"].runs == digest["over_ideal"].runs == 2
    assert digest.counts and [run.repetition for run in digest.counted] == [1, 3]
    assert digest.left_out_text == f"1 of 3 runs {'with errors' if kind == 'failures' else 'invalid'}"


def test_where_no_run_counts_figures_are_of_all_and_it_says_so(tmp_path: Path) -> None:
    digest = digest_of(tmp_path / "r", failures={("async", "all-long", n): 3 for n in (1, 2, 3)})
    assert not digest.counts and digest["makespan"].runs == 3
    assert digest["over_ideal"] is None, "who fails requests is done sooner, and has beaten nothing"
    assert digest.failures == {"reset": 9} and digest.requests == 300
    assert digest.classes["long"][0].requests == 100


@pytest.mark.parametrize("repetitions", [3, 4])
def test_the_run_to_draw_is_a_real_one_in_the_middle(tmp_path: Path, repetitions: int) -> None:
    digest = digest_of(tmp_path / "r", repetitions=repetitions)
    makespans = sorted(run.makespan_ms for run in digest.runs)
    assert digest.representative in digest.runs and digest.representative.makespan_ms == makespans[1]


def test_reasons_of_several_kinds_are_counted(tmp_path: Path) -> None:
    digest = digest_of(
        tmp_path / "r",
        failures={("async", "all-long", 1): 3},
        invalid={("async", "all-long", n): "sent late" for n in (2, 3)},
    )
    assert digest.left_out == {"invalid": 2, "with errors": 1}
    assert digest.left_out_text == "2 of 3 runs invalid, 1 with errors" and digest.reasons == ["sent late"]


def test_classes_have_their_requests_and_their_tail(tmp_path: Path) -> None:
    digest = digest_of(tmp_path / "r", workload="mixed")
    assert {name: rows[0].requests for name, rows in digest.classes.items()} == {"long": 20, "short": 80}
    assert digest.p99_of("short").median < digest.p99_of("long").median
    assert digest_of(tmp_path / "one", workload="mixed", repetitions=1).classes["long"][0].requests == 20


def test_a_bound_in_any_run_makes_the_figure_a_bound() -> None:
    exact, bound = Figure(5.0), Figure(9.0, is_bound=True)
    assert not spread([exact, None, exact]).at_least and spread([exact, bound]).at_least
    assert spread([exact, bound]).median == 7 and spread([None]) is None


def test_a_figure_is_written_as_at_least_where_it_is_a_bound() -> None:
    p99 = METRICS["p99"]
    assert figure_text(p99, Spread(81_200.0, 1.0, 9e4)) == "81.2 ms"
    assert figure_text(p99, Spread(81_200.0, 1.0, 9e4, at_least=True)) == "≥ 81.2 ms"
    assert figure_text(p99, None) == ""
    assert spread([Figure(3.0), None, Figure(1.0), Figure(1.5)]) == Spread(1.5, 1.0, 3.0, 3, False)
    assert Spread(1.0, 1.0, 1.0) == (1.0, 1.0, 1.0, 1, False)


def of_runs(*runs: SimpleNamespace) -> Digest:
    return Digest(
        "async",
        "all-long",
        list(runs),
        {"short": [SimpleNamespace(latency_p99_us=us) for us in (5.0, 4.0, 6.0)]},
    )


def test_what_is_sound_is_of_runs_that_count_only() -> None:
    good, lost = run(p99_ms=5.0), run(p99_ms=9.0, ok=97, reset=2, timed_out=1)
    assert of_runs(good, lost).sound("p99").median == of_runs(good, lost)["p99"].median == 5e3
    assert of_runs(lost).sound("p99") is None and of_runs(lost)["p99"].median == 9e3
    assert of_runs(good).p99_of("short").median == 5.0 and of_runs(good).p99_of("long") is None


def test_outcomes_are_those_of_all_runs() -> None:
    made = of_runs(run(), run(ok=97, reset=2, timed_out=1), run(ok=99, reset=1, malformed=None))
    assert made.outcomes["ok"] == 296 and made.requests == 300
    assert made.failures == {"reset": 3, "timed_out": 1}


def test_runs_that_failed_are_told_first() -> None:
    runs = [run(verdict=FAILED, reasons="it died"), run(verdict="invalid", reasons="late"), run(ok=9), run()]
    made = of_runs(*runs, run(verdict="invalid", reasons="late"), run(verdict=FAILED, reasons=None))
    assert made.left_out_text == "2 of 6 runs failed, 2 invalid, 1 with errors"
    assert made.reasons == ["it died", "late"]


def test_without_a_makespan_the_run_to_draw_is_of_the_median_duration() -> None:
    lengths = [4.0, 1.0, 3.0, 2.0]
    made = of_runs(*(run(duration_s=seconds) for seconds in lengths))
    assert made.representative.duration_s == 2.0
    mixed = of_runs(run(duration_s=None), run(makespan_ms=1500.0, duration_s=9.0), run(duration_s=2.0))
    assert mixed.representative.makespan_ms == 1500.0
    beside = of_runs(run(makespan_ms=1500.0), run(duration_s=1.4995), run(duration_s=1.0))
    assert beside.representative.duration_s == 1.4995
    unknown = of_runs(run(duration_s=None), run(duration_s=0.5), run(duration_s=0.9))
    assert unknown.representative.duration_s == 0.5


def test_every_metric_has_its_own_key_and_a_direction() -> None:
    assert all(key == metric.key and metric.better in (-1, 0, 1) for key, metric in METRICS.items())
    assert len({metric.name for metric in METRICS.values()}) == len(METRICS)


def test_a_rate_is_only_told_where_there_is_no_makespan(tmp_path: Path) -> None:
    digest = digest_of(tmp_path / "r")
    assert digest["rate"] is None and digest["throughput"] is not None
    assert "rate" in {metric.key for metric in shown_in("page")}
