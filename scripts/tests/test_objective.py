"""The search for the highest rate that meets an objective, with servers that are only a number."""

from __future__ import annotations

import random

import pytest

from benching.objective import STEP, highest_rate, parse_objective, rounded


class Server:
    """Meets the objective up to its capacity; every probe is counted."""

    def __init__(self, capacity: float):
        self.capacity = capacity
        self.probes: list[int] = []

    def meets(self, rate: int) -> bool:
        self.probes.append(rate)
        return rate <= self.capacity


@pytest.mark.parametrize("capacity", [12, 99, 1000, 4321, 41_358, 987_654])
@pytest.mark.parametrize("known", [(None, None), (10, None), (None, 2_000_000), (10, 2_000_000)])
def test_the_highest_rate_is_found_to_within_a_step_and_confirmed(capacity, known):
    server = Server(capacity)
    found = highest_rate(server.meets, *known)
    assert found is not None and found <= capacity < found * STEP * 1.02 + 2
    assert server.probes[-2:] == [found, found]
    assert len(server.probes) < 60


def test_a_server_that_never_meets_it_ends_the_search():
    assert highest_rate(Server(0).meets, None, None) is None


def test_a_rate_that_was_met_by_luck_is_not_confirmed():
    rng = random.Random(1)
    lucky = iter([True] * 3)

    def meets(rate: int) -> bool:
        return rate <= 1000 or (rate < 1200 and next(lucky, False) and rng.random() < 2)

    found = highest_rate(meets, 900, 1300)
    assert found is not None and found <= 1000


def test_rates_have_three_digits():
    assert [rounded(r) for r in (7.4, 123.4, 1234, 41_358.7, 999_999)] == [7, 123, 1230, 41_400, 1_000_000]


def test_an_objective_is_read_as_it_is_written():
    objective = parse_objective("p99.9 < 2.5ms")
    assert (objective.measure, objective.limit_us) == ("p99_9", 2500)
    assert str(parse_objective("p99<50ms")) == "p99 < 50 ms"


@pytest.mark.parametrize("text", ["", "p99", "p99<50", "p98<5ms", "p99>5ms", "p99<0ms", "p99<-1ms"])
def test_what_is_not_an_objective_is_refused_with_the_form(text):
    with pytest.raises(ValueError, match="write it as p99<50ms"):
        parse_objective(text)


@pytest.mark.parametrize(
    ("change", "met"),
    [
        ({}, True),
        ({"verdict": "invalid"}, True),  # a late generator only makes latency longer
        ({"latency_p99_us": "50000"}, False),
        ({"latency_p99_us": ""}, False),
        ({"latency_p99_us": "50000", "verdict": "invalid"}, None),
        ({"achieved_over_offered": "0.9", "verdict": "invalid"}, None),
        ({"achieved_over_offered": "0.9"}, True),  # so few that Poisson's own spread is as wide
        ({"ok": "99"}, False),
    ],
)
def test_a_run_meets_it_does_not_or_cannot_tell(change, met):
    summary = {
        "verdict": "valid",
        "ok": "100",
        "requests": "100",
        "latency_p99_us": "49999",
        "achieved_over_offered": "1.01",
    }
    assert parse_objective("p99<50ms").is_met(summary | change) is met
