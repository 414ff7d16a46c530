"""What is asked of the servers: classes of request with weights, over how many connections, until when.

Read from a suite's tables, checked as they are read. A workload with a list, as `connections = [1, 10, 100]`,
stands for one workload each, `NAME-1`, `NAME-10` and `NAME-100`: a curve, to be drawn against that number.
What is offered may be relative: to a variant's own capacity, which a workload before measures in the same
recording (`load` and `steps`), or, of requests that compute beside `rate` others, as a `share` of a core."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from plans import toml_table
from plans.classes import ClassRule, RequestClass, a_path, asked_classes, with_share
from plans.toml_table import TomlTable, from_key, whole
from text.units import parse_duration_ms

_MOST_POINTS = 50
_STEP = re.compile(r"([0-9.]+(?:ms|s)):([0-9]{1,4})%")


class Step(NamedTuple):
    ms: int
    percent: int


def _steps(value: Any) -> tuple[Step, ...]:
    matches = [_STEP.fullmatch(text) for text in toml_table.texts(value)]
    if not matches or not all(matches) or not any(int(match[2]) for match in matches):
        raise ValueError(f'expected steps as ["1s:50%", "1s:200%", "3s:50%"], found {value!r}')
    return tuple(Step(parse_duration_ms(match[1]), int(match[2])) for match in matches)


def _one_or_more(most: int, least: int = 1) -> Callable[[Any], int | tuple[int, ...]]:
    one = whole(least, most)

    def check(value: Any) -> int | tuple[int, ...]:
        if not isinstance(value, list):
            return one(value)
        if not 2 <= len(value) <= _MOST_POINTS or len(set(map(str, value))) < len(value):
            raise ValueError(f"expected one number, or 2 to {_MOST_POINTS} that differ, found {value!r}")
        return tuple(map(one, value))

    return check


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

    name: str = from_key(toml_table.name)
    requests: int | None = from_key(_one_or_more(10_000_000), needed=False)
    connections: int = from_key(_one_or_more(100_000))
    connection_mode: str = from_key(toml_table.one_of("fresh", "kept"))
    classes: tuple[RequestClass, ...] = from_key(whole(1, 1_000_000), (), name="weights", is_table=True)
    duration_ms: int | None = from_key(toml_table.duration, None, name="duration")
    rate_rps: int | None = from_key(_one_or_more(10_000_000), None, name="rate")
    arrivals: str | None = from_key(toml_table.one_of("constant", "poisson"), None)
    method: str | None = from_key(toml_table.matches("an HTTP method as POST", r"[A-Z]+"), None)
    headers: tuple[str, ...] = from_key(toml_table.texts, ())
    body: str | None = from_key(toml_table.any_text, None)
    warm_up_ms: int | None = from_key(toml_table.duration, None, name="warm_up")
    timeout_ms: int | None = from_key(toml_table.duration, None, name="timeout")
    retries: int | None = from_key(whole(1, 100), None)
    capacity: str | None = from_key(toml_table.name, None)
    load: int | None = from_key(_one_or_more(10_000), None)
    steps: tuple[Step, ...] = from_key(_steps, ())
    stages: str | None = None  # the steps as rates, once the capacity is known
    share: int | None = from_key(_one_or_more(100, 0), None)
    silence_ms: int | None = from_key(toml_table.duration, None, name="silence")
    wait_ms: int | None = from_key(toml_table.duration, None, name="wait")
    pinned: bool | None = from_key(toml_table.flag, None)
    captured: bool | None = from_key(toml_table.flag, None)
    company: str | None = from_key(toml_table.one_of("idle", "leaves", "reads", "sends"), None)
    companions: int | None = from_key(_one_or_more(100_000, 0), None)
    company_target: str = from_key(a_path, "/ping")
    company_time_ms: int | None = from_key(toml_table.duration, None, name="company_time")
    curve: CurvePoint | None = None
    variants: tuple[str, ...] | None = from_key(toml_table.texts, None)
    serves_at_once: Mapping[str, int] = from_key(whole(1, 1_000_000), is_table=True)
    reference: str | None = from_key(toml_table.name, None)

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

        def rate(percent: int) -> int:
            return max(round(capacity_rps * percent / 100), 1)

        if self.steps:
            return replace(self, stages=",".join(f"{step.ms}ms:{rate(step.percent)}" for step in self.steps))
        return self if self.load is None else replace(self, rate_rps=rate(self.load))


def read_workloads(
    table: TomlTable, rules: Mapping[str, ClassRule], usual: Mapping[str, Any], chosen: Mapping[str, Any]
) -> list[Workload]:
    """The workload of a table, or those of its curve. `usual`: of the fields, where the workload does not
    say; `chosen`: those that the command line says."""
    values = table.values(Workload) | chosen
    weights, total = values["classes"], sum(values["classes"].values())
    values |= {key: value for key, value in usual.items() if values[key] is None}
    _check_amounts(table, values)
    if values["steps"]:
        values["duration_ms"] = sum(step.ms for step in values["steps"])
    values["classes"] = tuple(asked_classes(table, weights, rules, values["wait_ms"]))
    values["connections"] = values["connections"] or 1
    workloads = []
    for point in _points(table, values):
        for name, weight in weights.items():
            if (point["requests"] or 0) * weight % total:
                fault = f"{weight} in {total} does not divide {point['requests']} exactly"
                table.blame(f"weights.{name}", fault)
        if point["share"] is not None:
            try:
                point |= with_share(values["classes"], point["rate_rps"] or 1, point["share"], rules)
            except ValueError as error:
                table.blame("share", str(error))
        workload = Workload(**point)
        for key in ("arrivals", "retries"):
            if values[key] and not workload.is_open:
                table.blame(key, "a closed loop has none: add `rate = 1000`, or leave it out")
        arrivals = (workload.arrivals or "constant") if workload.is_open else None
        workloads.append(replace(workload, arrivals=arrivals))
    return workloads


def _check_amounts(table: TomlTable, values: Mapping[str, Any]) -> None:
    given = table.data.keys()
    if len({"requests", "duration", "steps"} & given) != 1:
        table.blame("requests", 'say how much is asked, one of `requests = 100` and `duration = "2s"`')
    if len({"rate", "load", "steps"} & given) > 1:
        table.blame("rate", "one of rate, load and steps says what is offered: leave the others out")
    if ("capacity" in given) != bool({"load", "steps"} & given):
        table.blame("capacity", "goes with load, or steps: name the workload that measures what they are of")
    if "share" in given and "rate" not in given:
        table.blame("share", "goes with rate, that of the requests beside: add `rate = 200`")
    if (values["company"] is None) != (values["companions"] is None):
        table.blame("companions", 'say who and how many: `company = "idle"` and `companions = 1000`')
    if values["company"] not in (None, "idle") and values["company_time_ms"] is None:
        table.blame("company_time", 'missing: how long they take or stay, as "100ms"')


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
