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


def probes(server: Server, *known) -> tuple[int | None, list[int]]:
    return highest_rate(server.meets, *known), server.probes


def test_the_search_doubles_then_halves_the_distance_by_ratio_then_confirms():
    found, asked = probes(Server(4321), None, None)
    assert asked == [1000, 2000, 4000, 8000, 5660, 4760, 4360, 4180, 4270, 4270, 4270]
    assert found == 4270
    assert probes(Server(4321), 4000, 4400)[1] == [4200, 4300, 4300, 4300]
    assert probes(Server(50), None, 300) == (50, [150, 75, 38, 53, 45, 49, 51, 50, 50, 50])


def test_below_a_request_a_second_and_above_ten_million_nothing_is_asked():
    assert probes(Server(0), None, None) == (None, [1000, 500, 250, 125, 62, 31, 16, 8, 4, 2, 1])
    assert probes(Server(1), None, 2) == (1, [1, 1, 1])
    found, asked = probes(Server(10**9), None, None)
    assert found == max(asked) == 8_160_000
    assert probes(Server(10**9), 5_000_000, None)[1] == [10_000_000] * 3


def test_two_rates_that_are_a_step_apart_are_not_told_apart():
    assert probes(Server(1000), 1000, 1030) == (1000, [1000, 1000])
    assert 1010 < probes(Server(1015), 1000, 1031)[1][0] < 1030


@pytest.mark.parametrize(
    ("good", "confirmed", "asked"),
    [(1000, 943, [1000, 971, 943, 943]), (10, 8, [10, 9, 8, 8]), (2, None, [2, 1])],
)
def test_what_is_not_met_again_is_tried_a_step_lower(good, confirmed, asked):
    server = Server(confirmed or 0)
    assert probes(server, good, good + 1) == (confirmed, asked)


def test_a_rate_is_confirmed_twice():
    answers = iter([True, False, True, True])
    assert highest_rate(lambda rate: next(answers), 1000, 1001) == 971


@pytest.mark.parametrize(
    ("text", "measure", "limit_us"),
    [
        ("mean<300us", "mean", 300),
        ("max < 2s", "max", 2e6),
        ("p50<0.5µs", "p50", 0.5),
        ("p90<9ms", "p90", 9000),
    ],
)
def test_a_limit_has_any_unit(text, measure, limit_us):
    objective = parse_objective(text)
    assert (objective.measure, objective.limit_us, objective.text) == (measure, limit_us, text)


@pytest.mark.parametrize(
    ("change", "met"),
    [
        ({"achieved_over_offered": "0.98", "verdict": "invalid"}, True),
        ({"achieved_over_offered": "0.979", "verdict": "invalid"}, None),
        ({"achieved_over_offered": "", "verdict": "invalid"}, True),  # a closed loop offers nothing
        ({"verdict": "failed"}, False),
        ({"latency_p99_us": None}, False),
        ({"ok": "0", "requests": "0"}, True),
    ],
)
def test_a_disturbed_run_met_it_if_nearly_all_was_sent(change, met):
    summary = {
        "verdict": "valid",
        "ok": "9",
        "requests": "9",
        "latency_p99_us": "1",
        "achieved_over_offered": "1",
    }
    assert parse_objective("p99<50ms").is_met(summary | change) is met
