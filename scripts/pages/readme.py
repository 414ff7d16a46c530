"""Keeps the README's figures and flags true: rewrites what stands between its `begin` and `end` comments.

usage: scripts/readme.py [--check]. `<!-- begin: table hundred mixed -->` is filled from the recording
committed in results/reference/, `<!-- begin: help loadgen -->` by asking the program. A test runs --check.
"""

from __future__ import annotations

from cli.door import EXIT_BAD_INPUT

import argparse
import re
import subprocess
import sys
from collections.abc import Callable

from cli.paths import ROOT
from metrics.digest import digests
from metrics.metrics import README
from metrics.soundness import MARK
from pages.summary_table import summary_table
from recordings.recording import Recording, ResultsError
from text.table import markdown
from words import limits
from words.claims import claim_sentences
from words.findings import findings

README_PATH = ROOT / "README.md"
REFERENCE = ROOT / "results" / "reference"
PROGRAMS = {
    "loadgen": ["build/release/loadgen/loadgen", "--help"],
    "blocking_server": ["build/release/servers/blocking_server", "--help"],
    "async_server": ["build/release/servers/async_server", "--help"],
    "bench": ["scripts/bench", "--help"],
    "gate": ["scripts/gate.py", "--help"],
    "compare": ["scripts/compare.py", "--help"],
}
_BLOCK = re.compile(r"(<!-- begin: (?P<what>[^>]*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fill the README's blocks from recordings and programs.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when something is out of date"
    )
    options = parser.parse_args(argv)
    now = README_PATH.read_text(encoding="utf-8")
    try:
        fresh = filled(now)
    except (ResultsError, OSError, ValueError) as error:
        print(f"readme: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    if options.check and fresh != now:
        print("readme: README.md is out of date: run scripts/readme.py", file=sys.stderr)
        return 1
    README_PATH.write_text(fresh, encoding="utf-8")
    return 0


def filled(text: str) -> str:
    """The text with every block made anew. Raises ValueError for a block that nobody knows how to fill."""

    def fill(block: re.Match[str]) -> str:
        kind, _, rest = block["what"].partition(" ")
        if kind not in _MAKERS:
            raise ValueError(f"README.md: block {block['what']!r}: is not one of {', '.join(_MAKERS)}")
        return f"{block[1]}{_MAKERS[kind](*rest.split())}\n{block[3]}"

    return _BLOCK.sub(fill, text)


def _help(program: str) -> str:
    done = subprocess.run(PROGRAMS[program], cwd=ROOT, check=True, capture_output=True, text=True)
    return f"```text\n{done.stdout.strip()}\n```"


def _limits() -> str:
    servers = [PROGRAMS["blocking_server"], PROGRAMS["async_server"]]
    return limits.table(subprocess.check_output(command, cwd=ROOT, text=True) for command in servers)


def _findings(name: str) -> str:
    recording = Recording.load(REFERENCE / name)
    return "\n".join(f"- {finding.text}" for finding in findings(recording, digests(recording)))


def _table(name: str, workload: str) -> str:
    recording = Recording.load(REFERENCE / name)
    table = summary_table(recording, digests(recording), workload, README)
    footnote = f"\n\n{MARK} no run of it counts." if MARK in (text := markdown(table)) else ""
    return text + footnote


def _claims(name: str) -> str:
    return "\n".join(f"- {text}" for text in claim_sentences(Recording.load(REFERENCE / name)))


def _gate(trials: str) -> str:
    """What --aa and --power wrote of themselves: results/reference/gate/aa/aa.md."""
    return (REFERENCE / "gate" / trials / f"{trials}.md").read_text(encoding="utf-8").strip()


_MAKERS: dict[str, Callable[..., str]] = {
    "help": _help,
    "limits": _limits,
    "findings": _findings,
    "table": _table,
    "claims": _claims,
    "gate": _gate,
}
