"""The sessions are twins: they differ in how they wait, in few lines, and in nothing else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TWINS = ("servers/blocking_session.hpp", "servers/async_session.hpp")
MOST_CHANGED_LINES = 80


def code_of(session: str) -> str:
    """Its C++ without comments, includes and line breaks."""
    text = (ROOT / session).read_text()
    text = re.sub(r"//.*|#include.*", "", text)
    return " ".join(text.split())


def as_blocking(code: str) -> str:
    for pattern, waiting in [
        (r"\bco_await ", ""),
        (r"\bco_return\b", "return"),
        (r"\bawaitable<(\w+)>", r"\1"),
        (r"\basync_", "blocking_"),
    ]:
        code, count = re.subn(pattern, waiting, code)
        assert count > 0, f"the async session has no {pattern}"
    return code


def test_few_lines_differ():
    diff = subprocess.run(["diff", *TWINS], cwd=ROOT, capture_output=True, text=True)
    changed = re.findall(r"^[<>].*$", diff.stdout, re.MULTILINE)
    assert 0 < len(changed) <= MOST_CHANGED_LINES, diff.stdout + diff.stderr


def test_what_differs_is_how_they_wait():
    blocking, asynchronous = (code_of(session) for session in TWINS)
    assert as_blocking(asynchronous) == blocking


def test_the_fibers_session_is_the_threads_own():
    """The very file, and no third one: what differs is the connection and the backend it is given."""
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "servers").glob("*_session.hpp")} == {*TWINS}
    for server in ("blocking_server", "fiber_server"):
        source = (ROOT / f"servers/{server}.cpp").read_text()
        assert '#include "servers/blocking_session.hpp"' in source
        assert re.findall(r"\b(\w+_session) session\(terms_, ", source) == ["blocking_session"]


def test_a_fiber_is_offered_what_a_thread_is():
    """What the session asks of its connection and its backend, each has; nothing else is asked of them."""
    session = code_of(TWINS[0])
    for part, there in (("peer_", "connection"), ("backend_", "backend")):
        asked = set(re.findall(rf"\b{part}\.(\w+)\(", session))
        loops = code_of("servers/loop_connection.hpp") if there == "connection" else ""
        for offered in (
            code_of(f"servers/blocking_{there}.hpp"),
            loops + code_of(f"servers/fiber_{there}.hpp"),
        ):
            assert asked and asked <= set(re.findall(r"(\w+)\(", offered))


@pytest.mark.parametrize("session", TWINS)
def test_a_session_waits_only_through_what_it_is_handed(session):
    """What else could wait has no way in: the system, threads, Asio, a server, a loop or a database."""
    included = set(re.findall(r'^#include ["<](.*)[">]$', (ROOT / session).read_text(), re.MULTILINE))
    parts = {"counters", "database", "reply", "request", "session_terms", "work", "workload"}
    allowed = {"array", "atomic", "cstddef", "string", "utility"} | {f"servers/{part}.hpp" for part in parts}
    if "async" in session:
        allowed.add("servers/async_connection.hpp")  # which says what awaitable<> is
    assert included <= allowed


def test_the_readmes_say_so():
    for readme in ("README.md", "servers/README.md"):
        said = " ".join((ROOT / readme).read_text().split())
        assert f"`diff {' '.join(TWINS)}`" in said
        assert f"at most {MOST_CHANGED_LINES} lines" in said
