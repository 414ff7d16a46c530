"""Servers that are worse than they were, for trials of the gate: commits that no branch has.

Each is the last commit that changed the servers, with a few lines more where both plan a reply to GET /ping.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = "servers/workload.cpp"
INCLUDES = "#include <atomic>\n#include <mutex>\n#include <thread>\n\n"
PLACE = "        case route::ping:\n"
ONE_OF = "static std::atomic<unsigned> count; const bool one_of = ++count % {} == 0;"

FAULTS = {
    "dozes": ONE_OF.format(4000) + " if (one_of) std::this_thread::sleep_for(std::chrono::milliseconds(20));",
    "locks": "static std::mutex all; const std::lock_guard held(all);"
    + ONE_OF.format(100)
    + " if (one_of) std::this_thread::sleep_for(std::chrono::microseconds(200));",
    "waits": ONE_OF.format(50) + " if (one_of) return {.wait = std::chrono::milliseconds(1),"
    ' .reply = {.constant = R"({"result":"pong"})"}};',
    "fails": ONE_OF.format(500) + ' if (one_of) return fault(500, "one of five hundred");',
}


def base() -> str:
    """The last commit that changed what is measured: trials that are resumed later are of the same code."""
    return _git({}, "log", "-1", "--format=%H", "--", "servers", "CMakeLists.txt", "CMakePresets.json")


def commit_of(fault: str) -> str:
    """The commit of that candidate; the working tree and the index are left alone."""
    source = _git({}, "show", f"{base()}:{SOURCE}") + "\n"
    assert source.count(PLACE) == 1, f"{SOURCE}: no longer has {PLACE!r}"
    lines = f"        case route::ping: {{\n{FAULTS[fault]}\n"
    faulty = INCLUDES + source.replace(PLACE, lines).replace('"pong"})"});\n', '"pong"})"});\n}\n', 1)
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        _git(index, "read-tree", base())
        blob = _git({}, "hash-object", "-w", "--stdin", text=faulty)
        _git(index, "update-index", "--cacheinfo", f"100644,{blob},{SOURCE}")
        tree = _git(index, "write-tree")
    when = dict.fromkeys(
        ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-01-01T00:00:00Z"
    )  # the same each time
    return _git(when, "commit-tree", tree, "-p", base(), "-m", f"A server that {fault}")


def _git(environment: dict[str, str], *words: str, text: str | None = None) -> str:
    command = ["git", "-C", str(ROOT), "-c", "user.name=trials", "-c", "user.email=trials@localhost", *words]
    done = subprocess.run(
        command, env={**os.environ, **environment}, input=text, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
