"""The reference of every key that a suite may have, made of what reads them: the fields of the tables'
dataclasses. What a key means is in keys.toml, in words."""

import tomllib
from operator import itemgetter
from pathlib import Path

from cli.errors import CommandFailed
from plans.claims import Claim, HoldsUp
from plans.suite import Suite, find_suite, read_suite, suite_names
from plans.toml_table import RELATIONS, rules_of
from plans.variant import Variant
from plans.workload import ClassRule, Workload
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


def keys_table(name: str, words: dict[str, dict[str, str]] | None = None) -> Table:
    """The keys of a table, as the reader has them. Raises CommandFailed with each that lacks its words, and
    with each that has words and is not read."""
    kind, heading = TABLES[name]
    means = (tomllib.loads(WORDS.read_text("utf-8")) if words is None else words).get(name, {})
    rules, rows = rules_of(kind), []
    faults = [f"{key}: missing: say what it means" for key in rules if key not in means]
    faults += [f"{key}: no suite has such a key" for key in means if key not in rules]
    if faults:
        raise CommandFailed(f"{WORDS.name}: {name}.{fault}" for fault in faults)
    for key, (_, rule) in rules.items():
        default = rule["default"] if isinstance(rule["default"], tuple) else [rule["default"]]
        texts = [str(value).lower() if isinstance(value, bool) else value for value in default]
        given = ", ".join(f"`{text}`" for text in texts if text not in (None, ""))
        beside = {
            name.replace("_", " "): rule[name].replace(" ", "` or `") for name in RELATIONS if name in rule
        }
        phrases = [
            "needed" if rule.get("needed") else given,
            *(f"{name} `{k}`" for name, k in beside.items()),
        ]
        value = ("a table, each value " if rule["is_table"] else "") + rule["check"].form
        rows.append((f"`{key}`", means[key], value, "; ".join(filter(None, phrases))))
    titles = enumerate((heading, "what it is", "value", "default, and beside what"))
    return make_table("", [Column(title, itemgetter(n), is_words=True) for n, title in titles], rows)


def suites_table() -> Table:
    columns = [
        Column("suite", lambda suite: f"[`{suite.name}`]({suite.name}.toml)", is_words=True),
        Column("what it compares", lambda suite: suite.title, is_words=True),
        Column("variants", lambda suite: str(len(suite.variants))),
        Column("workloads", lambda suite: str(len(suite.workloads))),
    ]
    return make_table("", columns, [read_suite(find_suite(name)) for name in suite_names()])
