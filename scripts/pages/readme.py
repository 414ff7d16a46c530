"""Keeps the figures and flags of every README true: rewrites what stands between `begin` and `end` comments.
`<!-- begin: table hundred mixed -->` is filled from the recording committed in results/reference/,
`<!-- begin: help loadgen -->` by asking the program, in whatever README it stands. A test runs --check."""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

from cli.errors import CommandFailed
from cli.files import ROOT
from metrics import comparing, metrics
from metrics.digest import Digest, digests
from metrics.metrics import README
from pages import page
from pages.reference import REFERENCE
from pages.tables import QUANTILES, plain_table, summary_table, wire_table
from plans import keys
from plans.suite import OWN_CLIENT
from recordings.recording import Recording
from stats.quantiles import clopper_pearson
from text.table import Table, markdown
from text.units import count_text, duration_text, short_text
from words import claims, findings, phrases

PROGRAMS = {
    "loadgen": "build/release/loadgen/loadgen",
    "blocking_server": "build/release/servers/blocking_server",
    "async_server": "build/release/servers/async_server",
    "bench": "scripts/bench",
    "gate": "scripts/gate.py",
    "compare": "scripts/compare.py",
}
LIMITS = tomllib.loads((ROOT / "servers" / "limits.toml").read_text("utf-8"))["limits"]
OPTION = re.compile(r"^\s+(--[\w-]+) \S+=(\S+)", re.MULTILINE)
_BLOCK = re.compile(r"(<!-- begin: (?P<what>[^>]*?) -->\n).*?(<!-- end -->)", re.DOTALL)
_DONE = {
    OWN_CLIENT: "when the kernel received its last byte",
    f"{OWN_CLIENT}-by-read": "when it was read, as other generators have it (`--done-by read`)",
}
_CANDIDATES = (
    "is the same code",
    "burns more CPU, by less than the margin",
    "burns more CPU, by twice the margin or more",
    "is slower in another way: sleeps, locks, fails, or does more in Node or Python",
)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fill the READMEs' blocks from recordings and programs.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if one is out of date")
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


def limits_table(help_texts: Iterable[str]) -> Table:
    """The servers' limits. Raises CommandFailed where the programs disagree on a default, or one lacks it."""
    by_program, rows = [dict(OPTION.findall(text)) for text in help_texts], []
    for limit in LIMITS:
        flag, default = limit["set_by"], limit.get("default")
        if flag.startswith("--"):
            values = {flags.get(flag) for flags in by_program}
            if len(values) != 1 or None in values:
                raise CommandFailed(f"{flag}: its defaults are {sorted(map(str, values))}: make them one")
            flag, default = f"`{flag}`", values.pop()
        rows.append((limit["limit"], flag, default, limit["client_sees"]))
    return plain_table("", ("limit", "flag", "default", "what a client sees"), rows, words=range(4))


def errors_table(recording: Recording) -> Table:
    """Of each quantile the largest difference between loadgen and the packets, over all workloads; of a
    workload it is that of the medians of the runs that count."""
    rows = []
    for client in filter(_DONE.get, recording.subjects):
        workloads = comparing.captured(recording, client)
        offs = [phrases.off_text(comparing.farthest_off(workloads, quantile)) for quantile in QUANTILES]
        rows.append((_DONE[client], *offs, str(len(workloads))))
    of_quantiles = [f"{name}, at most" for name in QUANTILES.values()]
    return plain_table("", ("a reply is done", *of_quantiles, "workloads"), rows)


def error_rates_table(folder: Path) -> Table:
    """The trials of the gate in a folder, those with a candidate of one kind added up."""
    kinds: dict[str, Counter[str]] = {candidate: Counter() for candidate in _CANDIDATES}
    for path, figures in _trials(folder):
        settings = json.loads(path.with_name("settings.json").read_text("utf-8"))
        handicap, is_same = settings["handicap"], settings["baseline"] == settings["candidate"]
        kind = 0 if is_same else 3
        if handicap is not None:
            kind = 1 if handicap < settings["margin"] else 2
        kinds[_CANDIDATES[kind]].update(figures["verdicts"], gates=figures["gates"])
    rows = []
    for candidate, counts in kinds.items():
        if counts:
            share = clopper_pearson(counts["regressed"], counts["gates"])
            between = f"{100 * share.low:.0f} to {100 * share.high:.0f} %"
            gates, slower = count_text(counts["gates"]), count_text(counts["regressed"])
            rows.append((candidate, gates, slower, between, count_text(counts["not regressed"])))
    headings = ("the candidate", "gates", "called slower", "which is, with 95 % confidence", "passed")
    return plain_table("", headings, rows)


def trials_table(folder: Path) -> Table:
    """What gate.py --repeat came to, trial by trial."""
    rows = []
    for path, figures in _trials(folder):
        verdicts, worse = (sorted(figures[key].items()) for key in ("verdicts", "worse"))
        counts = (", ".join(f"{name} {count}" for name, count in each) for each in (verdicts, worse))
        burnt = {cell: f", burnt {-100 * b / (1 + b):.2f} %" for cell, b in figures.get("burnt", {}).items()}
        changes = {cell: each["capacity"].partition(", sd")[0] for cell, each in figures["changes"].items()}
        capacity = "; ".join(f"{cell} {text}{burnt.get(cell, '')}" for cell, text in changes.items())
        took = short_text(median(figures["cell_took_s"]))
        rows.append((f"`{path.parent.name}`", *counts, capacity, took))
    headings = ("trial", "verdicts", "worse", "capacity changed [95 %]", "a cell took")
    return plain_table("", headings, rows, words=range(4))


def _trials(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Without those in which no gate was repeated."""
    trials = [(path, json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*/trials.json"))]
    return [(path, figures) for path, figures in trials if "verdicts" in figures]


def _reference(name: str) -> tuple[Recording, list[Digest]]:
    recording = Recording.load(REFERENCE / name)
    return recording, digests(recording)


def _table(name: str, workload: str) -> str:
    text = markdown(summary_table(*_reference(name), workload, README))
    return text + (f"\n\n{metrics.MARK} no run of it counts." if metrics.MARK in text else "")


def _list(sentences: Iterable[object]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _file(name: str) -> str:
    """A file as it stands here, so that what is copied from a README is what is tested; Markdown as text."""
    text, suffix = (ROOT / name).read_text(encoding="utf-8").strip(), Path(name).suffix.removeprefix(".")
    return text if suffix == "md" else f"```{suffix}\n{text}\n```"


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
    "limits": lambda: markdown(limits_table(map(_help_of, ("blocking_server", "async_server")))),
    "findings": lambda name: _list(finding.text for finding in findings.findings(*_reference(name))),
    "verdict": lambda name: page.cards_markdown(page.cards_of(*_reference(name))),
    "table": _table,
    "claims": lambda name: _list(claims.claim_answers(Recording.load(REFERENCE / name))),
    "trials": lambda: markdown(trials_table(REFERENCE / "gate")),
    "wire": lambda name: markdown(wire_table(Recording.load(REFERENCE / name))),
    "errors": lambda name: markdown(errors_table(Recording.load(REFERENCE / name))),
    "error-rates": lambda name: markdown(error_rates_table(REFERENCE / name)),
    "keys": lambda: "\n\n".join(markdown(keys.keys_table(name)) for name in keys.TABLES),
    "file": _file,
    "million": _million,
    "suites": lambda: markdown(keys.suites_table()),
}
