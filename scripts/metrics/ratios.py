"""Ratios of figures measured side by side: run over run of one repetition, never median over median.

Whatever slowed the machine down in a repetition slowed both of its runs. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from recordings.recording import Recording, Row
from stats.quantiles import MedianInterval, median_interval

LEAST_PAIRS = 6  # of which the sign test can say anything at 95 %: all on one side, 2 / 2^6


@dataclass(frozen=True)
class Ratio:
    """One over the other, repetition by repetition, and the interval of the median by the sign test."""

    values: list[float]
    interval: MedianInterval

    @property
    def is_told(self) -> bool:
        """Fewer pairs have no interval that holds at 95 %."""
        return len(self.values) >= LEAST_PAIRS


@dataclass(frozen=True)
class Against:
    """What a workload's reference comes to beside another variant."""

    reference: str
    variant: str
    workload: str
    cpu: Ratio | None
    throughput: Ratio | None


def ratio(ours: Iterable[Row], theirs: Iterable[Row], figure: Callable[[Row], float | None]) -> Ratio | None:
    """Of the repetitions that both have a figure of; None where there is no such repetition."""
    figures = {row.repetition: figure(row) for row in ours}
    values = [
        mine / other for row in theirs if (mine := figures.get(row.repetition)) and (other := figure(row))
    ]
    return Ratio(values, median_interval(values)) if values else None


def against_reference(recording: Recording) -> list[Against]:
    """The reference of each workload that has one beside every other variant that met it.

    Of valid runs in which every request was answered: a refusal is cheap.
    """
    found = []
    for entry in recording.run["workloads"]:
        reference, workload = entry.get("reference"), entry["name"]
        ours = _sound(recording.runs(reference, workload)) if reference else []
        for variant in recording.variants if ours else ():
            theirs = _sound(recording.runs(variant, workload))
            if variant != reference and theirs:
                cpu = ratio(ours, theirs, lambda row: row.server_cpu_us_per_request)
                throughput = ratio(ours, theirs, lambda row: row.throughput_rps)
                found.append(Against(reference, variant, workload, cpu, throughput))
    return found


def _sound(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.verdict == "valid" and row.ok == row.requests]


def interval_text(interval: MedianInterval, text: Callable[[float], str]) -> str:
    """`0.91× [0.89, 0.94]`, `11.8 µs [10.9, 12.4]`: the unit is said once where all have the same."""
    middle, low, high = (text(value) for value in (interval.median, interval.low, interval.high))
    unit = middle.lstrip("-0123456789.,")
    if low.endswith(unit) and high.endswith(unit):
        low, high = low.removesuffix(unit), high.removesuffix(unit)
    return f"{middle} [{low}, {high}]"
