"""Keeps the figures and flags of every README true: rewrites what stands between `begin` and `end` comments.

usage: scripts/readme.py [--check]. `<!-- begin: table hundred mixed -->` is filled from the recording
committed in results/reference/, `<!-- begin: help loadgen -->` by asking the program, wherever it stands: in
the README at the top or in one beside what it is about. A test runs --check.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from math import ceil
from operator import itemgetter
from pathlib import Path

from cli.errors import CommandFailed
from cli.files import ROOT
from metrics.digest import Digest, digests
from metrics.metrics import README
from metrics.soundness import MARK
from pages.answer import cards_markdown, cards_of
from pages.reference import REFERENCE
from pages.tables import summary_table
from pages.trust import error_rates_table, errors_table, trials_table, wire_table
from plans.keys import TABLES, keys_table, suites_table
from recordings.recording import Recording
from text.table import Column, make_table, markdown
from text.units import duration_text
from words.claims import claim_answers
from words.findings import findings

PROGRAMS = {
    "loadgen": "build/release/loadgen/loadgen",
    "blocking_server": "build/release/servers/blocking_server",
    "async_server": "build/release/servers/async_server",
    "bench": "scripts/bench",
    "gate": "scripts/gate.py",
    "compare": "scripts/compare.py",
}
LIMITS = tomllib.loads((ROOT / "servers" / "limits.toml").read_text("utf-8"))["limits"]
_OPTION = re.compile(r"^\s+(--[\w-]+) \S+=(\S+)", re.MULTILINE)
_BLOCK = re.compile(r"(<!-- begin: (?P<what>[^>]*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(argv: list[str] | None = None) -> int:
    description = "Fill the blocks of the READMEs from recordings and programs."
    parser = argparse.ArgumentParser(description=description)
    is_check = "write nothing; fail when something is out of date"
    parser.add_argument("--check", action="store_true", help=is_check)
    options, outdated = parser.parse_args(argv), 0
    for path in readmes():
        now, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT)
        fresh = filled(now, str(name))
        if fresh != now and options.check:
            outdated = 1
            print(f"readme: {name}: is out of date: run scripts/readme.py", file=sys.stderr)
        elif fresh != now:
            path.write_text(fresh, encoding="utf-8")
    return outdated


def readmes() -> list[Path]:
    """Those that have blocks to be filled."""
    paths = [path for depth in ("", "*/", "*/*/") for path in sorted(ROOT.glob(f"{depth}README.md"))]
    return [path for path in paths if _BLOCK.search(path.read_text(encoding="utf-8"))]


def filled(text: str, name: str = "README.md") -> str:
    """The text with every block made anew. Raises CommandFailed for one that nobody can fill, and for
    one without an end, which would take what follows with it."""
    if text.count("<!-- begin: ") != text.count("<!-- end -->"):
        raise CommandFailed(f"{name}: a block has no `<!-- end -->`, or an end no block")

    def fill(block: re.Match[str]) -> str:
        kind, *words = block["what"].split()
        if kind not in _MAKERS:
            raise CommandFailed(f"{name}: block {block['what']!r}: is not one of {', '.join(_MAKERS)}")
        return f"{block[1]}{_MAKERS[kind](*words)}\n{block[3]}"

    return _BLOCK.sub(fill, text)


def _help_of(program: str) -> str:
    command = [PROGRAMS[program], "--help"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def defaults(help_text: str) -> dict[str, str]:
    """The default of each flag that has one, by flag."""
    return dict(_OPTION.findall(help_text))


def limits_table(help_texts: Iterable[str]) -> str:
    """The servers' limits. Raises CommandFailed where the programs disagree on a default, or one lacks it."""
    by_program = [defaults(text) for text in help_texts]
    rows = []
    for limit in LIMITS:
        flag = limit["set_by"]
        if flag.startswith("--"):
            values = {flags.get(flag) for flags in by_program}
            if len(values) != 1 or None in values:
                raise CommandFailed(f"{flag}: its defaults are {sorted(map(str, values))}: make them one")
            limit = limit | {"set_by": f"`{flag}`", "default": values.pop()}
        rows.append(limit)
    keys = {"limit": "limit", "flag": "set_by", "default": "default", "what a client sees": "client_sees"}
    columns = [Column(heading, itemgetter(key), is_words=True) for heading, key in keys.items()]
    return markdown(make_table("", columns, rows))


def _reference(name: str) -> tuple[Recording, list[Digest]]:
    recording = Recording.load(REFERENCE / name)
    return recording, digests(recording)


def _table(name: str, workload: str) -> str:
    text = markdown(summary_table(*_reference(name), workload, README))
    return text + (f"\n\n{MARK} no run of it counts." if MARK in text else "")


def _list(sentences: Iterable[object]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _file(name: str) -> str:
    """A file as it stands here, so that what is to be copied from a README is what is tested; a table of
    trials is part of the text."""
    path = ROOT / name
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8").strip()
    return f"```{path.suffix.removeprefix('.')}\n{path.read_text(encoding='utf-8').strip()}\n```"


def _million(name: str) -> str:
    """A million requests a second on cores that are half busy, by the calibration before that recording."""
    calibration = json.loads((REFERENCE / name / "run.json").read_text("utf-8"))["calibration"]
    cost_us, rate = calibration["kept_cpu_us_per_request"], round(calibration["kept_rps"], -2)
    cores = ceil(2 * cost_us)
    return (
        f"Before `results/reference/{name}` a core was calibrated to {rate:,.0f} requests/s, at "
        f"{duration_text(cost_us)} of CPU each: a million a second is {cores} cores, as {ceil(cores / 7)} "
        "machines of 8 cores with `-t 7`."
    )


_MAKERS = {
    "help": lambda program: f"```text\n{_help_of(program).strip()}\n```",
    "limits": lambda: limits_table(map(_help_of, ("blocking_server", "async_server"))),
    "findings": lambda name: _list(finding.text for finding in findings(*_reference(name))),
    "verdict": lambda name: cards_markdown(cards_of(*_reference(name))),
    "table": _table,
    "claims": lambda name: _list(claim_answers(Recording.load(REFERENCE / name))),
    "trials": lambda: markdown(trials_table(REFERENCE / "gate")),
    "wire": lambda name: markdown(wire_table(Recording.load(REFERENCE / name))),
    "errors": lambda name: markdown(errors_table(Recording.load(REFERENCE / name))),
    "error-rates": lambda name: markdown(error_rates_table(REFERENCE / name)),
    "keys": lambda: "\n\n".join(markdown(keys_table(name)) for name in TABLES),
    "file": _file,
    "million": _million,
    "suites": lambda: markdown(suites_table()),
}
