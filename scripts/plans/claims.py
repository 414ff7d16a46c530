"""What a suite says of its results, read and checked: its [[claims]], and in [holds_up] until where a model
holds up along a curve (without it, by the rule of metrics/holding.py). Keys are in suites/README.md. Pure.

A quantity is `NAME [of CLASS] [by VARIANT] [under WORKLOAD]`: a metric by its key (metrics/metrics.py), a
number of the workload as it was recorded (requests, connections, N of them that wait, the t that each waits,
failed), or an option of the variant's command, as --db-timeout. Quantities are multiplied by ` * `, and
divided once by ` / `. What they are worth is for words/claims.py to say."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from plans import toml_table
from plans.toml_table import TomlTable, from_key
from text.units import parse_duration_ms

ERRORS, SATURATION = "errors", "saturation"
_QUANTITY = re.compile(
    r"(?P<name>--[a-z-]+|[A-Za-z]\w*)"
    r"(?: of (?P<request_class>[\w-]+))?(?: by (?P<variant>[\w-]+))?(?: under (?P<workload>[\w-]+))?"
)
# What a claim that is put to the test must have and cannot have; and what one that is only told.
_TESTED = ("holds", "each", "variants", "condition"), ("tells",)
_ONLY_TOLD = ("tells",), ("others", "condition", "remark")


class Quantity(NamedTuple):
    """Of the claim's own variant and workload, where it names none."""

    name: str
    request_class: str | None = None
    variant: str | None = None
    workload: str | None = None


class Expression(NamedTuple):
    """A product, divided by another where there are divisors."""

    factors: tuple[Quantity | float, ...]
    divisors: tuple[Quantity | float, ...] = ()

    @property
    def quantities(self) -> list[Quantity]:
        return [q for q in (*self.factors, *self.divisors) if isinstance(q, Quantity)]


def parse_expression(text: str) -> Expression:
    """Raises ValueError on anything but quantities and numbers, multiplied, and divided once."""
    products = text.split(" / ")
    if len(products) > 2:
        raise ValueError(f"{text!r} divides twice: all that stands behind one / divides")
    return Expression(*(tuple(map(_factor, product.split(" * "))) for product in products))


def _factor(text: str) -> Quantity | float:
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    if match := _QUANTITY.fullmatch(text):
        return Quantity(**match.groupdict())
    raise ValueError(f'expected a quantity as "p99 of short by async under mixed", found {text!r}')


def parse_condition(text: str) -> tuple[Expression, str, Expression]:
    match = re.fullmatch(r"([^<>=]+) (<=|>=|<|>) ([^<>=]+)", text)
    if not match:
        raise ValueError(f'expected a comparison as "makespan >= 0.9 * N * t", found {text!r}')
    return parse_expression(match[1]), match[2], parse_expression(match[3])


def parse_template(text: str) -> list[str | Expression]:
    """Texts and, for what stands in braces, expressions by turns."""
    parts: list[Any] = re.split(r"\{([^{}]*)\}", text)
    if any("{" in part or "}" in part for part in parts):
        raise ValueError(f"a brace without its other half in {text!r}")
    parts[1::2] = map(parse_expression, parts[1::2])
    for expression in parts[1::2]:
        if not expression.divisors and (len(expression.factors) > 1 or not expression.quantities):
            raise ValueError(f"a product has no unit to be written in: divide it in {text!r}")
    return parts


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


def _all_parsed(parse: Callable[[str], Any]) -> toml_table.Check:
    """The check of a text, or a list of texts, each of which can be parsed."""
    parsed = toml_table.each(toml_table.parsed(parse))
    return lambda value: parsed([value] if isinstance(value, str) else value)


@dataclass(frozen=True)
class Claim:
    """Its texts are kept as they stand in the file, and have been parsed once: they are well formed."""

    workload: str = from_key(toml_table.name)
    says: str = from_key(toml_table.text, "")
    holds: tuple[str, ...] = from_key(_all_parsed(parse_condition), ())
    each: str = from_key(toml_table.parsed(parse_template, toml_table.text), "")
    tells: tuple[str, ...] = from_key(_all_parsed(parse_template), ())
    variants: tuple[str, ...] = from_key(toml_table.texts, ())
    others: tuple[str, ...] = from_key(toml_table.texts, ())
    condition: str = from_key(toml_table.text, "")
    remark: str = from_key(toml_table.text, "")

    @property
    def quantities(self) -> Iterator[tuple[str, Quantity]]:
        """All that it speaks of, each with the key that it stands under."""
        parts = [("holds", part) for text in self.holds for part in parse_condition(text)]
        parts += [("each", part) for part in parse_template(self.each)]
        parts += [("tells", part) for text in self.tells for part in parse_template(text)]
        for key, part in parts:
            yield from ((key, q) for q in (part.quantities if isinstance(part, Expression) else ()))


@dataclass(frozen=True)
class HoldsUp:
    limit: Any = from_key(toml_table.parsed(parse_limit))
    metric: str = from_key(toml_table.name, "p99")
    request_class: str | None = from_key(toml_table.name, None, name="class")
    allows: tuple[str, ...] = from_key(toml_table.each(toml_table.one_of(ERRORS, SATURATION)), ())
    costs: tuple[str, ...] = from_key(toml_table.texts, ("cpu", "memory"))


def read_claims(
    table: TomlTable, variants: Collection[str] = (), classes: Mapping[str, Collection[str]] | None = None
) -> tuple[Claim, ...]:
    """The claims of a suite's table, or of a run.json's. Mistakes are noted in the table. `variants` and
    `classes` (of each workload, by its name) are what may be spoken of; no classes: anything."""
    claims = []
    for entry in table.listed("claims"):
        claim = Claim(**entry.values(Claim, *(_TESTED if "says" in entry.data else _ONLY_TOLD)))
        claims.append(claim)
        if classes is None or not claim.workload:
            continue
        entry.blame_unknown("workload", "workload", [claim.workload], classes)
        entry.blame_unknown("variants", "variant", claim.variants, variants)
        entry.blame_unknown("others", "variant", claim.others, variants)
        for key, quantity in claim.quantities:
            in_workload = classes.get(quantity.workload or claim.workload, ())
            entry.blame_unknown(key, "variant", [quantity.variant], variants)
            entry.blame_unknown(key, "workload", [quantity.workload], classes)
            entry.blame_unknown(key, "class", [quantity.request_class], in_workload)
    return tuple(claims)


def read_holds_up(table: TomlTable, classes: Collection[str] | None = None) -> HoldsUp | None:
    """That of a suite's table, or of a run.json's; None where it has none, or no good one: mistakes are noted
    in the table. `classes` are those that may be spoken of; None: anything."""
    if "holds_up" not in table.data:
        return None
    entry = table.inner("holds_up")
    rule = HoldsUp(**entry.values(HoldsUp))
    if classes is not None:
        entry.blame_unknown("class", "class", [rule.request_class], classes)
    return rule if rule.limit is not None else None
