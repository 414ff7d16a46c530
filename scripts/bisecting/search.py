"""Which commit made it slower: how probable it is of each by all blocks so far, which is measured next, and
when it is known. Pure: a search that measures and one that is simulated go the same way.

Commits are places: 0 is GOOD, the last is BAD. What a block gives is a log ratio against GOOD, negative is
worse. Its model, for the commit at place i: ratio = b + u(i) - size * [i >= k] + noise.

k, the place where it began, is uniform over the commits; that nothing became slower has half of the chance
at first. `size` is at least the margin, and its logarithm uniform. u(i) is the luck of a commit (where its
code lies, what the machine did meanwhile), normal, and b is that of GOOD. Noise is Student's, with tails so
heavy that a block that went wrong has little to say. How large luck and noise are is unknown as well. All but
k is integrated out, on a grid: nothing is drawn, and the same blocks always say the same.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

import numpy

Samples, Array = Mapping[int, Sequence[float]], numpy.ndarray

MOST = math.log(100)  # the largest size that is thought possible
_TAILS = 4  # degrees of freedom of the noise
LUCK_OF_BUILDS, LUCK_OF_SHUFFLED = 0.012, 0.006  # the most; one source laid out anew had 0.009
_LUCK, _WEIGHTS = numpy.array([[0.001, 0.003, LUCK_OF_SHUFFLED, LUCK_OF_BUILDS], [0.3, 0.3, 0.25, 0.15]])
_NOISE = numpy.geomspace(0.002, 0.3, 20)
_STEP, _MOST_STEPS = 0.001, 300
_TINY, _CERTAIN = 1e-300, 12.0  # a chance; standard deviations
_HOPELESS = 25.0  # a logarithm: of less nothing is seen in any digit
# Batches of BAD before it is believed that it is not slower (whoever asks has seen that it is); and after
# which the search goes on although they leave open whether it is slower.
_LEAST_OF_BAD, _MOST_AT_FIRST = 3, 4


class Ending(Enum):
    BEGAN_HERE, NOT_SLOWER, OPEN = range(3)

    @property
    def exit_code(self) -> int:
        return 0 if self is Ending.BEGAN_HERE else 3


@dataclass(frozen=True)
class SearchRule:
    """`margin`, a log ratio: a smaller slowdown is not looked for. `batch`: blocks of a commit at a time.
    `most_luck`: less where each block has builds that are laid out anew."""

    margin: float
    confidence: float = 0.95
    batch: int = 4
    most_luck: float = LUCK_OF_BUILDS


@dataclass
class Evidence:
    """What is known so far, by place: the log ratios of the blocks, and why a commit cannot be measured."""

    samples: dict[int, list[float]] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)

    def count(self, place: int) -> int:
        return len(self.samples.get(place, ()))


class Credible(NamedTuple):
    """Where a quantity is: the median, and the ends between which it lies with a chance of 95 %."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Posterior:
    """`chances` by place; at 0, that nothing became slower. `size`, as a log ratio, is that of a slowdown at
    the most probable place; None as long as no block says anything of it. `noise` is of a block, `luck` of a
    commit, both as standard deviations of their middle."""

    chances: tuple[float, ...]
    size: Credible | None = None
    noise: float = 0.01
    luck: float = 0.003

    @property
    def none(self) -> float:
        return self.chances[0]

    def begun_by(self, place: int) -> float:
        return min(sum(self.chances[1 : place + 1]), 1.0)


class Suspects(NamedTuple):
    """Neighbours of which one made it slower: only the last can be measured, nothing tells them from it."""

    places: range
    chance: float


class Conclusion(NamedTuple):
    """`suspects`: the most probable first."""

    ending: Ending
    posterior: Posterior
    suspects: list[Suspects]


Measure = Callable[[int, Conclusion], bool]  # a place; adds to the evidence; false when the time is over
Price = Callable[[int], float]  # how long it would take to measure a place


def search(last: int, rule: SearchRule, evidence: Evidence, measure: Measure, price: Price) -> Conclusion:
    """Measures commit after commit until one is probable enough."""
    is_in_time = True
    while (conclusion := conclusion_of(last, rule, evidence)).ending is Ending.OPEN and is_in_time:
        is_in_time = measure(next_place(conclusion.posterior, rule, evidence, price), conclusion)
    return conclusion


def conclusion_of(last: int, rule: SearchRule, evidence: Evidence) -> Conclusion:
    posterior = posterior_of(last, evidence.samples, rule.margin, rule.most_luck)
    ends = [0, *(place for place in range(1, last + 1) if place not in evidence.skipped)]
    # No difference of sums: those of equal chances are not quite equal, and would be in no order.
    chances = {range(a + 1, b + 1): sum(posterior.chances[a + 1 : b + 1]) for a, b in pairwise(ends)}
    suspects = sorted((Suspects(*each) for each in chances.items()), key=lambda each: -each.chance)
    ending = Ending.BEGAN_HERE if suspects[0].chance >= rule.confidence else Ending.OPEN
    if posterior.none >= rule.confidence and evidence.count(last) >= _LEAST_OF_BAD * rule.batch:
        ending = Ending.NOT_SLOWER
    return Conclusion(ending, posterior, suspects)


def next_place(posterior: Posterior, rule: SearchRule, evidence: Evidence, price: Price) -> int:
    """First BAD, until it is clear that there is something to look for. Then the one of which a batch more is
    expected to say the most in a second: of a commit that is not built yet, the build counts."""
    last, is_sure = len(posterior.chances) - 1, posterior.none <= 1 - rule.confidence
    if not is_sure and evidence.count(last) < _MOST_AT_FIRST * rule.batch:
        return last
    size = posterior.size.middle if posterior.size else 0.1

    def precision(blocks: int) -> float:
        """What blocks of one commit have in common, its luck, more of them do not tell from a slowdown."""
        return size**2 / (posterior.luck**2 + posterior.noise**2 / blocks) if blocks else 0.0

    def worth(place: int) -> float:
        done = evidence.count(place)
        more = max(precision(done + rule.batch) - precision(done), 0.0)
        return information(posterior.begun_by(place), more**0.5) / price(place)

    return max((place for place in range(1, last + 1) if place not in evidence.skipped), key=worth)


def information(chance: float, distance: float) -> float:
    """Of a normal figure that is at 0, or with this chance at so many of its standard deviations: how many
    bits it says of which. From 0 to the entropy of the chance."""
    distance = min(distance, _CERTAIN)
    figures = numpy.linspace(-8.0, distance + 8.0, 400)
    none, some = (numpy.exp(-((figures - centre) ** 2) / 2) for centre in (0.0, distance))
    whole = (1 - chance) * none + chance * some
    bits = (1 - chance) * none * numpy.log2(none / whole) + chance * some * numpy.log2(some / whole)
    return float(bits.sum() * (figures[1] - figures[0]) / (2 * numpy.pi) ** 0.5)


def posterior_of(last: int, samples: Samples, margin: float, most_luck: float = LUCK_OF_BUILDS) -> Posterior:
    """Of so many commits after GOOD, by the log ratios of their blocks. `margin`: as a SearchRule's."""
    prior = numpy.array([0.5, *[0.5 / last] * last])  # at first, that there is none; of each commit
    places = sorted(place for place, ratios in samples.items() if ratios)
    if not places:
        return Posterior(tuple(prior.tolist()))
    tested = [numpy.asarray(samples[place], dtype=float) for place in places]
    levels, lucks = _levels(tested), _LUCK[_LUCK <= most_luck][:, None]
    step, offsets = levels[1] - levels[0], levels[:, None] - levels
    blurs = _normal(offsets, lucks[..., None])
    fits = []
    for ratios in tested:
        errors = (ratios[:, None, None] - levels) / _NOISE[:, None]
        logs = -(_TAILS + 1) / 2 * numpy.log1p(errors**2 / _TAILS) - numpy.log(_NOISE)[:, None]
        fit = logs.sum(axis=0)
        # How well each level fits, by luck and noise: a logarithm, up to a constant of the commit's own.
        fits.append(numpy.log(numpy.exp(fit - fit.max()) @ blurs + _TINY))
    best = sum(fit.max(axis=(0, 2)) for fit in fits)
    is_likely = best > best.max() - _HOPELESS  # of the noises
    noise, fits = _NOISE[is_likely], [fit[:, is_likely] for fit in fits]
    good = numpy.log(_normal(levels, lucks) + _TINY)[:, None, :]  # its luck
    # Of the sizes within half a step of each offset.
    edges = numpy.clip([offsets - step / 2, offsets + step / 2], margin, MOST)
    sizes = numpy.diff(numpy.log(edges) / math.log(MOST / margin), axis=0)[0]
    weights = numpy.log(_WEIGHTS[: len(lucks)])[:, None]
    splits = [_split(sum(fits[:at], good), sum(fits[at:]), sizes, weights) for at in range(len(fits))]
    # As many of the tested places are before k; all of them if none became slower.
    none = _log_sum(_log_sum(sum(fits, good), axis=-1) + weights)
    evidence = [*(_log_sum(parts) for parts, *_ in splits), none]
    before = numpy.searchsorted(places, numpy.arange(last + 1), side="left")
    before[0] = len(places)
    log_chances = numpy.log(prior) + numpy.array(evidence)[before]
    chances = numpy.exp(log_chances - _log_sum(log_chances))
    best = min(before[1 + int(numpy.argmax(chances[1:]))], len(splits) - 1)
    log_parts, left, right = splits[best]
    parts = numpy.exp(log_parts - evidence[best])  # by luck and noise
    spreads = float((parts.sum(axis=0) * noise).sum()), float((parts.sum(axis=1) * lucks[:, 0]).sum())
    joint = (left.reshape(-1, len(levels)).T @ right.reshape(-1, len(levels))) * sizes
    # The size by the chances of each two levels, before k and from it on.
    count = len(levels)
    steps = numpy.subtract.outer(numpy.arange(count), numpy.arange(count))  # from the right's level down
    by_size = numpy.bincount(steps.ravel() + count - 1, joint.ravel())
    shares = numpy.array([0.025, 0.5, 0.975]) * by_size.sum()
    below = numpy.cumsum(by_size) - by_size / 2
    size = Credible(*(numpy.interp(shares, below, numpy.arange(1 - count, count)) * step).tolist())
    return Posterior(tuple(chances.tolist()), size, *spreads)


def _split(before: Array, after: Array, sizes: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Of the fits of all commits before k, and of those from it on: how probable each luck and noise is, as a
    logarithm, and what fits either side."""
    tops = [logs.max(axis=-1) for logs in (before, after)]
    left, right = (numpy.exp(logs - top[..., None]) for logs, top in zip((before, after), tops))
    log_scale = tops[0] + tops[1] + weights
    log_parts = numpy.log((left * (right @ sizes.T)).sum(axis=-1) + _TINY) + log_scale
    return log_parts, left * numpy.exp(log_scale - log_scale.max())[..., None], right


def _levels(tested: Sequence[Array]) -> Array:
    """Evenly spaced, zero among them, as far as the commits' middles are and some way beyond."""
    middles = [numpy.median(ratios) for ratios in tested]
    spread = numpy.median(numpy.abs(numpy.concatenate([r - m for r, m in zip(tested, middles)])))
    beyond = 4 * _LUCK[-1] + 5 * spread
    low, high = min(*middles, 0.0) - beyond, max(*middles, 0.0) + beyond
    step = max(_STEP, (high - low) / _MOST_STEPS)
    return numpy.arange(math.floor(low / step), math.ceil(high / step) + 1) * step


def _normal(offsets: Array, spread: Array) -> Array:
    """Chances that add up to one along the last axis."""
    density = numpy.exp(-((offsets / spread) ** 2) / 2)
    return density / density.sum(axis=-1, keepdims=True)


def _log_sum(logs: Array, axis: int | None = None) -> Array:
    top = logs.max(axis=axis, keepdims=axis is not None)
    return numpy.log(numpy.exp(logs - top).sum(axis=axis)) + (top if axis is None else top[..., 0])
