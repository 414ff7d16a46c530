"""What recordings from earlier versions have, read as what today's have.

A run's classes had columns of the summary, four at most.
"""

from itertools import count
from typing import NamedTuple

from recordings.csv_table import Row


class ClassRow(NamedTuple):
    """One class of request in one run. A statistic has its value, or what it is at least."""

    class_: str
    requests: int
    latency_p50_us: float | None
    latency_p99_us: float | None
    latency_p50_at_least_us: float | None
    latency_p99_at_least_us: float | None


def classes_in_summary(run: Row) -> list[ClassRow]:
    """The classes that a row of the summary tells of in columns of its own; none in one of today's.

    Where nothing describes these columns they are text.
    """
    rows = []
    for k in count(1):
        if (name := getattr(run, f"class_{k}", None)) is None:
            return rows
        latencies = (getattr(run, f"class_{k}_{column}", None) for column in ClassRow._fields[2:])
        numbers = (None if value is None else float(value) for value in latencies)
        rows.append(ClassRow(name, int(getattr(run, f"class_{k}_requests")), *numbers))
