"""Makes report.html of a recording: one file with everything in it, charts beside it as PNG and SVG.

usage: scripts/report.py RECORDING, as in scripts/report.py results/latest. Layout and style are in report/,
the sentences in findings.py, the charts in charts/; here their parts are put together.
"""

from __future__ import annotations

from cli.files import replace_file
from cli.paths import ROOT
from cli.door import EXIT_BAD_INPUT, exit_code

import argparse
import html
import re
import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

import charts
from charts.svg import dark_rules
from words.claims import judged_claims
from metrics.curves import curves_of, workloads_apart
from metrics.digest import Digest, digests
from words.findings import TIE_RULE, findings
from recordings.recording import Recording, ResultsError
from pages.report_pairs import pairs
from pages.report_table import curve_table, summary_table
from text.units import NONE, duration_text, memory_text, names_text, plural, round_duration_text

TEMPLATES = ROOT / "report"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Make the report of a recording: report.html inside its folder."
    )
    parser.add_argument("recording", type=Path, help="a folder in results/, as results/latest")
    options = parser.parse_args(argv)
    try:
        print(_make_any(options.recording))
    except ResultsError as error:
        for line in error.mistakes:
            print(f"report: {line}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except OSError as error:
        return exit_code("report", error)
    return 0


def _make_any(folder: Path) -> Path:
    """The page of a recording, whichever kind of suite it is of."""
    recording = Recording.load(folder)
    if recording.run.get("kind") != "peers":
        _refuse_without_rows(recording)
        return make(recording)
    from peers import report as of_peers  # here, as it uses what is below

    return of_peers.make(of_peers.PeerRecording.load(folder))


def _refuse_without_rows(recording: Recording) -> None:
    """The charts that scripts/reference.py drew before it left the rows out could not be drawn again."""
    left_out = [name for name in recording.run["left_out"] or () if not (recording.folder / name).is_file()]
    if left_out:
        names = names_text(left_out, code=False)
        why = f"kept without {names}, so its report cannot be made again: it is report.html there"
        raise ResultsError([f"{recording.folder}: {why}"])


def make(recording: Recording) -> Path:
    """Writes the charts and the page into the recording's folder; returns the page's path."""
    groups = digests(recording)
    drawn = charts.draw_all(recording, groups, recording.folder / "charts")
    return write_page(recording.folder, render(recording, groups, drawn))


def write_page(folder: Path, text: str) -> Path:
    page = folder / "report.html"
    replace_file(page, text)
    return page


def render(recording: Recording, groups: list[Digest], drawn: list[charts.SavedChart]) -> str:
    """The page as text."""
    sentences = findings(recording, groups)
    return template("page.html").render(
        run=recording.run,
        subtitle=_subtitle(recording, groups),
        results=[f.text for f in sentences if f.kind == "result"],
        warnings=[f.text for f in sentences if f.kind == "warning"],
        tie_rule=TIE_RULE,
        claims=judged_claims(recording),
        charts=drawn,
        pairs=pairs(recording),
        tables=[
            *(curve_table(recording, curve) for curve in curves_of(recording, groups)),
            *(summary_table(recording, groups, workload) for workload in workloads_apart(recording)),
        ],
        machine=machine_lines(recording.run),
        method=_method(recording),
        commands=commands_again(recording.run),
        runs=_runs(recording),
        files=_files(recording),
    )


def template(name: str) -> jinja2.Template:
    """A page of report/, which knows the style and how sentences are marked."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["marked"] = marked
    environment.globals["style"] = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))
    environment.globals["dark_charts"] = Markup(dark_rules())
    return environment.get_template(name)


def marked(text: str) -> Markup:
    """`code` and **strong** of the sentences as HTML; everything else is escaped."""
    safe = html.escape(text, quote=False)
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe)
    safe = re.sub(r"(?<=\d) (?=(?:µs|ms|s|min|KiB|MiB|GiB|%)\b|%)", "\u00a0", safe)
    return Markup(re.sub(r"`(.+?)`", r"<code>\1</code>", safe))


_FILES = {
    "summary.csv": "a row per run: what is compared",
    "requests.csv": "a row per request, failures too: the timeline, and any analysis of your own",
    "latency.csv": "a row per histogram bucket: percentile curves",
    "throughput.csv": "a row per interval: rates, and the server’s CPU, memory and threads",
    "run.json": "the machine, the build, the commit, the suite and the order of the runs",
}


def _subtitle(recording: Recording, groups: list[Digest]) -> str:
    run = recording.run
    parts = [
        plural(len(run["variants"]), "variant"),
        plural(len(run["workloads"]), "workload"),
        plural(run["repetitions"], "repetition"),
        plural(sum(d.requests for d in groups), "request"),
    ]
    when = time_text(run["started_at"])
    return ", ".join(parts) + (f". Recorded {when}." if when else ".")


def machine_lines(run: dict[str, Any]) -> list[tuple[str, str]]:
    """What the bench found out about the machine and the build, whatever keys it wrote."""
    lines = []
    for part in ("machine", "build"):
        for name, value in (run[part] or {}).items():
            text = memory_text(value) if name == "memory_kib" else _plain(value)
            lines.append((name.removesuffix("_kib").replace("_", " "), text))
    return lines


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return {True: "yes", False: "no", None: NONE}[value] if value in (True, False, None) else str(value)


def _method(recording: Recording) -> list[tuple[str, str]]:
    run = recording.run
    git = run["git"] or {}
    commit = f"`{git['commit']}`" if git.get("commit") else NONE
    lines = [
        ("recording", f"`{run['recording']}`"),
        ("commit", commit + (" with uncommitted changes" if git.get("dirty") else "")),
        (
            "seed",
            NONE if run["seed"] is None else f"{run['seed']}: orders the runs and shuffles the requests",
        ),
        ("wait", round_duration_text(run["wait_ms"] * 1e3) if run["wait_ms"] is not None else NONE),
        ("pinned", NONE if run["pinned"] is None else pinned_text(run)),
        ("started", time_text(run["started_at"]) or NONE),
        ("finished", time_text(run["finished_at"]) or "no: it was stopped"),
    ]
    for variant in run["variants"]:
        if variant.get("command"):
            lines.append((variant["name"], f"`{shlex.join(map(str, variant['command']))}`"))
    return lines


def commands_again(run: dict[str, Any]) -> list[str]:
    """What to type to get this recording again, on this machine or another."""
    lines = []
    commit = (run["git"] or {}).get("commit")
    if commit:
        lines.append(f"git checkout {commit}")
    if run["command"]:
        words = [str(word) for word in run["command"]]
        if run["seed"] is not None and not any(word.startswith("--seed") for word in words):
            words += ["--seed", str(run["seed"])]
        lines.append(shlex.join(words))
    return lines


def pinned_text(run: dict[str, Any]) -> str:
    if not run["pinned"]:
        return "no"
    return "to two threads of one core" if run["one_core"] else "to cores of their own"


def _files(recording: Recording) -> list[tuple[str, str]]:
    left_out = recording.run["left_out"] or ()
    there = [name for name in _FILES if (recording.folder / name).is_file() and name not in left_out]
    return [(name, _FILES[name]) for name in there]


def _runs(recording: Recording) -> list[dict[str, str]]:
    """Every run in the order it ran, with its makespan if it left one."""
    found = {(row.variant, row.workload, row.repetition): row for row in recording.summary}
    lines = []
    for entry in recording.run["runs"] or []:
        row = found.get((entry.get("variant"), entry.get("workload"), entry.get("repetition")))
        status = entry.get("status") or "?"
        if row is not None and status != row.verdict != "valid":
            status = row.verdict
        lines.append(
            {
                "workload": str(entry.get("workload")),
                "variant": str(entry.get("variant")),
                "repetition": str(entry.get("repetition")),
                "makespan": duration_text(row.makespan_ms * 1e3)
                if row is not None and row.makespan_ms
                else NONE,
                "status": status,
                "note": entry.get("note") or (row.reasons if row is not None else "") or "",
            }
        )
    return lines


def time_text(text: str | None) -> str:
    if not text:
        return ""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return text
