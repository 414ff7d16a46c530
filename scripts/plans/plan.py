"""Which runs a suite comes to, in which order, and how long they should take. Pure: no clock, no process."""

import math
import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

from plans.suite import OWN_CLIENT, Suite
from plans.variant import Variant
from plans.workload import Workload

# Until a run's company is there and has been looked at, or has left.
_COMPANY_S = {None: 0.0, "idle": 3.0, "leaves": 2.0, "reads": 0.2, "sends": 0.2}
_COMPANIONS_PER_S = 4000
OVERHEAD_S = 0.25  # starting a server, asking for its health, stopping it, and writing the rows
_SPARE_MS = 10_000  # beside twice the ideal: what a request may take before it counts as timed out


class Run(NamedTuple):
    variant: Variant
    workload: Workload
    repetition: int
    ideal_ms: int | None
    client: str = OWN_CLIENT

    @property
    def timeout_ms(self) -> int:
        return self.workload.timeout_ms or 2 * (self.ideal_ms or self.workload.longest_ms) + _SPARE_MS

    @property
    def asked_s(self) -> float:
        """How long the generator is busy at least: the duration, or the ideal makespan, after the warm-up."""
        load = self.workload
        return ((load.duration_ms or self.ideal_ms or 0) + (load.warm_up_ms or 0)) / 1000

    @property
    def expected_s(self) -> float:
        load = self.workload
        company_s = _COMPANY_S[load.company] + (load.companions or 0) / _COMPANIONS_PER_S
        return (load.silence_ms or 0) / 1000 + self.asked_s + OVERHEAD_S + company_s

    def __str__(self) -> str:
        under = "" if self.client == OWN_CLIENT else f", {self.client}"
        return f"{self.workload.name}, {self.variant.name}{under}, repetition {self.repetition}"


def ideal_ms(workload: Workload, serves_at_once: int | None) -> int | None:
    """The makespan that no server of this model can beat: ceil(L / min(k, c)) x t; None where nothing waits.
    L requests wait t each, the model serves k at once (None: without a bound), over c connections."""
    waiting, connections = workload.waiting_requests, workload.connections
    if not waiting or workload.wait_ms is None:
        return None
    return math.ceil(waiting / min(serves_at_once or connections, connections)) * workload.wait_ms


def runs_of(suite: Suite, seed: int, takes_part: Callable[..., bool] = lambda *_: True) -> list[Run]:
    """All runs. Each variant under each client meets each workload in a new random order in each repetition.
    Interleaved, so that a machine that slows down slows all of them; in random order, so that none always
    follows the same other. The same seed gives the same order. `takes_part(client, workload)`: if it can."""
    rng = random.Random(seed)
    repetitions = {v.name: v.repetitions or suite.repetitions for v in suite.variants}
    pairs = [(variant, client) for variant in suite.variants for client in suite.clients]
    return [
        Run(variant, workload, repetition, ideal_ms(workload, variant.at_once(workload)), client)
        for repetition in range(1, max(repetitions.values(), default=0) + 1)
        for workload in suite.workloads
        for variant, client in rng.sample(pairs, len(pairs))
        if variant.meets(workload) and takes_part(client, workload)
        if repetition <= repetitions[variant.name]
    ]


def planned(runs: Iterable[Run]) -> dict[str, dict[str, int]]:
    """How many repetitions there are to be, by variant and workload."""
    repetitions: dict[str, dict[str, int]] = {}
    for run in sorted(runs, key=lambda run: run.repetition):
        repetitions.setdefault(run.variant.name, {})[run.workload.name] = run.repetition
    return repetitions


def expected_s(runs: Iterable[Run]) -> float:
    return sum(run.expected_s for run in runs)
