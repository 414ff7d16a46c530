"""A repository for trials of the bisect: a small server in C++, and 32 commits of which one makes it slower.

The others touch what is not asked for: documents, comments, functions nobody calls (so that the code lies
elsewhere), branches never taken.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent
COMMITS = 32
SOURCE = "server.cpp"
STEPS = "steps_of_a_request = 16'000"
SLOWER = "steps_of_a_request = 16'960"  # with what else a request costs, 5 %
MAKEFILE = "server: server.cpp tables.cpp\n\tc++ -std=c++20 -O2 -g1 -o server server.cpp tables.cpp\n"
BUILD, SERVE = "make -s", "./server {port}"


@dataclass(frozen=True)
class SlowHistory:
    """`names` of the commits by place, GOOD first; `begin`: the place of the one that is slower."""

    top: Path
    names: list[str]
    begin: int


def make(top: Path, seed: int) -> SlowHistory:
    """In a folder that is made anew."""
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir(parents=True)
    draw = random.Random(seed)
    begin = draw.randint(1, COMMITS)
    _git(top, "init", "--quiet", "--initial-branch", "main")
    shutil.copy(TESTS / "arithmetic_server.cpp", top / SOURCE)
    (top / "tables.cpp").write_text("// Tables that are to come.\n")
    (top / "Makefile").write_text(MAKEFILE)
    (top / ".gitignore").write_text("server\n")
    names = [_commit(top, "A server")]
    for place in range(1, COMMITS + 1):
        if place == begin:
            _replace(top / SOURCE, STEPS, SLOWER)
            names.append(_commit(top, "Mix the state a little better"))
        else:
            names.append(_commit(top, draw.choice(_UNRELATED)(top, place)))
    return SlowHistory(top, names, begin)


def _document(top: Path, place: int) -> str:
    with (top / "README").open("a") as readme:
        readme.write(f"Section {place}: to be written.\n")
    return f"README: section {place}"


def _comment(top: Path, place: int) -> str:
    _replace(top / SOURCE, "int main(", f"// {place}: what comes first is what was asked first.\nint main(")
    return "Say why"


def _function(top: Path, place: int) -> str:
    with (top / "tables.cpp").open("a") as tables:
        body = f"return value > {place} ? table_{place}(value - 3) * {place} : value ^ {place};"
        tables.write(f"int table_{place}(int value) {{ {body} }}\n")
    return f"A table of {place}s, for later"


def _branch(top: Path, place: int) -> str:
    never = f'    if (std::strcmp(arguments[1], "--about-{place}") == 0) return {place};\n'
    _replace(top / SOURCE, "    sockaddr_in address{};\n", f"{never}    sockaddr_in address{{}};\n")
    return f"--about-{place}"


def _neighbour(top: Path, place: int) -> str:
    """A function beside the one that is called, which then lies elsewhere."""
    added = f"std::string name_{place}(int value) {{ return std::to_string(value * {place}); }}\n\n"
    _replace(top / SOURCE, "std::string reply_to(", f"{added}std::string reply_to(")
    return f"Names by {place}"


_UNRELATED = (_document, _comment, _function, _branch, _neighbour)


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{path}: {old!r} is there {text.count(old)} times"
    path.write_text(text.replace(old, new))


def _commit(top: Path, subject: str) -> str:
    _git(top, "add", ".")
    _git(top, "commit", "--quiet", "-m", subject)
    return _git(top, "rev-parse", "HEAD")


def _git(top: Path, *words: str) -> str:
    who = ("-c", "user.name=trials", "-c", "user.email=trials@localhost", "-c", "core.hooksPath=/dev/null")
    done = subprocess.run(["git", "-C", str(top), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()
