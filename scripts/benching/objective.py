"""The highest rate at which latency still meets an objective, as `p99<50ms`: bracket, bisect, confirm.

Pure: what a probe is, the caller knows. A single probe may be lucky, so the rate that is found has to meet
the objective again, twice; where it does not, the next lower one is tried.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recordings.recording import FAILED
from text.units import round_duration_text

STEP = 1.03  # two rates nearer than this are not told apart
CONFIRMATIONS = 2
_LEAST, _MOST = 1, 10_000_000
_FIRST = 1000
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

    def is_met(self, summary: dict[str, Any]) -> bool | None:
        """Whether the run met it; None where the generator was too disturbed to tell.

        A late generator only makes latency longer: what is met in spite of it is met. A statistic that is
        known as a lower bound only is not met.
        """
        if int(summary["ok"]) != int(summary["requests"]) or summary["verdict"] == FAILED:
            return False
        value = summary[f"latency_{self.measure}_us"]
        met = value not in ("", None) and float(value) < self.limit_us
        if summary["verdict"] == "valid":
            return met
        applied = float(summary["achieved_over_offered"] or 1) >= _APPLIED
        return True if met and applied else None


def parse_objective(text: str) -> Objective:
    """Raises ValueError that says how to write one."""
    match = _FORM.fullmatch(text.strip())
    if not match or float(match[2]) <= 0:
        fix = "write it as p99<50ms, with mean, p50, p90, p95, p99, p99.9 or max"
        raise ValueError(f"{text!r} is not an objective: {fix}")
    return Objective(match[1].replace(".", "_"), float(match[2]) * _UNITS_US[match[3]], text)


def highest_rate(meets: Callable[[int], bool], good: int | None, bad: int | None) -> int | None:
    """The highest rate per second that meets, to within STEP, confirmed; None if not even the least does.

    `good` and `bad` are what is known before: a rate that met the objective and a higher one that did not.
    """
    while rate := _next_rate(good, bad):
        good, bad = (rate, bad) if meets(rate) else (good, rate)
    while good is not None and good >= _LEAST:
        if all(meets(good) for _ in range(CONFIRMATIONS)):
            return good
        good = min(rounded(good / STEP), good - 1)
    return None


def _next_rate(good: int | None, bad: int | None) -> int | None:
    """What to ask for between the two; None where they are near enough, or the scale ends."""
    if good is None:
        rate = rounded((bad or 2 * _FIRST) / 2)
    elif bad is None:
        rate = rounded(good * 2)
    else:
        rate = rounded(math.sqrt(good * bad)) if bad > good * STEP else good
    return rate if (good or _LEAST - 1) < rate < (bad or _MOST + 1) else None


def rounded(rate: float) -> int:
    """To three digits: a rate of 41,358.7 says more than was measured."""
    digits = max(len(str(int(rate))) - 3, 0)
    return int(round(rate / 10**digits)) * 10**digits
