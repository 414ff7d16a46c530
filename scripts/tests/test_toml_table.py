"""A TOML table that is read: what is in it, what is wrong with it, and the line that each mistake is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from plans import toml_table
from plans.toml_table import TomlTable, as_written, from_key


@dataclass(frozen=True)
class Server:
    name: str = from_key(toml_table.name)
    listen: str | None = from_key(toml_table.text, needed=False)
    threads: int | None = from_key(toml_table.whole(1, 8), None)
    flags: tuple[str, ...] = from_key(toml_table.texts, ())
    wait_ms: int = from_key(toml_table.duration, 50, name="wait")
    targets: dict[str, str] = from_key(toml_table.text, is_table=True)
    weights: tuple[int, ...] = from_key(toml_table.whole(1, 9), (), is_table=True)
    made: str = "not read from a key"


def read(data: dict[str, Any], **how: Any) -> tuple[dict[str, Any], list[str]]:
    """The values of an entry named `a` of the file, and what is wrong with it."""
    table = TomlTable("mine.toml", data, "servers", "a")
    return table.values(Server, **how), table.mistakes


DEFAULTS = {"name": "a", "threads": None, "listen": None, "flags": (), "wait_ms": 50, "targets": {}}
DEFAULTS |= {"weights": {}}


def test_what_is_not_there_has_its_default():
    assert read({"name": "b"}) == (DEFAULTS | {"name": "b"}, [])
    made = Server("b", None)
    assert (made.weights, made.targets, made.threads) == ((), {}, None)


def test_every_field_is_read_from_its_key():
    given = {"name": "b", "threads": 8, "listen": "x", "targets": {"long": "/"}, "weights": {"long": 9}}
    values, mistakes = read(given | {"flags": ["-v"], "wait": "2s"})
    assert not mistakes and values == given | {"flags": ("-v",), "wait_ms": 2000}


@pytest.mark.parametrize(
    ("data", "how", "line"),
    [
        ({}, {}, "name: missing"),
        ({"name": "A"}, {}, "name: expected a name of lower-case letters, digits, - and _, found 'A'"),
        ({"name": "b", "threads": 9}, {}, "threads: expected a whole number from 1 to 8, found 9"),
        ({"name": "b", "thread": 1}, {}, "thread: unknown key: did you mean 'threads'?"),
        ({"name": "b"}, {"needed": ("listen",)}, "listen: missing"),
        (
            {"name": "b", "listen": "x"},
            {"unfit": ("listen",)},
            "listen: unknown key: there is name, threads, ",
        ),
        ({"name": "b", "other": 1}, {}, "other: unknown key: there is name, listen, threads, flags, wait, "),
        ({"name": "b", "targets": 1}, {}, "targets: expected a table as { long = 1 }, found 1"),
        ({"name": "b", "targets": {"x": 1}}, {}, "targets.x: expected a line of text, found 1"),
    ],
)
def test_a_mistake_is_a_line_with_the_file_and_the_key(data, how, line):
    [mistake] = read(data, **how)[1]
    assert mistake.startswith(f"mine.toml: servers.a.{line}")


def test_what_is_wrong_is_left_at_its_default():
    values, mistakes = read({"name": "b", "threads": 0, "wait": 5, "targets": {"x": 1, "y": "/"}})
    assert read({})[0]["name"] == read({"name": "A"})[0]["name"] == "a", "as it is spoken of"
    assert len(mistakes) == 3 and values == DEFAULTS | {"name": "b", "targets": {"y": "/"}}


def test_keys_that_are_read_otherwise_are_known():
    assert read({"name": "b", "other": 1}, besides=("other",))[1] == []
    values, mistakes = read({"name": "b"}, unfit=("listen", "threads"))
    assert not mistakes and not {"listen", "threads"} & values.keys()


def test_what_was_read_is_written_without_what_is_empty():
    assert as_written(Server("b", None, targets={"x": "/"})) == {
        "name": "b",
        "wait": 50,
        "targets": {"x": "/"},
    }
    full = Server("b", "x", 1, ("-v",), 0, {"long": "/"}, (1,))
    assert as_written(full) == {
        "name": "b",
        "threads": 1,
        "listen": "x",
        "flags": ["-v"],
        "wait": 0,
        "targets": {"long": "/"},
        "weights": [1],
    }


def entries(data: Any) -> tuple[list[TomlTable], list[str]]:
    table = TomlTable("mine.toml", {"servers": data})
    return table.listed("servers"), table.mistakes


def test_an_entry_is_spoken_of_by_its_name_or_its_position():
    listed, mistakes = entries([{"name": "a"}, {}, {"name": 3}])
    for entry in listed:
        entry.blame("x", "wrong")
    assert mistakes == [f"mine.toml: servers.{name}.x: wrong" for name in ("a", "[2]", "[3]")]
    assert ["name" in entry.data for entry in listed] == [True, False, True]


@pytest.mark.parametrize("data", [{"name": "a"}, [{"name": "a"}, 1], 5])
def test_entries_are_tables(data):
    listed, [mistake] = entries(data)
    assert not listed
    assert mistake.startswith("mine.toml: servers: expected tables, each under a double-bracket header of ")
    assert TomlTable("mine.toml", {}).listed("servers") == []


def test_a_table_within_is_empty_where_there_is_none():
    table = TomlTable("mine.toml", {"one": {"x": 1}, "two": {"a": {"y": 1}, "b": 2}})
    assert "x" in table.inner("one").data and "x" not in table.inner("three").data
    assert {name: "y" in inner.data for name, inner in table.named("two").items()} == {"a": True}
    assert table.mistakes == ["mine.toml: two.b: expected a table as { long = 1 }, found 2"]
    assert table.named("three") == {}


def test_of_names_that_there_are_not_each_is_a_mistake_and_none_is_not():
    table = TomlTable("mine.toml", {})
    table.blame_unknown("variants", "variant", ["async", None, "asink", "x"], ["async", "fiber"])
    assert table.mistakes == [
        "mine.toml: variants: no such variant: did you mean 'async'?",
        "mine.toml: variants: no such variant: there is async, fiber",
    ]


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (toml_table.whole(1, 8), [1, 8], [0, 9, 1.0, True, "1"]),
        (toml_table.one_of("a", "b"), ["a", "b"], ["c", "", None]),
        (toml_table.name, ["a", "0-_a"], ["", "A", "-a", "a b", 1]),
        (toml_table.text, ["a b"], ["", " ", "a\nb", 1]),
        (toml_table.any_text, ["", "a\nb"], [1, None]),
        (toml_table.flag, [True, False], [1, "true"]),
        (toml_table.parsed(int), ["5"], ["x"]),
        (toml_table.parsed(int, toml_table.text), ["5"], ["x", 5]),
    ],
)
def test_a_check_gives_back_what_fits_and_refuses_all_else(check, right, wrong):
    assert [check(value) for value in right] == right
    for value in wrong:
        with pytest.raises(ValueError):
            check(value)


def test_lists_become_tuples_and_durations_milliseconds():
    assert toml_table.texts([]) == () and toml_table.texts(["a", "b"]) == ("a", "b")
    assert toml_table.each(toml_table.one_of("a"))(["a", "a"]) == ("a", "a")
    assert toml_table.duration("5s") == 5000
    for check, wrong in (
        (toml_table.texts, "a"),
        (toml_table.texts, ["a", 1]),
        (toml_table.each(toml_table.one_of("a")), ["a", "b"]),
        (toml_table.duration, 5),
        (toml_table.duration, "5"),
    ):
        with pytest.raises(ValueError):
            check(wrong)
