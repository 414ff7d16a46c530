"""The last line of scripts/test counts what ran, and never takes what did not run for passed."""

from __future__ import annotations

from pathlib import Path

import pytest

import tally

PYTEST = """<testsuites><testsuite name="pytest" tests="4">
<testcase classname="tests.test_a" name="test_good" />
<testcase classname="tests.test_a" name="test_bad"><failure message="assert">x</failure></testcase>
<testcase classname="tests.test_a" name="test_broken"><error message="fixture">x</error></testcase>
<testcase classname="tests.test_a" name="test_not_here"><skipped message="no clang-format 14" /></testcase>
</testsuite></testsuites>"""
CTEST = """<testsuite name="(empty)" tests="3">
<testcase name="histogram.records" classname="histogram.records" status="run"/>
<testcase name="histogram.merges" classname="histogram.merges" status="fail">
<failure message=""/><system-out>line 7: not equal</system-out></testcase>
<testcase name="servers_NOT_BUILT" status="notrun"><skipped message="Unable to find executable"/></testcase>
</testsuite>"""


@pytest.fixture
def write(tmp_path: Path):
    def write_report(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return f"{name}={tmp_path / name}"

    return write_report


def test_the_suites_are_added_up_and_failures_named(write, capsys):
    assert tally.main([write("pytest", PYTEST), write("ctest", CTEST)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == "pytest 1 passed, 2 failed, 1 skipped".split()
    assert "FAILED tests.test_a::test_bad" in lines and "FAILED servers_NOT_BUILT" in lines
    assert "ctest 1 passed, 2 failed".split() in [line.split() for line in lines]
    assert lines[lines.index("FAILED histogram.merges") + 1] == "    line 7: not equal"
    assert lines[-1] == "2 passed, 4 failed"


GOOD = (
    '<testsuites><testsuite><testcase name="a" classname="x"/><testcase name="b"/></testsuite></testsuites>'
)
BAD = '<testsuites><testsuite><testcase name="c" classname="x"><failure>3 is not 4</failure></testcase>'
BAD += '<testcase name="d"/></testsuite></testsuites>'


@pytest.mark.parametrize(
    ("ctest", "shard", "lines"),
    [
        ("", GOOD, ["2 passed, 0 failed"]),
        ("<failure/>", BAD, ["FAILED x::c", "    3 is not 4", "1 passed, 1 failed"]),
        (
            "<failure/><system-out>leaked</system-out>",
            GOOD,
            ["FAILED shard_1", "    leaked", "0 passed, 1 failed"],
        ),
        ("<failure/>", None, ["FAILED shard_1", "0 passed, 1 failed"]),
        ("", GOOD.replace('"b"', '"\udcf0"'), ["2 passed, 0 failed"]),
    ],
    ids=["passed", "failed", "leaked at its end", "crashed", "not UTF-8"],
)
def test_a_shard_counts_as_the_tests_in_it(write, tmp_path, capsys, ctest, shard, lines):
    (tmp_path / "gtest").mkdir()
    if shard:
        (tmp_path / "gtest/shard_1.xml").write_text(shard, errors="surrogateescape")
    whole = write("ctest", f'<testsuite><testcase name="shard_1">{ctest}</testcase></testsuite>')
    tally.main([f"{whole},{tmp_path / 'gtest'}"])
    said = capsys.readouterr().out.splitlines()[1:]
    assert [line for line in said if line.strip()] == lines


def test_when_all_passed_the_exit_code_is_zero(write, capsys):
    assert (
        tally.main([write("ctest", '<testsuite><testcase name="a"/><testcase name="b"/></testsuite>')]) == 0
    )
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 0 failed"


@pytest.mark.parametrize(
    "text", ["<testsuite/>", '<testsuite><testcase name="a"><skipped/></testcase></testsuite>', "not XML", ""]
)
def test_a_suite_without_a_single_test_is_a_failure(write, capsys, text):
    assert tally.main([write("ctest", text)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


def test_a_suite_that_never_ran_is_a_failure(tmp_path, capsys):
    assert tally.main([f"ctest-tsan={tmp_path / 'nothing.xml'}"]) == 1
    assert "it did not run" in capsys.readouterr().out


def test_nothing_at_all_is_not_a_success():
    assert tally.main([]) == 1
