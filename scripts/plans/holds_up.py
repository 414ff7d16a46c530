"""Until where a model holds up along a curve: the table [holds_up] of a suite, read and checked. Pure. Its
keys are in suites/README.md; without the table all is by the rule of metrics/holding.py."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from plans import toml_table
from plans.toml_table import TomlTable, from_key
from text.units import parse_duration_ms

ERRORS, SATURATION = "errors", "saturation"


class Limit(NamedTuple):
    """A duration is in microseconds, a number in the metric's own unit. A multiple is of the least that any
    model has at the first place of the curve, and of a latency at least 5 ms; where more is better, as of
    goodput, of the model's own best until then."""

    value: float
    is_multiple: bool = False


def parse_limit(value: Any) -> Limit:
    """Raises ValueError on what is neither a number, nor a duration, nor a multiple."""
    if type(value) in (int, float) and value > 0:
        return Limit(value)
    if not isinstance(value, str):
        raise ValueError(f'expected a limit as "50ms", 0.9 or "4x", found {value!r}')
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)x", value):
        return Limit(float(match[1]), is_multiple=True)
    return Limit(parse_duration_ms(value) * 1e3)


@dataclass(frozen=True)
class HoldsUp:
    limit: Any = from_key(toml_table.parsed(parse_limit))
    metric: str = from_key(toml_table.name, "p99")
    request_class: str | None = from_key(toml_table.name, None, name="class")
    allows: tuple[str, ...] = from_key(toml_table.each(toml_table.one_of(ERRORS, SATURATION)), ())
    costs: tuple[str, ...] = from_key(toml_table.texts, ("cpu", "memory"))


def read_holds_up(table: TomlTable, classes: Collection[str] | None = None) -> HoldsUp | None:
    """That of a suite's table, or of a run.json's; None where it has none, or no good one: mistakes are noted
    in the table. `classes` are those that may be spoken of; None: anything."""
    if not table.has("holds_up"):
        return None
    entry = table.inner("holds_up")
    rule = HoldsUp(**entry.values(HoldsUp))
    if classes is not None:
        entry.blame_unknown("class", "class", [rule.request_class], classes)
    return rule if rule.limit is not None else None
