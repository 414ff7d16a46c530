"""What is said and drawn of overload, of CPU-bound requests beside short ones, and of a cold start."""

from __future__ import annotations

import csv
import json
from math import inf
from pathlib import Path
from types import SimpleNamespace

import pytest

from chart_reading import charts_of, lines, visible, within
from charts import curves, rows, runs
from charts.palette import SURFACE
from metrics.digest import Digest, digests
from metrics.metrics import Figure
from metrics.overload import goodput_share, of_valid, recoveries, recovery, wasted_share
from recordings.recording import Recording
from synthetic import MODELS, Model, Spec, build
from words.findings import cold_sentences, findings, recovery_sentences, recovery_text

STEPS = [[1000, 50], [500, 200], [1000, 50]]
ASYNC, LIMITED = "async", "async-limited"


def rewrite(folder: Path, change) -> None:
    """Has `change` make each row of the summary another."""
    path = folder / "summary.csv"
    with path.open(newline="") as file:
        rows = [row | change(row) for row in csv.DictReader(file)]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)


def declare(folder: Path, **entries: dict) -> None:
    """Adds to what run.json says of workloads."""
    about = json.loads((folder / "run.json").read_text())
    about["workloads"] = [entry | entries[entry["name"].replace("-", "_")] for entry in about["workloads"]]
    (folder / "run.json").write_text(json.dumps(about))


def request(due_ms: float, latency_ms: float, outcome: str = "ok") -> SimpleNamespace:
    return SimpleNamespace(due_us=due_ms * 1e3, latency_us=latency_ms * 1e3, outcome=outcome)


def requests(bad_until_ms: float, *more: SimpleNamespace) -> list[SimpleNamespace]:
    """One every 10 ms, answered in 2 ms but for those from the step up until then."""
    late = [request(at, 100, "timed_out") for at in range(1000, int(bad_until_ms), 10)]
    early = [request(at, 2) for at in (*range(0, 1000, 10), *range(int(bad_until_ms), 2500, 10))]
    return [*early, *late, *more]


# --- How long it takes ---


def test_p99_is_what_it_was_from_the_first_of_three_good_tenths_of_a_second_on():
    made = recovery(requests(1800), STEPS)
    assert (made.before_us, made.begin_ms, made.back_ms, made.after_ms) == (2000, 1000, 1500, 300)
    assert [w.p99_us for w in made.windows[9:11]] == [2000, inf] and made.windows[10].at_least_us == 100e3


def test_a_good_moment_is_not_the_end():
    made = recovery([*requests(1600), request(1705, 50)], STEPS)
    assert made.after_ms == 300


def test_who_is_not_seen_to_recover_is_said_to_take_longer_than_was_watched():
    never, soon = recovery(requests(2400), STEPS), recovery(requests(1500), STEPS)
    assert never.after_ms is None and soon.after_ms == 0
    assert recovery_text([never]) == "at least 1.00 s"
    assert recovery_text([soon]) == "0 µs"
    assert recovery_text([soon, soon, never]) == (
        "0 µs (0 µs to 1.00 s), in 1 run of 3 not while it was watched"
    )


def test_twice_what_it_was_is_as_before_and_three_tenths_of_a_second_in_a_row_are_needed():
    early = [request(at, 2) for at in range(0, 1500, 10)]
    after = {1500: 4.01, 1600: 4, 1700: 4, 1800: 4.01, 1900: 4, 2000: 4, 2100: 4, 2300: 90}
    made = recovery([*early, *(request(at, ms) for at, ms in after.items())], STEPS)
    assert made.after_ms == 400 and made.watched_ms == 1000
    assert [(w.start_ms, w.p99_us) for w in made.windows[-2:]] == [(2100, 4000), (2300, 90e3)]
    assert recovery([*early, request(1500, 2), request(1600, 2)], STEPS).after_ms is None


def test_what_is_due_at_a_step_belongs_to_it_and_what_comes_after_the_last_to_none():
    rows = [request(at, 2) for at in (0, 500, 1400)] + [request(1000, 9), request(1499.9, 3)]
    made = recovery([*rows, request(2500, 8), SimpleNamespace(due_us=None, latency_us=5.0)], STEPS)
    assert made.before_us == 2000 and [w.start_ms for w in made.windows] == [0, 500, 1000, 1400]
    assert [w.p99_us for w in made.windows] == [2000, 2000, 9000, 3000]
    assert recovery([request(1000, 2)], STEPS) is None, "nobody asked before the step"
    assert recovery(rows, [[1000, 50], [500, 200], [1000, 60]]) is None
    assert recovery(rows, [*STEPS, [1000, 50]]) is None


def test_recoveries_are_of_valid_runs_that_kept_their_rows():
    rows = {"all": requests(1500), "early": requests(2400)}
    runs = [SimpleNamespace(verdict=verdict, rows_cut=cut, rows=name) for verdict, cut, name in (
        ("valid", False, "all"), ("valid", True, "all"), ("invalid", False, "all"), ("valid", False, "early"),
    )]  # fmt: skip
    declared = {"w": {"steps": STEPS}, "steady": {}}
    recording = SimpleNamespace(workload=declared.get, requests_of=lambda of_run: rows[of_run.rows])
    found = recoveries(recording, Digest("a", "w", runs, {}))
    assert [made.after_ms for made in found] == [0, None]
    assert recoveries(recording, Digest("a", "steady", runs, {})) == []
    assert of_valid(lambda r: Figure(len(rows[r.rows])), Digest("a", "w", runs, {})).runs == 3


def test_nothing_is_said_where_p99_was_never_there():
    assert recovery(requests(2400, *(request(at, 100, "timed_out") for at in (1, 2, 3))), STEPS) is None
    assert recovery(requests(1500), [[1000, 50], [500, 200]]) is None


# --- What is left, and what is spent ---


def run(**changes: object) -> SimpleNamespace:
    row = {
        "throughput_rps": 450.0,
        "ok": 450,
        "duration_s": 1.0,
        "drain_ms": 250.0,
        "server_utilisation": 0.8,
    }
    row |= {"capacity_rps": 900.0, "capacity_cpu_us_per_request": 1000.0}
    return SimpleNamespace(**row | changes)


def test_goodput_is_a_share_of_the_capacity_and_the_rest_of_the_cpu_was_for_nobody():
    assert goodput_share(run()).value == 0.5
    assert wasted_share(run()).value == pytest.approx(1 - 0.45 / 1.0)
    assert wasted_share(run(ok=1001)).value == 0
    assert wasted_share(run(drain_ms=None)).value == pytest.approx(1 - 0.45 / 0.8)
    assert wasted_share(run(drain_ms=10_000)).value == pytest.approx(1 - 0.45 / 8.8)
    for column in ("capacity_cpu_us_per_request", "duration_s"):
        assert wasted_share(run(**{column: None})) is None
    assert (
        goodput_share(run(capacity_rps=None)) is None and wasted_share(run(server_utilisation=None)) is None
    )


@pytest.fixture(scope="module")
def overloaded(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """At three times its capacity async has a tenth of it left, and all where it is limited."""
    spec = Spec(
        models={ASYNC: MODELS[ASYNC], LIMITED: MODELS[ASYNC]},
        workloads={"offered-50": {"long": 10}, "offered-300": {"long": 100}, "recover": {"long": 10}},
        failures={(name, "offered-300", n): 60 for name in (ASYNC, LIMITED) for n in (1, 2)},
    )
    folder = build(tmp_path_factory.mktemp("overload") / "r", spec)
    left = {("offered-50", ASYNC): 450, ("offered-300", ASYNC): 90, ("offered-300", LIMITED): 900}
    rewrite(
        folder,
        lambda row: {
            "throughput_rps": left.get((row["workload"], row["variant"]), 450),
            "capacity_rps": 900,
            "capacity_cpu_us_per_request": 100,
            "server_utilisation": 0.5,
            "duration_s": 0.1,
            "makespan_ms": "",
        },
    )
    curve = {"capacity": "capacity", "timeout_ms": 100, "requests": None, "retries": 2}
    points = {f"offered_{at}": {"curve": {"name": "offered", "axis": "load", "at": at}} for at in (50, 300)}
    points = {name: curve | point for name, point in points.items()}
    declare(folder, **points, recover={"steps": STEPS, "capacity": "capacity"})
    return Recording.load(folder)


def test_what_is_left_at_the_most_that_is_offered_is_told(overloaded: Recording):
    every = findings(overloaded, digests(overloaded))
    texts = "\n".join(finding.text for finding in every)
    asked = "offered 3 times its own capacity by clients that ask again 2 times, each still answers, "
    assert f"{asked}within 100 ms, of that capacity: `async-limited` 100 % and `async` 10 %." in texts
    assert "for replies nobody waited for: `async` 92 % and `async-limited` 92 %." in texts
    assert not any("requests failed" in finding.text for finding in every), "that is what is asked"


def test_what_is_left_is_drawn_against_what_is_offered(overloaded: Recording):
    chart = charts_of(curves.draw, (overloaded, digests(overloaded)))["overload"]
    goodput, nobody = visible(chart)
    [(low, high)] = [
        line.get_ydata() for line in lines(goodput, points=2) if set(line.get_xdata()) == {50, 300}
    ][:1]
    assert (low, high) == (0.5, 0.1)
    assert goodput.get_xlabel() == nobody.get_xlabel() == "% of its own capacity offered"
    assert chart.texts[0] == (
        "goodput in offered: async from 50 % at 50 to 10 % at 300, "
        "async-limited from 50 % at 50 to 100 % at 300"
    )
    assert len(chart.texts) == 2 and chart.texts[1].startswith("CPU for nobody in offered: async from ")
    assert "async-limited from" in chart.texts[1] and " to 92 % at 300" in chart.texts[1]
    diagonals = [
        [[0, 100], [0, 1]] in [list(map(list, line.get_data())) for line in a.lines]
        for a in (goodput, nobody)
    ]
    assert diagonals == [True, False], "only goodput has what is offered to be held against"
    for axes in (goodput, nobody):
        assert axes.get_xlim() == pytest.approx((-6, 315)) and axes.get_ylim() == (0, pytest.approx(1.05))
        assert axes.xaxis.get_major_formatter()(200, 0) == "200 %"


def test_the_time_to_recover_is_told_and_drawn_of_all_rows(overloaded: Recording, monkeypatch):
    monkeypatch.setattr(Recording, "requests_of", lambda _, run: requests(1800))
    made = digests(overloaded)
    [text] = recovery_sentences(overloaded, made)
    assert text.startswith("**recover**: after 500 ms of 2 times its capacity, back at 50 % of it, p99 is ")
    assert text.endswith("after: `async` 300 ms and `async-limited` 300 ms.")
    chart = charts_of(runs.draw_recovery, (overloaded, made))["recovery"]
    assert chart.texts == ["recover, as before after: async 300 ms, async-limited 300 ms"]
    [panel] = visible(chart)
    assert [line.get_xdata()[0] for line in lines(panel, points=2)] == [1e6, 1.5e6]
    starts = [n * 1e5 for n in range(25)]
    assert [list(line.get_xdata()) for line in lines(panel, points=25)] == [starts] * 2
    marks = lines(panel, lines(panel, points=1)[0].get_marker(), points=1)
    assert [line.get_xdata()[0] for line in marks] == starts
    assert [line.get_ydata()[0] for line in marks[9:19]] == [2000, *[100e3] * 8, 2000]
    hollow = [line.get_xdata()[0] for line in marks if line.get_markerfacecolor() == SURFACE]
    assert hollow == [n * 1e5 for n in range(10, 18)], "there one in a hundred had no reply"
    assert panel.get_xlim() == (0, pytest.approx(2.625e6)) and within(panel, starts, [2000, 100e3])
    assert panel.get_ylim() == pytest.approx((2000 / 50**0.05, 100e3 * 50**0.05))


# --- Fair and cold ---


def test_the_short_ones_are_told_and_drawn_alone_and_beside_what_computes(tmp_path: Path):
    spec = Spec(
        models={"async": Model(1, 15, 45, 1), "async-offload": Model(None, 15, 45, 1)},
        workloads={"beside-0": {"short": 20}, "beside-40": {"short": 20, "cpu": 20}},
        waiting=frozenset({"cpu"}),
    )
    folder = build(tmp_path / "fair", spec)
    points = {f"beside_{at}": {"curve": {"name": "beside", "axis": "share", "at": at}} for at in (0, 40)}
    declare(folder, **points)
    made = Recording.load(folder)
    texts = [finding.text for finding in findings(made, digests(made))]
    told = next(
        text for text in texts if text.startswith("**beside**: with CPU-bound requests on 40 % of a ")
    )
    assert "(with 0 %: " in told and ", 99 % of the short ones are answered within: `async-offload` " in told
    [panel] = visible(charts_of(curves.draw, (made, digests(made)))["fair"])
    assert panel.get_yscale() == "log" and panel.get_xscale() == "linear"
    assert [list(line.get_xdata()) for line in lines(panel, points=2)][0] == [0, 40]


def test_a_cold_start_is_told_and_drawn(tmp_path: Path):
    spec = Spec(models={n: MODELS[n] for n in ("async", "pool-8")}, workloads={"burst": {"short": 100}})
    folder = build(tmp_path / "cold", spec)
    start_ms = {"async": 8, "pool-8": 6}
    rewrite(folder, lambda row: {"server_start_ms": start_ms[row["variant"]], "server_rest_rss_kib": 4096})
    declare(folder, burst={"silence_ms": 1000})
    made = Recording.load(folder)
    start, rest = cold_sentences(made, digests(made))
    assert start.endswith(": `pool-8` 6.00 ms and `async` 8.00 ms.")
    assert rest.endswith(": `async` 4.00 MiB and `pool-8` 4.00 MiB.")
    chart = charts_of(rows.draw_cold, (made, digests(made)))["cold"]
    assert [axes.get_title(loc="left") for axes in visible(chart)] == [
        *("start to first reply", "memory at rest", "makespan"),
    ]
    assert chart.texts[0].startswith(
        "burst async: start to first reply 8.00 ms, memory at rest 4.00 MiB, makespan "
    )
