"""The phrases of sentences: a figure with its range, a ratio with its interval, who has which figure in
order, and what it took."""

import math
from collections.abc import Callable, Iterable

from metrics.digest import Digest, Spread, figure_text
from metrics.metrics import METRICS, Metric, is_rate_of_the_generator
from recordings.csv_table import Row, grouped
from stats.comparison import Comparison
from text.units import NONE, duration_text, joined, range_text, ratio_text

Text = Callable[[float], str]
whole = METRICS["rate"].text


def is_limited(digest: Digest) -> bool:
    """Whether its rate, or its makespan, says how fast the generator is."""
    return any(map(is_rate_of_the_generator, digest.counted))


def at_least(spread: Spread | None, text: Text = duration_text) -> str:
    return f"{'at least ' if spread.at_least else ''}{text(spread.median)}" if spread else "unknown"


def ranged(spread: Spread, text: Text) -> str:
    """`53.1 ms (52.8 to 54.0 ms)`; the median alone where all repetitions read the same."""
    of_runs = range_text(spread.low, spread.high, text, " to ")
    return at_least(spread, text) + (f" ({of_runs})" if of_runs != text(spread.median) else "")


def ranked(figures: Iterable[tuple[str, Spread | None]], text: Text, better: int = -1) -> list[str]:
    """Those that have a figure, each with its range, the best first: by the least, or the most."""
    there = sorted((pair for pair in figures if pair[1]), key=lambda pair: -better * pair[1].median)
    return [f"`{subject}` {ranged(spread, text)}" for subject, spread in there]


def listed(lead: str, phrases: list[str], end: str = "", link: str = "") -> list[str]:
    """A sentence, where there is anything to be said; `link`: between phrases that have commas themselves."""
    texts = link.join(phrases) if link else joined(phrases or [""])
    return [f"{lead}: {texts}{end}."] if phrases else []


def in_brackets(low: float, high: float, metric: Metric) -> str:
    """`[20.0, 25.0 µs]`; empty where both read the same."""
    text = range_text(low, high, metric.text, ", ")
    return f"[{text}]" if ", " in text else ""


def ratio_with_interval(comparison: Comparison) -> str:
    """`1.04× [1.02, 1.07]`; without the interval where so few values bound nothing."""
    interval = comparison.interval
    if interval is None or not math.isfinite(interval.high):
        return ratio_text(comparison.ratio)
    low, high = (ratio_text(limit).removesuffix("×") for limit in interval)
    return f"{ratio_text(comparison.ratio)} [{low}, {high}]"


def kinds_of_reasons(runs: Iterable[Row]) -> dict[str, list[str]]:
    """Why runs are invalid: by kind, as the figures in a reason differ from run to run."""
    reasons = (reason for run in runs for reason in (run.reasons or "").split("; ") if reason)
    return grouped(reasons, lambda reason: reason.partition(":")[0])


def figures_of(digest: Digest, keys: Iterable[str]) -> list[str]:
    """`threads 2`, `CPU per request 63.9 µs`: those that are known."""
    figures = [(METRICS[key], spread) for key in keys if (spread := digest[key])]
    return [f"{metric.name} {figure_text(metric, spread)}" for metric, spread in figures]


def off_text(percent: float | None) -> str:
    """`+0.5 %`, with its sign."""
    return NONE if percent is None else f"{percent:+z,.1f} %"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
