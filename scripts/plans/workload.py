"""What is asked of the servers: classes of request with weights, over how many connections, until when.

Read from a suite's tables, checked as they are read. A workload with a list, as `connections = [1, 10, 100]`,
stands for one workload each, `NAME-1`, `NAME-10` and `NAME-100`: a curve, to be drawn against that number.
What is offered may be relative: to a variant's own capacity, which a workload before measures in the same
recording (`load` and `steps`), or, of requests that compute beside `rate` others, as a `share` of a core."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

from plans.toml_table import Check, TomlTable, a_duration, a_flag, a_name, a_path, a_text, from_key, matches
from plans.toml_table import one_of, texts, whole
from text.units import parse_duration_ms

_MOST_CLASSES, _MOST_POINTS = 64, 50
_DRAWS = 16  # of a distribution: the means of as many equal parts of it
_COUNT = whole(1, 1_000_000)
_STEP = re.compile(r"([0-9.]+(?:ms|s)):([0-9]{1,4})%")


def _parts(integral: Callable[[float], float]) -> tuple[float, ...]:
    """What each waits: the mean of a quantile function over the part. A mix of these has its mean, 1."""
    return tuple(
        _DRAWS * (high - low) for low, high in pairwise(integral(n / _DRAWS) for n in range(_DRAWS + 1))
    )


DRAWN = {
    # The integral of -log(1 - u).
    "exponential": _parts(lambda u: 0.0 if u >= 1 else (1 - u) * math.log(1 - u) - (1 - u)),
    # Of (1 - u) ** (-1 / shape) / 3: Pareto's of mean 1 and shape 1.5, whose variance is infinite.
    "heavy-tailed": _parts(lambda u: -((1 - u) ** (1 / 3))),
}


@dataclass(frozen=True)
class RequestClass:
    """`weight` of the workload's requests go to `target`; those that wait do so for the workload's wait."""

    name: str
    weight: int
    target: str
    waits: bool


@dataclass(frozen=True)
class ClassRule:
    """A class as the suite declares it: its target is another at some waits. Of one that is `drawn` the
    workload's wait is the mean."""

    target: str = from_key(a_path, "", needed=True)
    cpu_ms: int | None = from_key(a_duration, key="cpu")  # of the server
    waits: bool = from_key(a_flag, False)
    drawn: str | None = from_key(one_of(*DRAWN))
    target_at: Mapping[int, str] = from_key(a_path, is_table=True, names=a_duration)


Rules = Mapping[str, ClassRule]


class Step(NamedTuple):
    ms: int
    percent: int


def _are_steps(value: Any) -> bool:
    matches = [_STEP.fullmatch(text) for text in value] if texts.fits(value) else []
    return all(matches) and any(int(match[2]) for match in matches)


def _steps(value: list[str]) -> tuple[Step, ...]:
    return tuple(Step(parse_duration_ms(match[1]), int(match[2])) for match in map(_STEP.fullmatch, value))


def _number(most: int, least: int = 1) -> Check:
    one = whole(least, most)

    def fits(value: Any) -> bool:
        are_numbers = isinstance(value, list) and all(map(one.fits, value))
        return one.fits(value) or are_numbers and 2 <= len(set(value)) == len(value) <= _MOST_POINTS

    form = f"{one.form}, or a list of 2 to {_MOST_POINTS} that differ"
    return Check(form, fits, lambda v: tuple(v) if isinstance(v, list) else v)


@dataclass(frozen=True)
class CurvePoint:
    """Where on a curve a workload is: the name that the curve's points share, the axis, the place on it."""

    name: str
    axis: str  # connections, rate, requests, load, share or companions
    at: int


@dataclass(frozen=True)
class Workload:
    """A fixed number of requests, or as many as fit a duration; a closed loop unless it has a rate. What each
    key means is in keys.toml."""

    name: str = from_key(a_name, needed=True)
    requests: int | None = from_key(
        _number(10**7), not_with="duration steps", needed_unless="duration steps"
    )
    connections: int = from_key(_number(100_000), 1, needed=True)
    connection_mode: str = from_key(one_of("fresh", "kept"), needed=True)
    classes: tuple[RequestClass, ...] = from_key(_COUNT, (), is_table=True, key="weights", refers="class")
    duration_ms: int | None = from_key(a_duration)
    rate_rps: int | None = from_key(_number(10**7), not_with="load steps")
    arrivals: str | None = from_key(one_of("constant", "poisson"), goes_with="rate load steps")
    method: str | None = from_key(matches("an HTTP method as POST", r"[A-Z]+"))
    headers: tuple[str, ...] = from_key(texts, ())
    body: str | None = from_key(a_text)
    warm_up_ms: int | None = from_key(a_duration)
    timeout_ms: int | None = from_key(a_duration)
    retries: int | None = from_key(whole(1, 100), goes_with="rate load steps")
    capacity: str | None = from_key(a_name, refers="closed loop before it", paired_with="load steps")
    load: int | None = from_key(_number(10_000))
    steps: tuple[Step, ...] = from_key(
        Check('steps as ["1s:50%", "1s:200%", "3s:50%"]', _are_steps, _steps), ()
    )
    stages: str | None = None  # the steps as rates, once the capacity is known
    share: int | None = from_key(_number(100, 0), goes_with="rate")
    silence_ms: int | None = from_key(a_duration)
    wait_ms: int | None = from_key(a_duration)
    pinned: bool | None = from_key(a_flag)
    captured: bool | None = from_key(a_flag)
    company: str | None = from_key(one_of("idle", "leaves", "reads", "sends"))
    companions: int | None = from_key(_number(100_000, 0), paired_with="company")
    company_target: str = from_key(a_path, "/ping")
    company_time_ms: int | None = from_key(a_duration)
    curve: CurvePoint | None = None
    variants: tuple[str, ...] | None = from_key(texts, refers="variant")
    serves_at_once: Mapping[str, int] = from_key(_COUNT, is_table=True, refers="variant")
    reference: str | None = from_key(a_name, refers="variant or client")

    @property
    def waiting_requests(self) -> int:
        """How many of the requests wait; exact, as weights that do not divide the requests are refused."""
        waiting = sum(c.weight for c in self.classes if c.waits)
        return (self.requests or 0) * waiting // sum(c.weight for c in self.classes)

    @property
    def longest_ms(self) -> int:
        """What its longest request waits."""
        return (self.wait_ms or 0) if any(c.waits for c in self.classes) else 0

    @property
    def is_open(self) -> bool:
        return bool(self.rate_rps or self.load or self.steps)

    def at_capacity(self, capacity_rps: float) -> "Workload":
        """The workload with the rates that it comes to for a variant of this capacity."""
        rates = [max(round(capacity_rps * step.percent / 100), 1) for step in self.steps]
        if rates:
            stages = ",".join(f"{step.ms}ms:{rate}" for step, rate in zip(self.steps, rates))
            return replace(self, stages=stages)
        return replace(self, rate_rps=max(round(capacity_rps * self.load / 100), 1)) if self.load else self


def read_workloads(
    table: TomlTable, rules: Rules, usual: Mapping[str, Any], chosen: Mapping[str, Any]
) -> Iterator[Workload]:
    """The workload of a table, or those of its curve. `usual`: of the fields, where the workload does not
    say; `chosen`: those that the command line says."""
    values = table.values(Workload) | chosen
    weights, total = values["classes"], sum(values["classes"].values())
    values |= {key: value for key, value in usual.items() if values[key] is None}
    values["classes"] = tuple(_classes(table, weights, rules, values["wait_ms"]))
    if values["steps"]:
        values["duration_ms"] = sum(step.ms for step in values["steps"])
    if values["rate_rps"] or values["load"] or values["steps"]:
        values["arrivals"] = values["arrivals"] or "constant"
    if values["company"] not in (None, "idle") and values["company_time_ms"] is None:
        table.blame("company_time", 'missing: how long they take or stay, as "100ms"')
    for point in _points(table, values):
        for name, weight in weights.items():
            if (point["requests"] or 0) * weight % total:
                table.blame(
                    f"weights.{name}", f"{weight} in {total} does not divide {point['requests']} exactly"
                )
        if point["share"] is not None:
            with table.blaming("share"):
                point |= with_share(point["classes"], point["rate_rps"] or 1, point["share"], rules)
        yield Workload(**point)


def _classes(
    table: TomlTable, weights: Mapping[str, int], rules: Rules, wait_ms: int | None
) -> Iterator[RequestClass]:
    """Those that a workload's table asks for, which is blamed for what is wrong with them."""
    if not 1 <= len(weights) <= _MOST_CLASSES:
        table.blame("weights", f"{len(weights)} classes: name 1 to {_MOST_CLASSES}, as {{ long = 1 }}")
    for name, weight in weights.items():
        if rule := rules.get(name):
            if wait_ms is None and (rule.waits or "{wait_ms}" in rule.target):
                table.blame(f"weights.{name}", 'the suite has no wait: add `wait = "50ms"` at its top')
            target, means = rule.target_at.get(wait_ms, rule.target), DRAWN.get(rule.drawn, ())
            draws = {f"{name}-{n}": round(mean * (wait_ms or 0)) for n, mean in enumerate(means, start=1)}
            for each, ms in (draws or {name: wait_ms}).items():
                filled = target.replace("{wait_ms}", str(ms))
                yield RequestClass(each, weight, filled, rule.waits and not draws)


def with_share(classes: Sequence[RequestClass], rate_rps: int, share: int, rules: Rules) -> dict[str, Any]:
    """A workload's classes with their requests per second as weights, and the rate of both together: so many
    of those that compute that they take so many per cent of a core. Raises ValueError where that is no whole
    number."""
    computing = [c for c in classes if c.name in rules and rules[c.name].cpu_ms]
    others = [c for c in classes if c not in computing]
    if (len(computing), len(others)) != (1, 1):
        raise ValueError('needs two classes, of which one says how long it computes: `cpu = "10ms"`')
    cpu_ms = rules[computing[0].name].cpu_ms
    busy_rps, rest = divmod(10 * share, cpu_ms)
    if rest:
        raise ValueError(f"{share} % of a core are no whole number of requests of {cpu_ms} ms")
    asked = replace(others[0], weight=rate_rps), replace(computing[0], weight=busy_rps)
    return {"classes": asked if busy_rps else asked[:1], "rate_rps": rate_rps + busy_rps}


def _points(table: TomlTable, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The values of each point of a curve, which is along the first of the lists; or as they are, of none."""
    amounts = ("share", "load", "rate_rps", "connections", "requests", "companions")
    lists = {field: values[field] for field in amounts if isinstance(values[field], tuple)}
    if not lists:
        yield values
    elif len(set(map(len, lists.values()))) > 1:
        table.blame("connections", "the lists of a curve must be of one length")
    else:
        for numbers in zip(*lists.values()):
            curve = CurvePoint(values["name"], next(iter(lists)).removesuffix("_rps"), numbers[0])
            point = {"curve": curve, "name": f"{curve.name}-{curve.at}"}
            yield values | dict(zip(lists, numbers)) | point
