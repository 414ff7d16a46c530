"""Where the search for the highest rate begins: at what the runs of the curve have shown."""

from __future__ import annotations

from types import SimpleNamespace

from benching.objective import bracket, parse_objective

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
