"""A curve as its verdict tells of it: what a model's place is called, and what it had there. Pure."""

from typing import NamedTuple

from metrics.comparing import RATES
from metrics.curves import Curve
from metrics.holding import NOWHERE, Bar, Holding
from metrics.metrics import METRICS
from recordings.recording import Recording, Row
from stats.order_statistics import Middle


class Ladder(NamedTuple):
    """`holdings` are the models', in the curve's order; `bar` is the bound that all of them are held to."""

    recording: Recording
    curve: Curve
    bar: Bar
    holdings: list[Holding]

    @property
    def top(self) -> float:
        return self.curve.places[-1]

    @property
    def measured(self) -> list[Holding]:
        """Those of which a run tells anything, the first to break before the last."""
        return sorted((h for h in self.holdings if h.until), key=lambda h: (h.until.value, h.until.most))

    @property
    def is_of_rates(self) -> bool:
        return self.bar.metric.key in RATES

    @property
    def bar_name(self) -> str:
        return " ".join(filter(None, (self.bar.rule.request_class, METRICS[self.bar.metric.key].name)))

    def until_text(self, until: Middle, prefix: str = "", at_least: str = "≥ ") -> str:
        """`30,000`, `≥ 2,000`; of who breaks at the first place `not even 50`."""
        if until.value == NOWHERE:
            first = f"not even {number_text(self.curve.places[0])}"
            return f"at most {number_text(until.most)}" if until.at_least else first
        return prefix + (at_least if until.at_least else "") + number_text(until.value)


def number_text(number: float) -> str:
    """Thousands with commas, and no more digits than the suite has."""
    return f"{number:,.9g}"


def runs_there(holding: Holding) -> list[Row]:
    """Of the last place where it holds up; none if there is no such place."""
    return holding.runs_at(holding.until.value) if holding.until else []
