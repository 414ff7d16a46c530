"""The way from blocks to a commit: which is measured next, what is skipped, and when it ends."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from bisecting.search import Credible, Ending, Evidence, Posterior, SearchRule
from bisecting.search import conclusion_of, information, next_place, posterior_of, search

RULE = SearchRule(margin=0.02)


class Simulated:
    """A history of made-up blocks. `begin`: the place that is slower; `broken`: those that do not build."""

    def __init__(self, begin: int | None, size: float = 0.05, broken: tuple[int, ...] = (), seed: int = 1):
        self.begin, self.size, self.broken = begin, size, broken
        self.draw, self.evidence = random.Random(seed), Evidence()
        self.measured: list[int] = []
        self.most = 60

    def measure(self, place: int, _conclusion: object = None) -> bool:
        self.measured.append(place)
        if place in self.broken:
            self.evidence.skipped[place] = "does not build"
        centre = -self.size if self.begin and place >= self.begin else 0.0
        if place not in self.broken:
            made = [self.draw.gauss(centre, 0.013) for _ in range(RULE.batch)]
            self.evidence.samples.setdefault(place, []).extend(made)
        return len(self.measured) < self.most

    def search(self, last: int = 32):
        return search(last, RULE, self.evidence, self.measure, lambda _: 1.0)


@pytest.mark.parametrize("begin", [1, 2, 11, 31, 32])
def test_the_commit_is_reached_in_few_batches(begin):
    history = Simulated(begin)
    conclusion = history.search()
    assert (conclusion.ending, conclusion.suspects[0].places) == (Ending.BEGAN_HERE, range(begin, begin + 1))
    assert conclusion.suspects[0].chance >= RULE.confidence
    assert conclusion.posterior.size.low < 0.05 < conclusion.posterior.size.high
    assert len(history.measured) <= 20


def test_bad_is_measured_until_there_is_something_to_look_for_and_then_the_middle():
    history = Simulated(20)
    history.search()
    first_else = next(at for at, place in enumerate(history.measured) if place != 32)
    assert first_else >= 1
    assert history.measured[first_else] == 16


def test_equal_sides_end_it_at_bad():
    history = Simulated(None)
    conclusion = history.search()
    assert conclusion.ending is Ending.NOT_SLOWER
    assert conclusion.ending.exit_code == 3
    assert set(history.measured) == {32}


def test_a_bad_that_stays_unclear_is_not_measured_for_ever():
    samples = {32: [-0.022, -0.014] * 20}  # between nothing and the margin
    posterior = posterior_of(32, samples, RULE.margin)
    assert RULE.confidence > posterior.none > 1 - RULE.confidence
    assert next_place(posterior, RULE, Evidence(samples), lambda _: 1.0) != 32


def test_commits_that_cannot_be_measured_are_skipped_and_stay_suspects_with_the_next_that_can():
    history = Simulated(13, broken=(12, 13, 14, 16))
    conclusion = history.search()
    assert conclusion.ending is Ending.BEGAN_HERE
    assert conclusion.suspects[0].places == range(12, 16)
    assert not {12, 13, 14, 16} & set(history.evidence.samples)
    assert all(history.measured.count(place) <= 1 for place in history.broken)


def test_where_only_bad_can_be_measured_all_are_suspects():
    conclusion = Simulated(3, broken=(1, 2, 3, 4)).search(last=5)
    assert (conclusion.ending, conclusion.suspects[0].places) == (Ending.BEGAN_HERE, range(1, 6))


def test_when_the_time_is_over_the_suspects_are_what_there_is():
    history = Simulated(20)
    history.most = 4
    conclusion = history.search()
    assert (conclusion.ending, conclusion.ending.exit_code) == (Ending.OPEN, 3)
    chances = [each.chance for each in conclusion.suspects]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) + conclusion.posterior.none == pytest.approx(1)
    assert any(20 in each.places and each.chance > 0.03 for each in conclusion.suspects)


def test_it_goes_on_with_the_evidence_that_is_there():
    whole = Simulated(9)
    whole.search()
    measured = len(whole.measured)
    assert whole.search().ending is Ending.BEGAN_HERE
    assert len(whole.measured) == measured


def test_a_wild_batch_costs_time_and_not_the_answer():
    history = Simulated(20)
    history.evidence.samples = {16: [-0.05, -0.3, 0.0, -0.03], 8: [0.0, 0.01, -0.01, 0.0]}
    assert history.search().suspects[0].places == range(20, 21)


def test_where_builds_are_dear_what_is_built_is_measured_again_first():
    samples = {32: [-0.05, -0.06, -0.04, -0.05] * 3, 8: [0.0, 0.01] * 4, 16: [-0.035, -0.01, -0.04, 0.0]}
    posterior, evidence = posterior_of(32, samples, RULE.margin), Evidence(samples)
    assert 0.05 < posterior.begun_by(16) < 0.999
    assert next_place(posterior, RULE, evidence, lambda place: 8.0 if place in samples else 400.0) == 16


def test_information_is_between_nothing_and_the_entropy():
    assert information(0.5, 0.0) == pytest.approx(0, abs=1e-6)
    assert information(0.5, 30.0) == pytest.approx(1, abs=1e-6)
    assert information(0.1, 30.0) == pytest.approx(-0.1 * math.log2(0.1) - 0.9 * math.log2(0.9), abs=1e-6)
    assert information(0.0, 3.0) == information(1.0, 3.0) == pytest.approx(0, abs=1e-9)
    assert information(0.0, 30.0) == information(1.0, 30.0) == pytest.approx(0, abs=1e-9)
    steps = [information(0.3, distance) for distance in (0.5, 1, 2, 4)]
    assert steps == sorted(steps)
    assert information(0.5, 1.0) == pytest.approx(0.1607, abs=1e-3)  # two normals, one deviation between


def test_nine_of_ten_histories_with_a_small_slowdown_are_right_too():
    conclusions = [Simulated(1 + seed % 16, size=0.03, seed=seed).search(16) for seed in range(10)]
    right = [
        f.suspects[0].places == range(1 + seed % 16, 2 + seed % 16) for seed, f in enumerate(conclusions)
    ]
    assert sum(right) >= 9


def test_equal_chances_are_in_the_order_of_the_history_those_of_the_skipped_with_the_next():
    evidence = Evidence({8: [-0.05] * 8}, {2: "does not build", 3: "does not build", 6: "does not build"})
    suspects = conclusion_of(8, RULE, evidence).suspects
    assert [each.places for each in suspects] == [
        range(2, 5),
        range(6, 8),
        range(1, 2),
        range(5, 6),
        range(8, 9),
    ]
    one = suspects[2].chance
    assert [each.chance / one for each in suspects] == pytest.approx([3, 2, 1, 1, 1])


def test_a_commit_is_named_from_its_confidence_on():
    evidence = Evidence({4: [-0.05] * 8, 2: [0.0] * 8, 3: [-0.05] * 8})
    chance = conclusion_of(4, RULE, evidence).suspects[0].chance
    for confidence, ending in ((chance, Ending.BEGAN_HERE), (chance + 1e-9, Ending.OPEN)):
        assert conclusion_of(4, replace(RULE, confidence=confidence), evidence).ending is ending


def test_bad_is_not_slower_from_its_confidence_on_and_after_three_batches():
    evidence = Evidence({4: [0.001, -0.001] * 6})
    none = conclusion_of(4, RULE, evidence).posterior.none
    assert none > RULE.confidence
    for confidence, ending in ((none, Ending.NOT_SLOWER), (none + 1e-9, Ending.OPEN)):
        assert conclusion_of(4, replace(RULE, confidence=confidence), evidence).ending is ending
    evidence.samples[4].pop()
    assert conclusion_of(4, RULE, evidence).posterior.none > RULE.confidence
    assert conclusion_of(4, RULE, evidence).ending is Ending.OPEN


def made(*chances: float, size: float = 0.05, **more: float) -> Posterior:
    """With these chances after the rest, which is that of none."""
    return Posterior((1 - sum(chances), *chances), Credible(size, size, size), **more)


def test_bad_comes_first_until_it_is_clear_or_four_batches_leave_it_open():
    half = made(0.4, 0.2, 0.3)
    assert next_place(half, RULE, Evidence({3: [0.0] * 15}), lambda _: 1.0) == 3
    assert next_place(half, RULE, Evidence({3: [0.0] * 16}), lambda _: 1.0) != 3
    sure = Posterior((0.25, 0.25, 0.25, 0.25), Credible(0.05, 0.05, 0.05))
    for confidence, place in ((0.75, 2), (0.751, 3)):
        rule = replace(RULE, confidence=confidence)
        assert next_place(sure, rule, Evidence(), lambda _: 1.0) == place


@pytest.mark.parametrize(
    ("posterior", "blocks", "skipped", "prices", "place"),
    [
        (made(0.3, 0.15, 0.15, 0.4), {}, (), {}, 2),  # the middle of the chances
        (made(0.3, 0.15, 0.15, 0.4), {}, (2,), {}, 3),
        (made(0.3, 0.15, 0.15, 0.4), {}, (), {2: 2.0}, 3),  # in half the time nearly as much
        (made(0.3, 0.15, 0.15, 0.4), {2: 40}, (), {}, 3),  # what is known already is not asked again
        (made(0.3, 0.15, 0.15, 0.4), {2: 40, 3: 40}, (), {1: 9.0, 3: 9.0, 4: 9.0}, 2),
        (made(0.3, 0.4, 0.3, size=0.01, noise=0.05), {1: 4}, (), {}, 2),
    ],
)
def test_next_is_what_says_most_in_a_second(posterior, blocks, skipped, prices, place):
    evidence = Evidence({at: [0.0] * count for at, count in blocks.items()}, dict.fromkeys(skipped, "broken"))
    assert next_place(posterior, RULE, evidence, lambda at: prices.get(at, 1.0)) == place


def test_what_there_is_to_say_needs_no_search():
    conclusion = conclusion_of(4, RULE, Evidence({4: [-0.05] * 8, 2: [0.0] * 8, 3: [-0.05] * 8}))
    assert (conclusion.ending, conclusion.suspects[0].places) == (Ending.BEGAN_HERE, range(3, 4))
    assert conclusion.ending.exit_code == 0
