"""The reference of a suite's keys has every key that is read, and says what the reader says."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from importlib import import_module

import pytest

from cli.errors import CommandFailed
from cli.files import ROOT
from plans import keys


def test_every_table_that_is_read_from_keys_is_in_the_reference():
    modules = [import_module(f"plans.{path.stem}") for path in (ROOT / "scripts/plans").glob("*.py")]
    kinds = {kind for module in modules for kind in vars(module).values() if is_dataclass(kind)}
    read = {kind for kind in kinds if any("check" in each.metadata for each in fields(kind))}
    assert read == {kind for kind, _ in keys.TABLES.values()}


def test_a_key_is_what_its_reader_expects_and_its_default():
    known = {table: {key.name: key for key in keys.keys_of(table)} for table in keys.TABLES}
    assert known["suite"]["repetitions"][1:3] == ("a whole number from 1 to 1000", "`1`")
    assert known["suite"]["clients"][1:3] == ("a list of texts", "`loadgen`")
    assert known["workloads"]["connections"].default == "needed" and known["workloads"]["rate"].default == ""
    assert known["workloads"]["weights"].value == "a table, each value a whole number from 1 to 1000000"
    assert (
        known["variants"]["ready"].default == "`/health`" and known["classes"]["waits"].default == "`false`"
    )


def test_a_key_without_words_and_words_without_a_key_are_named():
    words = {"classes": {"target": "where it is", "waits": "waits", "cpu": "cpu", "colour": "of the sky"}}
    with pytest.raises(CommandFailed) as failed:
        keys.keys_of("classes", words)
    assert failed.value.mistakes == [
        "keys.toml: classes.drawn: missing: say what it means",
        "keys.toml: classes.target_at: missing: say what it means",
        "keys.toml: classes.colour: no suite has such a key",
    ]


def test_a_default_is_written_as_one_writes_it_in_the_suite():
    by_name = {key.name: key for key in keys.keys_of("holds_up")}
    assert by_name["costs"].default == "`cpu`, `memory`" and by_name["allows"].default == ""
    assert by_name["limit"].default == "needed" and by_name["class"].default == ""
    assert by_name["allows"].value == "a list of texts" and by_name["metric"].default == "`p99`"
    assert {key.default for key in keys.keys_of("suite")} >= {"`false`", "`1`", "`loadgen`", ""}


def test_each_table_of_the_reference_is_headed_by_where_its_keys_stand():
    tables = list(keys.keys_tables())
    headings = [heading for _, heading in keys.TABLES.values()]
    assert [table.columns[0].heading for table in tables] == headings
    assert [column.heading for column in tables[1].columns[1:]] == ["what it is", "value", "default"]
    assert all(column.is_words for table in tables for column in table.columns)


def test_a_suite_is_listed_with_how_many_variants_and_workloads_it_has():
    table = keys.suites_table()
    rows = {row[0].text: [cell.text for cell in row] for row in table.rows}
    assert rows["[`hundred`](hundred.toml)"][1:] == ["100 requests at once", "7", "3"]
    assert [column.is_words for column in table.columns] == [True, True, False, False]
