"""A TOML table being read: what is in it, what is wrong with that, and what nobody asked for. Its keys are a
dataclass' fields, as `repetitions: int = from_key(whole(1, 1000), 1)`: said once, for the reader and for the
reference (keys.py). What a key means is in keys.toml."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, fields
from typing import Any, NamedTuple

from text.units import nearest, parse_duration_ms

# Of a key to others: what is said where it is broken, and where it is: (is it there, how many of them).
RELATIONS = {
    "goes_with": ("goes with {}: add that, or leave this out", {(1, 0)}),
    "needed_with": ("missing: it goes with {}", {(0, 1), (0, 2)}),
    "paired_with": ("goes with {}, which goes with it: give both, or neither", {(1, 0), (0, 1), (0, 2)}),
    "not_with": ("only one of it and {} may be there: leave the others out", {(1, 1), (1, 2), (0, 2)}),
    "needed_unless": ("missing: give it, or {}", {(0, 0)}),
}


class Check(NamedTuple):
    """What a value has to be, in words; whether it is; what it is read as. Called, it raises ValueError."""

    form: str
    fits: Callable[[Any], Any]
    read: Callable[[Any], Any] = lambda value: value

    def __call__(self, value: Any) -> Any:
        if not self.fits(value):
            raise ValueError(f"expected {self.form}, found {value!r}")
        return self.read(value)


def from_key(check: Check, default: Any = None, *, is_table: bool = False, **rule: Any) -> Any:
    """A field read from the key of its name without the unit, or of a table whose values all pass the check.
    `rule`: `key`, if it is called otherwise; `needed`; `refers`, to what there is of a kind; `names`, the
    check of a table's keys; and RELATIONS, as to "rate load"."""
    usual = {"default_factory": dict} if is_table and default is None else {"default": default}
    return field(**usual, metadata={"check": check, "default": default, "is_table": is_table, **rule})


def rules_of(kind: Any) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """By key the field and its rule, of a dataclass' fields that are read from keys."""
    read = [(each.name, each.metadata) for each in fields(kind) if each.metadata]
    return {rule.get("key") or re.sub("_(ms|rps)$", "", name): (name, rule) for name, rule in read}


class TomlTable:
    """All tables of a file share a list of mistakes, each a line that begins with the file, and `there`: what
    there is of each kind that may be referred to. Of a kind that is not in it, anything may be."""

    def __init__(self, file: str, data: dict[str, Any], *path: str, outer: "TomlTable | None" = None):
        self.data, self._file, self._path = data, file, path
        self.mistakes: list[str] = outer.mistakes if outer else []
        self.there: dict[str, Collection[str]] = outer.there if outer else {}

    def blame(self, key: str, fault: str) -> None:
        self.mistakes.append(f"{self._file}: {'.'.join((*self._path, key))}: {fault}")

    @contextmanager
    def blaming(self, key: str) -> Iterator[None]:
        """Notes a ValueError, and goes on behind the block."""
        try:
            yield
        except ValueError as error:
            self.blame(key, str(error))

    def blame_unknown(self, key: str, kind: str, name: Any, names: Collection[str] | None = None) -> None:
        """A name must be one of the names, or of what there is of the kind; None is no name."""
        names = self.there.get(kind) if names is None else names
        if name and names is not None and name not in names:
            self.blame(key, f"no such {kind}: {nearest(name, names)}")

    def values(self, kind: type, besides: Collection[str] = ()) -> dict[str, Any]:
        """The fields of a dataclass that are read from keys, each its default where it is wrong; of a missing
        name that is the one in mistakes. `besides`: keys that are read otherwise. Any other is unknown."""
        values, keys = {}, rules_of(kind)
        for key, (name, rule) in keys.items():
            check, refers = rule["check"], rule.get("refers", "")
            if rule["is_table"]:
                values[name], inner = {}, self.inner(key)
                for other, value in inner.data.items():
                    inner.blame_unknown(other, refers, other)
                    with inner.blaming(other):
                        values[name][rule.get("names", str)(other)] = check(value)
            else:
                default = self._path[-1] if key == "name" else rule["default"]
                values[name] = value = self._take(key, check, default)
                for other in (value if isinstance(value, tuple) else [value]) if refers else ():
                    self.blame_unknown(key, refers, other)
            if rule.get("needed") and key not in self.data:
                self.blame(key, "missing")
            for relation, (fault, broken) in RELATIONS.items():
                others = rule.get(relation, "").split()
                if others and (key in self.data, min(len(self.data.keys() & {*others}), 2)) in broken:
                    self.blame(key, fault.format(" or ".join(others)))
        for key in self.data:
            self.blame_unknown(key, "key", key, [*keys, *besides])
        return values

    def listed(self, key: str) -> "list[TomlTable]":
        """The entries of `[[key]]`. One that has a name is spoken of by it, the others by their position."""
        entries = enumerate(self._take(key, _tables, ()), start=1)
        names = [(data, data.get("name"), f"[{n}]") for n, data in entries]
        return [
            self.with_data(data, key, name if a_text.fits(name) else place) for data, name, place in names
        ]

    def inner(self, key: str) -> "TomlTable":
        """The one under `[key]`; an empty one where there is none."""
        return self.with_data(self._take(key, _table, {}), key)

    def with_data(self, data: dict[str, Any], *path: str) -> "TomlTable":
        return TomlTable(self._file, data, *self._path, *path, outer=self)

    def _take(self, key: str, check: Check, default: Any) -> Any:
        with self.blaming(key):
            return check(self.data[key]) if key in self.data else default
        return default


def whole(least: int, most: int) -> Check:
    return Check(f"a whole number from {least} to {most}", lambda v: type(v) is int and least <= v <= most)


def one_of(*words: str) -> Check:
    return Check(" or ".join(words), lambda v: v in words)


def matches(form: str, pattern: str) -> Check:
    return Check(form, lambda v: isinstance(v, str) and re.fullmatch(pattern, v))


def each(check: Callable[[str], Any], or_one: bool = False) -> Check:
    fits = (lambda v: isinstance(v, str) or texts.fits(v)) if or_one else texts.fits
    form = "a text or a list of texts" if or_one else texts.form
    return Check(form, fits, lambda v: tuple(map(check, [v] if isinstance(v, str) else v)))


a_line = Check("a line of text", lambda v: isinstance(v, str) and v.isprintable() and v.strip())
a_text = Check("a text", lambda v: isinstance(v, str))
a_name = matches("a name of lower-case letters, digits, - and _", r"[a-z0-9][a-z0-9_-]*")
a_path = matches('a path as "/task?wait_ms={wait_ms}", nothing else in braces', r"/(?:[!-z|-~]|\{wait_ms\})*")
a_flag = Check("true or false", lambda v: isinstance(v, bool))
a_duration = Check('a duration as "50ms" or "5s"', lambda v: isinstance(v, str), parse_duration_ms)
texts = Check("a list of texts", lambda v: type(v) is list and {*map(type, v)} <= {str}, tuple)
_table = Check("a table as { long = 1 }", lambda v: isinstance(v, dict))
_tables = Check(
    "tables, each under a [[header]] of its own", lambda v: type(v) is list and {*map(type, v)} <= {dict}
)
