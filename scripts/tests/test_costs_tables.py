"""Costs as they are shown: whole tables of counts and of what grew, how numbers and names are written."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from costing import words
from costing.costs import (
    ALLOCATIONS,
    INSTRUCTIONS,
    SYSTEM_CALLS,
    VOLUNTARY,
    Caller,
    CellCosts,
    Costs,
    Count,
    CountLine,
    GrownFunction,
    GrownSite,
    Growth,
)
from costing.profile import Place
from text.table import Table, markdown


def exact(value: float) -> Count:
    return Count(value, value, value)


LESS = Costs(
    {
        INSTRUCTIONS: Count(3000, 2990, 3010.5),
        ALLOCATIONS: exact(0),
        SYSTEM_CALLS: exact(2),
        VOLUNTARY: exact(1),
        "read": exact(1),
        "write": exact(1),
    }
)
MORE = Costs(
    {
        INSTRUCTIONS: Count(3100, 3000, 3200),
        ALLOCATIONS: exact(0.5),
        SYSTEM_CALLS: exact(2),
        VOLUNTARY: exact(4),
        "recvfrom": exact(1),
        "write": exact(1),
    }
)


def rows(table: Table) -> list[list[str]]:
    """As they are read, the heading first."""
    shown = markdown(table).splitlines()
    return [[text.strip() for text in line.strip("|").split("|")] for line in (shown[0], *shown[2:])]


def count_table(*cells: CellCosts) -> Table:
    return words.judgement(cells, {}).tables[0]


def growth_tables(growth: Growth) -> list[Table]:
    return words.growth_tables(SimpleNamespace(name="async", growth=growth))


def test_two_sides_are_beside_each_other_with_what_may_grow_and_did():
    table = count_table(CellCosts("async", LESS, MORE))
    phases = "2,990.0 – 3,010.5, then 3,000.0 – 3,200.0"
    assert rows(table) == [
        ["a request costs", "cell", "baseline", "candidate", "change", "put up with", "finding", "in phases"],
        ["instructions", "async", "3,000.0", "3,100.0", "+100.00 (+3.33 %)", "30.00", "unclear", phases],
        ["**allocations**", "**async**", "**0.00**", "**0.50**", "**+0.50**", "**0.02**", "**grew**", "****"],
        ["system calls", "async", "2.00", "2.00", "0", "0.02", "not grown", ""],
        ["· read", "async", "1.00", "0.00", "-1.00 (-100.00 %)", "–", "", ""],
        ["· recvfrom", "async", "0.00", "1.00", "+1.00", "–", "", ""],
        ["· write", "async", "1.00", "1.00", "0", "–", "", ""],
        ["context switches, voluntary", "async", "1.00", "4.00", "+3.00 (+300.00 %)", "–", "", ""],
    ]
    assert [row[0].kind for row in table.rows] == ["", "bad", "", "quiet", "quiet", "quiet", "quiet"]
    assert [column.heading for column in table.columns if column.is_words] == [
        "a request costs",
        "cell",
        "finding",
    ]
    assert [column.expendable for column in table.columns] == [0] * 8


def test_each_line_names_its_cell():
    table = count_table(CellCosts("async", LESS, MORE), CellCosts("pool", MORE, LESS))
    assert [row[:2] for row in rows(table)[5:9]] == [
        ["· recvfrom", "async"],
        ["· write", "async"],
        ["context switches, voluntary", "async"],
        ["instructions", "pool"],
    ]
    assert table.columns[1].is_words


def test_one_side_alone_is_shown_with_how_far_its_phases_lie_apart():
    table = count_table(CellCosts("async", LESS))
    assert rows(table) == [
        ["a request costs", "cell", "baseline", "in phases"],
        ["instructions", "async", "3,000.0", "2,990.0 – 3,010.5"],
        ["allocations", "async", "0.00", "0.00"],
        ["system calls", "async", "2.00", "2.00"],
        ["· read", "async", "1.00", "1.00"],
        ["· write", "async", "1.00", "1.00"],
        ["context switches, voluntary", "async", "1.00", "1.00"],
    ]
    assert [column.expendable for column in table.columns] == [0] * 4


def test_the_headline_says_what_grew_and_else_what_cannot_be_told():
    cells = CellCosts("async", LESS, MORE), CellCosts("pool", LESS, MORE)
    told = words.judgement(cells, {})
    assert (told.verdict, told.reason) == ("grew", "allocations of async, allocations of pool")
    fewer = [
        replace(cell, after=replace(MORE, counts=MORE.counts | {ALLOCATIONS: exact(0)})) for cell in cells
    ]
    doubt = "varies too much by itself to tell: instructions of async, instructions of pool"
    reason = (
        f"nothing grew by more than is put up with; {doubt}; the kernel, memory and waiting are not counted"
    )
    told = words.judgement(fewer, {})
    assert (told.verdict, told.reason) == ("not grown", reason)
    told = words.judgement([CellCosts("async", LESS)], {})
    assert (told.verdict, told.reason) == ("counted", "one side alone, compared to nothing")


def test_markdown_has_the_cells_that_grew_and_each_note_once():
    quiet, noted = CellCosts("pool", LESS, LESS), ("no functions: it is Java",)
    grew = CellCosts("async", Costs(LESS.counts, None, noted), Costs(MORE.counts, None, noted))
    page = words.judgement([quiet, grew], {"baseline": "main"}).markdown()
    head, _, after = page.partition("| a request costs |")
    assert head == "### ❌ Costs per request: grew\n\nallocations of async\n\n**Counts**\n\n"
    _, *paragraphs = after.split("\n\n")
    assert paragraphs == ["- no functions: it is Java", "baseline `main`\n"]


def test_junit_passes_what_did_not_grow_and_skips_what_is_unclear():
    assert words.judgement([CellCosts("async", LESS, MORE)], {}).junit().splitlines()[1:] == [
        '<testsuite name="costs" tests="4" failures="2" errors="0" skipped="1">',
        '  <testcase classname="costs" name="verdict">',
        '    <failure message="grew: allocations of async" />',
        "  </testcase>",
        '  <testcase classname="costs.async" name="instructions">',
        '    <skipped message="unclear: 3,000.0 to 3,100.0, +100.00 (+3.33 %)" />',
        "  </testcase>",
        '  <testcase classname="costs.async" name="allocations">',
        '    <failure message="grew: 0.00 to 0.50, +0.50" />',
        "  </testcase>",
        '  <testcase classname="costs.async" name="system calls" />',
        "</testsuite>",
    ]
    alone = words.judgement([CellCosts("async", LESS)], {}).junit()
    assert '<testcase classname="costs" name="verdict" />' in alone and 'tests="1"' in alone


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (-0.004, "0.00"),
        (-0.006, "-0.01"),
        (999.99, "999.99"),
        (1000.0, "1,000.0"),
        (-1234.56, "-1,234.6"),
    ],
)
def test_a_number_has_two_decimals_and_a_large_one_one(value, text):
    assert words.number_text(value) == text


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (100, 100.004, "0"),
        (100, 100.01, "+0.01 (+0.01 %)"),
        (100, 99.9, "-0.10 (-0.10 %)"),
        (1e6, 1e6 + 0.01, "+0.01 (+0.00 %)"),
        (1e6, 1e6 - 0.01, "-0.01 (+0.00 %)"),
        (0.005, 1.005, "+1.00 (+20000.00 %)"),
        (0.004, 1.004, "+1.00"),  # of nothing no share
    ],
)
def test_a_change_is_a_number_and_a_share(before, after, text):
    assert words.change_text(CountLine("cell", INSTRUCTIONS, exact(before), exact(after))) == text


SERVE, ANSWER = Caller("serve", Place("/srv/serve.cpp", 80)), Caller("answer", Place("/srv/serve.cpp", 25))
APPEND, LOG = Caller("std::string::append", None), Caller("log", None)


def test_functions_that_grew_are_shown_with_who_calls_them():
    callers = (LOG, ANSWER, SERVE, Caller("main", None))
    names = [f"f{n}" for n in range(10)]
    grown = [GrownFunction(name, Place("a.c", n), (1, 3.5), (2000, 2010), ()) for n, name in enumerate(names)]
    grown[1] = GrownFunction("f1", None, (5, 1), (2, 2), callers)
    [table] = growth_tables(Growth(functions=tuple(grown)))
    chain = "log ← answer (serve.cpp:25) ← serve (serve.cpp:80)"
    assert rows(table)[:3] == [
        ["function", "where", "a request", "with all it calls", "called by"],
        ["f0", "a.c:0", "+2.50 (1.00 → 3.50)", "+10.00 (2,000.0 → 2,010.0)", ""],
        ["f1", "", "-4.00 (5.00 → 1.00)", "+0.00 (2.00 → 2.00)", chain],
    ]
    assert [row[0].text for row in table.rows] == names[:8]
    assert [column.expendable for column in table.columns] == [0, 0, 0, 0, 1]
    assert [column.is_words for column in table.columns] == [True, True, False, False, True]


def test_who_asks_for_more_is_the_first_whose_source_is_known():
    sites = (
        GrownSite("malloc", (0, 1), (APPEND, LOG, ANSWER, SERVE)),
        GrownSite("malloc", (1, 2), (APPEND, LOG)),
        *[GrownSite("malloc", (0, 1), (SERVE,))] * 5,
    )
    memory, kernel = growth_tables(Growth(allocations=sites, system_calls=sites[-1:]))
    assert rows(memory)[:4] == [
        ["function", "where", "calls", "a request", "called by"],
        [
            "answer",
            "serve.cpp:25",
            "malloc ← std::string::append ← log",
            "+1.00 (0.00 → 1.00)",
            "serve (serve.cpp:80)",
        ],
        ["std::string::append", "", "malloc", "+1.00 (1.00 → 2.00)", "log"],
        ["serve", "serve.cpp:80", "malloc", "+1.00 (0.00 → 1.00)", ""],
    ]
    assert len(memory.rows) == 5
    assert [memory.title, kernel.title] == ["async: more memory", "async: more system calls"]
    assert [column.expendable for column in memory.columns] == [0, 0, 0, 0, 1]
    assert rows(kernel) == [
        ["function", "where", "calls", "a request"],
        ["serve", "serve.cpp:80", "malloc", "+1.00 (0.00 → 1.00)"],
    ]


def test_names_are_shorter_beside_others():
    long = "a::" * 30 + "end"
    deep = Growth((GrownFunction(long, None, (0, 1), (0, 1), (Caller(long, None),)),))
    [table] = growth_tables(deep)
    assert [len(row) for row in (table.rows[0][0].text, table.rows[0][-1].text)] == [60, 40]
    [asked] = growth_tables(Growth(allocations=(GrownSite(long, (0, 1), (Caller("f", None),)),)))
    assert len(asked.rows[0][1].text) == 30


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("f" * 40, "f" * 40),
        ("f" * 41, "f" * 39 + "…"),
        ("n::" + "f" * 37, "n::" + "f" * 37),
        ("n::" + "f" * 38, "…:" + "f" * 38),
        ("answer(" + "i" * 32 + ")", "answer(" + "i" * 32 + ")"),
        ("answer(" + "i" * 33 + ")", "answer()"),
        ("answer(" + "int, " * 10 + "int)", "answer()"),
        ("f(int) [clone .destroy]", "f(int) [clone .destroy]"),
        ("answer(answer(int)::_Z6answeri.Frame*) [clone .destroy]", "answer [coroutine .destroy]"),
        ("n::operator->(" + "int, " * 10 + "int)", "n::operator->()"),
    ],
)
def test_a_name_fits_and_keeps_what_says_most(name, short):
    assert words.short_name(name, 40) == short
