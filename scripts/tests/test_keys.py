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


def known(table: str) -> dict[str, list[str]]:
    """Value and default, by key."""
    rows = [[cell.text for cell in row] for row in keys.keys_table(table).rows]
    return {name.strip("`"): cells for name, _, *cells in rows}


def test_a_key_is_what_its_reader_expects_and_its_default():
    assert known("suite")["repetitions"] == ["a whole number from 1 to 1000", "`1`"]
    assert known("suite")["clients"] == ["a list of texts, each once", "`loadgen`"]
    assert known("workloads")["connections"][1] == "needed"
    assert known("workloads")["weights"][0] == "a table, each value a whole number from 1 to 1000000"
    assert known("variants")["ready"][1] == "`/health`" and known("classes")["waits"][1] == "`false`"


def test_a_key_is_shown_with_what_it_goes_with_and_what_not():
    assert known("workloads")["rate"][1] == "not with `load` or `steps`"
    assert (
        known("workloads")["requests"][1]
        == "not with `duration` or `steps`; needed unless `duration` or `steps`"
    )
    assert known("claims")["condition"][1] == "paired with `says`"
    assert known("claims")["holds"][1] == "needed with `says`"
    assert known("workloads")["share"][1] == "goes with `rate`"


def test_a_key_without_words_and_words_without_a_key_are_named():
    words = {"classes": {"target": "where it is", "waits": "waits", "cpu": "cpu", "colour": "of the sky"}}
    with pytest.raises(CommandFailed) as failed:
        keys.keys_table("classes", words)
    assert failed.value.mistakes == [
        "keys.toml: classes.drawn: missing: say what it means",
        "keys.toml: classes.target_at: missing: say what it means",
        "keys.toml: classes.colour: no suite has such a key",
    ]


def test_a_default_is_written_as_one_writes_it_in_the_suite():
    by_name = known("holds_up")
    assert by_name["costs"][1] == "`cpu`, `memory`" and by_name["allows"] == ["a list of texts", ""]
    assert by_name["limit"][1] == "needed" and by_name["class"][1] == "" and by_name["metric"][1] == "`p99`"
    assert {default for _, default in known("suite").values()} >= {"`false`", "`1`", "`loadgen`", ""}


def test_each_table_of_the_reference_is_headed_by_where_its_keys_stand():
    tables = [keys.keys_table(name) for name in keys.TABLES]
    headings = [heading for _, heading in keys.TABLES.values()]
    assert [table.columns[0].heading for table in tables] == headings
    assert [column.heading for column in tables[1].columns[1:]] == [
        "what it is",
        "value",
        "default, and beside what",
    ]
    assert all(column.is_words for table in tables for column in table.columns)


def test_a_suite_is_listed_with_how_many_variants_and_workloads_it_has():
    table = keys.suites_table()
    rows = {row[0].text: [cell.text for cell in row] for row in table.rows}
    assert rows["[`hundred`](hundred.toml)"][1:] == ["100 requests at once", "7", "3"]
    assert [column.is_words for column in table.columns] == [True, True, False, False]
