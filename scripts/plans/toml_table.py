"""A TOML table being read: what is in it, what is wrong with that, and what nobody asked for. A check takes a
value and gives it back, or raises ValueError with what it expected. A dataclass says which of its fields are
read from keys: `repetitions: int = from_key(whole(1, 1000), 1)`."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import MISSING, Field, field, fields
from typing import Any

from text.units import nearest, parse_duration_ms

Check = Callable[[Any], Any]
Keys = Collection[str]


def from_key(
    check: Check, default: Any = MISSING, *, name: str = "", is_table: bool = False, needed: bool = True
) -> Any:
    """A field read from the key of its name, or `name`; of a table, each value is to pass the check. A key
    without a default must be there, unless it is not `needed`."""
    usual = None if default is MISSING else default
    words = {"default_factory": dict} if is_table and usual is None else {"default": default}
    kept = {"check": check, "key": name, "is_table": is_table, "default": usual}
    return field(**words, metadata=kept | {"needed": needed and default is MISSING and not is_table})


def fields_by_key(kind: Any) -> dict[str, "Field[Any]"]:
    """Those that are read from keys."""
    return {each.metadata["key"] or each.name: each for each in fields(kind) if each.metadata}


def as_written(read: Any) -> dict[str, Any]:
    """What was read as the suite has it: what run.json keeps. Without what is empty and may be left out."""
    written = {}
    for key, each in fields_by_key(read).items():
        value = getattr(read, each.name)
        if value or value != each.metadata["default"]:
            written[key] = list(value) if isinstance(value, tuple) else value
    return written


class TomlTable:
    """One table. All tables of a file share one list of mistakes, each a line that begins with the file."""

    def __init__(self, file: str, data: dict[str, Any], *path: str, mistakes: list[str] | None = None):
        self.mistakes = [] if mistakes is None else mistakes
        self.data, self._file, self._path = data, file, path

    def blame(self, key: str, fault: str) -> None:
        self.mistakes.append(f"{self._file}: {'.'.join((*self._path, key))}: {fault}")

    def blame_unknown(self, key: str, kind: str, given: Iterable[str | None], names: Keys) -> None:
        """What is given, as the variants of a workload, must be among the names; None is nothing."""
        for name in given:
            if name and name not in names:
                self.blame(key, f"no such {kind}: {nearest(name, names)}")

    def values(self, kind: type, needed: Keys = (), unfit: Keys = (), besides: Keys = ()) -> dict[str, Any]:
        """The fields of a dataclass that are read from keys, each its default where it is wrong.
        A name that is missing or wrong is the one that is written in mistakes. `needed` are keys that must be
        there beside those that always must, `unfit` those that this table cannot have, `besides` those that
        are read otherwise. Any other is unknown."""
        values, keys = {}, fields_by_key(kind)
        for key, each in keys.items():
            rule = each.metadata
            if rule["is_table"]:
                values[each.name] = self._pairs(key, rule["check"])
            elif key not in unfit:
                if (rule["needed"] or key in needed) and key not in self.data:
                    self.blame(key, "missing")
                default = self._path[-1] if key == "name" else rule["default"]
                values[each.name] = self._take(key, rule["check"], default)
        names = [key for key in (*keys, *besides) if key not in unfit]
        for key in self.data:
            if key not in names:
                self.blame(key, f"unknown key: {nearest(key, names)}")
        return values

    def listed(self, key: str) -> "list[TomlTable]":
        """The entries of `[[key]]`. One that has a name is spoken of by it, the others by their position."""
        entries = self._take(key, _dictionaries, ())
        names = [entry.get("name") for entry in entries]
        names = [name if isinstance(name, str) else f"[{n}]" for n, name in enumerate(names, start=1)]
        return [self._inner(entry, key, name) for entry, name in zip(entries, names)]

    def inner(self, key: str) -> "TomlTable":
        """The one under `[key]`; an empty one where there is none."""
        return self._inner(self._take(key, _dictionary, {}), key)

    def named(self, key: str) -> "dict[str, TomlTable]":
        """The entries of `[key.NAME]`."""
        return {name: self._inner(data, key, name) for name, data in self._pairs(key, _dictionary).items()}

    def _take(self, key: str, check: Check, default: Any) -> Any:
        try:
            return check(self.data[key]) if key in self.data else default
        except ValueError as error:
            self.blame(key, str(error))
            return default

    def _pairs(self, key: str, check: Check) -> dict[str, Any]:
        """The pairs of `key = { name = value }` whose values pass the check; the others are noted."""
        table = self.inner(key)
        values = {name: table._take(name, check, None) for name in table.data}
        return {name: value for name, value in values.items() if value is not None}

    def _inner(self, data: dict[str, Any], *path: str) -> "TomlTable":
        return TomlTable(self._file, data, *self._path, *path, mistakes=self.mistakes)


def expected(form: str, fits: Callable[[Any], Any], read: Check = lambda value: value) -> Check:
    """The check of values that are to be of a form, and what reads them then."""

    def check(value: Any) -> Any:
        if not fits(value):
            raise ValueError(f"expected {form}, found {value!r}")
        return read(value)

    return check


def parsed(parse: Callable[[Any], Any], check: Check = lambda value: value) -> Check:
    """The check of what can be parsed, which stays as it stands in the file."""

    def check_value(value: Any) -> Any:
        parse(check(value))
        return value

    return check_value


def each(check: Check) -> Check:
    """The check of a list of texts, of which each passes the check."""
    return lambda value: tuple(map(check, texts(value)))


def whole(least: int, most: int) -> Check:
    return expected(f"a whole number from {least} to {most}", lambda v: type(v) is int and least <= v <= most)


def one_of(*words: str) -> Check:
    return expected(" or ".join(words), lambda v: v in words)


def matches(form: str, pattern: str) -> Check:
    return expected(form, lambda v: isinstance(v, str) and re.fullmatch(pattern, v))


def _is_list(value: Any, kind: type[Any]) -> bool:
    return isinstance(value, list) and all(isinstance(entry, kind) for entry in value)


text = expected("a line of text", lambda v: isinstance(v, str) and v.isprintable() and v.strip())
name = matches("a name of lower-case letters, digits, - and _", r"[a-z0-9][a-z0-9_-]*")
flag = expected("true or false", lambda v: isinstance(v, bool))
any_text = expected("a text", lambda v: isinstance(v, str))
duration = expected('a duration as "50ms" or "5s"', lambda v: isinstance(v, str), parse_duration_ms)
texts = expected('a list of texts as ["--threads", "8"]', lambda v: _is_list(v, str), tuple)
_dictionary = expected("a table as { long = 1 }", lambda v: isinstance(v, dict))
_dictionaries = expected("tables, each under a double-bracket header of its own", lambda v: _is_list(v, dict))
