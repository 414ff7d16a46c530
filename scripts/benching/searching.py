"""The search of the bench for each variant's highest rate that meets an objective: runs like any other.

What the planned runs of the curve have shown is where it begins; objective.py decides what is asked next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from benching.measure import Bench
from benching.objective import Objective, highest_rate
from plans.plan import Run
from plans.suite import OWN_CLIENT, Suite
from plans.variant import Variant
from plans.workload import Workload
from text.table import say
from text.units import count_text, duration_text

if TYPE_CHECKING:
    from rich.console import Console

_TRIES = 3  # of a probe that the generator was too disturbed for

Summaries = Sequence[tuple[Run, Mapping[str, str] | None]]


def search(
    suite: Suite, objective: Objective, done: Summaries, bench: Bench, console: Console
) -> dict[str, Any]:
    """Makes the probes, each kept as a run; what run.json says of the objective: the rates by variant."""
    rates: dict[str, int | None] = {}
    template = next(w for w in suite.workloads if w.rate_rps)
    curve = template.curve.name if template.curve else template.name
    for variant in suite.variants:
        if variant.meets(template):
            prober = _Prober(variant, replace(template, curve=None), curve, objective, bench, console)
            rate = highest_rate(prober.meets, *bracket(variant.name, objective, done))
            rates[variant.name] = rate
            limit = f"{count_text(rate)}/s" if rate else "no rate meets it"
            console.print(f"objective  {variant.name}: {objective} up to {limit}", highlight=False)
    return {"text": str(objective), "curve": curve, "highest_rps": rates}


def bracket(variant: str, objective: Objective, done: Summaries) -> tuple[int | None, int | None]:
    """The highest rate at which every run met the objective, and the least above it at which one did not."""
    answers: dict[int, list[bool | None]] = {}
    for run, summary in done:
        rate = run.workload.rate_rps
        if run.variant.name == variant and run.client == OWN_CLIENT and rate:
            answers.setdefault(rate, []).append(objective.is_met(summary) if summary else False)
    met = {rate: True in runs_met and False not in runs_met for rate, runs_met in answers.items()}
    good = max((rate for rate in met if all(ok for r, ok in met.items() if r <= rate)), default=None)
    bad = min((rate for rate, ok in met.items() if not ok and rate > (good or 0)), default=None)
    return good, bad


@dataclass
class _Prober:
    """Probes are repetitions of workloads of their own, beside the curve's."""

    variant: Variant
    template: Workload
    curve: str
    objective: Objective
    bench: Bench
    console: Console
    repetitions: Counter[int] = field(default_factory=Counter)  # by rate

    def meets(self, rate: int) -> bool:
        """One run at the rate, or a few where the generator was disturbed."""
        answers = (self._probe(rate) for _ in range(_TRIES))
        return next((met for met in answers if met is not None), False)

    def _probe(self, rate: int) -> bool | None:
        self.repetitions[rate] += 1
        workload = replace(self.template, name=f"{self.curve}-probe-{rate}", rate_rps=rate)
        fault, summary = self.bench.make(Run(self.variant, workload, self.repetitions[rate], None))
        met = self.objective.is_met(summary) if summary and not fault else False
        verdict = {True: "met", False: "not met", None: "cannot tell"}[met]
        statistic = self.objective.measure
        value = summary and summary.get(f"latency_{statistic}_us")
        figure = f"{statistic.replace('_', '.')} {duration_text(float(value))}" if value else "no figure"
        if summary and summary["verdict"] != "valid":
            figure += f", invalid: {summary['reasons']}"
        line = f"{self.variant.name}, {count_text(rate)}/s: {verdict}, {figure}"
        say(self.console, f"probe      {line}{f' ({fault})' if fault else ''}")
        return met
