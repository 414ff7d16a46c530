"""The highest rate at which latency still meets an objective, as `p99<50ms`: bracketed by the planned runs of
the curve, bisected by probes, which are runs like any other, and confirmed: a single one may be lucky, so the
rate that is found has to meet the objective again, twice, or the next lower one is tried."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plans.suite import OWN_CLIENT, Run
from recordings.recording import FAILED
from text.units import round_duration_text

Done = Sequence[tuple[Run, Mapping[str, str]]]  # runs, with their summaries
STEP = 1.03  # two rates nearer than this are not told apart
CONFIRMATIONS, _TRIES = 2, 3  # tries of a probe that the generator was too disturbed for
_FIRST, _MOST = 1000, 10_000_000
_APPLIED = 0.98  # of what was offered, at least, was sent
_UNITS_US = {"us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6}
_FORM = re.compile(r"(mean|p50|p90|p95|p99|p99\.9|max)\s*<\s*([0-9]+(?:\.[0-9]+)?)(us|µs|ms|s)")


@dataclass(frozen=True)
class Objective:
    """`measure` names a statistic of latency as summary.csv does: mean, p50 ... p99_9, max."""

    measure: str
    limit_us: float
    text: str  # as it was asked

    def __str__(self) -> str:
        return f"{self.measure.replace('_', '.')} < {round_duration_text(self.limit_us)}"

    def is_met(self, summary: Mapping[str, Any]) -> bool | None:
        """Whether the run met it; None where the generator was too disturbed to tell: it only makes latency
        longer, so what is met in spite of it is met. A statistic with a lower bound only is not met."""
        if int(summary["ok"]) != int(summary["requests"]) or summary["verdict"] == FAILED:
            return False
        value = summary[f"latency_{self.measure}_us"]
        met = value not in ("", None) and float(value) < self.limit_us
        if summary["verdict"] == "valid":
            return met
        return True if met and float(summary["achieved_over_offered"] or _APPLIED) >= _APPLIED else None


def parse_objective(text: str) -> Objective:
    """Raises ValueError that says how to write one."""
    match = _FORM.fullmatch(text.strip())
    if not match or float(match[2]) <= 0:
        fix = "write it as p99<50ms, with mean, p50, p90, p95, p99, p99.9 or max"
        raise ValueError(f"{text!r} is not an objective: {fix}")
    return Objective(match[1].replace(".", "_"), float(match[2]) * _UNITS_US[match[3]], text)


def bracket(variant: str, objective: Objective, done: Done) -> tuple[int | None, int | None]:
    """The highest rate at which every run met the objective, and the least above it at which one did not."""
    answers, good = defaultdict(list), None
    for run, summary in done:
        if run.variant.name == variant and run.client == OWN_CLIENT and run.workload.rate_rps:
            answers[run.workload.rate_rps].append(objective.is_met(summary) if summary else False)
    for rate, met in sorted(answers.items()):
        if False in met or True not in met:
            return good, rate
        good = rate
    return good, None


def highest_rate(probe: Callable[[int], bool | None], good: int | None, bad: int | None) -> int | None:
    """The highest rate per second that meets, to within STEP, confirmed; None if not even 1 does. `good` and
    `bad`: a rate that is known to meet, and a higher one not to. A `probe` that cannot tell is made again."""

    def meets(rate: int) -> bool:
        answers = (probe(rate) for _ in range(_TRIES))
        return next((met for met in answers if met is not None), False)

    while True:
        if good and bad:
            rate = rounded(math.sqrt(good * bad)) if bad > good * STEP else good
        else:
            rate = rounded(2 * good if good else bad / 2 if bad else _FIRST)
        if not (good or 0) < rate < (bad or _MOST + 1):
            break  # the two are near enough, or the scale ends
        good, bad = (rate, bad) if meets(rate) else (good, rate)
    while good and not all(meets(good) for _ in range(CONFIRMATIONS)):
        good = min(rounded(good / STEP), good - 1)
    return good or None


def rounded(rate: float) -> int:
    """To three digits: a rate of 41,358.7 says more than was measured."""
    return int(round(rate, min(3 - len(str(int(rate))), 0)))
