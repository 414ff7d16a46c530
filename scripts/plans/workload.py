"""What is asked of the servers: classes of request with weights, over how many connections, until when.

Read from a suite's tables, checked as they are read. A workload with a list, as `connections = [1, 10, 100]`,
stands for one workload each, `NAME-1`, `NAME-10` and `NAME-100`: a curve, to be drawn against that number.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from plans import offered, toml_table
from plans.toml_table import TomlTable, from_key, whole

_MOST_CLASSES = 64

_DRAWS = 16  # of a distribution: the means of as many equal parts of it


def _exponential(part: int) -> float:
    """The mean of the part-th sixteenth of an exponential distribution with mean 1: the integral of
    -log(1 - u) over it."""

    def integral(u: float) -> float:
        return 0.0 if u >= 1 else (1 - u) * math.log(1 - u) - (1 - u)

    return _DRAWS * (integral((part + 1) / _DRAWS) - integral(part / _DRAWS))


def _pareto(part: int) -> float:
    """The same of a Pareto distribution with mean 1 and shape 1.5, whose variance is infinite: its quantile
    is (1 - u) ** (-1 / shape) / 3."""

    def integral(u: float) -> float:
        return -((1 - u) ** (1 / 3))

    return _DRAWS * (integral((part + 1) / _DRAWS) - integral(part / _DRAWS))


# What each part waits, in means, by the distribution's name. A mix of these has the distribution's mean.
DRAWN = {
    "exponential": tuple(map(_exponential, range(_DRAWS))),
    "heavy-tailed": tuple(map(_pareto, range(_DRAWS))),
}
_MOST_POINTS = 50


def a_path(value: Any) -> str:
    """A path with nothing in it to be filled in but the wait."""
    toml_table.matches('a path as "/task?wait_ms={wait_ms}"', r"/[!-~]*")(value)
    for placeholder in re.findall(r"\{[^}]*\}?", value):
        if placeholder != "{wait_ms}":
            raise ValueError(f"unknown placeholder {placeholder}: only {{wait_ms}} is filled in")
    return value


def one_or_more(most: int, least: int = 1) -> Callable[[Any], tuple[int, ...]]:
    one = whole(least, most)

    def check(value: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            return (one(value),)
        if not 2 <= len(value) <= _MOST_POINTS or len(set(map(str, value))) < len(value):
            raise ValueError(f"expected one number, or 2 to {_MOST_POINTS} that differ, found {value!r}")
        return tuple(map(one, value))

    return check


@dataclass(frozen=True)
class RequestClass:
    """`weight` of the workload's requests go to `target`; those that wait do so for the workload's wait."""

    name: str
    weight: int
    target: str
    waits: bool


@dataclass(frozen=True)
class CurvePoint:
    """Where on a curve a workload is: the name that the curve's points share, the axis, the place on it."""

    name: str
    axis: str  # connections, rate, requests, load, share or companions
    at: int


@dataclass(frozen=True)
class Workload:
    """A fixed number of requests, or as many as fit a duration; a closed loop unless it has a rate.

    `variants` are those that meet it (None: all). `serves_at_once` has the variants that hold another number
    of its requests at a time than they say of themselves. `capacity` names the workload that measures what
    `load` and `steps` are per cent of (offered.py); in `silence`, before it, nothing is asked of the server.
    `reference` is the variant or the client that is held against the others. `headers` are "Name: value";
    `body` may be @FILE; the warm-up is not counted. `company` are clients that are there beside the load
    generator (clients/crowd.py): so many `companions`, who ask for `company_target` and take or stay for
    `company_time`.
    """

    name: str = from_key(toml_table.name)
    requests: int | None = from_key(one_or_more(10_000_000), needed=False)
    connections: int = from_key(one_or_more(100_000))
    connection_mode: str = from_key(toml_table.one_of("fresh", "kept"))
    classes: tuple[RequestClass, ...] = from_key(whole(1, 1_000_000), (), name="weights", is_table=True)
    duration_ms: int | None = from_key(toml_table.duration, None, name="duration")
    rate_rps: int | None = from_key(one_or_more(10_000_000), None, name="rate")
    arrivals: str | None = from_key(toml_table.one_of("constant", "poisson"), None)
    method: str | None = from_key(toml_table.matches("an HTTP method as POST", r"[A-Z]+"), None)
    headers: tuple[str, ...] = from_key(toml_table.texts, ())
    body: str | None = from_key(toml_table.any_text, None)
    warm_up_ms: int | None = from_key(toml_table.duration, None, name="warm_up")
    timeout_ms: int | None = from_key(toml_table.duration, None, name="timeout")
    retries: int | None = from_key(whole(1, 100), None)
    capacity: str | None = from_key(toml_table.name, None)
    load: int | None = from_key(one_or_more(10_000), None)
    steps: tuple[offered.Step, ...] = from_key(offered.steps, ())
    stages: str | None = None  # the steps as rates, once the capacity is known
    share: int | None = from_key(one_or_more(100, 0), None)
    silence_ms: int | None = from_key(toml_table.duration, None, name="silence")
    wait_ms: int | None = from_key(toml_table.duration, None, name="wait")
    pinned: bool | None = from_key(toml_table.flag, None)
    captured: bool | None = from_key(toml_table.flag, None)
    company: str | None = from_key(toml_table.one_of("idle", "leaves", "reads", "sends"), None)
    companions: int | None = from_key(one_or_more(100_000, 0), None)
    company_target: str = from_key(a_path, "/ping")
    company_time_ms: int | None = from_key(toml_table.duration, None, name="company_time")
    curve: CurvePoint | None = None
    variants: tuple[str, ...] | None = from_key(toml_table.texts, None)
    serves_at_once: Mapping[str, int] = from_key(whole(1, 1_000_000), is_table=True)
    reference: str | None = from_key(toml_table.name, None)

    @property
    def waiting_requests(self) -> int:
        """How many of the requests wait; exact, as weights that do not divide the requests are refused."""
        if self.requests is None:
            return 0
        waiting = sum(c.weight for c in self.classes if c.waits)
        return self.requests * waiting // sum(c.weight for c in self.classes)

    @property
    def longest_ms(self) -> int:
        """What its longest request waits."""
        return (self.wait_ms or 0) if any(c.waits for c in self.classes) else 0

    @property
    def is_open(self) -> bool:
        return bool(self.rate_rps or self.load or self.steps)

    @property
    def rate_text(self) -> str:
        return str(self.rate_rps or f"{self.load}%")

    @property
    def stages_text(self) -> str:
        return self.stages or ",".join(f"{step.ms}ms:{step.percent}%" for step in self.steps)

    def meets(self, variant: str) -> bool:
        return self.variants is None or variant in self.variants

    def is_named(self, names: tuple[str, ...]) -> bool:
        """By its own name, or by that of its curve."""
        return self.name in names or (self.curve is not None and self.curve.name in names)


@dataclass(frozen=True)
class ClassRule:
    """A class as the suite declares it: its target is another at some waits. Of one that is `drawn` the
    workload's wait is the mean."""

    target: str = from_key(a_path)
    cpu_ms: int | None = from_key(toml_table.duration, None, name="cpu")  # of the server
    waits: bool = from_key(toml_table.flag, False)
    drawn: str | None = from_key(toml_table.one_of(*DRAWN), None)
    target_at: Mapping[Any, str] = from_key(a_path, is_table=True)


def filled(target: str, wait_ms: int | None) -> str:
    return target.replace("{wait_ms}", str(wait_ms))


def read_class(table: TomlTable) -> ClassRule:
    values = table.values(ClassRule)
    special = {}
    for wait, other in values["target_at"].items():
        try:
            special[toml_table.duration(wait)] = other
        except ValueError as error:
            table.blame(f"target_at.{wait}", str(error))
    return ClassRule(values["target"] or "", values["cpu_ms"], values["waits"], values["drawn"], special)


def read_workloads(
    table: TomlTable,
    classes: Mapping[str, ClassRule],
    wait_ms: int | None,
    usual: Mapping[str, bool | None],
    asked_wait: bool,
) -> list[Workload]:
    """The workload of a table, or those of its curve. `usual`: whether runs of the suite are pinned and
    captured, where the workload does not say; `asked_wait`: the wait is the command line's."""
    values = table.values(Workload)
    weights = values["classes"]
    if asked_wait or values["wait_ms"] is None:
        values["wait_ms"] = wait_ms
    values |= {key: value for key, value in usual.items() if values[key] is None}
    _check_amount(table)
    if values["steps"]:
        values["duration_ms"] = sum(step.ms for step in values["steps"])
    values["classes"] = tuple(_classes(table, weights, classes, values["wait_ms"]))
    if (values["company"] is None) != (values["companions"] is None):
        table.blame("companions", 'say who and how many: `company = "idle"` and `companions = 1000`')
    if values["company"] not in (None, "idle") and values["company_time_ms"] is None:
        table.blame("company_time", 'missing: how long they take or stay, as "100ms"')
    workloads = []
    for point in _points(table, values):
        requests, total = point["requests"] or 0, sum(weights.values())
        for name, weight in weights.items():
            if requests * weight % total:
                table.blame(f"weights.{name}", f"{weight} in {total} does not divide {requests} exactly")
        if point["share"] is not None:
            point |= _shared(table, values["classes"], point, classes)
        workload = Workload(**values | point)
        for key in ("arrivals", "retries"):
            if values[key] and not workload.is_open:
                table.blame(key, "a closed loop has none: add `rate = 1000`, or leave it out")
        arrivals = (values["arrivals"] or "constant") if workload.is_open else None
        workloads.append(replace(workload, arrivals=arrivals))
    return workloads


def _check_amount(table: TomlTable) -> None:
    if sum(map(table.has, ("requests", "duration", "steps"))) != 1:
        table.blame("requests", 'say how much is asked, one of `requests = 100` and `duration = "2s"`')
    if sum(map(table.has, ("rate", "load", "steps"))) > 1:
        table.blame("rate", "one of rate, load and steps says what is offered: leave the others out")
    if table.has("capacity") != (table.has("load") or table.has("steps")):
        table.blame("capacity", "goes with load, or steps: name the workload that measures what they are of")
    if table.has("share") and not table.has("rate"):
        table.blame("share", "goes with rate, that of the requests beside: add `rate = 200`")


def _shared(
    table: TomlTable,
    asked: tuple[RequestClass, ...],
    point: Mapping[str, Any],
    rules: Mapping[str, ClassRule],
) -> dict[str, Any]:
    cpu_ms = {name: rule.cpu_ms or 0 for name, rule in rules.items()}
    try:
        asked, rate_rps = offered.with_share(asked, point["rate_rps"] or 1, point["share"], cpu_ms)
    except ValueError as error:
        table.blame("share", str(error))
        return {}
    return {"classes": asked, "rate_rps": rate_rps}


def _points(table: TomlTable, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the points of a curve differ by; a single one without `curve` where nothing is a list."""
    usual = {"share": None, "load": None, "rate_rps": None, "connections": 1, "requests": None}
    usual |= {"companions": None}
    amounts = {field: values[field] or (default,) for field, default in usual.items()}
    lists = [field for field, numbers in amounts.items() if len(numbers) > 1]
    lengths = {len(amounts[field]) for field in lists}
    if len(lengths) > 1:
        table.blame("connections", "the lists of a curve must be of one length")
        return
    for index in range(max(lengths, default=1)):
        point = {field: numbers[index % len(numbers)] for field, numbers in amounts.items()}
        if lists:
            curve = CurvePoint(values["name"], lists[0].removesuffix("_rps"), point[lists[0]])
            point |= {"curve": curve, "name": f"{curve.name}-{curve.at}"}
        yield point


def _classes(
    table: TomlTable, weights: Mapping[str, int], classes: Mapping[str, ClassRule], wait_ms: int | None
) -> Iterator[RequestClass]:
    if not 1 <= len(weights) <= _MOST_CLASSES:
        fault = f"{len(weights)} classes: name 1 to {_MOST_CLASSES}, as `weights = {{ long = 1 }}`"
        table.blame("weights", fault)
    for name, weight in weights.items():
        key = f"weights.{name}"
        table.blame_unknown(key, "class", [name], classes)
        if rule := classes.get(name):
            if wait_ms is None and (rule.waits or "{wait_ms}" in rule.target):
                table.blame(key, 'the suite has no wait to fill in: add `wait = "50ms"` at its top')
            target = rule.target_at.get(wait_ms or 0, rule.target)
            if rule.drawn is None:
                yield RequestClass(name, weight, filled(target, wait_ms), rule.waits)
                continue
            for index, times in enumerate(DRAWN[rule.drawn], start=1):
                drawn_ms = round(times * (wait_ms or 0))
                yield RequestClass(f"{name}-{index}", weight, filled(target, drawn_ms), False)
