"""How far what a client says of latencies is from what its packets say, where a run was captured (wire.csv).
Pure. Of the runs of a workload that count the medians are compared."""

from operator import attrgetter
from statistics import median

from metrics.soundness import counted
from recordings.recording import Recording, Row


def captured(recording: Recording, client: str) -> list[list[Row]]:
    """Of each workload that has any, the rows of the runs that count."""
    runs = (counted(recording.runs(client, workload)) for workload in recording.workloads)
    return [rows for each in runs if (rows := [row for run in each for row in recording.wire_of(run)])]


def farthest_off(workloads: list[list[Row]], quantile: str) -> float | None:
    """In per cent of what was on the wire, of the workload where it is most; None where no tool says it."""
    of_quantile = (
        [r for r in rows if r.quantile == quantile and r.told_us is not None] for rows in workloads
    )
    return max((_off(rows) for rows in of_quantile if rows), key=abs, default=None)


def _off(rows: list[Row]) -> float:
    return 100 * (median(map(attrgetter("told_us"), rows)) / median(map(attrgetter("wire_us"), rows)) - 1)
