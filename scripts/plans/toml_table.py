"""A TOML table being read: what was taken from it, what was wrong, and, at the end, what nobody asked for.

Knows nothing of suites. A check takes a value and gives it back, or raises ValueError with what it expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from text.duration import parse_duration_ms
from text.nearest import nearest

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


class Table:
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

    def take(self, key: str, check: Callable[[Any], Any], *default: Any) -> Any:
        """The checked value; None where it is wrong, or missing without a default, which is noted."""
        self._taken.append(key)
        if key not in self._data:
            if not default:
                self.blame(key, "missing")
            return default[0] if default else None
        try:
            return check(self._data[key])
        except ValueError as error:
            self.blame(key, str(error))
            return None

    def items(self, key: str, check: Callable[[Any], Any]) -> dict[str, Any]:
        """The pairs of `key = { name = value }` whose values pass the check; the others are noted."""
        good = {}
        for name, value in (self.take(key, _dictionary, {}) or {}).items():
            try:
                good[name] = check(value)
            except ValueError as error:
                self.blame(f"{key}.{name}", str(error))
        return good

    def listed(self, key: str) -> list[Table]:
        """The entries of `[[key]]`. One that has a name is spoken of by it, the others by their position."""
        tables = []
        for position, data in enumerate(self.take(key, _dictionaries, ()) or (), start=1):
            name = data["name"] if isinstance(data.get("name"), str) else f"[{position}]"
            tables.append(Table(self._file, self._mistakes, data, name, f"{key}.{name}."))
        return tables

    def named(self, key: str) -> list[Table]:
        """The entries of `[key.NAME]`."""
        return [
            Table(self._file, self._mistakes, data, name, f"{key}.{name}.")
            for name, data in self.items(key, _dictionary).items()
        ]

    def done(self) -> None:
        for key in self._data:
            if key not in self._taken:
                self.blame(key, f"unknown key: {nearest(key, self._taken)}")


def text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable() or not value.strip():
        raise ValueError(f"expected a line of text, found {value!r}")
    return value


def name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"expected a name of lower-case letters, digits, - and _, found {value!r}")
    return value


def duration(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError(f'expected a duration as "50ms" or "5s", found {value!r}')
    return parse_duration_ms(value)


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, found {value!r}")
    return value


def texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValueError(f'expected a list of texts as ["--threads", "8"], found {value!r}')
    return tuple(value)


def whole(least: int, most: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"expected a whole number from {least} to {most}, found {value!r}")
        return value

    return check


def one_of(words: tuple[str, ...]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in words:
            raise ValueError(f"expected {' or '.join(words)}, found {value!r}")
        return value

    return check


def _dictionary(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected a table as {{ long = 1 }}, found {value!r}")
    return value


def _dictionaries(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ValueError(f"expected tables, each under a double-bracket header of its own, found {value!r}")
    return value
