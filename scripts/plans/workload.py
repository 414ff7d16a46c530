"""What is asked of the servers: classes of request with weights, over how many connections, until when.

Read from a suite's tables, checked as they are read. A workload with a list, as `connections = [1, 10, 100]`,
stands for one workload each, `NAME-1`, `NAME-10` and `NAME-100`: a curve, to be drawn against that number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plans import toml_table
from plans.toml_table import Table, nearest

_MOST_CLASSES = 4  # summary.csv has columns for no more
_MOST_POINTS = 50
_LONGEST_MS = 600_000


@dataclass(frozen=True)
class RequestClass:
    """`weight` of the workload's requests go to `target`; those that wait do so for the workload's wait."""

    name: str
    weight: int
    target: str
    waits: bool


@dataclass(frozen=True)
class Curve:
    """The curve that a workload is a point of: the name that its points share, and where on which axis."""

    name: str
    axis: str  # connections, or rate
    at: int


@dataclass(frozen=True)
class Workload:
    """A fixed number of requests, or as many as fit a duration; a closed loop unless it has a rate.

    `variants` are those that meet it (None: all). `serves_at_once` has the variants that hold another number
    of its requests at a time than they say of themselves. `reference` is the variant that is held against the
    others.
    """

    name: str
    requests: int | None
    connections: int
    connection_mode: str
    classes: tuple[RequestClass, ...]
    duration_ms: int | None = None
    rate_rps: int | None = None
    arrivals: str | None = None
    wait_ms: int | None = None
    pinned: bool = False
    curve: Curve | None = None
    variants: tuple[str, ...] | None = None
    serves_at_once: Mapping[str, int] | None = None
    reference: str | None = None

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


@dataclass(frozen=True)
class ClassRule:
    """A class as the suite declares it: its target is another at some waits."""

    target: str
    waits: bool
    target_at: Mapping[int, str]

    def at(self, name: str, weight: int, wait_ms: int | None) -> RequestClass:
        target = self.target_at.get(wait_ms or 0, self.target)
        return RequestClass(name, weight, filled(target, wait_ms), self.waits)


def filled(target: str, wait_ms: int | None) -> str:
    return target.replace("{wait_ms}", str(wait_ms))


def read_class(table: Table) -> ClassRule:
    rule_target = table.take("target", target) or ""
    waits = table.take("waits", toml_table.flag, False)
    special = {}
    for wait, other in table.items("target_at", target).items():
        try:
            special[toml_table.duration(wait)] = other
        except ValueError as error:
            table.blame(f"target_at.{wait}", str(error))
    table.done()
    return ClassRule(rule_target, bool(waits), special)


def read_workloads(
    table: Table, classes: Mapping[str, ClassRule], wait_ms: int | None, pinned: bool, asked_wait: bool
) -> list[Workload]:
    """The workload of a table, or those of its curve. `asked_wait`: the wait is the command line's."""
    name = table.take("name", toml_table.name) or table.name
    own_wait_ms = table.take("wait", toml_table.duration, None)
    wait_ms = wait_ms if asked_wait or own_wait_ms is None else own_wait_ms
    points = _points(table)
    mode = table.take("connection_mode", toml_table.one_of(("fresh", "kept")))
    duration_ms = table.take("duration", toml_table.duration, None)
    arrivals = table.take("arrivals", toml_table.one_of(("constant", "poisson")), None)
    pinned = table.take("pinned", toml_table.flag, pinned)
    variants = table.take("variants", toml_table.texts, None)
    reference = table.take("reference", toml_table.name, None)
    at_once = table.items("serves_at_once", toml_table.whole(1, 1_000_000))
    weights = table.items("weights", toml_table.whole(1, 1_000_000))
    table.done()
    if duration_ms is not None and duration_ms > _LONGEST_MS:
        table.blame("duration", f"{duration_ms} ms is too long: 10 minutes at most")
    if not 1 <= len(weights) <= _MOST_CLASSES:
        table.blame(
            "weights", f"{len(weights)} classes: name 1 to {_MOST_CLASSES}, as `weights = {{ long = 1 }}`"
        )
    chosen = _chosen(table, weights, classes, wait_ms)
    workloads = []
    for point in points:
        _check_amount(table, point, duration_ms, arrivals, weights)
        workloads.append(
            Workload(
                name=f"{name}-{point.curve.at}" if point.curve else name,
                requests=point.requests,
                connections=point.connections,
                connection_mode=mode,
                classes=chosen,
                duration_ms=duration_ms,
                rate_rps=point.rate_rps,
                arrivals=(arrivals or "constant") if point.rate_rps else None,
                wait_ms=wait_ms,
                pinned=bool(pinned),
                curve=Curve(name, point.curve.axis, point.curve.at) if point.curve else None,
                variants=variants,
                serves_at_once=at_once or None,
                reference=reference,
            )
        )
    return workloads


def target(value: Any) -> str:
    """A path with nothing in it to be filled in but the wait."""
    if not isinstance(value, str) or not re.fullmatch(r"/[!-~]*", value):
        raise ValueError(f'expected a path as "/task?wait_ms={{wait_ms}}", found {value!r}')
    for placeholder in re.findall(r"\{[^}]*\}?", value):
        if placeholder != "{wait_ms}":
            raise ValueError(f"unknown placeholder {placeholder}: only {{wait_ms}} is filled in")
    return value


@dataclass(frozen=True)
class _Point:
    requests: int | None
    connections: int
    rate_rps: int | None
    curve: Curve | None


def _points(table: Table) -> list[_Point]:
    """One point, or as many as the lists among requests, connections and rate are long."""
    given = {
        "requests": table.take("requests", _one_or_more(10_000_000), None),
        "connections": table.take("connections", _one_or_more(100_000)) or (1,),
        "rate": table.take("rate", _one_or_more(10_000_000), None),
    }
    lengths = {len(values) for values in given.values() if values is not None and len(values) > 1}
    if len(lengths) > 1:
        table.blame("connections", "the lists of a curve must be of one length")
        return []
    count = next(iter(lengths), 1)
    at = {key: None if v is None else v * (count if len(v) == 1 else 1) for key, v in given.items()}
    axis = next((key for key in ("rate", "connections", "requests") if len(given[key] or ()) > 1), None)
    return [
        _Point(
            requests=at["requests"] and at["requests"][i],
            connections=at["connections"][i],
            rate_rps=at["rate"] and at["rate"][i],
            curve=Curve("", axis, at[axis][i]) if axis else None,
        )
        for i in range(count)
    ]


def _one_or_more(most: int) -> Callable[[Any], tuple[int, ...]]:
    one = toml_table.whole(1, most)

    def check(value: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            return (one(value),)
        if not 2 <= len(value) <= _MOST_POINTS or len(set(map(str, value))) < len(value):
            raise ValueError(f"expected one number, or 2 to {_MOST_POINTS} that differ, found {value!r}")
        return tuple(map(one, value))

    return check


def _chosen(
    table: Table, weights: Mapping[str, int], classes: Mapping[str, ClassRule], wait_ms: int | None
) -> tuple[RequestClass, ...]:
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


def _check_amount(
    table: Table, point: _Point, duration_ms: int | None, arrivals: str | None, weights: Mapping[str, int]
) -> None:
    if table.has("requests") == table.has("duration"):
        table.blame("requests", 'say how much is asked, one of `requests = 100` and `duration = "2s"`')
    if arrivals and not point.rate_rps:
        table.blame("arrivals", "a closed loop has none: add `rate = 1000`, or leave it out")
    for name, weight in weights.items():
        if point.requests and point.requests * weight % sum(weights.values()):
            table.blame(
                f"weights.{name}",
                f"{weight} in {sum(weights.values())} does not divide {point.requests} exactly",
            )
