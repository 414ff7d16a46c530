"""What the repetitions of one server or client under one workload come to: medians, ranges, outcomes. Over
the runs that count; where none does (`counts`), over all, and marked wherever shown."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from metrics.metrics import METRICS, Figure, Metric, counted, why_not
from recordings.csv_table import grouped
from recordings.recording import FAILED, OUTCOMES, Recording, Row
from text.units import plural


class Spread(NamedTuple):
    """A figure over repetitions. `at_least`: some run knows only a lower bound of it."""

    median: float
    low: float
    high: float
    runs: int = 1
    at_least: bool = False


@dataclass(frozen=True)
class Digest:
    """`subject` is what varies: a variant, or a client. digest["p99"] is a metric's spread, by its key.
    `classes`: the rows of each class of request, of the runs that the figures are of."""

    subject: str
    workload: str
    runs: list[Row]
    classes: dict[str, list[Row]]

    def __getitem__(self, key: str) -> Spread | None:
        return spread(map(METRICS[key].read, self.counted))

    def sound(self, key: str) -> Spread | None:
        """The same, but only of runs that count."""
        return self[key] if self.counts else None

    def p99_of(self, request_class: str) -> Spread | None:
        return spread(map(METRICS["p99"].read, self.classes.get(request_class, ())))

    @cached_property
    def counted(self) -> list[Row]:
        """The runs that count, or all of them where none does."""
        return counted(self.runs) or self.runs

    @property
    def counts(self) -> bool:
        return bool(counted(self.runs))

    @property
    def outcomes(self) -> dict[str, int]:
        return {name: sum(getattr(run, name) or 0 for run in self.runs) for name in OUTCOMES}

    @property
    def requests(self) -> int:
        return sum(self.outcomes.values())

    @property
    def failures(self) -> dict[str, int]:
        """The outcomes other than ok that happened, over all repetitions."""
        return {name: n for name, n in self.outcomes.items() if name != "ok" and n}

    @property
    def left_out(self) -> dict[str, int]:
        """How many runs do not count, by why: failed, invalid, with errors."""
        reasons = Counter(map(why_not, self.runs))
        return {name: reasons[name] for name in (FAILED, "invalid", "with errors") if reasons[name]}

    @property
    def left_out_text(self) -> str:
        """`1 of 3 runs failed, 1 invalid`; empty where all count."""
        parts = [f"{count} {reason}" for reason, count in self.left_out.items()]
        first, _, rest = ", ".join(parts).partition(" ")
        return f"{first} of {plural(len(self.runs), 'run')} {rest}" if parts else ""

    @property
    def reasons(self) -> list[str]:
        return list(dict.fromkeys(run.reasons for run in self.runs if run.reasons))

    @property
    def representative(self) -> Row:
        """The run with the (lower) median makespan, or, without one, duration: the one to draw."""
        ordered = sorted(self.counted, key=lambda run: run.makespan_ms or (run.duration_s or 0) * 1e3)
        return ordered[(len(ordered) - 1) // 2]


def digests(recording: Recording) -> list[Digest]:
    """One per workload and subject that has a finished run, in the order run.json declares them."""
    made = []
    for workload in recording.workloads:
        for subject in recording.subjects:
            if runs := recording.runs(subject, workload):
                rows = (row for run in counted(runs) or runs for row in recording.classes_of(run))
                made.append(Digest(subject, workload, runs, grouped(rows, attrgetter("class_"))))
    return made


def spread(figures: Iterable[Figure | None]) -> Spread | None:
    there = list(filter(None, figures))
    if not there:
        return None
    values, bounds = zip(*there)
    return Spread(median(values), min(values), max(values), len(values), any(bounds))


def figure_text(metric: Metric, figure: Spread | None) -> str:
    """`≥ 81.2 ms` where it is a lower bound; empty where there is none."""
    return ("≥ " if figure.at_least else "") + metric.text(figure.median) if figure else ""
