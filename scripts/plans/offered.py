"""What is offered relative to something else: to a variant's own capacity, which a workload before measures
in the same recording, or, of requests that compute, as a share of a core. Pure.

    load = [50, 100, 200]                    a curve, in per cent of that capacity
    steps = ["1s:50%", "1s:200%", "3s:50%"]  one after the other
    share = [0, 10, 40]                      a curve: `rate` requests that do not compute, and beside them so
                                             many that do that these take so many per cent of a core
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from plans import toml_table
from text.units import parse_duration_ms

if TYPE_CHECKING:
    from plans.workload import RequestClass, Workload

_STEP = re.compile(r"([0-9.]+(?:ms|s)):([0-9]{1,4})%")
_LEAST_RPS = 1


class Step(NamedTuple):
    ms: int
    percent: int


def steps(value: Any) -> tuple[Step, ...]:
    """A check, as toml_table has them."""
    matches = [_STEP.fullmatch(text) for text in toml_table.texts(value)]
    if not matches or not all(matches) or not any(int(match[2]) for match in matches):
        raise ValueError(f'expected steps as ["1s:50%", "1s:200%", "3s:50%"], found {value!r}')
    return tuple(Step(parse_duration_ms(match[1]), int(match[2])) for match in matches)


def at_capacity(workload: "Workload", capacity_rps: float) -> "Workload":
    """The workload with the rates that it comes to for a variant of this capacity."""

    def rate(percent: int) -> int:
        return max(round(capacity_rps * percent / 100), _LEAST_RPS)

    if workload.steps:
        stages = ",".join(f"{step.ms}ms:{rate(step.percent)}" for step in workload.steps)
        return replace(workload, stages=stages)
    return workload if workload.load is None else replace(workload, rate_rps=rate(workload.load))


def with_share(
    classes: Sequence["RequestClass"], rate_rps: int, share: int, cpu_ms: Mapping[str, int]
) -> tuple[tuple["RequestClass", ...], int]:
    """The classes with their requests per second as weights, and the rate of both together. Raises ValueError
    where that is no whole number."""
    computing = [c for c in classes if cpu_ms.get(c.name)]
    others = [c for c in classes if not cpu_ms.get(c.name)]
    if len(computing) != 1 or len(others) != 1:
        raise ValueError('needs two classes, of which one says how long it computes: `cpu = "10ms"`')
    [busy], [prompt] = computing, others
    busy_rps, rest = divmod(10 * share, cpu_ms[busy.name])
    if rest:
        raise ValueError(f"{share} % of a core are no whole number of requests of {cpu_ms[busy.name]} ms")
    prompt = replace(prompt, weight=rate_rps)
    return ((prompt, replace(busy, weight=busy_rps)) if busy_rps else (prompt,)), rate_rps + busy_rps
