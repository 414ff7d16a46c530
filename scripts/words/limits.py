"""The servers' limits as the README's table has them; what they are is in servers/limits.toml.

The flags' defaults are read from the programs' --help, so that they are written in one place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from cli.paths import ROOT
from text.table import Column, make_table, markdown

_OPTION = re.compile(r"^\s+(?P<flag>--[\w-]+) \S+=(?P<default>\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Limit:
    """`set_by` is a flag or what else sets it; `tests` are names in servers/tests/."""

    limit: str
    set_by: str
    client_sees: str
    tests: tuple[str, ...]
    default: str = ""  # where it is no flag's


LIMITS = tuple(
    Limit(**entry) for entry in tomllib.loads((ROOT / "servers" / "limits.toml").read_text("utf-8"))["limits"]
)


def defaults(help_text: str) -> dict[str, str]:
    """The default of each flag that has one, by flag."""
    return {match["flag"]: match["default"] for match in _OPTION.finditer(help_text)}


def table(help_texts: Iterable[str]) -> str:
    """The README's rows. Raises ValueError where the programs disagree on a limit, or one lacks it."""
    by_program = [defaults(text) for text in help_texts]

    def default(limit: Limit) -> str:
        if not limit.set_by.startswith("--"):
            return limit.default
        values = {flags.get(limit.set_by) for flags in by_program}
        if len(values) != 1 or None in values:
            raise ValueError(f"{limit.set_by}: its defaults are {sorted(map(str, values))}: make them one")
        return str(values.pop())

    columns = [
        Column("limit", lambda limit: limit.limit, is_words=True),
        Column(
            "flag",
            lambda limit: f"`{limit.set_by}`" if limit.set_by[:2] == "--" else limit.set_by,
            is_words=True,
        ),
        Column("default", default, is_words=True),
        Column("what a client sees", lambda limit: limit.client_sees, is_words=True),
    ]
    return markdown(make_table("", columns, LIMITS))
