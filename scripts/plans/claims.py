"""What a suite says of its results, read and checked: its [[claims]], and in [holds_up] until where a model
holds up along a curve (without it, by the rule of metrics/holding.py). Keys are in suites/README.md. Pure.

A quantity is `NAME [of CLASS] [by VARIANT] [under WORKLOAD]`: a metric by its key (metrics/metrics.py), a
number of the workload as it was recorded (requests, connections, N of them that wait, the t that each waits,
failed), or an option of the variant's command, as --db-timeout. Quantities are multiplied by ` * `, and
divided once by ` / `. What they are worth is for words/claims.py to say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from plans.toml_table import Check, TomlTable, a_line, a_name, each, from_key, one_of, texts
from text.units import parse_duration_ms

ERRORS, SATURATION = "errors", "saturation"
_QUANTITY = re.compile(
    r"(?P<name>--[a-z-]+|[A-Za-z]\w*)"
    r"(?: of (?P<request_class>[\w-]+))?(?: by (?P<variant>[\w-]+))?(?: under (?P<workload>[\w-]+))?"
)


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


Template = list[str | Expression]  # by turns; an expression stands in braces


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


def parse_template(text: str) -> Template:
    parts: list[Any] = re.split(r"\{([^{}]*)\}", text)
    if any("{" in part or "}" in part for part in parts):
        raise ValueError(f"a brace without its other half in {text!r}")
    parts[1::2] = map(parse_expression, parts[1::2])
    for expression in parts[1::2]:
        if not expression.divisors and [*map(type, expression.factors)] != [Quantity]:
            raise ValueError(f"a product has no unit to be written in: divide it in {text!r}")
    return parts


class Limit(NamedTuple):
    """A duration is in microseconds, a number in the metric's own unit. A multiple is of the least that any
    model has at the first place of the curve, and of a latency at least 5 ms; where more is better, as of
    goodput, of the model's own best until then."""

    value: float
    is_multiple: bool = False


def _limit(value: float | str) -> Limit:
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)x", str(value)):
        return Limit(float(match[1]), is_multiple=True)
    return Limit(parse_duration_ms(value) * 1e3 if isinstance(value, str) else value)


a_limit = Check(
    'a limit as "50ms", 0.9 or "4x"', lambda v: type(v) is str or type(v) in (int, float) and v > 0, _limit
)


_CONDITIONS, _TEMPLATES = each(parse_condition, or_one=True), each(parse_template, or_one=True)


@dataclass(frozen=True)
class Claim:
    """One that says something is put to the test, another only tells."""

    workload: str | None = from_key(a_name, refers="workload", needed=True)
    says: str = from_key(a_line, "")
    holds: tuple[tuple[Expression, str, Expression], ...] = from_key(_CONDITIONS, (), needed_with="says")
    each: Template = from_key(a_line._replace(read=parse_template), (), needed_with="says")
    tells: tuple[Template, ...] = from_key(_TEMPLATES, (), not_with="says", needed_unless="says")
    variants: tuple[str, ...] = from_key(texts, (), refers="variant", needed_with="says")
    others: tuple[str, ...] = from_key(texts, (), refers="variant", goes_with="says")
    condition: str = from_key(a_line, "", paired_with="says")
    remark: str = from_key(a_line, "", goes_with="says")

    @property
    def quantities(self) -> Iterator[tuple[str, Quantity]]:
        """All that it speaks of, each with the key that it stands under."""
        for key, lists in (("holds", self.holds), ("each", [self.each]), ("tells", self.tells)):
            for part in chain(*lists):
                terms = chain(*part) if isinstance(part, Expression) else ()
                yield from ((key, term) for term in terms if isinstance(term, Quantity))


@dataclass(frozen=True)
class HoldsUp:
    limit: Limit | None = from_key(a_limit, needed=True)
    metric: str = from_key(a_name, "p99")
    request_class: str | None = from_key(a_name, key="class", refers="class")
    allows: tuple[str, ...] = from_key(each(one_of(ERRORS, SATURATION)), ())
    costs: tuple[str, ...] = from_key(texts, ("cpu", "memory"))


def read_claims(table: TomlTable) -> tuple[Claim, ...]:
    """Those of a suite's table, which has what may be spoken of, by workload the classes; or of a run.json,
    where that is anything. Mistakes are noted in the table."""
    claims = []
    for entry in table.listed("claims"):
        claims.append(claim := Claim(**entry.values(Claim)))
        for key, quantity in claim.quantities if claim.workload else ():
            entry.blame_unknown(key, "variant", quantity.variant)
            entry.blame_unknown(key, "workload", quantity.workload)
            classes = table.there.get("workload", {}).get(quantity.workload or claim.workload)
            entry.blame_unknown(key, "class", quantity.request_class, classes)
    return tuple(claims)


def read_holds_up(table: TomlTable) -> HoldsUp | None:
    return HoldsUp(**table.inner("holds_up").values(HoldsUp)) if "holds_up" in table.data else None
