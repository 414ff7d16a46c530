"""Where the search for the highest rate begins: at what the runs of the curve have shown; and its probes."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from benching import objective
from benching.measure import search
from benching.objective import bracket, parse_objective
from plans.variant import Variant
from plans.workload import CurvePoint, RequestClass, Workload

OBJECTIVE = parse_objective("p99<50ms")


def run(rate: int | None, p99_us: float | None, variant: str = "async", client: str = "loadgen"):
    """A run at the rate, and its summary; None: there is none."""
    made = SimpleNamespace(
        workload=SimpleNamespace(rate_rps=rate), variant=SimpleNamespace(name=variant), client=client
    )
    summary = {"ok": 10, "requests": 10, "verdict": "valid", "latency_p99_us": p99_us}
    return made, None if p99_us is None else summary


def test_it_lies_between_the_last_rate_that_met_and_the_first_that_did_not():
    done = [run(100, 1e3), run(1000, 2e3), run(2000, 90e3), run(3000, 95e3), run(None, 1e3)]
    assert bracket("async", OBJECTIVE, done) == (1000, 2000)


def test_a_rate_counts_only_if_each_of_its_runs_and_all_lower_rates_met():
    done = [run(100, 1e3), run(1000, 2e3), run(1000, 60e3), run(2000, 1e3)]
    assert bracket("async", OBJECTIVE, done) == (100, 1000)
    assert bracket("async", OBJECTIVE, [run(100, None), run(1000, 1e3)]) == (None, 100)


def test_runs_of_others_say_nothing():
    done = [run(100, 1e3, variant="pool-8"), run(100, 1e3, client="wrk")]
    assert bracket("async", OBJECTIVE, done) == (None, None)


def test_the_next_rate_that_did_not_meet_is_the_least_above_whatever_failed_elsewhere():
    done = [run(100, 1e3), run(200, 1e3), run(400, 90e3), run(300, 90e3), run(500, 1e3)]
    assert bracket("async", OBJECTIVE, done) == (200, 300)
    disturbed = (run(150, 1e3)[0], {"ok": 1, "requests": 1, "verdict": "invalid", "latency_p99_us": 90e3})
    assert bracket("async", OBJECTIVE, [run(100, 1e3), disturbed, run(150, 1e3), run(1, 1e3)]) == (150, None)
    assert bracket("async", OBJECTIVE, [run(100, 1e3), disturbed]) == (100, 150)
    assert bracket("async", OBJECTIVE, [run(1, 90e3)]) == (None, 1)


def test_a_flag_is_read_without_the_packages_that_a_search_needs():
    assert not hasattr(objective, "Console") and not hasattr(objective, "Bench")


SHORT = RequestClass("short", 1, "/ping", False)
CLOSED = Workload("closed", None, 10, "kept", (SHORT,), duration_ms=2000)
CURVE = Workload("load-500", None, 10, "kept", (SHORT,), rate_rps=500, duration_ms=2000)


def probed(answer, *names: str, workloads=(CLOSED, CURVE), done=(), most_rate=None):
    """What the search comes to with these variants, the runs that it made, and the lines that it said."""
    made, text = [], io.StringIO()

    def make(run):
        made.append(run)
        return answer(run)

    variants = tuple(Variant(name, "server", most_rate=most_rate) for name in names)
    suite = SimpleNamespace(workloads=workloads, variants=variants)
    bench = SimpleNamespace(prepared=SimpleNamespace(suite=suite), make=make, done=done)
    return search(OBJECTIVE, bench, Console(file=text, width=200)), made, text.getvalue().splitlines()


def met(rate: int, **changes):
    figures = {"ok": 9, "requests": 9, "verdict": "valid", "latency_p99_us": 1000.0 if rate <= 1000 else 6e4}
    return figures | changes, None


def test_each_probe_is_a_run_of_the_curve_at_its_rate_and_is_said_with_its_figure():
    done = [run(1000, 1e3), run(1100, 90e3)]
    found, made, lines = probed(lambda run: met(run.workload.rate_rps), "async", "pool-8", done=done)
    assert found["text"] == "p99 < 50 ms" and found["curve"] == "load-500"
    assert list(found["highest_rps"]) == ["async", "pool-8"] and found["highest_rps"]["async"] == 1000
    probes = [run for run in made if run.variant.name == "async"]
    asked = [(run.workload.name, run.workload.rate_rps, run.repetition) for run in probes]
    assert asked == [
        ("load-500-probe-1050", 1050, 1),
        ("load-500-probe-1020", 1020, 1),
        ("load-500-probe-1000", 1000, 1),
        ("load-500-probe-1000", 1000, 2),
    ]
    assert {(run.workload.duration_ms, run.workload.curve, run.ideal_ms) for run in made} == {
        (2000, None, None)
    }
    assert lines[:5] == [
        "probe      async, 1,050/s: not met, p99 60.0 ms",
        "probe      async, 1,020/s: not met, p99 60.0 ms",
        "probe      async, 1,000/s: met, p99 1.00 ms",
        "probe      async, 1,000/s: met, p99 1.00 ms",
        "objective  async: p99 < 50 ms up to 1,000/s",
    ]


def test_the_probes_of_a_curve_have_its_name_and_a_variant_that_does_not_meet_it_has_none():
    point = Workload(**vars(CURVE) | {"curve": CurvePoint("load", "rate", 500)})
    found, made, lines = probed(lambda run: met(0), "async", workloads=(point,), most_rate=499)
    assert found == {"text": "p99 < 50 ms", "curve": "load", "highest_rps": {}} and (made, lines) == ([], [])
    found, made, _ = probed(lambda run: ({}, "it died"), "async", workloads=(point,))
    assert made[0].workload.name == "load-probe-1000" and found["highest_rps"] == {"async": None}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (({}, "it died"), "not met, no figure (it died)"),
        (met(1, latency_p99_us=""), "not met, no figure"),
        (
            met(1, verdict="invalid", reasons="late", achieved_over_offered=""),
            "met, p99 1.00 ms, invalid: late",
        ),
        ((met(1)[0], "it ended"), "not met, p99 1.00 ms (it ended)"),
    ],
)
def test_a_probe_says_what_was_wrong(answer, says):
    _, _, lines = probed(lambda run: answer, "async", done=[run(1000, 90e3)])
    assert lines[0] == f"probe      async, 500/s: {says}"


def test_a_disturbed_probe_is_made_again_and_three_times_at_most():
    disturbed = met(2000, verdict="invalid", reasons="late", achieved_over_offered="1")
    found, made, lines = probed(lambda run: disturbed, "async", done=[run(1000, 1e3), run(1100, 90e3)])
    assert [run.workload.rate_rps for run in made[:4]] == [1050, 1050, 1050, 1020]
    assert [run.repetition for run in made[:4]] == [1, 2, 3, 1]
    assert lines[0] == "probe      async, 1,050/s: cannot tell, p99 60.0 ms, invalid: late"
    assert lines[-1] == "objective  async: p99 < 50 ms up to no rate meets it"
    again = iter([disturbed, met(1)])
    _, made, _ = probed(lambda run: next(again, met(1)), "async", done=[run(1000, 1e3), run(1040, 90e3)])
    assert [run.workload.rate_rps for run in made] == [1020, 1020, 1020, 1020]
