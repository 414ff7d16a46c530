"""What each variant was measured to serve, so that other runs can be offered so many times that."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import median
from typing import Any, NamedTuple

from plans.plan import Run
from recordings.recording import FAILED


class Capacity(NamedTuple):
    """Medians of the runs made so far; `columns`: of the summary of a run that is offered a share of it."""

    rps: float
    columns: dict[str, Any]


class Capacities:
    """By variant and the workload that measures it: of its valid runs, or, where there is none, of those that
    the generator was disturbed in: then no share is told, only offered."""

    def __init__(self) -> None:
        self._measured: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)

    def learn(self, run: Run, summary: Mapping[str, str]) -> None:
        """Of any run: which workloads measure others' capacity is those others' to say. Requests that failed
        make a rate that nobody was served at."""
        did_its_work = summary["verdict"] != FAILED and summary["ok"] == summary["requests"]
        if did_its_work and not run.workload.is_open and run.workload.duration_ms:
            self._measured[run.variant.name, run.workload.name].append(summary)

    def of_run(self, run: Run) -> Capacity | None:
        """Of the run's variant; None where it needs none, or none is known."""
        made = self._measured.get((run.variant.name, run.workload.capacity or ""), [])
        sound = [summary for summary in made if summary["verdict"] == "valid"]
        costs = [float(cost) for summary in sound if (cost := summary.get("server_cpu_us_per_request"))]
        rps = median(float(summary["throughput_rps"]) for summary in sound or made) if made else 0.0
        columns = {"capacity_rps": rps if sound else None}
        columns["capacity_cpu_us_per_request"] = median(costs) if costs else None
        return Capacity(rps, columns) if made else None
