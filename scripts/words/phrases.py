"""Phrases that several sentences are made of."""

import math
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

from metrics.comparing import Compared
from metrics.digest import Digest, Spread, figure_text
from metrics.metrics import METRICS, Metric
from metrics.soundness import is_rate_of_the_generator
from recordings.csv_table import Row, grouped
from stats.comparison import Comparison, Outcome
from text.units import NONE, abridged, duration_text, joined, memory_text, plural, range_text, ratio_text

whole = METRICS["rate"].text


def is_limited(digest: Digest) -> bool:
    """Whether its rate, or its makespan, says how fast the generator is."""
    return any(map(is_rate_of_the_generator, digest.counted))


def ratio_with_interval(comparison: Comparison) -> str:
    """`1.04× [1.02, 1.07]`; without the interval where so few values bound nothing."""
    interval = comparison.interval
    if interval is None or not math.isfinite(interval.high):
        return ratio_text(comparison.ratio)
    low, high = (ratio_text(limit).removesuffix("×") for limit in interval)
    return f"{ratio_text(comparison.ratio)} [{low}, {high}]"


def undecided(rows: Iterable[Compared], name: Callable[[Compared], str], least: int) -> list[str]:
    """Of rows that are not shown to differ: a phrase for each outcome that there is, and who had it."""
    pairs = {Outcome.TOO_FEW: f" ({least} pairs are needed)"}
    groups = grouped((r for r in rows if not r.comparison.differs), attrgetter("comparison.sentence"))
    phrases = {phrase + pairs.get(group[0].comparison.outcome, ""): group for phrase, group in groups.items()}
    return [f"{phrase}: {joined(abridged([*map(name, group)]))}" for phrase, group in phrases.items()]


def kinds_of_reasons(runs: Iterable[Row]) -> dict[str, list[str]]:
    """Why runs are invalid: by kind, as the figures in a reason differ from run to run."""
    reasons = (reason for run in runs for reason in (run.reasons or "").split("; ") if reason)
    return grouped(reasons, lambda reason: reason.partition(":")[0])


def ranged(spread: Spread, text: Callable[[float], str]) -> str:
    """`53.1 ms (52.8 to 54.0 ms)`; the median alone where all repetitions read the same."""
    of_runs = range_text(spread.low, spread.high, text, " to ")
    return text(spread.median) + (f" ({of_runs})" if of_runs != text(spread.median) else "")


def in_brackets(low: float, high: float, metric: Metric) -> str:
    """`[20.0, 25.0 µs]`; empty where both read the same."""
    text = range_text(low, high, metric.text, ", ")
    return f"[{text}]" if ", " in text else ""


def with_and_without(cause: str, where: str, levels: dict[str, str], suffix: str, link: str) -> Iterator[str]:
    """Who has a twin of the same name and a suffix, which is the same but for the cause, beside that twin."""
    pairs = [(name, level, levels.get(name + suffix)) for name, level in levels.items()]
    texts = [f"`{name}` {level} without{link} {twin} with it" for name, level, twin in pairs if twin]
    if texts:
        yield f"**What {cause} does** to {where}, there: {'; '.join(texts)}."


def at_least(spread: Spread | None) -> str:
    return f"{'at least ' if spread.at_least else ''}{duration_text(spread.median)}" if spread else "unknown"


def amount(key: str, spread: Spread) -> str:
    """A metric's figure with what it is of, where that is no unit: `2 threads`."""
    return plural(round(spread.median), "thread") if key == "threads" else figure_text(METRICS[key], spread)


def needs(digest: Digest, keys: Iterable[str], each_kib: Spread | None = None) -> str:
    """What a server needed: `2 threads and 63.9 µs of CPU per request`; empty if nothing is known."""
    more = f", {memory_text(each_kib.median)} for each request in flight" if each_kib else ""
    units = {"memory": more, "cpu": " of CPU per request", "switches": " context switches"}
    parts = [amount(key, spread) + units.get(key, "") for key in keys if (spread := digest[key])]
    return joined(parts) if parts else ""


def off_text(percent: float | None) -> str:
    """`+0.5 %`, with its sign."""
    return NONE if percent is None else f"{percent:+z,.1f} %"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
