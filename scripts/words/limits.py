"""The servers' limits as the README's table has them; what they are is in servers/limits.toml.

The flags' defaults are read from the programs' --help, so that they are written in one place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from cli.errors import CommandFailed
from cli.paths import ROOT
from text.table import Column, make_table, markdown

LIMITS = tomllib.loads((ROOT / "servers" / "limits.toml").read_text("utf-8"))["limits"]
_OPTION = re.compile(r"^\s+(--[\w-]+) \S+=(\S+)", re.MULTILINE)


def defaults(help_text: str) -> dict[str, str]:
    """The default of each flag that has one, by flag."""
    return dict(_OPTION.findall(help_text))


def table(help_texts: Iterable[str]) -> str:
    """The README's rows. Raises CommandFailed where the programs disagree on a limit, or one lacks it."""
    by_program = [defaults(text) for text in help_texts]

    def default(limit: dict[str, Any]) -> str:
        flag = limit["set_by"]
        if not flag.startswith("--"):
            return limit["default"]
        values = {flags.get(flag) for flags in by_program}
        if len(values) != 1 or None in values:
            raise CommandFailed(f"{flag}: its defaults are {sorted(map(str, values))}: make them one")
        return str(values.pop())

    def flag_text(limit: dict[str, Any]) -> str:
        return f"`{limit['set_by']}`" if limit["set_by"].startswith("--") else limit["set_by"]

    columns = [
        Column("limit", lambda limit: limit["limit"], is_words=True),
        Column("flag", flag_text, is_words=True),
        Column("default", default, is_words=True),
        Column("what a client sees", lambda limit: limit["client_sees"], is_words=True),
    ]
    return markdown(make_table("", columns, LIMITS))
