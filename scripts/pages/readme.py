"""Keeps the README's figures and flags true: rewrites what stands between its `begin` and `end` comments.

usage: scripts/readme.py [--check]. `<!-- begin: table hundred mixed -->` is filled from the recording
committed in results/reference/, `<!-- begin: help loadgen -->` by asking the program. A test runs --check.
"""

from __future__ import annotations

from cli.paths import ROOT
from cli.door import EXIT_BAD_INPUT

import argparse
import re
import subprocess
import sys
from collections.abc import Callable

from words import limits
from words.claims import claim_sentences
from metrics.digest import Digest, Spread, digests
from words.faults import outcomes_text
from words.findings import findings
from peers.recorded import PeerRecording
from peers.words import sentences
from recordings.recording import Recording, ResultsError
from text.units import NONE, count_text, duration_text, memory_text, range_text, ratio_text

README = ROOT / "README.md"
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
    now = README.read_text(encoding="utf-8")
    try:
        fresh = filled(now)
    except (ResultsError, OSError, ValueError) as error:
        print(f"readme: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    if options.check and fresh != now:
        print("readme: README.md is out of date: run scripts/readme.py", file=sys.stderr)
        return 1
    README.write_text(fresh, encoding="utf-8")
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


def _peers(name: str) -> str:
    found = sorted(sentences(PeerRecording.load(REFERENCE / name)), key=lambda s: s.kind == "warning")
    return "\n".join(f"- {sentence.text}" for sentence in found)


def _table(name: str, workload: str) -> str:
    recording = Recording.load(REFERENCE / name)
    groups = [d for d in digests(recording) if d.workload == workload]
    classes = list(dict.fromkeys(c for d in groups for c in d.class_p99_us))
    columns: dict[str, Callable[[Digest], str]] = {
        "variant": lambda d: f"`{d.subject}`",
        "makespan": lambda d: _median(d.makespan_ms, lambda ms: duration_text(ms * 1000)),
    }
    if any(d["over_ideal"] for d in groups):
        columns["over ideal (range)"] = lambda d: _with_range(d["over_ideal"], ratio_text)
    if len(classes) > 1:
        for c in classes:
            columns[f"p99 of `{c}`"] = lambda d, c=c: _median(d.class_p99_us[c], duration_text)
    columns |= {
        "threads": lambda d: _median(d["threads"], count_text),
        "memory": lambda d: _median(d["memory"], memory_text),
        "CPU per request": lambda d: _median(d["cpu"], duration_text),
        "context switches": lambda d: _median(d["switches"], count_text),
        "errors": lambda d: "; ".join(filter(None, (outcomes_text(d.failures), d.runs_text))) or "0",
    }
    lines = ["| " + " | ".join(columns) + " |", "|---" + "|---:" * (len(columns) - 1) + "|"]
    lines += ["| " + " | ".join(text(d) for text in columns.values()) + " |" for d in groups]
    return "\n".join(lines)


def _claims(name: str) -> str:
    return "\n".join(f"- {text}" for text in claim_sentences(Recording.load(REFERENCE / name)))


def _gate(trials: str) -> str:
    """What --aa and --power wrote of themselves: results/reference/gate/aa/aa.md."""
    return (REFERENCE / "gate" / trials / f"{trials}.md").read_text(encoding="utf-8").strip()


def _median(spread: Spread | None, text: Callable[[float], str]) -> str:
    return NONE if spread is None else ("≥ " if spread.at_least else "") + text(spread.median)


def _with_range(spread: Spread | None, text: Callable[[float], str]) -> str:
    if spread is None:
        return NONE
    if spread.runs == 1:
        return text(spread.median)
    return f"{text(spread.median)} ({range_text(spread.low, spread.high, text)})"


_MAKERS: dict[str, Callable[..., str]] = {
    "help": _help,
    "limits": _limits,
    "findings": _findings,
    "table": _table,
    "peers": _peers,
    "claims": _claims,
    "pitfalls": _claims,
    "gate": _gate,
}
