"""What each variant was measured to serve, so that other runs can be offered so many times that."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import median
from typing import Any, NamedTuple

from plans.plan import Run
from recordings.recording import FAILED


class Capacity(NamedTuple):
    """Medians of the runs made so far. Of one that is not `sound` no share is told, only offered."""

    rps: float
    cpu_us: float | None  # that a request cost the server
    is_sound: bool

    @property
    def columns(self) -> dict[str, Any]:
        """Of the summary of a run that was offered a share of it."""
        named = {"capacity_rps": self.rps, "capacity_cpu_us_per_request": self.cpu_us}
        return named if self.is_sound else dict.fromkeys(named)


class Capacities:
    """By variant and the workload that measures it: of its valid runs, or, where there is none, of those that
    the generator was disturbed in. Requests that failed make a rate that nobody was served at."""

    def __init__(self) -> None:
        self._measured: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)

    def learn(self, run: Run, summary: Mapping[str, str]) -> None:
        """Of any run: which workloads measure others' capacity is those others' to say."""
        did_its_work = summary["verdict"] != FAILED and summary["ok"] == summary["requests"]
        if did_its_work and not run.workload.is_open and run.workload.duration_ms:
            self._measured[run.variant.name, run.workload.name].append(summary)

    def of_run(self, run: Run) -> Capacity | None:
        """Of the run's variant; None where it needs none, or none is known."""
        made = self._measured.get((run.variant.name, run.workload.capacity or ""))
        if not made:
            return None
        sound = [summary for summary in made if summary["verdict"] == "valid"]
        made = sound or made
        costs = [float(cost) for summary in made if (cost := summary.get("server_cpu_us_per_request"))]
        rps = median(float(summary["throughput_rps"]) for summary in made)
        return Capacity(rps, median(costs) if costs else None, bool(sound))
