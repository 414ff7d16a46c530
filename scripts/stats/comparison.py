"""Two sides compared, metric by metric: medians, their ratio with its interval, and one of three sentences.

Pure. Two recordings are independent samples (rank sum). Two variants of one recording were interleaved, so
their runs of one repetition are a pair (signed rank), and what slowed the machine down slowed both. The tests
are exact, and corrected by Holm for how many rows are shown together, as are the intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from stats import rank_sum
from stats import signed_rank
from stats.counts import holm_levels
from recordings.recording import Row
from stats.signed_rank import Interval, hodges_lehmann, interval
from stats.quantiles import median
from text.units import count_text, duration_text, memory_text, ratio_text

LEAST_REPETITIONS = 8
MARGIN = 0.05  # what is shown to differ by less is said to
ALPHA = 0.05  # of all rows that are shown together
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
    """One metric of one workload. `ratio` is second over first; None where a side is zero.

    `p` is the exact test's, `least_p` the least that so many runs can have, `interval_at` the interval of the
    ratio at a confidence. `interval` and `finding` are set by `told_together`.
    """

    subject: str
    workload: str
    measure: str
    levels: tuple[str, str]
    ratio: float | None
    counts: tuple[int, int]
    p: float = 1.0
    least_p: float = 1.0
    interval_at: Callable[[float], Interval] | None = None
    interval: Interval | None = None
    finding: str = ""


def told_together(rows: Sequence[Compared], margin: float = MARGIN) -> list[Compared]:
    """The rows as they may be told when all of them are shown."""
    tested = {index: row.p for index, row in enumerate(rows) if not row.finding}
    levels = holm_levels(tested, ALPHA)
    told = list(rows)
    for index, level in levels.items():
        row = rows[index]
        interval = row.interval_at(1 - level) if row.interval_at else None
        too_few = min(row.counts) < LEAST_REPETITIONS or row.least_p > ALPHA / len(tested)
        finding = TOO_FEW if too_few else _sentence(row, interval, row.p <= level, margin)
        told[index] = replace(row, interval=interval, finding=finding)
    return told


def least_repetitions(tests: int, is_paired: bool) -> int:
    """How many it takes on each side until one of so many rows can be told to differ at all."""
    count = LEAST_REPETITIONS
    while _least_p(count, count, is_paired) > ALPHA / max(tests, 1):
        count += 1
    return count


def _least_p(first: int, second: int, is_paired: bool) -> float:
    return 2 / 2**first if is_paired else 2 / math.comb(first + second, first)


def unpaired(subject: str, workload: str, first: Sequence[Row], second: Sequence[Row]) -> list[Compared]:
    """The runs of one variant under one workload in two recordings."""
    found = []
    for measure in MEASURES:
        sides = [
            [v for run in counted(runs) if (v := measure.of(run)) is not None] for runs in (first, second)
        ]
        if all(sides):
            found.append(_compared(subject, workload, measure, sides, is_paired=False))
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
            found.append(_compared(subject, workload, measure, sides, is_paired=True))
    return [*found, errors(subject, workload, first, second)]


def counted(runs: Sequence[Row]) -> list[Row]:
    """The valid runs; all of them where none is valid."""
    return [run for run in runs if run.verdict == "valid"] or list(runs)


def errors(subject: str, workload: str, first: Sequence[Row], second: Sequence[Row]) -> Compared:
    """The requests that did not end ok, of all runs; the test is of their share in each run."""
    failed = [[run.requests - run.ok for run in runs] for runs in (first, second)]
    shares = [[n / max(run.requests, 1) for n, run in zip(*side)] for side in zip(failed, (first, second))]
    counts = (len(first), len(second))
    return Compared(
        subject=subject,
        workload=workload,
        measure="errors",
        levels=(count_text(sum(failed[0])), count_text(sum(failed[1]))),
        ratio=None,
        counts=counts,
        p=rank_sum.p_two_sided(*shares),
        least_p=_least_p(*counts, is_paired=False),
        finding="" if any(map(any, failed)) else "none",
    )


def one_sided(first: Sequence[Row], second: Sequence[Row]) -> list[tuple[str, int]]:
    """Metrics that only one side has figures of, with the side (0 or 1) that lacks them."""
    found = []
    for measure in MEASURES:
        has = [any(measure.of(run) is not None for run in runs) for runs in (first, second)]
        if has[0] != has[1]:
            found.append((measure.name, has.index(False)))
    return found


def _compared(
    subject: str, workload: str, measure: Measure, sides: list[list[float]], is_paired: bool
) -> Compared:
    counts = (len(sides[0]), len(sides[1]))
    levels = (measure.text(median(sides[0])), measure.text(median(sides[1])))
    logs = _logs(*sides)
    if logs is None:
        return Compared(subject, workload, measure.name, levels, None, counts, finding="a side is zero")
    if is_paired:
        differences = [b - a for a, b in zip(*logs)]
        return Compared(
            *(subject, workload, measure.name, levels),
            ratio=math.exp(hodges_lehmann(differences)),
            counts=counts,
            p=signed_rank.p_two_sided(differences),
            least_p=_least_p(*counts, is_paired=True),
            interval_at=lambda confidence: _exp(interval(differences, confidence)),
        )
    return Compared(
        *(subject, workload, measure.name, levels),
        ratio=math.exp(rank_sum.shift(*logs)),
        counts=counts,
        p=rank_sum.p_two_sided(*logs),
        least_p=_least_p(*counts, is_paired=False),
        interval_at=lambda confidence: _exp(rank_sum.shift_interval(*logs, confidence)),
    )


def _sentence(row: Compared, limits: Interval | None, is_rejected: bool, margin: float) -> str:
    """Differs by x [a, b]; shown to differ by less than m; or not shown to differ, which is not the same."""
    if is_rejected and row.ratio is not None and limits is not None:
        return f"{DIFFERS} by {ratio_text(row.ratio)} [{limits.low:.2f}, {ratio_text(limits.high)}]"
    if is_rejected:
        return DIFFERS
    if limits is not None and 1 / (1 + margin) < limits.low and limits.high < 1 + margin:
        return f"shown to differ by less than {margin * 100:.3g} %"
    return NOT_SHOWN


def _logs(first: Sequence[float], second: Sequence[float]) -> tuple[list[float], list[float]] | None:
    if min(*first, *second) <= 0:
        return None
    return [math.log(v) for v in first], [math.log(v) for v in second]


def _exp(limits: Interval) -> Interval:
    return Interval(math.exp(limits.low), math.exp(limits.high) if limits.high < 700 else math.inf)
