"""The search of the bench for each variant's highest rate that meets an objective: runs like any other.

What the planned runs of the curve have shown is where it begins; objective.py decides what is asked next.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from benching.measure import Bench
from benching.objective import Objective, highest_rate
from plans.plan import Run
from plans.suite import OWN_CLIENT
from plans.variant import Variant
from text.table import say
from text.units import count_text, duration_text

if TYPE_CHECKING:
    from rich.console import Console

_TRIES = 3  # of a probe that the generator was too disturbed for

Summaries = Sequence[tuple[Run, Mapping[str, str] | None]]


def search(objective: Objective, done: Summaries, bench: Bench, console: "Console") -> dict[str, Any]:
    """Makes the probes, each kept as a run; what run.json says of the objective: the rates by variant."""
    suite, rates, repetitions = bench.prepared.suite, {}, Counter()
    template = next(w for w in suite.workloads if w.rate_rps)
    curve = template.curve.name if template.curve else template.name

    def probe(variant: Variant, rate: int) -> bool | None:
        repetitions[variant.name, rate] += 1
        workload = replace(template, name=f"{curve}-probe-{rate}", rate_rps=rate, curve=None)
        fault, summary = bench.make(Run(variant, workload, repetitions[variant.name, rate], None))
        met = objective.is_met(summary) if summary and not fault else False
        verdict = {True: "met", False: "not met", None: "cannot tell"}[met]
        figure = f"{_figure(objective, summary)}{f' ({fault})' if fault else ''}"
        say(console, f"probe      {variant.name}, {count_text(rate)}/s: {verdict}, {figure}")
        return met

    def meets(variant: Variant, rate: int) -> bool:
        """One run at the rate, or a few where the generator was disturbed."""
        answers = (probe(variant, rate) for _ in range(_TRIES))
        return next((met for met in answers if met is not None), False)

    for variant in suite.variants:
        if variant.meets(template):
            bounds = bracket(variant.name, objective, done)
            rates[variant.name] = rate = highest_rate(partial(meets, variant), *bounds)
            limit = f"{count_text(rate)}/s" if rate else "no rate meets it"
            say(console, f"objective  {variant.name}: {objective} up to {limit}")
    return {"text": str(objective), "curve": curve, "highest_rps": rates}


def _figure(objective: Objective, summary: Mapping[str, str] | None) -> str:
    statistic = objective.measure
    value = summary and summary.get(f"latency_{statistic}_us")
    text = f"{statistic.replace('_', '.')} {duration_text(float(value))}" if value else "no figure"
    return text + (f", invalid: {summary['reasons']}" if summary and summary["verdict"] != "valid" else "")


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
