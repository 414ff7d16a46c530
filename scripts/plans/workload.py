"""What is asked of the servers: classes of request with weights, over how many connections, until when. With
a list, as `connections = [1, 10]`, a workload stands for `NAME-1` and `NAME-10`: a curve, to be drawn against
that number. What is offered may be relative: to a variant's own capacity, which a workload before measures
(`load`, `steps`), or, of requests that compute beside `rate` others, as a `share` of a core."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

from plans.toml_table import TomlTable, a_duration, a_flag, a_name, a_path, a_text, each, from_key, matches
from plans.toml_table import one_of, texts, whole
from text.units import parse_duration_ms

_MOST_CLASSES, _MOST_POINTS = 64, 50
_DRAWS = 16  # of a distribution: the means of as many equal parts of it
_AXES = ("share", "load", "rate", "connections", "requests", "companions")  # what may be a list
_COUNT, _MANY = whole(1, 1_000_000), whole(1, 10_000_000)
_A_STEP = matches('a step as "1s:50%"', r"[0-9.]+(ms|s):[0-9]{1,4}%")


def _parts(integral: Callable[[float], float]) -> tuple[float, ...]:
    """What each waits: the mean of a quantile function over the part. A mix of these has its mean, 1."""
    edges = map(integral, (n / _DRAWS for n in range(_DRAWS + 1)))
    return tuple(_DRAWS * (high - low) for low, high in pairwise(edges))


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
    """A class as the suite declares it. Of one that is `drawn` the workload's wait is the mean."""

    target: str = from_key(a_path, "", needed=True)
    cpu_ms: int | None = from_key(a_duration, key="cpu")  # of the server
    waits: bool = from_key(a_flag, False)
    drawn: str | None = from_key(one_of(*DRAWN))
    target_at: Mapping[int, str] = from_key(a_path, is_table=True, names=a_duration)


class Step(NamedTuple):
    ms: int
    percent: int


def _step(text: str) -> Step:
    ms, percent = text.split(":")
    return Step(parse_duration_ms(ms), int(percent[:-1]))


@dataclass(frozen=True)
class CurvePoint:
    """Where on a curve a workload is: the name that the curve's points share, the axis, the place on it."""

    name: str
    axis: str  # connections, rate, requests, load, share or companions
    at: int


@dataclass(frozen=True)
class Workload:
    """A fixed number of requests, or as many as fit a duration; a closed loop unless it has a rate."""

    name: str = from_key(a_name, needed=True)
    requests: int | None = from_key(_MANY, not_with="duration steps", needed_unless="duration steps")
    connections: int = from_key(whole(1, 100_000), 1, needed=True)
    connection_mode: str = from_key(one_of("fresh", "kept"), needed=True)
    classes: tuple[RequestClass, ...] = from_key(_COUNT, (), is_table=True, key="weights", refers="class")
    duration_ms: int | None = from_key(a_duration)
    rate_rps: int | None = from_key(_MANY, not_with="load steps")
    arrivals: str | None = from_key(one_of("constant", "poisson"), goes_with="rate load steps")
    method: str | None = from_key(matches("an HTTP method as POST", r"[A-Z]+"))
    headers: tuple[str, ...] = from_key(texts, ())
    body: str | None = from_key(a_text)
    warm_up_ms: int | None = from_key(a_duration)
    timeout_ms: int | None = from_key(a_duration)
    retries: int | None = from_key(whole(1, 100), goes_with="rate load steps")
    capacity: str | None = from_key(a_name, refers="closed loop before it", paired_with="load steps")
    load: int | None = from_key(whole(1, 10_000))
    steps: tuple[Step, ...] = from_key(each(_A_STEP._replace(read=_step)), ())
    stages: str | None = None  # the steps as rates, once the capacity is known
    share: int | None = from_key(whole(0, 100), goes_with="rate")
    silence_ms: int | None = from_key(a_duration)
    wait_ms: int | None = from_key(a_duration)
    pinned: bool | None = from_key(a_flag)
    captured: bool | None = from_key(a_flag)
    company: str | None = from_key(one_of("idle", "leaves", "reads", "sends"))
    companions: int | None = from_key(whole(0, 100_000), paired_with="company")
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
        return (self.wait_ms or 0) if any(c.waits for c in self.classes) else 0

    @property
    def is_open(self) -> bool:
        return bool(self.rate_rps or self.load or self.steps)

    def at_capacity(self, capacity_rps: float) -> "Workload":
        """The workload with the rates that it comes to for a variant of this capacity."""
        if self.load:
            return replace(self, rate_rps=max(round(capacity_rps * self.load / 100), 1))
        rates = [(step.ms, max(round(capacity_rps * step.percent / 100), 1)) for step in self.steps]
        return replace(self, stages=",".join(f"{ms}ms:{rate}" for ms, rate in rates)) if rates else self


def read_workloads(table: TomlTable, usual: Mapping[str, Any], wait_ms: int | None) -> Iterator[Workload]:
    """The workload of a table, or those of its curve, which is along the first of its lists. `usual`: of the
    fields, where it does not say; `wait_ms`: chosen, whatever it says."""
    lists = {key: table.data[key] for key in _AXES if isinstance(table.data.get(key), list)}
    for key, numbers in lists.items():
        if not 2 <= len(set(map(str, numbers))) == len(numbers) <= _MOST_POINTS:
            table.blame(key, f"expected one number, or 2 to {_MOST_POINTS} that differ, found {numbers!r}")
    if len(set(map(len, lists.values()))) > 1:
        table.blame("connections", "the lists of a curve must be of one length")
    for numbers in zip(*lists.values()) if lists else [()]:
        workload = _workload(table.with_data(table.data | dict(zip(lists, numbers))), usual, wait_ms)
        if lists:
            curve = CurvePoint(workload.name, next(iter(lists)), numbers[0])
            workload = replace(workload, curve=curve, name=f"{curve.name}-{curve.at}")
        yield workload


def _workload(table: TomlTable, usual: Mapping[str, Any], wait_ms: int | None) -> Workload:
    values, rules = table.values(Workload), table.there["class"]
    values |= {key: value for key, value in usual.items() if values[key] is None}
    values["wait_ms"] = wait_ms = wait_ms or values["wait_ms"]
    if table.data.get("steps") == [] or {step.percent for step in values["steps"]} == {0}:
        table.blame("steps", 'nothing is offered: say how much, as ["1s:50%", "1s:200%", "3s:50%"]')
    if values["steps"]:
        values["duration_ms"] = sum(step.ms for step in values["steps"])
    if values["rate_rps"] or values["load"] or values["steps"]:
        values["arrivals"] = values["arrivals"] or "constant"
    if values["company"] not in (None, "idle") and values["company_time_ms"] is None:
        table.blame("company_time", 'missing: how long they take or stay, as "100ms"')
    weights, requests, classes = values["classes"], values["requests"] or 0, []
    if not 1 <= len(weights) <= _MOST_CLASSES:
        table.blame("weights", f"{len(weights)} classes: name 1 to {_MOST_CLASSES}, as {{ long = 1 }}")
    for name, weight in weights.items():
        key, rule, total = f"weights.{name}", rules.get(name, ClassRule()), sum(weights.values())
        if requests * weight % total:
            table.blame(key, f"{weight} in {total} does not divide {requests} exactly")
        if wait_ms is None and (rule.waits or "{wait_ms}" in rule.target):
            table.blame(key, 'the suite has no wait: add `wait = "50ms"` at its top')
        means = enumerate(DRAWN.get(rule.drawn, ()), start=1)
        draws = {f"{name}-{n}": round(mean * (wait_ms or 0)) for n, mean in means}
        for called, ms in (draws or {name: wait_ms}).items():
            target = rule.target_at.get(wait_ms, rule.target).replace("{wait_ms}", str(ms))
            classes.append(RequestClass(called, weight, target, rule.waits and not draws))
    values["classes"] = tuple(classes)
    if values["share"] is not None:
        with table.blaming("share"):
            values |= with_share(classes, values["rate_rps"] or 1, values["share"], rules)
    return Workload(**values)


def with_share(classes: Sequence[RequestClass], rate_rps: int, share: int, rules: Mapping) -> dict[str, Any]:
    """A workload's classes with requests per second as weights, and the rate of both: of those that compute
    as many as take so many per cent of a core. Raises ValueError where that is no whole number."""
    cpus_ms = {c: rules[c.name].cpu_ms for c in classes if c.name in rules and rules[c.name].cpu_ms}
    if len(classes) != 2 or len(cpus_ms) != 1:
        raise ValueError('needs two classes, of which one says how long it computes: `cpu = "10ms"`')
    [(busy, cpu_ms)], [other] = cpus_ms.items(), [c for c in classes if c not in cpus_ms]
    busy_rps, rest = divmod(10 * share, cpu_ms)
    if rest:
        raise ValueError(f"{share} % of a core are no whole number of requests of {cpu_ms} ms")
    asked = replace(other, weight=rate_rps), replace(busy, weight=busy_rps)
    return {"classes": asked if busy_rps else asked[:1], "rate_rps": rate_rps + busy_rps}
