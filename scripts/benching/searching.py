"""The search of the bench for each variant's highest rate that meets an objective: runs like any other.

What the planned runs of the curve have shown is where it begins; objective.py decides what is asked next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from benching.objective import Objective, highest_rate
from benching.running import Running
from plans.plan import Run
from plans.suite import OWN_CLIENT, Suite
from plans.variant import Variant
from plans.workload import Workload
from text.units import count_text, duration_text

if TYPE_CHECKING:
    from rich.console import Console

_TRIES = 3  # of a probe that the generator was too disturbed for

Summaries = Sequence[tuple[Run, Mapping[str, str] | None]]


def search(
    suite: Suite, objective: Objective, done: Summaries, running: Running, console: Console
) -> dict[str, Any]:
    """Makes the probes, each kept as a run; what run.json says of the objective: the rates by variant."""
    rates: dict[str, int | None] = {}
    template = next(w for w in suite.workloads if w.rate_rps)
    for variant in suite.variants:
        if variant.meets(template):
            prober = _Prober(variant, template, objective, running, console)
            rate = highest_rate(prober.meets, *bracket(variant.name, objective, done))
            rates[variant.name] = rate
            limit = f"{count_text(rate)}/s" if rate else "no rate meets it"
            console.print(f"objective  {variant.name}: {objective} up to {limit}", highlight=False)
    return {"text": str(objective), "curve": _curve_name(template), "highest_rps": rates}


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


class _Prober:
    def __init__(
        self, variant: Variant, template: Workload, objective: Objective, running: Running, console: Console
    ):
        self._variant, self._template, self._objective = variant, template, objective
        self._running, self._console = running, console
        self._repetitions: dict[int, int] = {}

    def meets(self, rate: int) -> bool:
        """One run at the rate, or a few where the generator was disturbed.

        Probes are repetitions of workloads of their own, beside the curve's.
        """
        for _ in range(_TRIES):
            met = self._probe(rate)
            if met is not None:
                return met
        return False

    def _probe(self, rate: int) -> bool | None:
        self._repetitions[rate] = self._repetitions.get(rate, 0) + 1
        name = f"{_curve_name(self._template)}-probe-{rate}"
        workload = replace(self._template, name=name, rate_rps=rate, curve=None)
        made = self._running.make(Run(self._variant, workload, self._repetitions[rate], None))
        met = self._objective.is_met(made.summary) if made.summary and not made.fault else False
        verdict = {True: "met", False: "not met", None: "cannot tell"}[met]
        fault = f" ({made.fault})" if made.fault else ""
        line = f"{self._variant.name}, {count_text(rate)}/s: {verdict}, {self._figure(made.summary)}{fault}"
        self._console.print(f"probe      {line}", highlight=False, soft_wrap=True)
        return met

    def _figure(self, summary: Mapping[str, str] | None) -> str:
        statistic = self._objective.measure
        value = summary and summary.get(f"latency_{statistic}_us")
        text = f"{statistic.replace('_', '.')} {duration_text(float(value))}" if value else "no figure"
        invalid = summary is not None and summary["verdict"] != "valid"
        return text + (f", invalid: {summary['reasons']}" if invalid and summary else "")


def _curve_name(workload: Workload) -> str:
    return workload.curve.name if workload.curve else workload.name
