"""How probable it is of each commit that the slowdown began there, by all blocks that were measured so far.

Pure. What a block gives is a log ratio against GOOD, negative is worse. Its model, for the commit at place i:

    ratio = b + u(i) - size * [i >= k] + noise

k, the place where it began, is uniform over the commits; that nothing became slower has half of the chance
at first. `size` is at least the margin, and its logarithm uniform. u(i) is the luck of a commit (where its
code lies, what the machine did meanwhile), normal, and b is that of GOOD. Noise is Student's, with tails so
heavy that a block that went wrong has little to say. How large luck and noise are is unknown as well. All but
k is integrated out, on a grid: nothing is drawn, and the same blocks always say the same.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy

Samples = Mapping[int, Sequence[float]]  # ratios by place; the commit after GOOD has place 1
Array = numpy.ndarray

NO_SLOWDOWN = 0.5  # the chance at first that there is none
MOST = math.log(100)  # the largest size that is thought possible
_TAILS = 4  # degrees of freedom of the noise
LUCK_OF_BUILDS, LUCK_OF_SHUFFLED = 0.012, 0.006  # the most; one source laid out anew had 0.009
_LUCK = numpy.array([0.001, 0.003, LUCK_OF_SHUFFLED, LUCK_OF_BUILDS])
_LUCK_WEIGHTS = numpy.array([0.3, 0.3, 0.25, 0.15])
_NOISE = numpy.geomspace(0.002, 0.3, 20)
_STEP, _MOST_STEPS = 0.001, 300
_TINY = 1e-300
_HOPELESS = 25.0  # a logarithm: of less nothing is seen in any digit


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
    def last(self) -> int:
        return len(self.chances) - 1

    @property
    def none(self) -> float:
        return self.chances[0]

    def begun_by(self, place: int) -> float:
        """The chance that it began at this place or before it."""
        return min(sum(self.chances[1 : place + 1]), 1.0)


def posterior_of(last: int, samples: Samples, margin: float, most_luck: float = LUCK_OF_BUILDS) -> Posterior:
    """Of so many commits after GOOD. `margin`, a log ratio: a smaller slowdown is not looked for."""
    prior = numpy.full(last + 1, (1 - NO_SLOWDOWN) / last)
    prior[0] = NO_SLOWDOWN
    places = sorted(place for place, ratios in samples.items() if ratios)
    if not places:
        return Posterior(tuple(prior.tolist()))
    levels = _levels([numpy.asarray(samples[place], dtype=float) for place in places])
    step = levels[1] - levels[0]
    lucks = _LUCK[_LUCK <= most_luck]
    blurs = numpy.array([_normal(levels[:, None] - levels, luck) for luck in lucks])
    fits = [_fit(samples[place], levels, blurs) for place in places]
    best = sum(fit.max(axis=(0, 2)) for fit in fits)
    is_likely = best > best.max() - _HOPELESS  # of the noises
    noise, fits = _NOISE[is_likely], [fit[:, is_likely] for fit in fits]
    own = numpy.log(numpy.array([_normal(levels, luck) for luck in lucks]) + _TINY)[:, None, :]  # GOOD's luck
    sizes = _size_chances(levels[:, None] - levels, step, margin)
    weights = numpy.log(_LUCK_WEIGHTS[: len(lucks)])[:, None]
    splits = [_split(sum(fits[:at], own), sum(fits[at:]), sizes, weights) for at in range(len(fits))]
    # As many of the tested places are before k; all of them if none became slower.
    evidence = [_log_sum(parts) for parts, *_ in splits]
    evidence.append(_log_sum(_log_sum(sum(fits, own), axis=-1) + weights))
    before = numpy.searchsorted(places, numpy.arange(last + 1), side="left")
    before[0] = len(places)
    log_chances = numpy.log(prior) + numpy.array(evidence)[before]
    chances = numpy.exp(log_chances - _log_sum(log_chances))
    best = min(before[1 + int(numpy.argmax(chances[1:]))], len(splits) - 1)
    log_parts, left, right = splits[best]
    parts = numpy.exp(log_parts - evidence[best])  # by luck and noise
    spreads = float((parts.sum(axis=0) * noise).sum()), float((parts.sum(axis=1) * lucks).sum())
    joint = (left.reshape(-1, len(levels)).T @ right.reshape(-1, len(levels))) * sizes
    return Posterior(tuple(chances.tolist()), _size(joint, step), *spreads)


def _split(before: Array, after: Array, sizes: Array, weights: Array) -> tuple[Array, Array, Array]:
    """The tested commits divided into those before k and those from it on, of which it is given how well each
    level fits them, by luck and noise; how probable these are, and what fits either side. All but the last
    are logarithms."""
    tops = [logs.max(axis=-1) for logs in (before, after)]
    left, right = (numpy.exp(logs - top[..., None]) for logs, top in zip((before, after), tops))
    log_scale = tops[0] + tops[1] + weights
    log_parts = numpy.log((left * (right @ sizes.T)).sum(axis=-1) + _TINY) + log_scale
    return log_parts, left * numpy.exp(log_scale - log_scale.max())[..., None], right


def _size(joint: Array, step: float) -> Credible:
    """By the chances of each two levels, before k and from it on."""
    count = len(joint)
    steps = numpy.subtract.outer(numpy.arange(count), numpy.arange(count))  # from the right's level down
    chances = numpy.bincount(steps.ravel() + count - 1, joint.ravel())
    below = numpy.cumsum(chances) - chances / 2
    shares = numpy.array([0.025, 0.5, 0.975]) * chances.sum()
    return Credible(*(numpy.interp(shares, below, numpy.arange(1 - count, count)) * step).tolist())


def _levels(samples: Sequence[Array]) -> Array:
    """Evenly spaced, zero among them, as far as the commits' middles are and some way beyond."""
    middles = [float(numpy.median(ratios)) for ratios in samples]
    spread = float(numpy.median(numpy.abs(numpy.concatenate([r - m for r, m in zip(samples, middles)]))))
    beyond = 4 * float(_LUCK[-1]) + 5 * spread
    low, high = min(*middles, 0.0) - beyond, max(*middles, 0.0) + beyond
    step = max(_STEP, (high - low) / _MOST_STEPS)
    return numpy.arange(math.floor(low / step), math.ceil(high / step) + 1) * step


def _fit(ratios: Sequence[float], levels: Array, blurs: Array) -> Array:
    """The logarithm of how well each level fits a commit, by luck and noise; up to a constant of its own."""
    errors = (numpy.asarray(ratios)[:, None, None] - levels) / _NOISE[:, None]
    logs = -(_TAILS + 1) / 2 * numpy.log1p(errors**2 / _TAILS) - numpy.log(_NOISE)[:, None]
    fit = logs.sum(axis=0)
    return numpy.log(numpy.exp(fit - fit.max()) @ blurs + _TINY)


def _normal(offsets: Array, spread: float) -> Array:
    """Chances that add up to one along the last axis."""
    density = numpy.exp(-((offsets / spread) ** 2) / 2)
    return density / density.sum(axis=-1, keepdims=True)


def _size_chances(offsets: Array, step: float, margin: float) -> Array:
    """Of the sizes within half a step of each offset."""

    def below(size: Array) -> Array:
        return numpy.log(numpy.clip(size, margin, MOST)) / math.log(MOST / margin)

    return below(offsets + step / 2) - below(offsets - step / 2)


def _log_sum(logs: Array, axis: int | None = None) -> Array:
    top = logs.max(axis=axis, keepdims=axis is not None)
    return numpy.log(numpy.exp(logs - top).sum(axis=axis)) + (top if axis is None else top[..., 0])
