"""The classes of request that a suite declares, and those of a workload, as it weighs them. Pure."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plans import toml_table
from plans.toml_table import TomlTable, from_key

_MOST_CLASSES = 64
_DRAWS = 16  # of a distribution: the means of as many equal parts of it


def _parts(integral: Callable[[float], float]) -> tuple[float, ...]:
    """What each part waits: the mean of a quantile function over it. A mix of these has its mean, 1."""
    edges = [integral(part / _DRAWS) for part in range(_DRAWS + 1)]
    return tuple(_DRAWS * (high - low) for low, high in zip(edges, edges[1:]))


DRAWN = {
    # The integral of -log(1 - u).
    "exponential": _parts(lambda u: 0.0 if u >= 1 else (1 - u) * math.log(1 - u) - (1 - u)),
    # Of (1 - u) ** (-1 / shape) / 3: Pareto's of mean 1 and shape 1.5, whose variance is infinite.
    "heavy-tailed": _parts(lambda u: -((1 - u) ** (1 / 3))),
}


def a_path(value: Any) -> str:
    """A path with nothing in it to be filled in but the wait."""
    toml_table.matches('a path as "/task?wait_ms={wait_ms}"', r"/[!-~]*")(value)
    for placeholder in re.findall(r"\{[^}]*\}?", value):
        if placeholder != "{wait_ms}":
            raise ValueError(f"unknown placeholder {placeholder}: only {{wait_ms}} is filled in")
    return value


def filled(target: str, wait_ms: int | None) -> str:
    return target.replace("{wait_ms}", str(wait_ms))


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

    target: str = from_key(a_path)
    cpu_ms: int | None = from_key(toml_table.duration, None, name="cpu")  # of the server
    waits: bool = from_key(toml_table.flag, False)
    drawn: str | None = from_key(toml_table.one_of(*DRAWN), None)
    target_at: Mapping[Any, str] = from_key(a_path, is_table=True)


def read_class(table: TomlTable) -> ClassRule:
    rule, special = ClassRule(**table.values(ClassRule)), {}
    for wait, other in rule.target_at.items():
        try:
            special[toml_table.duration(wait)] = other
        except ValueError as error:
            table.blame(f"target_at.{wait}", str(error))
    return replace(rule, target=rule.target or "", target_at=special)


def asked_classes(
    table: TomlTable, weights: Mapping[str, int], rules: Mapping[str, ClassRule], wait_ms: int | None
) -> Iterator[RequestClass]:
    """Those that a workload's table asks for, which is blamed for what is wrong with them."""
    if not 1 <= len(weights) <= _MOST_CLASSES:
        fault = f"{len(weights)} classes: name 1 to {_MOST_CLASSES}, as `weights = {{ long = 1 }}`"
        table.blame("weights", fault)
    for name, weight in weights.items():
        table.blame_unknown(f"weights.{name}", "class", [name], rules)
        if rule := rules.get(name):
            if wait_ms is None and (rule.waits or "{wait_ms}" in rule.target):
                fault = 'the suite has no wait to fill in: add `wait = "50ms"` at its top'
                table.blame(f"weights.{name}", fault)
            target = rule.target_at.get(wait_ms, rule.target)
            if rule.drawn is None:
                yield RequestClass(name, weight, filled(target, wait_ms), rule.waits)
            for index, times in enumerate(DRAWN.get(rule.drawn, ()), start=1):
                drawn = filled(target, round(times * (wait_ms or 0)))
                yield RequestClass(f"{name}-{index}", weight, drawn, waits=False)


def with_share(
    classes: Sequence[RequestClass], rate_rps: int, share: int, rules: Mapping[str, ClassRule]
) -> dict[str, Any]:
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
