"""One table, written three ways."""

from __future__ import annotations

import io

from rich.console import Console

from text.table import TableCell, Column, make_table, markdown, print_table

COLUMNS = [
    Column("name", lambda item: item[0], is_words=True),
    Column("size", lambda item: item[1], note="median", expendable=1),
    Column("nobody has it", lambda item: "–"),
    Column("state", lambda item: TableCell(item[2], kind="bad" if item[2] == "lost" else ""), is_words=True),
]
ITEMS = [("a|b", "1 ms", "fine"), ("[c]", "20 ms", "lost")]


def printed(width: int | None) -> str:
    out = io.StringIO()
    is_terminal = width is not None
    console = Console(file=out, width=width, force_terminal=is_terminal, no_color=True, _environ={})
    print_table(make_table("a title", COLUMNS, ITEMS), console)
    return out.getvalue()


def test_a_column_without_a_figure_is_left_out():
    table = make_table("", COLUMNS, ITEMS)
    assert [column.heading for column in table.columns] == ["name", "size", "state"]


def test_markdown_escapes_bars_and_stresses_what_is_bad():
    assert markdown(make_table("", COLUMNS, ITEMS)).splitlines() == [
        "| name | size median | state |",
        "|---|---:|---|",
        "| a\\|b | 1 ms | fine |",
        "| [c] | 20 ms | **lost** |",
    ]


def test_a_pipe_gets_every_column_and_nothing_is_taken_for_markup():
    text = printed(None)
    assert "[c]" in text and "20 ms" in text and "a title" in text


def test_a_narrow_terminal_loses_the_expendable_column_first():
    assert "20 ms" in printed(60) and "size" not in printed(18) and "lost" in printed(18)


def test_a_narrow_terminal_breaks_headings_and_words_rather_than_cut_a_figure():
    columns = [
        Column("name", lambda _: "a-name-of-some-length", is_words=True),
        Column("CPU per request × core", lambda _: "12.3 µs"),
        Column("state", lambda _: "three of four runs invalid", is_words=True),
        Column("the last", lambda _: "123,456"),
    ]
    out = io.StringIO()
    console = Console(file=out, width=50, force_terminal=True, color_system=None)
    print_table(make_table("", columns, [0]), console)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines[1:4] == [["CPU", "per"], ["request"], ["name", "×", "core", "state"]], "no room for the last"
    assert lines[5:7] == [["a-name-of-some-length", "12.3", "µs", "three", "of", "four"], ["runs", "invalid"]]


def test_a_table_of_nothing_has_no_rows():
    assert make_table("", COLUMNS, []).rows == []
