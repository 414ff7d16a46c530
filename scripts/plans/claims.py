"""What a suite claims of its servers: the [[claims]] of its TOML file, read and checked. Pure. Their keys are
in suites/README.md.

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


def parse_condition(text: str) -> tuple[Expression, str, Expression]:
    match = re.fullmatch(r"([^<>=]+) (<=|>=|<|>) ([^<>=]+)", text)
    if not match:
        raise ValueError(f'expected a comparison as "makespan >= 0.9 * N * t", found {text!r}')
    return parse_expression(match[1]), match[2], parse_expression(match[3])


def parse_template(text: str) -> list[str | Expression]:
    """Texts and, for what stands in braces, expressions by turns."""
    parts = re.split(r"\{([^{}]*)\}", text)
    if any("{" in part or "}" in part for part in parts):
        raise ValueError(f"a brace without its other half in {text!r}")
    expressions = [parse_expression(part) for part in parts[1::2]]
    for expression in expressions:
        if not expression.divisors and (len(expression.factors) > 1 or not expression.quantities):
            raise ValueError(f"a product has no unit to be written in: divide it in {text!r}")
    return [expressions[i // 2] if i % 2 else part for i, part in enumerate(parts)]


def _factor(text: str) -> Quantity | float:
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise ValueError(f'expected a quantity as "p99 of short by async under mixed", found {text!r}')
    return Quantity(**match.groupdict())


def _all_parsed(parse: Callable[[str], Any]) -> toml_table.Check:
    """The check of a text, or a list of texts, each of which can be parsed."""

    def check(value: Any) -> tuple[str, ...]:
        texts = [value] if isinstance(value, str) else toml_table.texts(value)
        return tuple(map(toml_table.parsed(parse), texts))

    return check


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


def read_claims(
    table: TomlTable, variants: Collection[str] = (), classes: Mapping[str, Collection[str]] | None = None
) -> tuple[Claim, ...]:
    """The claims of a suite's table, or of a run.json's. Mistakes are noted in the table. `variants` and
    `classes` (of each workload, by its name) are what may be spoken of; no classes: anything."""
    claims = []
    for entry in table.listed("claims"):
        needed, unfit = _TESTED if entry.has("says") else _ONLY_TOLD
        claim = Claim(**entry.values(Claim, needed, unfit))
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
