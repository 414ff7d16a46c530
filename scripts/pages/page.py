"""report.html of a recording: one file with everything in it, its charts beside it as PNG and SVG.

Layout and style are in report/, the sentences in words/, the charts in charts/; here their parts are put
together. usage: scripts/report.py RECORDING, as in scripts/report.py results/latest.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

import charts
from charts.svg import dark_rules
from cli.files import replace_file
from cli.paths import ROOT
from metrics.comparing import Compared, against_references, compare, shown_together
from metrics.curves import curves_of, single_workloads
from metrics.digest import Digest, digests
from metrics.metrics import PAGE, TERMINAL
from metrics.soundness import MARK
from pages.compared_table import compared_table
from pages.provenance import (
    client_lines,
    commands_again,
    file_lines,
    machine_lines,
    method_lines,
    runs_table,
    time_text,
)
from pages.summary_table import curve_table, summary_table
from recordings.recording import Recording, ResultsError
from stats.comparison import least_repetitions
from text.markup import as_html, as_plain
from text.table import Table, print_table, say
from text.units import names_text, plural
from words.claims import judged_claims
from words.curve_words import sentences as curve_sentences
from words.findings import HOW_COMPARED, findings

if TYPE_CHECKING:
    from rich.console import Console

TEMPLATES = ROOT / "report"
MODELS = ("thread-per-request", "async")  # the report's own question: the second against the first


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Make the report of a recording: report.html inside its folder."
    )
    parser.add_argument("recording", type=Path, help="a folder in results/, as results/latest")
    options = parser.parse_args(argv)
    recording = Recording.load(options.recording)
    _refuse_without_rows(recording)
    print(make(recording))
    return 0


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
    page = recording.folder / "report.html"
    replace_file(page, render(recording, groups, drawn))
    return page


def render(recording: Recording, groups: list[Digest], drawn: list[charts.SavedChart]) -> str:
    """The page as text."""
    sentences = findings(recording, groups)
    return _template("page.html").render(
        run=recording.run,
        headline="sync against async" if recording.varies == "variant" else "load generators on one server",
        subtitle=_subtitle(recording, groups),
        results=[f.text for f in sentences if f.kind == "result"],
        warnings=[f.text for f in sentences if f.kind == "warning"],
        how_compared=HOW_COMPARED,
        mark=MARK,
        claims=judged_claims(recording),
        charts=drawn,
        tables=[
            *(curve_table(recording, curve, PAGE) for curve in curves_of(recording, groups)),
            *(summary_table(recording, groups, workload, PAGE) for workload in single_workloads(recording)),
        ],
        comparisons=_comparisons(recording),
        machine=machine_lines(recording.run),
        method=method_lines(recording),
        clients=client_lines(recording),
        commands=commands_again(recording.run),
        runs=runs_table(recording),
        files=file_lines(recording),
    )


def print_summary(recording: Recording, console: Console) -> None:
    """What the bench ends with: the tables, and of a curve, in place of one for each point, the sentences."""
    groups = digests(recording)
    for curve in curves_of(recording, groups):
        for text in curve_sentences(curve):
            say(console, as_plain(text))
    for workload in single_workloads(recording):
        table = summary_table(recording, groups, workload, TERMINAL)
        if table.rows:
            print_table(table, console)
    if any(not digest.counts for digest in groups):
        say(console, f"{MARK} no run of it counts: see its errors")


def _comparisons(recording: Recording) -> list[tuple[Table, str]]:
    """Tables of pairs, each with the sentence above it: the two models, references and the others."""
    models, rows = MODELS, []
    for workload in single_workloads(recording):
        runs = tuple(recording.runs(variant, workload) for variant in models)
        if all(runs):
            rows += compare(models, workload, runs, is_paired=True)
    references = against_references(recording)
    tables = []
    if rows and recording.varies == "variant":
        title = f"{models[1]} against {models[0]}"
        tables.append((compared_table(title, shown_together(rows), models), _how_paired(rows)))
    if references:
        table = compared_table(
            "References against the others", references, ("the other", "reference"), names_subjects=True
        )
        tables.append((table, _how_paired(references)))
    return tables


def _how_paired(rows: list[Compared]) -> str:
    least = least_repetitions(len(rows), is_paired=True)
    return (
        "Paired by repetition, as they were interleaved: what slowed the machine down slowed both. A ratio "
        "is that of the second to the first (Hodges-Lehmann), with its exact interval. Tests and intervals "
        f"hold at 95 % for all {plural(len(rows), 'row')} together (Holm). Below {least} repetitions nothing "
        "can be shown to differ."
    )


def _template(name: str) -> jinja2.Template:
    """A page of report/, which knows the style and how sentences are marked."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["marked"] = lambda text: Markup(as_html(text))
    environment.globals["style"] = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))
    environment.globals["dark_charts"] = Markup(dark_rules())
    return environment.get_template(name)


def _subtitle(recording: Recording, groups: list[Digest]) -> str:
    run = recording.run
    parts = [
        plural(len(recording.subjects), "load generator" if recording.varies == "client" else "variant"),
        plural(len(run["workloads"]), "workload"),
        plural(run["repetitions"], "repetition"),
        plural(sum(d.requests for d in groups), "request"),
    ]
    when = time_text(run["started_at"])
    return ", ".join(parts) + (f". Recorded {when}." if when else ".")
