"""Costs as they are told: tables, Markdown, JUnit, the files; and what wrong flags are told."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from costing import words
from costing.costs import ALLOCATIONS, INSTRUCTIONS, SYSTEM_CALLS, CellCosts, Costs, Count
from costing.load import HOST, AskedRequest, read_request
from costing.words import write_files
from cli.errors import UsageError
from text.judgement import Judgement
from test_costs_growth import BEFORE, profile

SCRIPTS = Path(__file__).resolve().parent.parent
NAMES = {"baseline": "main", "candidate": "HEAD"}


def exact(value: float) -> Count:
    return Count(value, value, value)


def cell(more: float = 0.0, name: str = "async") -> CellCosts:
    """One in which `answer` needs so many instructions more."""
    own = {"serve": (1000, 0), "answer": (200 + more, 0), "malloc": (60, 0), "write": (40, 1)}
    calls = {
        ("serve", "answer"): (1, 300 + more),
        ("answer", "malloc"): (1, 60),
        ("answer", "write"): (1, 40),
    }
    sides = []
    for made in (BEFORE, profile(own, calls)):
        counts = {INSTRUCTIONS: exact(made.total), ALLOCATIONS: exact(1), SYSTEM_CALLS: exact(2)}
        counts |= {"read": exact(1), "write": exact(1)}
        sides.append(Costs(counts, made, ("CPython: so it is",)))
    return CellCosts(name, *sides)


def test_markdown_names_the_function_that_grew():
    text = words.judgement([cell(200)], NAMES).markdown()
    assert text.startswith("### ❌ Costs per request: grew\n\ninstructions of async\n")
    figures = "**1,300.0** | **1,500.0** | **+200.00 (+15.38 %)** | **13.00** | **grew** |"
    assert f"| **instructions** | **async** | {figures}" in text
    assert "**async: more instructions**" in text
    assert "| answer | serve.cpp:20 | +200.00 (200.00 → 400.00) |" in text
    assert text.endswith("- CPython: so it is\n\nbaseline `main`; candidate `HEAD`\n")


def test_where_nothing_grew_no_function_is_named():
    text = words.judgement([cell()], NAMES).markdown()
    uncounted = "the kernel, memory and waiting are not counted"
    reason = f"nothing grew by more than is put up with; {uncounted}"
    assert text.startswith(f"### ✅ Costs per request: not grown\n\n{reason}\n")
    assert "serve.cpp" not in text


def test_junit_has_a_case_for_each_count_that_may_not_grow():
    suite = ElementTree.fromstring(words.judgement([cell(200), cell(0, "pool")], {}).junit())
    assert (suite.get("tests"), suite.get("failures")) == ("7", "2")
    whole, failed = [each for each in suite if each.find("failure") is not None]
    assert (whole.get("classname"), whole.get("name")) == ("costs", "verdict")
    assert (failed.get("classname"), failed.get("name")) == ("costs.async", INSTRUCTIONS)


def test_what_could_not_be_counted_is_an_error_in_both_reports():
    failed = Judgement("costs", "failed", "no valgrind")
    assert ElementTree.fromstring(failed.junit()).find("testcase/error") is not None
    assert "no valgrind" in failed.markdown()


def test_files_have_every_count_of_every_side(tmp_path):
    write_files(tmp_path, [cell(200)], words.judgement([cell(200)], NAMES), {})
    with (tmp_path / "costs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["per_request"] for row in rows if row["count"] == INSTRUCTIONS] == ["1300", "1500"]
    assert [row["grew"] for row in rows if row["count"] == INSTRUCTIONS] == ["", "true"]
    assert {row["system_call"] for row in rows if row["system_call"]} == {"read", "write"}
    whole = json.loads((tmp_path / "costs.json").read_text())
    assert whole["grew"] == [{"cell": "async", "count": INSTRUCTIONS}]
    [counted] = whole["cells"]
    assert (counted["name"], counted["notes"]) == ("async", ["CPython: so it is"])
    assert counted["growth"]["functions"][0]["function"] == "answer"
    one, two = ({"value": value, "least": value, "most": value} for value in (1, 2))
    exactly = {"value": 1500, "least": 1500, "most": 1500}
    assert counted["candidate"] == {
        "counts": {INSTRUCTIONS: exactly, ALLOCATIONS: one, SYSTEM_CALLS: two},
        "system_calls": {"read": one, "write": one},
    }
    page = (tmp_path / "costs.html").read_text()
    assert 'class="more-4"' in page and 'title="answer: 300.00 → 500.00 instructions a request"' in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_the_page_of_one_side_alone_shows_where_its_instructions_go(tmp_path):
    alone = CellCosts("async", cell().before)
    write_files(tmp_path, [alone], words.judgement([alone], {"baseline": "main"}), {})
    page = (tmp_path / "costs.html").read_text()
    assert 'class="same"' in page and "what grew" not in page and "candidate" not in page


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("answer(request const&)", "answer(request const&)"),
        ("std::map<std::string, std::vector<int>>::find(std::string const&)", "std::map<>::find()"),
        (
            "n::answer<int>(n::answer<int>(std::string)::_ZN1n6answerE.Frame*) [clone .actor]",
            "n::answer<int> [coroutine]",
        ),
        (
            "(anonymous namespace)::walk(std::map<int, (anonymous namespace)::a>)",
            "(anonymous namespace)::walk()",
        ),
        (
            "std::operator<< <std::char_traits<char>>(std::ostream&)",
            "std::operator<< <>()",
        ),
        ("(no symbols) a-library-with-a-long-name.so.1.2", "(no symbols) a-library-with-a-long-name…"),
        ("a::" * 30 + "end", "…" + ("a::" * 30 + "end")[-39:]),
    ],
)
def test_a_long_name_loses_what_says_least(name, short):
    assert words.short_name(name, 40) == short


def sent_by(asked: AskedRequest) -> bytes:
    return asked.head.replace(HOST, "127.0.0.1:1").encode() + asked.body


def test_a_request_is_asked_as_loadgen_would(tmp_path):
    (tmp_path / "body").write_bytes(b"{}")
    flags = ["-m", "POST", "--header", "X: y", "--body", f"@{tmp_path}/body", "--expect-status", "2xx,304"]
    asked = read_request(flags, "/a", is_fresh=True)
    sent = sent_by(asked)
    assert sent.startswith(b"POST /a HTTP/1.1\r\nHost: 127.0.0.1:1\r\nX: y\r\nConnection: close\r\n")
    assert sent.endswith(b"Content-Length: 2\r\n\r\n{}")
    assert [status for status in (200, 204, 302, 304, 404) if asked.accepted.fullmatch(str(status))] == [
        200,
        204,
        304,
    ]
    with pytest.raises(UsageError, match="--expect-status: '20': write it as"):
        read_request(["--timeout", "5s", "--expect-status", "20"], "/", False)
    with pytest.raises(UsageError, match="--body: .*none: No such file"):
        read_request(["--body", f"@{tmp_path}/none"], "/", False)


def test_a_request_is_as_short_as_what_was_asked_for():
    asked = read_request([], "/a?b", is_fresh=False)
    assert sent_by(asked) == b"GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"
    assert (asked.body, asked.expected, asked.accepted.pattern) == (b"", b"", r"2\d\d")
    asked = read_request(["-H", "host: a.test", "--body", "hi", "--expect-body", "ok"], "/", is_fresh=False)
    sent = b"GET / HTTP/1.1\r\nhost: a.test\r\nContent-Length: 2\r\n\r\nhi"
    assert (sent_by(asked), asked.expected) == (sent, b"ok")


def test_a_missing_program_is_named_with_what_installs_it(tmp_path):
    reports = ("--junit", str(tmp_path / "costs.xml"))
    command = [sys.executable, str(SCRIPTS / "costs.py"), "--baseline-cmd", "serve {port}", *reports]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"PATH": str(tmp_path)})
    assert done.returncode == 2
    fix = "is not installed: scripts/setup --costs installs it"
    assert done.stderr == f"costs: valgrind {fix}\ncosts: strace {fix}\n"
    assert ElementTree.parse(tmp_path / "costs.xml").find("testcase/error") is not None
