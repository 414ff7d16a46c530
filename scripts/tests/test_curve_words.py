"""What is said of a curve: every sentence of each kind of curve, whole; who is in it, and who is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import recording, row
from metrics.curves import Curve, CurveLine, Point
from metrics.digest import Digest, digests
from words.curve_words import curve_sentences, objective_sentence, sentences

Rows = SimpleNamespace | list[SimpleNamespace]


def digest(subject: str, rows: Rows, **classes: float) -> Digest:
    """Of one run or several; `classes`: the p99 of each in milliseconds."""
    p99 = {name: [SimpleNamespace(latency_p99_us=ms * 1e3)] for name, ms in classes.items()}
    return Digest(subject, "w", rows if isinstance(rows, list) else [rows], p99)


def curve(axis: str, entry: dict[str, Any], **lines: dict[int, Rows | Digest]) -> Curve:
    """Of each subject what was measured at each place."""
    made = []
    for subject, points in lines.items():
        name = subject.replace("_", "-")
        every = {at: d if isinstance(d, Digest) else digest(name, d) for at, d in points.items()}
        made.append(CurveLine(name, [Point(at, d) for at, d in every.items()]))
    return Curve("c", axis, made, entry)


# --- Bursts ---

SLOW = (1.5, 1.7)


def burst(over_ideal: float | None = None, **others: Any) -> SimpleNamespace:
    return row("v", makespan_over_ideal=over_ideal, makespan_ms=60.0, **{"ideal_ms": 50.0} | others)


def test_a_burst_is_told_with_who_is_near_the_ideal_what_it_costs_and_who_was_not_asked():
    texts = sentences(
        curve(
            "connections",
            {"requests": 400},
            unknown={10: burst(), 400: burst(server_rss_peak_kib=None, server_cpu_us_per_request=None)},
            unranked={10: burst(), 400: burst()},
            slow={10: burst(), 400: [burst(over, server_rss_peak_kib=5948, lag_p99_us=9e3) for over in SLOW]},
            near={400: [burst(over, server_threads_peak=9, lag_p99_us=1001) for over in (1.0, 1.2)]},
            fails={400: [burst(1.0, ok=93, reset=7), burst(1.0, ok=99, reset=1)]},
            modest={10: burst(ideal_ms=500.0)},
            unasked={10: burst(ideal_ms=None)},
        )
    )  # fmt: skip
    assert texts == [
        "**c**, 400 requests at once, of the ideal: `near` 1.10× (1.00 to 1.20×), `slow` 1.60× (1.50 to "
        "1.70×) and `fails` failed 8 of 200 requests; to send them took 1.00 ms (lag p99 under `near`).",
        "**What it costs** to hold 400 at once: `near`: threads 9, memory 2.00 MiB, CPU per request 20.0 µs; "
        "`slow`: memory 5.81 MiB, CPU per request 20.0 µs, 10.0 KiB for each request in flight; `unranked`: "
        "memory 2.00 MiB, CPU per request 20.0 µs, 0.00 KiB for each request in flight.",
    ]


@pytest.mark.parametrize(
    "of_run", [{"lag_p99_us": 1000}, {"lag_p99_us": None}, {"ideal_ms": None, "lag_p99_us": 9e3}]
)
def test_a_generator_that_sent_its_burst_soon_is_not_spoken_of(of_run):
    first, costs = sentences(curve("connections", {"requests": 400}, a={400: burst(1.1, **of_run)}))
    assert first == "**c**, 400 requests at once, of the ideal: `a` 1.10×." and costs.startswith("**What")


def test_a_burst_of_which_nothing_is_known_is_told_by_what_it_costs_alone():
    [costs] = sentences(curve("connections", {"requests": 400}, a={400: burst()}))
    assert costs == "**What it costs** to hold 400 at once: `a`: memory 2.00 MiB, CPU per request 20.0 µs."


# --- A closed loop over connections ---


def rate(rps: float | None, **others: Any) -> SimpleNamespace:
    return row("v", throughput_rps=rps, **others)


def test_a_closed_loop_is_told_with_the_most_that_each_reached_and_what_it_keeps():
    texts = sentences(
        curve(
            "connections",
            {},
            keeps={1: rate(100), 10: [rate(400), rate(404), rate(405)], 64: rate(303)},
            limited={1: rate(900, client_bound=True), 10: rate(400), 64: rate(300)},
            limited_there={1: rate(200), 10: rate(100), 64: rate(150, client_bound=True, p99_ms=9)},
            away={1: rate(300), 10: rate(300)},
            fails={1: rate(80), 10: rate(70), 64: rate(500, ok=99, reset=1)},
            untold={1: rate(60), 64: rate(50, latency_p99_us=None)},
            unknown={1: rate(None), 64: rate(None)},
        )
    )
    assert texts == [
        "**c**, 1 to 64 connections, the most requests/s: `limited` at least 900 with 1, `keeps` 404 (400 to "
        "405) with 10, `away` 300 with 1, `limited-there` 200 with 1, `fails` 80 with 1 and `untold` 60 with "
        "1 (at least: the load generator was the limit).",
    ]


def test_of_a_closed_loop_nothing_is_told_that_was_not_measured():
    assert sentences(curve("connections", {}, a={1: rate(None)}, b={1: rate(9, verdict="invalid")})) == []
    [most] = sentences(curve("connections", {}, a={1: rate(7)}, b={9: rate(9, verdict="invalid")}))
    assert most == "**c**, 1 to 9 connections, the most requests/s: `a` 7 with 1."


# --- Offered rates ---


def offered(p99_ms: float = 5.0, rps: float | None = 250.0, **others: Any) -> SimpleNamespace:
    return row("v", p99_ms=p99_ms, throughput_rps=rps, arrivals="poisson", **others)


LOST, PAST = offered(ok=97, reset=3), offered(9, saturated=True)


@pytest.mark.parametrize(
    ("points", "text"),
    [
        ({100: offered(), 200: offered(6)}, "200 requests/s, p99 5.00 ms at 100 and 6.00 ms at 200."),
        (
            {100: offered(), 200: offered(6), 300: PAST, 400: PAST},
            "200 requests/s, p99 5.00 ms at 100 and 6.00 ms at 200; when offered 300/s, it answered 250/s, "
            "p99 9.00 ms.",
        ),
        (
            {100: offered(), 200: LOST, 300: LOST},
            "100 requests/s, p99 5.00 ms at 100; when offered 200/s, 3 of 100 requests failed.",
        ),
        (
            {100: offered(9, saturated=True), 200: offered(6), 300: [offered(7), LOST]},
            "200 requests/s, p99 6.00 ms at 200; when offered 300/s, it answered 250/s, p99 7.00 ms.",
        ),
        (
            {100: offered(), 200: [offered(), offered(saturated=True)], 300: offered(verdict="invalid")},
            "100 requests/s, p99 5.00 ms at 100; when offered 200/s, it answered 250/s, p99 5.00 ms.",
        ),
        ({100: offered(saturated=True), 200: LOST}, "none of the rates."),
    ],
)
def test_a_server_is_told_until_which_rate_it_kept_up_and_what_comes_next(points, text):
    assert sentences(curve("rate", {"requests": 9}, a=points)) == [f"**c**: `a` kept up with {text}"]


def test_of_a_recording_the_objective_comes_first():
    def entry(name: str, axis: str, at: int) -> dict[str, Any]:
        return {"name": name, "curve": {"name": axis, "axis": axis, "at": at}}

    workloads = [
        entry("r1", "rate", 100),
        entry("r2", "rate", 200),
        entry("c", "connections", 1),
        {"name": "w"},
    ]
    rows = [
        row("a", workload="r1", arrivals="poisson"),
        row("a", workload="r2", arrivals="poisson", p99_ms=50, saturated=True),
        row("a", workload="c"),
        row("a", workload="w"),
    ]
    objective = {
        "text": "p99 < 9 ms",
        "curve": "x",
        "highest_rps": {"b": 0, "a": 50, "c": None, "d": 70, "e": 1},
    }
    made = recording(rows, workloads=workloads, objective=objective)
    asked, offered_rates, loop = curve_sentences(made, digests(made))
    assert (
        "ended: `d` up to 70 requests/s, `a` up to 50 requests/s, `e` up to 1 requests/s, `b` at no rate "
        "and `c` at no rate." in asked
    )
    assert offered_rates.startswith("**rate**: `a` kept up with 100") and loop.startswith(
        "**connections**, 1 to 1 conn"
    )
    assert objective_sentence({}) == ""
