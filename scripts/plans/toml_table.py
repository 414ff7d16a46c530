"""A TOML table being read: what was taken from it, what was wrong, and, at the end, what nobody asked for.

Knows nothing of suites. A check takes a value and gives it back, or raises ValueError with what it expected.
A dataclass says with `from_key` which of its fields are read from keys of their names:

    repetitions: int = from_key(whole(1, 1000), 1)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, field, fields
from typing import Any

from text.duration import parse_duration_ms
from text.nearest import nearest

Check = Callable[[Any], Any]


def from_key(check: Check, default: Any = MISSING, name: str | None = None, is_table: bool = False) -> Any:
    """A field read from the key of its name, or `name`; of a table, each value is to pass the check."""
    words = {"default_factory": dict} if is_table else {"default": default}
    return field(**words, metadata={"check": check, "key": name, "is_table": is_table})


class TomlTable:
    """One table. All tables of a file share one list of mistakes, each a line that begins with the file."""

    def __init__(
        self, file: str, mistakes: list[str], data: dict[str, Any], name: str = "", prefix: str = ""
    ):
        self.name = name
        self._file = file
        self._mistakes = mistakes
        self._data = data
        self._prefix = prefix
        self._taken: list[str] = []

    def blame(self, key: str, fault: str) -> None:
        self._mistakes.append(f"{self._file}: {self._prefix}{key}: {fault}")

    def has(self, key: str) -> bool:
        return key in self._data

    def take(self, key: str, check: Check, *default: Any) -> Any:
        """The checked value; None where it is wrong, or missing without a default, which is noted."""
        self._taken.append(key)
        if key not in self._data:
            if not default:
                self.blame(key, "missing")
            return default[0] if default else None
        return self._checked(key, check, self._data[key])

    def values(self, kind: type[Any]) -> dict[str, Any]:
        """The fields of a dataclass that are read from keys, each its default where it is wrong."""
        values = {}
        for each in (each for each in fields(kind) if each.metadata):
            name, check = each.metadata["key"] or each.name, each.metadata["check"]
            if each.metadata["is_table"]:
                values[each.name] = self.items(name, check)
                continue
            default = () if each.default is MISSING else (each.default,)
            value = self.take(name, check, *default)
            values[each.name] = default[0] if value is None and default else value
        return values

    def items(self, key: str, check: Check) -> dict[str, Any]:
        """The pairs of `key = { name = value }` whose values pass the check; the others are noted."""
        pairs = self.take(key, _dictionary, {}) or {}
        checked = {name: self._checked(f"{key}.{name}", check, value) for name, value in pairs.items()}
        return {name: value for name, value in checked.items() if value is not None}

    def listed(self, key: str) -> list[TomlTable]:
        """The entries of `[[key]]`. One that has a name is spoken of by it, the others by their position."""
        entries = enumerate(self.take(key, dictionaries, ()) or (), start=1)
        return [self._inner(key, data.get("name", position), data) for position, data in entries]

    def named(self, key: str) -> list[TomlTable]:
        """The entries of `[key.NAME]`."""
        return [self._inner(key, name, data) for name, data in self.items(key, _dictionary).items()]

    def done(self) -> None:
        for key in self._data:
            if key not in self._taken:
                self.blame(key, f"unknown key: {nearest(key, self._taken)}")

    def _checked(self, key: str, check: Check, value: Any) -> Any:
        try:
            return check(value)
        except ValueError as error:
            self.blame(key, str(error))
            return None

    def _inner(self, key: str, name: Any, data: dict[str, Any]) -> TomlTable:
        name = name if isinstance(name, str) else f"[{name}]"
        return TomlTable(self._file, self._mistakes, data, name, f"{key}.{name}.")


def expected(form: str, fits: Callable[[Any], Any]) -> Check:
    """The check of values that are to be of a form."""

    def check(value: Any) -> Any:
        if not fits(value):
            raise ValueError(f"expected {form}, found {value!r}")
        return value

    return check


def texts(value: Any) -> tuple[str, ...]:
    return tuple(_texts(value))


def duration(value: Any) -> int:
    return parse_duration_ms(_duration(value))


def whole(least: int, most: int) -> Check:
    return expected(
        f"a whole number from {least} to {most}",
        lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most,
    )


def one_of(words: tuple[str, ...]) -> Check:
    return expected(" or ".join(words), lambda value: value in words)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


text = expected("a line of text", lambda value: _is_text(value) and value.isprintable() and value.strip())
name = expected(
    "a name of lower-case letters, digits, - and _",
    lambda value: _is_text(value) and re.fullmatch(r"[a-z0-9][a-z0-9_-]*", value),
)
flag = expected("true or false", lambda value: isinstance(value, bool))
any_text = expected("a text", _is_text)
_duration = expected('a duration as "50ms" or "5s"', _is_text)
_texts = expected(
    'a list of texts as ["--threads", "8"]',
    lambda value: isinstance(value, list) and all(map(_is_text, value)),
)
_dictionary = expected("a table as { long = 1 }", lambda value: isinstance(value, dict))
dictionaries = expected(
    "tables, each under a double-bracket header of its own",
    lambda value: isinstance(value, list) and all(isinstance(entry, dict) for entry in value),
)
