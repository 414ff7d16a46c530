"""Test cases as a CI service reads them."""

from __future__ import annotations

from text.junit import JunitCase, junit_text


def test_cases_are_counted_by_what_became_of_them_and_say_why():
    cases = [
        JunitCase("gate", "p99", "failure", 'slower: 5 ms > "4 ms"'),
        JunitCase("gate", "rate", None, ""),
        JunitCase("gate", "cpu", "skipped", "no pairs"),
        JunitCase("gate", "memory", "error", "no server"),
        JunitCase("gate", "p50", "failure", "slower"),
    ]
    assert junit_text("a suite", cases).splitlines() == [
        "<?xml version='1.0' encoding='utf-8'?>",
        '<testsuite name="a suite" tests="5" failures="2" errors="1" skipped="1">',
        '  <testcase classname="gate" name="p99">',
        '    <failure message="slower: 5 ms &gt; &quot;4 ms&quot;" />',
        "  </testcase>",
        '  <testcase classname="gate" name="rate" />',
        '  <testcase classname="gate" name="cpu">',
        '    <skipped message="no pairs" />',
        "  </testcase>",
        '  <testcase classname="gate" name="memory">',
        '    <error message="no server" />',
        "  </testcase>",
        '  <testcase classname="gate" name="p50">',
        '    <failure message="slower" />',
        "  </testcase>",
        "</testsuite>",
    ]
