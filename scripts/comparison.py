"""Two sides compared, metric by metric: medians, their ratio and its interval. Pure.

Two recordings are independent samples (rank sum). Two variants of one recording were interleaved, so their
runs of one repetition are a pair (signed rank), and what slowed the machine down slowed both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rank_sum import shift, shift_interval
from results import OUTCOMES, Row
from signed_rank import Interval, hodges_lehmann, interval
from stats import median
from units import count_text, duration_text, memory_text

LEAST_REPETITIONS = 8
DIFFERS, NOT_SHOWN, TOO_FEW = "differs", "not shown to differ", "too few repetitions"


@dataclass(frozen=True)
class Measure:
    """`of` is None where a run has no such figure."""

    name: str
    of: Callable[[Row], float | None]
    text: Callable[[float], str]


def _bounded(name: str) -> Callable[[Row], float | None]:
    """A percentile, or what it is at least where failed requests leave no more to be said."""

    def of(run: Row) -> float | None:
        exact = getattr(run, f"latency_{name}_us")
        return exact if exact is not None else getattr(run, f"latency_{name}_at_least_us")

    return of


MEASURES = (
    Measure("throughput", lambda run: run.throughput_rps, lambda rps: f"{count_text(round(rps))} req/s"),
    Measure("makespan", lambda run: run.makespan_ms, lambda ms: duration_text(ms * 1000)),
    Measure("p50", _bounded("p50"), duration_text),
    Measure("p99", _bounded("p99"), duration_text),
    Measure("CPU per request", lambda run: run.server_cpu_us_per_request, duration_text),
    Measure("memory", lambda run: run.server_rss_peak_kib, memory_text),
)


@dataclass(frozen=True)
class Compared:
    """One metric of one workload. `ratio` is second over first; None where a side is zero."""

    subject: str
    workload: str
    measure: str
    levels: tuple[str, str]
    ratio: float | None
    interval: Interval | None
    counts: tuple[int, int]
    finding: str


def unpaired(subject: str, workload: str, first: Sequence[Row], second: Sequence[Row]) -> list[Compared]:
    """The runs of one variant under one workload in two recordings."""
    found = []
    for measure in MEASURES:
        sides = [
            [v for run in counted(runs) if (v := measure.of(run)) is not None] for runs in (first, second)
        ]
        if all(sides):
            logs = _logs(*sides)
            ratio = math.exp(shift(*logs)) if logs else None
            limits = _exp(shift_interval(*logs)) if logs else None
            counts = (len(sides[0]), len(sides[1]))
            found.append(_compared(subject, workload, measure, sides, ratio, limits, counts))
    return [*found, errors(subject, workload, first, second)]


def paired(subject: str, workload: str, first: Sequence[Row], second: Sequence[Row]) -> list[Compared]:
    """Two variants of one recording under one workload, repetition by repetition."""
    by_repetition = [
        {run.repetition: run for run in runs if run.verdict == "valid"} for runs in (first, second)
    ]
    both = sorted(by_repetition[0].keys() & by_repetition[1].keys())
    found = []
    for measure in MEASURES:
        pairs = [(measure.of(by_repetition[0][r]), measure.of(by_repetition[1][r])) for r in both]
        pairs = [pair for pair in pairs if None not in pair]
        if pairs:
            sides = [list(side) for side in zip(*pairs)]
            logs = _logs(*sides)
            differences = [b - a for a, b in zip(*logs)] if logs else []
            ratio = math.exp(hodges_lehmann(differences)) if logs else None
            limits = _exp(interval(differences)) if logs else None
            found.append(
                _compared(subject, workload, measure, sides, ratio, limits, (len(pairs), len(pairs)))
            )
    return [*found, errors(subject, workload, first, second)]


def counted(runs: Sequence[Row]) -> list[Row]:
    """The valid runs; all of them where none is valid."""
    return [run for run in runs if run.verdict == "valid"] or list(runs)


def errors(subject: str, workload: str, first: Sequence[Row], second: Sequence[Row]) -> Compared:
    """The requests that did not end ok, of all runs. They are counted and not tested."""
    failed = [
        sum(getattr(run, name) or 0 for run in runs for name in OUTCOMES if name != "ok")
        for runs in (first, second)
    ]
    finding = "none" if not any(failed) else "differs" if failed[0] != failed[1] else "the same number"
    levels = (count_text(failed[0]), count_text(failed[1]))
    return Compared(subject, workload, "errors", levels, None, None, (len(first), len(second)), finding)


def one_sided(first: Sequence[Row], second: Sequence[Row]) -> list[tuple[str, int]]:
    """Metrics that only one side has figures of, with the side (0 or 1) that lacks them."""
    found = []
    for measure in MEASURES:
        has = [any(measure.of(run) is not None for run in runs) for runs in (first, second)]
        if has[0] != has[1]:
            found.append((measure.name, has.index(False)))
    return found


def _compared(
    subject: str,
    workload: str,
    measure: Measure,
    sides: list[list[float]],
    ratio: float | None,
    limits: Interval | None,
    counts: tuple[int, int],
) -> Compared:
    if min(counts) < LEAST_REPETITIONS or limits is None:
        finding = TOO_FEW if limits is not None else "a side is zero"
    else:
        finding = NOT_SHOWN if limits.low <= 1 <= limits.high else DIFFERS
    levels = (measure.text(median(sides[0])), measure.text(median(sides[1])))
    return Compared(subject, workload, measure.name, levels, ratio, limits, counts, finding)


def _logs(first: Sequence[float], second: Sequence[float]) -> tuple[list[float], list[float]] | None:
    if min(*first, *second) <= 0:
        return None
    return [math.log(v) for v in first], [math.log(v) for v in second]


def _exp(limits: Interval) -> Interval:
    return Interval(math.exp(limits.low), math.exp(limits.high) if limits.high < 700 else math.inf)
