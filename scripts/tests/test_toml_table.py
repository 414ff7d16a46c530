"""A TOML table that is read: what is in it, what is wrong with it, and the line that each mistake is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from plans import toml_table
from plans.toml_table import Check, TomlTable, from_key


@dataclass(frozen=True)
class Server:
    name: str = from_key(toml_table.a_name, needed=True)
    listen: str | None = from_key(toml_table.a_line, needed_unless="flags", not_with="flags udp")
    threads: int | None = from_key(toml_table.whole(1, 8), refers="number")
    flags: tuple[str, ...] = from_key(toml_table.texts, (), refers="flag")
    wait_ms: int = from_key(toml_table.a_duration, 50, goes_with="flags listen")
    targets: dict[str, str] = from_key(
        toml_table.a_line, is_table=True, refers="class", paired_with="targets_at"
    )
    targets_at: dict[int, str] = from_key(toml_table.a_line, is_table=True, names=toml_table.a_duration)
    weights: tuple[int, ...] = from_key(toml_table.whole(1, 9), (), is_table=True, needed_with="wait")
    loud: bool = from_key(toml_table.a_flag, False, key="noise")
    udp: bool = from_key(toml_table.a_flag, False)
    made: str = "not read from a key"


def read(data: dict[str, Any], there: dict[str, Any] = {}, **how: Any) -> tuple[dict[str, Any], list[str]]:
    """The values of an entry named `a` of the file, and what is wrong with it."""
    table = TomlTable("mine.toml", data, "servers", "a")
    table.there |= there
    return table.values(Server, **how), table.mistakes


DEFAULTS = {"name": "a", "threads": None, "listen": None, "flags": (), "wait_ms": 50, "targets": {}}
DEFAULTS |= {"weights": {}, "targets_at": {}, "loud": False, "udp": False}
LEAST = {"name": "b", "listen": "x"}


def test_what_is_not_there_has_its_default():
    assert read(LEAST) == (DEFAULTS | LEAST, [])
    made = Server("b", None)
    assert (made.weights, made.targets, made.threads) == ((), {}, None)


def test_every_field_is_read_from_its_key():
    given = {"name": "b", "threads": 8, "targets": {"long": "/"}, "weights": {"long": 9}}
    values, mistakes = read(
        given | {"flags": ["-v"], "wait": "2s", "targets_at": {"5s": "/x"}, "noise": True}
    )
    given |= {"flags": ("-v",), "wait_ms": 2000, "targets_at": {5000: "/x"}, "loud": True}
    assert not mistakes and values == given | {"listen": None, "udp": False}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"listen": "x"}, "name: missing"),
        (LEAST | {"name": "A"}, "name: expected a name of lower-case letters, digits, - and _, found 'A'"),
        ({"name": "b", "flags": [], "threads": 9}, "threads: expected a whole number from 1 to 8, found 9"),
        (LEAST | {"thread": 1}, "thread: no such key: did you mean 'threads'?"),
        (LEAST | {"other": 1}, "other: no such key: there is name, listen, threads, flags, wait, "),
        (LEAST | {"targets_at": {}, "targets": 1}, "targets: expected a table as { long = 1 }, found 1"),
        (LEAST | {"targets_at": {}, "targets": {"x": 1}}, "targets.x: expected a line of text, found 1"),
        (LEAST | {"targets": {}, "targets_at": {"5": "x"}}, "targets_at.5: '5' is not a duration: write it"),
        ({"name": "b"}, "listen: missing: give it, or flags"),
        (LEAST | {"flags": []}, "listen: only one of it and flags or udp may be there: leave the others"),
        (LEAST | {"udp": True}, "listen: only one of it and flags or udp may be there"),
        (LEAST | {"targets": {"x": "/"}}, "targets: goes with targets_at, which goes with it: give both, or"),
        (LEAST | {"targets_at": {}}, "targets: goes with targets_at, which goes with it: give both, or"),
        (LEAST | {"wait": "5s"}, "weights: missing: it goes with wait"),
        ({"name": "b", "flags": [], "weights": {}, "listen": "x"}, "listen: only one"),
    ],
)
def test_a_mistake_is_a_line_with_the_file_and_the_key(data, line):
    [mistake] = read(data)[1]
    assert mistake.startswith(f"mine.toml: servers.a.{line}")


def test_what_goes_with_another_is_not_alone():
    unfit = {"name": "b", "threads": 1, "wait": "5s", "weights": {}}
    assert read(unfit)[1] == [
        "mine.toml: servers.a.listen: missing: give it, or flags",
        "mine.toml: servers.a.wait: goes with flags or listen: add that, or leave this out",
    ]
    # Two of those that cannot be beside it cannot be together either.
    [mistake] = read({"name": "b", "udp": True, "flags": []})[1]
    assert mistake.startswith("mine.toml: servers.a.listen: only one of it and flags or udp may be there")


def test_what_is_referred_to_has_to_be_there_where_that_is_known():
    data = {"name": "b", "flags": ["--a", "--bind"], "targets": {"short": "/", "long": "/"}, "targets_at": {}}
    assert read(data)[1] == []
    assert read(data, {"flag": ["--a", "--bing"], "class": ["long"]})[1] == [
        "mine.toml: servers.a.flags: no such flag: did you mean '--bing'?",
        "mine.toml: servers.a.targets.short: no such class: there is long",
    ]


def test_what_is_wrong_is_left_at_its_default():
    data = {
        "flags": [],
        "threads": 0,
        "weights": {},
        "wait": 5,
        "targets": {"x": 1, "y": "/"},
        "targets_at": {},
    }
    values, mistakes = read({"name": "b"} | data)
    assert read({})[0]["name"] == read({"name": "A"})[0]["name"] == "a", "as it is spoken of"
    assert len(mistakes) == 3 and values == DEFAULTS | {"name": "b", "targets": {"y": "/"}}


def test_keys_that_are_read_otherwise_are_known():
    assert read(LEAST | {"other": 1}, besides=("other",))[1] == []


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
    assert mistake.startswith("mine.toml: servers: expected tables, each under a [[header]] of its own, ")
    assert TomlTable("mine.toml", {}).listed("servers") == []


def test_a_table_within_is_empty_where_there_is_none():
    table = TomlTable("mine.toml", {"one": {"x": 1}, "two": {"a": {"y": 1}, "b": 2}})
    assert "x" in table.inner("one").data and "x" not in table.inner("three").data
    two = table.inner("two")
    assert {name: "y" in two.inner(name).data for name in two.data} == {"a": True, "b": False}
    assert table.mistakes == ["mine.toml: two.b: expected a table as { long = 1 }, found 2"]


def test_a_value_error_within_a_block_is_a_mistake_of_the_key():
    table = TomlTable("mine.toml", {})
    with table.blaming("share"):
        raise ValueError("too much")
    with table.blaming("share"):
        pass
    assert table.mistakes == ["mine.toml: share: too much"]


def test_a_name_that_there_is_not_is_a_mistake_and_none_is_not():
    table = TomlTable("mine.toml", {})
    for name in ("async", None, "asink", "x"):
        table.blame_unknown("variants", "variant", name, ["async", "fiber"])
        table.blame_unknown("variants", "kind of which nothing is known", name)
    assert table.mistakes == [
        "mine.toml: variants: no such variant: did you mean 'async'?",
        "mine.toml: variants: no such variant: there is async, fiber",
    ]


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (toml_table.whole(1, 8), [1, 8], [0, 9, 1.0, True, "1"]),
        (toml_table.one_of("a", "b"), ["a", "b"], ["c", "", None]),
        (toml_table.a_name, ["a", "0-_a"], ["", "A", "-a", "a b", 1]),
        (toml_table.a_line, ["a b"], ["", " ", "a\nb", 1]),
        (toml_table.a_text, ["", "a\nb"], [1, None]),
        (toml_table.a_flag, [True, False], [1, "true"]),
        (Check("odd", lambda v: v % 2), [1], [2]),
        (toml_table.a_path, ["/", "/t?ms={wait_ms}&x={wait_ms}"], ["/{wait_ms}/{wait}", "/{}", "x", 1]),
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
    assert toml_table.a_duration("5s") == 5000
    for check, wrong in (
        (toml_table.texts, "a"),
        (toml_table.texts, ["a", 1]),
        (toml_table.each(toml_table.one_of("a")), ["a", "b"]),
        (toml_table.a_duration, 5),
        (toml_table.a_duration, "5"),
    ):
        with pytest.raises(ValueError):
            check(wrong)
