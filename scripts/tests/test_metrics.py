"""The list of metrics: what each reads of a run, how it is written, and which direction is better."""

from __future__ import annotations

from itertools import groupby
from types import SimpleNamespace

import pytest

from metrics.metrics import METRICS, TERMINAL, Figure, shown_in

RUN = {
    "requests": 200,
    "ok": 200,
    "makespan_ms": 60.0,
    "ideal_ms": 50.0,
    "makespan_over_ideal": 1.2,
    "makespan_generator_ms": 1.0,
    "makespan_connect_ms": 2.0,
    "makespan_server_ms": 57.0,
    "throughput_rps": 3333.3,
    "latency_p50_us": 51e3,
    "latency_p99_us": 59e3,
    "latency_max_us": 61e3,
    "latency_mean_us": 52e3,
    "service_mean_us": 50.5e3,
    "lag_p99_us": 15.0,
    "server_cpu_us_per_request": 40.0,
    "client_cpu_us_per_request": 9.5,
    "server_threads_peak": 9,
    "server_rss_peak_kib": 2048,
    "server_context_switches": 301,
    "server_start_ms": 8.0,
    "server_rest_rss_kib": 512,
    "companions": 1000,
    "idle_all_kib_each": 14.0,
    "idle_user_kib_each": 1.5,
    "idle_kernel_stacks_kib_each": 16.0,
    "idle_slab_kib_each": 11.0,
    "idle_cpu_us_per_s": 4000.0,
    "idle_switches_per_s": 500.0,
    "abandoned_held": 12,
    "abandoned_let_go_ms": 900.0,
}
WRITTEN = {
    "makespan": "60.0 ms",
    "ideal": "50 ms",
    "over_ideal": "1.20×",
    "generator_makespan": "1.00 ms",
    "connecting": "2.00 ms",
    "server_makespan": "7.00 ms",  # beyond the ideal
    "rate": None,  # it would say the makespan again
    "throughput": "3,333 req/s",
    "p50": "51.0 ms",
    "p99": "59.0 ms",
    "max": "61.0 ms",
    "cpu": "40.0 µs",
    "threads": "9",
    "memory": "2.00 MiB",
    "switches": "301",
    "switches_each": "1.5",
    "client_cpu": "9.50 µs",
    "mean": "52.0 ms",
    "added": "1.50 ms",
    "beyond_ideal": "10.0 ms",
    "start": "8.00 ms",
    "rest": "512 KiB",
    "idle_memory": "14.0 KiB",
    "idle_user": "1.50 KiB",
    "idle_stacks": "16.0 KiB",
    "idle_slab": "11.0 KiB",
    "idle_cpu": "4.00 µs",  # of each connection
    "idle_switches": "0.5",
    "held": "12",
    "let_go": "900 ms",
    "lag_p99": "15.0 µs",
}


def written(**changes: object) -> dict[str, str | None]:
    run = SimpleNamespace(**RUN | changes)
    figures = {key: metric.read(run) for key, metric in METRICS.items()}
    return {key: figure and METRICS[key].text(figure.value) for key, figure in figures.items()}


def test_each_metric_is_read_of_its_columns_and_written_in_its_unit():
    assert written() == WRITTEN
    assert set(written(**dict.fromkeys(RUN)).values()) == {None}


@pytest.mark.parametrize(
    ("changes", "others"),
    [
        ({"makespan_ms": None}, {"makespan": None, "rate": "3,333", "beyond_ideal": None}),
        ({"ok": 199}, {"over_ideal": None}),  # who fails requests has beaten nothing
        ({"requests": 0, "ok": 0}, {"switches_each": None}),
        ({"companions": 0}, {"idle_cpu": None, "idle_switches": None}),
        ({"companions": 1}, {"idle_cpu": "4.00 ms", "idle_switches": "500"}),
        ({"makespan_ms": 49.0}, {"makespan": "49.0 ms", "beyond_ideal": "0 µs"}),
        ({"service_mean_us": 53e3}, {"added": "0 µs"}),
        ({"server_threads_peak": 9.5}, {"threads": "10"}),  # a median between two counts
    ],
)
def test_what_a_run_has_decides_what_is_said_of_it(changes, others):
    assert written(**changes) == WRITTEN | others


def test_a_latency_of_requests_that_failed_is_at_least_their_bound():
    p99 = METRICS["p99"]
    assert p99.read(SimpleNamespace(latency_p99_us=7.0)) == Figure(7.0, is_bound=False)
    bound = SimpleNamespace(latency_p99_us=None, latency_p99_at_least_us=9.0)
    assert p99.read(bound) == Figure(9.0, is_bound=True)
    assert p99.read(SimpleNamespace()) is None


def test_what_is_made_of_several_columns_is_no_bound():
    figures = [METRICS[key].read(SimpleNamespace(**RUN)) for key in ("added", "switches_each", "p99")]
    assert figures == [Figure(1500.0, False), Figure(1.505, False), Figure(59e3, False)]


def test_only_what_a_user_waits_is_a_latency():
    assert {key for key, metric in METRICS.items() if metric.is_latency} == {"p50", "p99", "max", "mean"}


def test_more_is_better_of_rates_only_and_neither_of_what_only_describes():
    by_direction = {n: {key for key, metric in METRICS.items() if metric.better == n} for n in (1, 0, -1)}
    assert by_direction[1] == {"rate", "throughput"}
    assert by_direction[0] == {"ideal", "threads", "switches", "switches_each"}
    assert by_direction[-1] == METRICS.keys() - by_direction[1] - by_direction[0]


def test_a_narrow_terminal_keeps_the_makespan_and_the_rate_longest():
    ordered = sorted(shown_in(TERMINAL), key=lambda metric: -metric.expendable)
    groups = [(n, {metric.key for metric in group}) for n, group in groupby(ordered, lambda m: m.expendable)]
    assert [keys for _, keys in groups] == [
        {"p50"},
        {"ideal"},
        {"cpu"},
        {"memory"},
        {"p99"},
        {"over_ideal", "threads"},
        {"makespan", "rate"},
    ]
    assert groups[-1][0] == 0, "these are never left out"
