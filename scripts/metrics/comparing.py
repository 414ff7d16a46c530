"""The runs that count compared, metric by metric: which values are held against which. Pure."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from metrics.metrics import COMPARISON, METRICS, Metric, counted, done_by, is_rate_of_the_generator, shown_in
from recordings.recording import Recording, Row
from stats.comparison import MARGIN, Comparison, corrected, of_ratios, of_shares
from text.units import count_text

RATES = ("rate", "throughput")
Sides = tuple[Sequence[Row], Sequence[Row]]


class Compared(NamedTuple):
    """One metric of one workload: `second` against `first`. `levels`: each side's figure, as text."""

    first: str
    second: str
    workload: str
    metric: str
    levels: tuple[str, str]
    comparison: Comparison


def compare(
    names: tuple[str, str], workload: str, runs: Sides, is_paired: bool, metrics: Sequence[Metric] = ()
) -> list[Compared]:
    """A row for each metric (by default those of COMPARISON) that both sides have, of the runs that count;
    latencies only where both end alike."""
    rows = []
    for metric in metrics or shown_in(COMPARISON):
        if metric.is_latency and len(kinds_of_done(runs)) > 1:
            continue
        sides = _values(metric, runs, is_paired)
        if all(sides):
            comparison = of_ratios(*sides, is_paired)
            levels = tuple(map(metric.text, comparison.medians))
            rows.append(Compared(*names, workload, metric.name, levels, comparison))
    return rows


def kinds_of_done(sides: Iterable[Sequence[Row]]) -> list[str]:
    """Of the runs that count: `kernel`, `read`, `both`."""
    return sorted({done_by(run) for side in sides for run in counted(side)})


def compare_errors(names: tuple[str, str], workload: str, runs: Sides) -> Compared:
    """The requests that did not end ok, of all runs: what failed must not be left out of this."""
    failed = [[run.requests - run.ok for run in side] for side in runs]
    shares = [[n / max(run.requests, 1) for n, run in zip(*pair)] for pair in zip(failed, runs)]
    levels = (count_text(sum(failed[0])), count_text(sum(failed[1])))
    return Compared(*names, workload, "errors", levels, of_shares(*shares))


def shown_together(rows: Sequence[Compared], margin: float = MARGIN) -> list[Compared]:
    """The rows as they may be told when all of them are shown: corrected for how many they are."""
    comparisons = corrected([row.comparison for row in rows], margin)
    return [row._replace(comparison=comparison) for row, comparison in zip(rows, comparisons)]


def one_sided(*sides: Sequence[Row]) -> list[tuple[str, int]]:
    """Metrics that only one side has figures of, with the side (0 or 1) that lacks them."""
    lacking = []
    for metric in shown_in(COMPARISON):
        has = [any(map(metric.read, runs)) for runs in sides]
        if has[0] != has[1]:
            lacking.append((metric.name, has.index(False)))
    return lacking


def cost_metric(recording: Recording) -> Metric:
    return METRICS["client_cpu" if recording.varies == "client" else "cpu"]


def against_references(recording: Recording) -> list[Compared]:
    """The reference of each workload that has one against every other subject that met it, in pairs: what a
    request costs, and, in a closed loop whose generator was not the limit, how many it serves; of clients
    that send a fixed count, what they take beyond the ideal."""
    cost, rows = cost_metric(recording), []
    for entry in recording.run["workloads"]:
        reference, workload = entry.get("reference"), entry["name"]
        for subject in [name for name in recording.subjects if reference and name != reference]:
            runs = (recording.runs(subject, workload), recording.runs(reference, workload))
            both = (*runs[0], *runs[1])
            limited = recording.varies == "variant" and any(map(is_rate_of_the_generator, both))
            metrics = [cost]
            if recording.varies == "client" and all(run.makespan_ms is not None for run in both):
                metrics.append(METRICS["beyond_ideal"])
            elif all(run.arrivals == "closed" for run in both) and not limited:
                metrics.append(METRICS["throughput"])
            rows += compare((subject, reference), workload, runs, True, metrics)
    return shown_together(rows)


def captured(recording: Recording, client: str) -> list[list[Row]]:
    """Of each workload that has any, the rows of wire.csv of the runs that count."""
    runs = (counted(recording.runs(client, workload)) for workload in recording.workloads)
    return [rows for each in runs if (rows := [row for run in each for row in recording.wire_of(run)])]


def farthest_off(workloads: list[list[Row]], quantile: str) -> float | None:
    """How far what a client says of latencies is from what its packets say, of the medians of captured runs:
    in per cent of the latter, of the workload where it is most; None where no tool says it."""
    offs = []
    for rows in workloads:
        if telling := [row for row in rows if row.quantile == quantile and row.told_us is not None]:
            told_us, wire_us = median(row.told_us for row in telling), median(row.wire_us for row in telling)
            offs.append(100 * (told_us / wire_us - 1))
    return max(offs, key=abs, default=None)


def _values(metric: Metric, runs: Sides, is_paired: bool) -> list[list[float]]:
    """Each side's; as pairs, those of the repetitions that both sides have."""
    sides = [[(run.repetition, f.value) for run in counted(side) if (f := metric.read(run))] for side in runs]
    if not is_paired:
        return [[value for _, value in side] for side in sides]
    first, second = map(dict, sides)
    return [[side[n] for n in sorted(first.keys() & second.keys())] for side in (first, second)]
