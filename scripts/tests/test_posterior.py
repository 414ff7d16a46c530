"""Where a slowdown began, by made-up ratios whose beginning is known: the posterior over the commits."""

from __future__ import annotations

import random
from statistics import mean

import numpy
import pytest

from bisecting.posterior import posterior_of

MARGIN = 0.02


def ratios(centre: float, count: int, seed: int = 1, noise: float = 0.008) -> list[float]:
    draw = random.Random(f"{centre} {count} {seed}")
    return [draw.gauss(centre, noise) for _ in range(count)]


def split(begin: int, places: tuple[int, ...], count: int = 8, size: float = 0.05) -> dict[int, list[float]]:
    """The samples of these places, where it began at `begin`."""
    return {place: ratios(-size if place >= begin else 0.0, count, place) for place in places}


def test_before_any_block_all_commits_are_alike_and_half_is_for_none():
    posterior = posterior_of(4, {}, MARGIN)
    assert posterior.chances == pytest.approx((0.5, 0.125, 0.125, 0.125, 0.125))
    assert posterior.size is None
    assert posterior_of(4, {2: []}, MARGIN) == posterior


def test_what_was_measured_at_bad_says_whether_there_is_a_slowdown():
    assert posterior_of(32, {32: ratios(0.0, 12)}, MARGIN).none > 0.95
    slower = posterior_of(32, {32: ratios(-0.05, 12)}, MARGIN)
    assert slower.none < 0.05
    assert slower.chances[1] == pytest.approx(slower.chances[32])  # of where it began it says nothing


def test_a_slowdown_below_the_margin_is_none():
    assert posterior_of(8, {8: ratios(-0.004, 20)}, MARGIN).none > 0.95
    small = split(5, (2, 4, 6, 8), count=20, size=0.012)
    assert posterior_of(8, small, MARGIN).none > 2 * posterior_of(8, small, 0.005).none


@pytest.mark.parametrize("begin", [1, 2, 17, 32])
def test_the_commit_between_an_unchanged_and_a_slower_one_is_it(begin):
    places = tuple({place for place in (begin - 1, begin, 16, 32) if place})
    posterior = posterior_of(32, split(begin, places, count=16), MARGIN)
    assert posterior.chances[begin] > 0.98
    assert sum(posterior.chances) == pytest.approx(1)
    assert posterior.begun_by(begin) - posterior.begun_by(begin - 1) == pytest.approx(
        posterior.chances[begin]
    )


def test_untested_neighbours_share_what_there_is():
    posterior = posterior_of(8, split(6, (4, 8)), MARGIN)
    assert posterior.chances[5:9] == pytest.approx([posterior.chances[5]] * 4)
    assert posterior.begun_by(4) < 0.02


def test_a_block_that_went_wrong_misleads_nobody():
    samples = split(20, (8, 16, 24, 32), count=6)
    samples[8].append(-0.4)
    posterior = posterior_of(32, samples, MARGIN)
    assert posterior.begun_by(16) < 0.02
    assert sum(posterior.chances[17:25]) > 0.95


def test_a_batch_of_bad_luck_is_outvoted_by_later_ones():
    samples = split(20, (16, 32), count=8)
    samples[16] = ratios(-0.05, 2) + ratios(0.0, 12)
    assert posterior_of(32, samples, MARGIN).begun_by(16) < 0.05


def test_commits_that_scatter_by_themselves_prove_no_slowdown():
    lucky = {
        place: ratios(luck, 12, place) for place, luck in ((8, 0.02), (16, -0.02), (24, 0.015), (32, -0.03))
    }
    steady = split(17, (8, 16, 24, 32), count=12, size=0.03)
    assert posterior_of(32, lucky, MARGIN).none > 10 * posterior_of(32, steady, MARGIN).none


def test_where_each_block_is_laid_out_anew_less_is_put_down_to_luck():
    samples = split(8, (2, 4, 6, 8), size=0.025)
    assert posterior_of(8, samples, MARGIN, most_luck=0.006).none < posterior_of(8, samples, MARGIN).none / 2


def test_the_size_is_told_with_an_interval_that_more_blocks_make_narrower():
    few, many = (posterior_of(8, split(5, (4, 5, 8), count), MARGIN).size for count in (4, 40))
    assert few.low < many.low < 0.05 < many.high < few.high
    assert many.middle == pytest.approx(0.05, abs=0.004)


def test_a_server_ten_times_slower_is_no_harder():
    posterior = posterior_of(8, split(5, (4, 5, 8), size=2.3), MARGIN)
    assert posterior.chances[5] > 0.98
    assert posterior.size.middle == pytest.approx(2.3, rel=0.02)


def test_noise_is_learnt_from_the_blocks():
    quiet, loud = (
        posterior_of(8, {8: ratios(-0.1, 40, noise=noise)}, MARGIN).noise for noise in (0.005, 0.05)
    )
    assert quiet == pytest.approx(0.0045, rel=0.4) and loud == pytest.approx(0.045, rel=0.4)


def test_it_is_what_drawing_from_the_model_says():
    """The unknowns drawn from their priors, each draw weighed by how well it explains the blocks."""
    samples = {1: [-0.011, 0.004], 2: [-0.032, -0.021, -0.012], 3: [-0.024, -0.043]}
    draws, rng = 400_000, numpy.random.default_rng(1)
    begin = rng.choice([0, 1, 2, 3], draws, p=[0.5, 1 / 6, 1 / 6, 1 / 6])
    size = MARGIN * numpy.exp(rng.uniform(0, numpy.log(numpy.log(100) / MARGIN), draws))
    luck = rng.choice([0.001, 0.003, 0.006, 0.012], draws, p=[0.3, 0.3, 0.25, 0.15])
    noise = rng.choice(numpy.geomspace(0.002, 0.3, 20), draws)
    logs, own = numpy.zeros(draws), luck * rng.standard_normal(draws)
    for place, values in samples.items():
        level = own + luck * rng.standard_normal(draws) - size * ((begin > 0) & (begin <= place))
        for value in values:
            logs += -2.5 * numpy.log1p(((value - level) / noise) ** 2 / 4) - numpy.log(noise)
    weights = numpy.exp(logs - logs.max())
    drawn = [weights[begin == place].sum() / weights.sum() for place in range(4)]
    assert posterior_of(3, samples, MARGIN).chances == pytest.approx(drawn, abs=0.03)


def test_chances_are_as_often_right_as_they_say():
    """Histories drawn from the model, all that was measured of each looked at once."""
    draw, chances, hits = random.Random(7), [], []
    for _ in range(60):
        begin = draw.randint(1, 8)
        samples = {
            place: [draw.gauss(-0.02 * (place >= begin) + luck, 0.015) for _ in range(4)]
            for place, luck in ((p, draw.gauss(0, 0.003)) for p in range(1, 9))
        }
        posterior = posterior_of(8, samples, 0.01)
        best = max(range(9), key=lambda place: posterior.chances[place])
        chances.append(posterior.chances[best])
        hits.append(best == begin)
    assert mean(hits) == pytest.approx(mean(chances), abs=0.15)
