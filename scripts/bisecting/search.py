"""Which commit is measured next, and when it is known which one made it slower.

Pure: where blocks come from is the source's business, so that a search that measures and one that is
simulated go the same way. Commits are places: 0 is GOOD, the last is BAD.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

import numpy

from bisecting.posterior import LUCK_OF_BUILDS, Posterior, posterior_of


class Ending(Enum):
    BEGAN_HERE = auto()
    NOT_SLOWER = auto()
    OPEN = auto()

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


class Suspects(NamedTuple):
    """Neighbours of which one made it slower, with a chance. The last of them can be measured, the others
    cannot: they are told from it by nothing."""

    places: range
    chance: float


class Conclusion(NamedTuple):
    """`suspects`: the most probable first."""

    ending: Ending
    posterior: Posterior
    suspects: list[Suspects]


_CERTAIN = 12.0  # standard deviations
# Batches of BAD before it is believed that it is not slower (whoever asks has seen that it is); and after
# which the search goes on although they leave open whether it is slower.
_LEAST_OF_BAD, _MOST_AT_FIRST = 3, 4
Measure = Callable[[int], bool]  # a place; adds to the evidence; false when the time is over
Price = Callable[[int], float]  # how long it would take to measure a place
OnConclusion = Callable[[Conclusion], None]


def search(
    last: int, rule: SearchRule, evidence: Evidence, measure: Measure, price: Price, tell: OnConclusion
) -> Conclusion:
    """Measures commit after commit until one is probable enough. `tell` is called before each batch."""
    is_in_time = True
    while (conclusion := conclusion_of(last, rule, evidence)).ending is Ending.OPEN and is_in_time:
        tell(conclusion)
        is_in_time = measure(next_place(conclusion.posterior, rule, evidence, price))
    return conclusion


def conclusion_of(last: int, rule: SearchRule, evidence: Evidence) -> Conclusion:
    posterior = posterior_of(last, evidence.samples, rule.margin, rule.most_luck)
    suspects, first = [], 1
    for place in range(1, last + 1):
        if place not in evidence.skipped:
            places = range(first, place + 1)
            # No difference of sums: those of equal chances are not quite equal, and would be in no order.
            suspects.append(Suspects(places, sum(posterior.chances[each] for each in places)))
            first = place + 1
    suspects.sort(key=lambda each: -each.chance)
    ending = Ending.BEGAN_HERE if suspects[0].chance >= rule.confidence else Ending.OPEN
    if posterior.none >= rule.confidence and evidence.count(last) >= _LEAST_OF_BAD * rule.batch:
        ending = Ending.NOT_SLOWER
    return Conclusion(ending, posterior, suspects)


def next_place(posterior: Posterior, rule: SearchRule, evidence: Evidence, price: Price) -> int:
    """First BAD, until it is clear that there is something to look for. Then the one of which a batch more is
    expected to say the most in a second: of a commit that is not built yet, the build counts."""
    last = posterior.last
    is_sure = posterior.none <= 1 - rule.confidence
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
