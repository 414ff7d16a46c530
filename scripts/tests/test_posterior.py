"""Where a slowdown began, by made-up ratios whose beginning is known: the posterior over the commits."""

from __future__ import annotations

import random
from statistics import mean

import numpy
import pytest

from bisecting.search import Posterior, posterior_of

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
    assert (len(posterior.chances), posterior.size) == (5, None)
    assert (posterior.noise, posterior.luck) == (0.01, 0.003)  # what blocks and commits mostly have
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


def test_after_a_commit_that_is_no_slower_all_are_alike():
    posterior = posterior_of(8, {4: ratios(0.0, 12)}, MARGIN)
    assert posterior.chances[1:5] == pytest.approx([posterior.chances[1]] * 4)
    assert posterior.chances[5:] == pytest.approx([posterior.none / 8] * 4, rel=0.001)
    assert posterior.chances[5] > 20 * posterior.chances[4]
    assert posterior.size.low > MARGIN * 0.9  # if one of those is slower, at least so much


def test_a_server_ten_times_as_fast_is_not_slower():
    posterior = posterior_of(8, {4: ratios(2.3, 8), 8: ratios(2.3, 8)}, MARGIN)
    assert posterior.none > 0.9 and sum(posterior.chances) == pytest.approx(1)
    assert 0 < posterior.size.low < posterior.size.middle < posterior.size.high < 0.1


def test_a_chance_is_never_more_than_one_however_its_sum_is_rounded():
    chances = (0.0, 0.33, 0.56, 0.11)
    assert sum(chances) > 1
    assert [Posterior(chances).begun_by(place) for place in range(4)] == [0, 0.33, 0.33 + 0.56, 1]


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


def test_hundreds_of_blocks_of_a_commit_are_no_harder():
    posterior = posterior_of(8, split(5, (4, 8), count=300), MARGIN)
    assert posterior.begun_by(4) < 0.001 and posterior.size.middle == pytest.approx(0.05, abs=0.002)


def test_a_server_ten_times_slower_is_no_harder():
    posterior = posterior_of(8, split(5, (4, 5, 8), size=2.3), MARGIN)
    assert posterior.chances[5] > 0.98
    assert posterior.size.middle == pytest.approx(2.3, rel=0.02)


def test_noise_is_learnt_from_the_blocks():
    quiet, loud = (
        posterior_of(8, {8: ratios(-0.1, 40, noise=noise)}, MARGIN).noise for noise in (0.005, 0.05)
    )
    assert quiet == pytest.approx(0.0045, rel=0.4) and loud == pytest.approx(0.045, rel=0.4)


@pytest.mark.parametrize(
    ("samples", "lucks"),
    [
        ({1: [-0.011, 0.004], 2: [-0.032, -0.021, -0.012], 3: [-0.024, -0.043]}, 4),
        ({1: [-0.03, -0.05], 3: [-0.045, -0.07, -0.06]}, 4),
        ({2: [0.01, 0.0, -0.02], 4: [-0.045, -0.07, -0.06]}, 3),  # with the luck of one source laid out anew
    ],
)
def test_it_is_the_model_that_it_says_it_is(samples, lucks):
    joint, luck, noise, sizes = integrated(samples, lucks)
    posterior = posterior_of(max(samples), samples, MARGIN, (0.006, 0.012)[lucks - 3])
    assert posterior.chances == pytest.approx(joint.sum(axis=(1, 2, 3)), abs=0.001)
    likely = joint[1 + numpy.argmax(joint[1:].sum(axis=(1, 2, 3)))]  # where it began
    likely /= likely.sum()
    assert posterior.noise == pytest.approx((likely.sum(axis=(0, 2)) * noise).sum(), rel=0.001)
    assert posterior.luck == pytest.approx((likely.sum(axis=(1, 2)) * luck).sum(), rel=0.001)
    below = numpy.cumsum([0, *likely.sum(axis=(0, 1))])  # the ends of each step of size
    ends = MARGIN * (sizes[-1] / sizes[-2]) ** numpy.arange(len(below))
    low, middle, high = numpy.interp((0.025, 0.5, 0.975), below, ends)
    assert posterior.size.middle == pytest.approx(middle, abs=0.0001)
    assert (posterior.size.low, posterior.size.high) == pytest.approx((low, high), abs=0.0003)


def integrated(samples: dict[int, list[float]], lucks: int) -> tuple[numpy.ndarray, ...]:
    """The chances by where it began, luck, noise and size, each unknown weighed by how well it explains the
    blocks; and the values that luck, noise and size may have."""
    last, most = max(samples), 0.15  # of a larger size nothing is left
    luck = numpy.array([0.001, 0.003, 0.006, 0.012])[:lucks]
    noise = numpy.geomspace(0.002, 0.3, 20)
    sizes = MARGIN * (most / MARGIN) ** ((numpy.arange(60) + 0.5) / 60)
    possible = numpy.log(most / MARGIN) / numpy.log(numpy.log(100) / MARGIN)  # of all sizes at first
    deviations = numpy.linspace(-4, 4, 25)
    normal = numpy.exp(-(deviations**2) / 2) / numpy.exp(-(deviations**2) / 2).sum()
    levels = numpy.arange(-0.2, 0.05, 0.0015)
    joint = numpy.zeros((last + 1, lucks, len(noise), len(sizes)))
    for at in numpy.ndindex(lucks, len(noise)):
        own, one = luck[at[0]] * deviations[:, None], noise[at[1]]
        good = numpy.repeat(normal[:, None], len(sizes), axis=1)  # GOOD's own luck, by size
        explained = numpy.repeat(good[None], last + 1, axis=0)
        for place, ratios in samples.items():
            errors = (numpy.array(ratios)[:, None, None] - levels - own) / one
            fit = normal @ ((1 + errors**2 / 4) ** -2.5 / one).prod(axis=0)
            explained[0] *= numpy.interp(own, levels, fit)
            explained[place + 1 :] *= numpy.interp(own, levels, fit)
            explained[1 : place + 1] *= numpy.interp(own - sizes, levels, fit)
        joint[(slice(None), *at)] = explained.sum(axis=1) * (0.3, 0.3, 0.25, 0.15)[at[0]]
    joint[0] *= 0.5 / len(sizes)
    joint[1:] *= 0.5 / last * possible / len(sizes)
    return joint / joint.sum(), luck, noise, sizes


def test_chances_are_as_often_right_as_they_say():
    """Histories drawn from the model, all that was measured of each looked at once."""
    draw, chances, hits = random.Random(7), [], []
    for _ in range(40):
        begin = draw.randint(1, 4)
        samples = {
            place: [draw.gauss(-0.02 * (place >= begin) + luck, 0.015) for _ in range(4)]
            for place, luck in ((p, draw.gauss(0, 0.003)) for p in range(1, 5))
        }
        posterior = posterior_of(4, samples, 0.01)
        best = max(range(5), key=lambda place: posterior.chances[place])
        chances.append(posterior.chances[best])
        hits.append(best == begin)
    assert mean(hits) == pytest.approx(mean(chances), abs=0.15)
