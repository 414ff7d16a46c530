"""What is asked of the servers: classes of request with weights, over how many connections, until when.

Read from a suite's tables, checked as they are read. A workload with a list, as `connections = [1, 10, 100]`,
stands for one workload each, `NAME-1`, `NAME-10` and `NAME-100`: a curve, to be drawn against that number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from plans import toml_table
from plans.toml_table import TomlTable, from_key, whole
from text.nearest import nearest

_MOST_CLASSES = 64
_MOST_POINTS = 50
_LONGEST_MS = 600_000


def a_path(value: Any) -> str:
    """A path with nothing in it to be filled in but the wait."""
    if not isinstance(value, str) or not re.fullmatch(r"/[!-~]*", value):
        raise ValueError(f'expected a path as "/task?wait_ms={{wait_ms}}", found {value!r}')
    for placeholder in re.findall(r"\{[^}]*\}?", value):
        if placeholder != "{wait_ms}":
            raise ValueError(f"unknown placeholder {placeholder}: only {{wait_ms}} is filled in")
    return value


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
    axis: str  # connections, rate or requests
    at: int


@dataclass(frozen=True)
class Workload:
    """A fixed number of requests, or as many as fit a duration; a closed loop unless it has a rate.

    `variants` are those that meet it (None: all). `serves_at_once` has the variants that hold another number
    of its requests at a time than they say of themselves. `reference` is the variant or the client that is
    held against the others.
    """

    name: str
    requests: int | None
    connections: int
    connection_mode: str = from_key(toml_table.one_of(("fresh", "kept")))
    classes: tuple[RequestClass, ...] = ()
    duration_ms: int | None = from_key(toml_table.duration, None, name="duration")
    rate_rps: int | None = None
    arrivals: str | None = from_key(toml_table.one_of(("constant", "poisson")), None)
    wait_ms: int | None = from_key(toml_table.duration, None, name="wait")
    pinned: bool | None = from_key(toml_table.flag, None)
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

    def meets(self, variant: str) -> bool:
        return self.variants is None or variant in self.variants

    def is_named(self, names: tuple[str, ...]) -> bool:
        """By its own name, or by that of its curve."""
        return self.name in names or (self.curve is not None and self.curve.name in names)


@dataclass(frozen=True)
class ClassRule:
    """A class as the suite declares it: its target is another at some waits."""

    target: str = from_key(a_path)
    waits: bool = from_key(toml_table.flag, False)
    target_at: Mapping[Any, str] = from_key(a_path, is_table=True)

    def at(self, name: str, weight: int, wait_ms: int | None) -> RequestClass:
        target = self.target_at.get(wait_ms or 0, self.target)
        return RequestClass(name, weight, filled(target, wait_ms), self.waits)


def filled(target: str, wait_ms: int | None) -> str:
    return target.replace("{wait_ms}", str(wait_ms))


def read_class(table: TomlTable) -> ClassRule:
    rule = ClassRule(**table.values(ClassRule))
    special = {}
    for wait, other in rule.target_at.items():
        try:
            special[toml_table.duration(wait)] = other
        except ValueError as error:
            table.blame(f"target_at.{wait}", str(error))
    table.done()
    return replace(rule, target=rule.target or "", target_at=special)


def read_workloads(
    table: TomlTable, classes: Mapping[str, ClassRule], wait_ms: int | None, pinned: bool, asked_wait: bool
) -> list[Workload]:
    """The workload of a table, or those of its curve. `asked_wait`: the wait is the command line's."""
    name = table.take("name", toml_table.name) or table.name
    points = _points(table, name)
    shared = table.values(Workload)
    weights = table.items("weights", whole(1, 1_000_000))
    table.done()
    if asked_wait or shared["wait_ms"] is None:
        shared["wait_ms"] = wait_ms
    if shared["pinned"] is None:
        shared["pinned"] = pinned
    duration_ms, arrivals = shared["duration_ms"], shared.pop("arrivals")
    if duration_ms is not None and duration_ms > _LONGEST_MS:
        table.blame("duration", f"{duration_ms} ms is too long: 10 minutes at most")
    if table.has("requests") == table.has("duration"):
        table.blame("requests", 'say how much is asked, one of `requests = 100` and `duration = "2s"`')
    shared["classes"] = _classes(table, weights, classes, shared["wait_ms"])
    workloads = []
    for point in points:
        _check_point(table, point, arrivals, weights)
        curve = point["curve"]
        full_name = f"{name}-{curve.at}" if curve else name
        kept_arrivals = (arrivals or "constant") if point["rate_rps"] else None
        workloads.append(Workload(**shared, **point, name=full_name, arrivals=kept_arrivals))
    return workloads


def _points(table: TomlTable, name: str) -> list[dict[str, Any]]:
    """What the points of the curve `name` differ by; a single one without `curve` where nothing is a list."""
    given = {
        "rate": table.take("rate", _one_or_more(10_000_000), None),
        "connections": table.take("connections", _one_or_more(100_000)) or (1,),
        "requests": table.take("requests", _one_or_more(10_000_000), None),
    }
    lists = {axis: values for axis, values in given.items() if values and len(values) > 1}
    if len({len(values) for values in lists.values()}) > 1:
        table.blame("connections", "the lists of a curve must be of one length")
        return []
    axis, places = next(iter(lists.items()), (None, (None,)))
    points = []
    for index, place in enumerate(places):
        at = {amount: values and values[index % len(values)] for amount, values in given.items()}
        curve = CurvePoint(name, axis, place) if axis else None
        points.append({"rate_rps": at.pop("rate"), "curve": curve, **at})
    return points


def _one_or_more(most: int) -> Callable[[Any], tuple[int, ...]]:
    one = whole(1, most)

    def check(value: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            return (one(value),)
        if not 2 <= len(value) <= _MOST_POINTS or len(set(map(str, value))) < len(value):
            raise ValueError(f"expected one number, or 2 to {_MOST_POINTS} that differ, found {value!r}")
        return tuple(map(one, value))

    return check


def _classes(
    table: TomlTable, weights: Mapping[str, int], classes: Mapping[str, ClassRule], wait_ms: int | None
) -> tuple[RequestClass, ...]:
    if not 1 <= len(weights) <= _MOST_CLASSES:
        table.blame(
            "weights", f"{len(weights)} classes: name 1 to {_MOST_CLASSES}, as `weights = {{ long = 1 }}`"
        )
    chosen = []
    for name, weight in weights.items():
        if name not in classes:
            table.blame(f"weights.{name}", f"no such class: {nearest(name, classes)}")
            continue
        rule = classes[name]
        if wait_ms is None and (rule.waits or "{wait_ms}" in rule.target):
            table.blame(f"weights.{name}", 'the suite has no wait to fill in: add `wait = "50ms"` at its top')
        chosen.append(rule.at(name, weight, wait_ms))
    return tuple(chosen)


def _check_point(
    table: TomlTable, point: Mapping[str, Any], arrivals: str | None, weights: Mapping[str, int]
) -> None:
    if arrivals and not point["rate_rps"]:
        table.blame("arrivals", "a closed loop has none: add `rate = 1000`, or leave it out")
    for name, weight in weights.items():
        if point["requests"] and point["requests"] * weight % sum(weights.values()):
            table.blame(
                f"weights.{name}",
                f"{weight} in {sum(weights.values())} does not divide {point['requests']} exactly",
            )
