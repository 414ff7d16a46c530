"""A judgement, three ways: on a terminal, as Markdown, and as test cases that a CI service reads."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from text.judgement import Judgement
from text.table import Column, make_table

TABLE = make_table("Changes", [Column("metric", is_words=True), Column("change")], [("p99", "+1.0 %")])
NOTHING = make_table("Nothing", [Column("metric")], [])
CASES = [
    ("pool", "p99", 'worse: 5 ms > "4 ms"'),
    ("pool", "rate", "not worse, shown only"),
    ("pool", "cpu", "unclear; no pairs"),
    ("pool", "memory", "failed: no server"),
    ("pool", "errors", "more errors: 2 to 3"),
]
FACTS = {"baseline": "v1", "candidate": "serve '{port}'"}
WHOLE = Judgement("gate", "regressed", "p99 of pool", [TABLE, NOTHING], ["a [note]", "more"], FACTS, CASES)


def test_cases_are_counted_by_their_verdicts_and_say_why():
    assert WHOLE.junit().splitlines() == [
        "<?xml version='1.0' encoding='utf-8'?>",
        '<testsuite name="gate" tests="6" failures="3" errors="1" skipped="1">',
        '  <testcase classname="gate" name="verdict">',
        '    <failure message="regressed: p99 of pool" />',
        "  </testcase>",
        '  <testcase classname="gate.pool" name="p99">',
        '    <failure message="worse: 5 ms &gt; &quot;4 ms&quot;" />',
        "  </testcase>",
        '  <testcase classname="gate.pool" name="rate" />',
        '  <testcase classname="gate.pool" name="cpu">',
        '    <skipped message="unclear; no pairs" />',
        "  </testcase>",
        '  <testcase classname="gate.pool" name="memory">',
        '    <error message="failed: no server" />',
        "  </testcase>",
        '  <testcase classname="gate.pool" name="errors">',
        '    <failure message="more errors: 2 to 3" />',
        "  </testcase>",
        "</testsuite>",
    ]


def test_markdown_has_the_answer_first_and_what_was_judged_last():
    assert WHOLE.markdown() == (
        "### ❌ Performance gate: regressed\n\np99 of pool\n\n**Changes**\n\n"
        "| metric | change |\n|---|---:|\n| p99 | +1.0 % |\n\n"
        "- a [note]\n- more\n\nbaseline `v1`; candidate `serve '{port}'`\n"
    )
    assert Judgement("costs", "failed", "no valgrind").markdown() == (
        "### ❌ Costs per request: failed\n\nno valgrind\n"
    )


def test_on_a_terminal_the_answer_is_last():
    out = io.StringIO()
    WHOLE.show(Console(file=out, width=60, force_terminal=True, color_system=None))
    lines = [line.strip() for line in out.getvalue().splitlines()]
    assert lines[0] == "Changes" and "p99     +1.0 %" in lines and "Nothing" not in lines
    end = ["a [note]", "more", "baseline v1; candidate serve '{port}'"]
    assert lines[-4:] == [*end, "Performance gate: regressed: p99 of pool"]


@pytest.mark.parametrize(
    ("command", "verdict", "sign"),
    [
        ("gate", "not regressed", "✅"),
        ("gate", "inconclusive", "⚠️"),
        ("gate", "invalid", "⚠️"),
        ("gate", "failed", "❌"),
        ("costs", "grew", "❌"),
        ("costs", "not grown", "✅"),
        ("costs", "counted", "✅"),
        ("bisect", "began here", "❌"),
        ("bisect", "not slower", "✅"),
        ("bisect", "open", "⚠️"),
    ],
)
def test_each_verdict_has_its_sign(command, verdict, sign):
    assert Judgement(command, verdict, "").markdown().startswith(f"### {sign} ")


def test_a_verdict_that_nobody_knows_is_no_pass():
    with pytest.raises(KeyError):
        Judgement("gate", "fine", "").junit()
