"""What the repetitions of one variant under one workload come to: medians, ranges, outcomes, verdicts.

The table, the sentences and the charts of a report all start from these, so that they cannot disagree.
Medians are over the valid runs; where no run is valid they are over all of them and `is_valid` is false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from recordings.recording import FAILED, OUTCOMES, Recording, Row
from stats.quantiles import median, median_item
from text.units import plural

LATENCIES = ("p50", "p90", "p99", "p99_9", "max")
CLASSES_IN_SUMMARY = range(1, 5)


@dataclass(frozen=True)
class Spread:
    """A figure over repetitions. `at_least`: some run knows only a lower bound of it."""

    median: float
    low: float
    high: float
    runs: int = 1
    at_least: bool = False


@dataclass(frozen=True)
class Digest:
    variant: str
    workload: str
    runs: list[Row]
    counted: list[Row]
    makespan_ms: Spread | None
    makespan_generator_ms: Spread | None  # the part of it that is the generator's own, where that is known
    ideal_ms: float | None
    over_ideal: Spread | None
    throughput_rps: Spread | None
    latency_us: dict[str, Spread | None]
    class_requests: dict[str, int]
    class_p99_us: dict[str, Spread | None]
    server: dict[str, Spread | None]
    outcomes: dict[str, int]
    reasons: list[str]

    @property
    def invalid_runs(self) -> int:
        return sum(run.verdict not in ("valid", FAILED) for run in self.runs)

    @property
    def failed_runs(self) -> int:
        return sum(run.verdict == FAILED for run in self.runs)

    @property
    def runs_text(self) -> str:
        """`1 of 3 runs failed, 1 invalid`; empty where all count."""
        told = [(self.failed_runs, FAILED), (self.invalid_runs, "invalid")]
        parts = [f"{n} {what}" for n, what in told if n]
        if not parts:
            return ""
        first, _, rest = ", ".join(parts).partition(" ")
        return f"{first} of {plural(len(self.runs), 'run')} {rest}"

    @property
    def is_valid(self) -> bool:
        return bool(self.counted) and all(run.verdict == "valid" for run in self.counted)

    @property
    def requests(self) -> int:
        return sum(self.outcomes.values())

    @property
    def failures(self) -> dict[str, int]:
        """The outcomes other than ok that happened, over all repetitions."""
        return {name: n for name, n in self.outcomes.items() if name != "ok" and n}

    @property
    def representative(self) -> Row:
        """The run with the median makespan (or, without one, the median duration): the one to draw."""
        return median_item(self.counted, lambda run: run.makespan_ms or (run.duration_s or 0) * 1e3)


def digests(recording: Recording) -> list[Digest]:
    """One per workload and variant that has a finished run, in the order run.json declares them."""
    return [
        digest(variant, workload, runs)
        for workload in recording.workloads
        for variant in recording.variants
        if (runs := recording.runs(variant, workload))
    ]


def digest(variant: str, workload: str, runs: list[Row]) -> Digest:
    valid = [run for run in runs if run.verdict == "valid"]
    counted = valid or runs
    ideals = [run.ideal_ms for run in counted if run.ideal_ms is not None]
    server = {
        "cpu_us_per_request": "server_cpu_us_per_request",
        "utilisation": "server_utilisation",
        "rss_peak_kib": "server_rss_peak_kib",
        "threads_peak": "server_threads_peak",
        "context_switches": "server_context_switches",
    }
    return Digest(
        variant=variant,
        workload=workload,
        runs=runs,
        counted=counted,
        makespan_ms=spread(run.makespan_ms for run in counted),
        makespan_generator_ms=spread(getattr(run, "makespan_generator_ms", None) for run in counted),
        ideal_ms=median(ideals) if ideals else None,
        over_ideal=spread(run.makespan_over_ideal for run in counted if served_in_full(run)),
        throughput_rps=spread(run.throughput_rps for run in counted),
        latency_us={name: _bounded(counted, f"latency_{name}") for name in LATENCIES},
        class_requests=_class_requests(counted[0]),
        class_p99_us={name: _class_p99(counted, name) for name in _class_names(counted)},
        server={name: spread(getattr(run, column) for run in counted) for name, column in server.items()},
        outcomes={name: sum(getattr(run, name) or 0 for run in runs) for name in OUTCOMES},
        reasons=list(dict.fromkeys(run.reasons for run in runs if run.reasons)),
    )


def served_in_full(run: Row) -> bool:
    """The ideal is that of serving every request: who fails some is done sooner, and has beaten nothing."""
    return run.ok == run.requests


def spread(values: Iterable[float | None], at_least: bool = False) -> Spread | None:
    known = [value for value in values if value is not None]
    return Spread(median(known), min(known), max(known), len(known), at_least) if known else None


def _bounded(runs: list[Row], prefix: str) -> Spread | None:
    """A statistic that has two columns, of which a run fills one: its value, or what it is at least."""
    return _merge(runs, lambda run: (getattr(run, f"{prefix}_us"), getattr(run, f"{prefix}_at_least_us")))


def _class_p99(runs: list[Row], name: str) -> Spread | None:
    def pick(run: Row) -> tuple[Any, Any]:
        for k in CLASSES_IN_SUMMARY:
            if getattr(run, f"class_{k}") == name:
                return (
                    getattr(run, f"class_{k}_latency_p99_us"),
                    getattr(run, f"class_{k}_latency_p99_at_least_us"),
                )
        return None, None

    return _merge(runs, pick)


def _merge(runs: list[Row], pick: Callable[[Row], tuple[Any, Any]]) -> Spread | None:
    pairs = [pick(run) for run in runs]
    bounded = any(value is None and bound is not None for value, bound in pairs)
    return spread((value if value is not None else bound for value, bound in pairs), bounded)


def _class_requests(run: Row) -> dict[str, int]:
    pairs = ((getattr(run, f"class_{k}"), getattr(run, f"class_{k}_requests")) for k in CLASSES_IN_SUMMARY)
    return {name: count for name, count in pairs if name}


def _class_names(runs: list[Row]) -> list[str]:
    names = (getattr(run, f"class_{k}") for run in runs for k in CLASSES_IN_SUMMARY)
    return list(dict.fromkeys(name for name in names if name))
