"""The reference of every key that a suite may have, made of what reads them: the fields of the tables'
dataclasses, what their checks expect and their defaults. What a key means is in keys.toml, in words."""

import tomllib
from collections.abc import Iterator
from dataclasses import Field
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from cli.errors import CommandFailed
from plans.claims import Claim, HoldsUp
from plans.classes import ClassRule
from plans.suite import Suite, find_suite, read_suite, suite_names
from plans.toml_table import fields_by_key
from plans.variant import Variant
from plans.workload import Workload
from text.table import Column, Table, make_table

WORDS = Path(__file__).with_name("keys.toml")
TABLES: dict[str, tuple[type, str]] = {  # and what each is headed by
    "suite": (Suite, "at the top of the file"),
    "classes": (ClassRule, "`[classes.NAME]`"),
    "workloads": (Workload, "`[[workloads]]`"),
    "variants": (Variant, "`[[variants]]`"),
    "claims": (Claim, "`[[claims]]`"),
    "holds_up": (HoldsUp, "`[holds_up]`"),
}


class Key(NamedTuple):
    name: str
    value: str
    default: str
    means: str


def keys_of(table: str, words: dict[str, dict[str, str]] | None = None) -> list[Key]:
    """Those of a table, as the reader has them. Raises CommandFailed with each that lacks its words, and with
    each that has words and is not read."""
    means = (tomllib.loads(WORDS.read_text("utf-8")) if words is None else words).get(table, {})
    read = fields_by_key(TABLES[table][0])
    faults = [f"{key}: missing: say what it means" for key in read if key not in means]
    faults += [f"{key}: no suite has such a key" for key in means if key not in read]
    if faults:
        raise CommandFailed(f"{WORDS.name}: {table}.{fault}" for fault in faults)
    return [Key(key, _expected(each), _default(each), means[key]) for key, each in read.items()]


def _expected(each: Field) -> str:
    """What its check says that it expects, asked by a value that none accepts. Its example of a list is left
    out: it is that of one key."""
    try:
        each.metadata["check"](object())
    except ValueError as error:
        text = str(error).removeprefix("expected ").partition(", found")[0].partition(" as [")[0]
        return ("a table, each value " if each.metadata["is_table"] else "") + text
    raise AssertionError("a check that accepts anything")


def _default(each: Field) -> str:
    default = each.metadata["default"]
    values = default if isinstance(default, tuple) else [default]
    texts = [str(value).lower() if isinstance(value, bool) else value for value in values]
    given = ", ".join(f"`{text}`" for text in texts if text not in (None, ""))
    return "needed" if each.metadata["needed"] else given


def keys_tables() -> Iterator[Table]:
    for table, (_, heading) in TABLES.items():
        columns = [Column(heading, "`{0.name}`".format, is_words=True)]
        titles = {"what it is": "means", "value": "value", "default": "default"}
        columns += [Column(title, attrgetter(part), is_words=True) for title, part in titles.items()]
        yield make_table("", columns, keys_of(table))


def suites_table() -> Table:
    """The suites that are here, by their own titles."""
    columns = [
        Column("suite", lambda suite: f"[`{suite.name}`]({suite.name}.toml)", is_words=True),
        Column("what it compares", lambda suite: suite.title, is_words=True),
        Column("variants", lambda suite: str(len(suite.variants))),
        Column("workloads", lambda suite: str(len(suite.workloads))),
    ]
    return make_table("", columns, [read_suite(find_suite(name)) for name in suite_names()])
