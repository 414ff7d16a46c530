"""Two samples of runs compared: which runs count, how they are paired, and where each sentence begins."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from comparison import (
    ALPHA,
    MEASURES,
    Compared,
    errors,
    least_repetitions,
    one_sided,
    paired,
    told_together,
    unpaired,
)
from signed_rank import Interval

FIGURES = (
    "throughput_rps",
    "makespan_ms",
    "latency_p50_us",
    "latency_p50_at_least_us",
    "latency_p99_us",
    "latency_p99_at_least_us",
    "server_cpu_us_per_request",
    "server_rss_peak_kib",
)


def run(repetition: int = 1, verdict: str = "valid", requests: int = 100, failed: int = 0, **figures):
    made = dict.fromkeys(FIGURES) | figures
    return SimpleNamespace(
        repetition=repetition, verdict=verdict, requests=requests, ok=requests - failed, **made
    )


def rates(*values: float, **others) -> list:
    return [run(n, throughput_rps=value, **others) for n, value in enumerate(values, start=1)]


def of(measure: str, rows: list[Compared]) -> Compared:
    [row] = [row for row in rows if row.measure == measure]
    return row


def test_each_metric_is_read_where_it_is_and_written_in_its_unit():
    one = run(
        throughput_rps=1234.6,
        makespan_ms=2.5,
        latency_p50_us=100,
        latency_p50_at_least_us=9,
        latency_p99_at_least_us=2000,
        server_cpu_us_per_request=38.25,
        server_rss_peak_kib=2048,
    )
    told = {measure.name: measure.text(measure.of(one)) for measure in MEASURES}
    assert told == {
        "throughput": "1,235 req/s",
        "makespan": "2.50 ms",
        "p50": "100 µs",
        "p99": "2.00 ms",  # known as a lower bound only
        "CPU per request": "38.2 µs",
        "memory": "2.00 MiB",
    }


def test_independent_samples_that_do_not_overlap_have_the_least_chance_there_is():
    row = of("throughput", unpaired("async", "mixed", rates(*range(100, 108)), rates(*range(200, 208))))
    assert (row.subject, row.workload, row.counts) == ("async", "mixed", (8, 8))
    assert row.levels == ("104 req/s", "204 req/s")
    assert row.ratio == pytest.approx(203.5 / 103.5, rel=0.001)
    assert row.p == row.least_p == 2 / math.comb(16, 8)
    low, high = row.interval_at(0.95)
    assert 200 / 107 < low < row.ratio < high < 207 / 100


def test_pairs_are_of_one_repetition_and_have_the_chance_of_the_signed_rank():
    first = rates(*range(100, 108))
    second = [run(r.repetition, throughput_rps=r.throughput_rps * 1.5) for r in reversed(first)]
    row = of("throughput", paired("b / a", "mixed", first, second))
    assert row.ratio == pytest.approx(1.5) and row.counts == (8, 8)
    assert row.p == row.least_p == 2 / 2**8
    low, high = row.interval_at(0.95)
    assert (low, high) == (pytest.approx(1.5), pytest.approx(1.5))


def test_a_pair_takes_two_valid_runs_that_have_the_figure():
    first = [*rates(100, 110, 120, 130), run(9, throughput_rps=5)]
    second = rates(200, 220, 240, 260)
    second[1] = replace_in(second[1], verdict="invalid")
    second[2] = replace_in(second[2], throughput_rps=None)
    row = of("throughput", paired("b / a", "mixed", first, second))
    assert row.counts == (2, 2) and row.levels == ("115 req/s", "230 req/s")
    assert [r.measure for r in paired("b / a", "mixed", rates(1), [run(2, throughput_rps=1)])] == ["errors"]


def replace_in(one, **changes):
    return SimpleNamespace(**(vars(one) | changes))


def test_invalid_runs_count_only_where_none_is_valid():
    second = rates(200, 220)
    some = [*rates(100, 110), run(3, verdict="invalid", throughput_rps=900)]
    assert of("throughput", unpaired("a", "w", some, second)).counts == (2, 2)
    none = rates(100, 110, 900, verdict="invalid")
    assert of("throughput", unpaired("a", "w", none, second)).counts == (3, 2)


def test_a_metric_that_a_side_lacks_has_no_row_and_is_named_with_that_side():
    first = [run(throughput_rps=1, makespan_ms=1), run(throughput_rps=2)]
    second = [run(throughput_rps=1, server_rss_peak_kib=1), run()]
    assert [r.measure for r in unpaired("a", "w", first, second)] == ["throughput", "errors"]
    assert one_sided(first, second) == [("makespan", 1), ("memory", 0)]


def test_a_side_that_is_zero_has_no_ratio():
    for first, second in (([0, 1], [1, 2]), ([1, 2], [3, 0])):
        row = of("throughput", unpaired("a", "w", rates(*first), rates(*second)))
        assert (row.finding, row.ratio, row.interval_at) == ("a side is zero", None, None)
    assert of("throughput", unpaired("a", "w", rates(0.5, 0.25), rates(0.25, 0.5))).ratio == 1


def test_errors_are_of_all_runs_and_tested_by_their_share():
    clean = [run(n, requests=1000) for n in range(8)]
    failing = [run(n, failed=2, verdict="invalid") for n in range(8)]
    row = errors("a", "w", clean, failing)
    assert (row.levels, row.counts, row.ratio, row.finding) == (("0", "16"), (8, 8), None, "")
    assert row.p == row.least_p == 2 / math.comb(16, 8)
    # As large a share of more requests is no difference.
    assert errors("a", "w", [run(failed=1)], [run(requests=1000, failed=10)]).p == 1
    assert errors("a", "w", clean, clean).finding == "none"
    assert errors("a", "w", [run(requests=0)], [run(failed=1)]).levels == ("0", "1")
    assert errors("a", "w", [run(failed=1)], [run()]).finding == ""


def row(**changes) -> Compared:
    made = Compared("async", "mixed", "p99", ("1 ms", "2 ms"), ratio=2.0, counts=(8, 8), p=1.0, least_p=1e-9)
    return replace(made, **changes)


def told(*rows: Compared, margin: float = 0.05) -> list[str]:
    return [told.finding for told in told_together(rows, margin)]


def within(low: float, high: float):
    return lambda confidence: Interval(low, high)


def test_it_takes_eight_repetitions_on_either_side():
    for counts, finding in (
        ((8, 8), "differs"),
        ((7, 8), "too few repetitions"),
        ((8, 7), "too few repetitions"),
    ):
        assert told(row(counts=counts, p=0.001)) == [finding]


def test_rows_that_could_not_be_told_to_differ_are_too_few():
    assert told(row(p=ALPHA, least_p=ALPHA)) == ["differs"]
    assert told(*[row(p=ALPHA / 2, least_p=ALPHA / 2)] * 2) == ["differs"] * 2
    assert told(*[row(p=0.001, least_p=ALPHA / 2)] * 3) == ["too few repetitions"] * 3
    # What has its sentence already is no test.
    assert told(row(p=ALPHA, least_p=ALPHA), row(finding="none")) == ["differs", "none"]


def test_what_differs_has_its_ratio_with_the_interval_of_its_level():
    confidences = []

    def interval_at(confidence: float) -> Interval:
        confidences.append(round(confidence, 6))
        return Interval(1.5, 2.5)

    rows = [row(p=0.001, interval_at=interval_at), row(p=0.9, interval_at=interval_at)]
    assert told(*rows) == ["differs by 2.00× [1.50, 2.50×]", "not shown to differ"]
    assert confidences == [1 - ALPHA / 2, 1 - ALPHA]
    assert [r.interval for r in told_together(rows)] == [Interval(1.5, 2.5)] * 2
    assert told(row(p=0.001, ratio=None, interval_at=interval_at)) == ["differs"]


@pytest.mark.parametrize(
    ("low", "high", "is_less"),
    [
        (0.96, 1.04, True),
        (1 / 1.05, 1.04, False),
        (0.96, 1.05, False),
        (0.94, 1.01, False),
        (0.99, 1.2, False),
    ],
)
def test_to_differ_by_less_than_the_margin_both_ends_lie_within_it(low, high, is_less):
    finding = "shown to differ by less than 5 %" if is_less else "not shown to differ"
    assert told(row(interval_at=within(low, high))) == [finding]


def test_the_margin_is_a_choice():
    assert told(row(interval_at=within(0.99, 1.01)), margin=0.125) == ["shown to differ by less than 12.5 %"]
    assert told(row(interval_at=within(0.95, 1.05)), margin=0.01) == ["not shown to differ"]


def test_a_sample_that_bounds_nothing_has_an_interval_without_ends():
    found = of("throughput", unpaired("a", "w", rates(1, 2), rates(3, 4)))
    assert found.interval_at(0.95) == (0.0, math.inf)


@pytest.mark.parametrize(
    ("tests", "is_paired", "count"),
    # 2 / 2 ** n, and 2 / (2n over n), is to be 0.05 / tests at most.
    [(0, True, 8), (1, True, 8), (6, True, 8), (7, True, 9), (14, True, 10), (100, True, 12),
     (1, False, 8), (321, False, 8), (322, False, 9), (2000, False, 10)],
)  # fmt: skip
def test_the_more_rows_are_shown_the_more_repetitions_it_takes(tests, is_paired, count):
    assert least_repetitions(tests, is_paired) == count


def test_a_run_of_one_request_that_failed_failed_wholly():
    single = [run(n, requests=1, failed=1) for n in range(8)]
    half = [run(n, requests=2, failed=1) for n in range(8)]
    assert errors("a", "w", single, half).p == 2 / math.comb(16, 8)
