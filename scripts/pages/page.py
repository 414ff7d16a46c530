"""report.html of a recording put together: one file, of the layout in report/, the sentences of words/ and
the charts of charts/, which lie beside it as PNG and SVG."""

import json
import shlex
from argparse import ArgumentParser
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import charts
from charts.canvas import TEMPLATES
from charts.timeline import run_requests
from cli.files import as_typed, replace_file
from metrics.comparing import against_references, compare, shown_together
from metrics.curves import curves_of, single_digests, single_workloads
from metrics.digest import Digest, digests
from metrics.metrics import PAGE, TERMINAL
from metrics.soundness import MARK
from pages.answer import answer_of, answer_sentences, cards_markdown, cards_of
from pages.beside import make_beside
from pages.tables import compared_table, curve_table, summary_table, uncounted_table
from pages.trust import wire_table
from recordings.recording import Recording, ResultsError
from stats.comparison import least_repetitions
from text import units
from text.table import Table, print_table, say
from words.claims import Judged, claim_answers
from words.curve_words import sentences as curve_sentences
from words.findings import findings

if TYPE_CHECKING:
    from rich.console import Console

PARTS = ("queue", "connect", "tls", "lag", "service")  # of a latency
MODELS = ("thread-per-request", "async")  # the report's own question: the second against the first


def main(argv: list[str] | None = None) -> int:
    description = "Make the report of a recording: report.html inside its folder."
    as_markdown = "print the verdict as Markdown instead, for a pull request"
    parser = ArgumentParser(as_typed("scripts/report.py"), description=description)
    parser.add_argument("recording", type=Path, help="a folder in results/, as results/latest")
    parser.add_argument("--markdown", action="store_true", help=as_markdown)
    parser.add_argument("--beside", type=Path, metavar="B", help="a page of both instead, one over the other")
    options = parser.parse_args(argv)
    recording = Recording.load(options.recording)
    if options.beside:
        print(make_beside(recording, Recording.load(options.beside)))
        return 0
    if options.markdown:
        print(cards_markdown(cards_of(recording, digests(recording))))
        return 0
    # The charts that scripts/reference.py drew before it left the rows out could not be drawn again.
    left_out = [name for name in recording.run["left_out"] or () if not (recording.folder / name).is_file()]
    if left_out:
        why = f"kept without {units.joined(left_out)}, so its report cannot be made again"
        raise ResultsError([f"{recording.folder}: {why}: it is report.html there"])
    print(make(recording))
    return 0


def make(recording: Recording) -> Path:
    """Writes the charts and the page into the recording's folder; returns the page's path."""
    groups = digests(recording)
    cards = cards_of(recording, groups)
    curves = [curve_table(recording, curve, PAGE) for curve in curves_of(recording, groups)]
    how = {"units": units, "shlex": shlex, "time_text": time_text, "value_text": value_text, "mark": MARK}
    text = TEMPLATES.get_template("page.html").render(
        **how,
        least_repetitions=least_repetitions,
        recording=recording,
        cards=cards,
        digests=groups,
        findings=findings(recording, groups),
        answer=answer_of(recording, groups, cards),
        requests=_requests_json(recording, groups),
        claims=[answer for answer in claim_answers(recording) if isinstance(answer, Judged)],
        charts=charts.draw_all(recording, groups, recording.folder / "charts"),
        tables=[*curves, *_tables(recording, groups, PAGE)],
        comparisons=_comparisons(recording),
        commands=commands_again(recording.run),
        uncounted=uncounted_table(recording),
    )
    path = recording.folder / "report.html"
    replace_file(path, text)
    return path


def print_summary(recording: Recording, console: "Console") -> None:
    """The tables; of a curve, in place of one for each point, the sentences. What the bench ends with, the
    answer, comes after it."""
    groups = digests(recording)
    for text in (text for curve in curves_of(recording, groups) for text in curve_sentences(curve)):
        say(console, units.as_plain(text))
    tables = _tables(recording, groups, TERMINAL)
    for table in filter(attrgetter("rows"), tables):
        print_table(table, console)
    if any(MARK in cell.text for table in tables for row in table.rows for cell in row):
        say(console, f"{MARK} no run of it counts: see its errors")


def say_answer(recording: Recording, console: "Console") -> None:
    """The verdicts, a sentence each; where nobody is ranked, what is said first. The main one is the last."""
    groups = digests(recording)
    for text in reversed(answer_sentences(recording, groups, cards_of(recording, groups))):
        say(console, f"answer     {units.as_plain(text)}")


def _tables(recording: Recording, groups: list[Digest], place: str) -> list[Table]:
    """Of each workload that is no point of a curve; and what is on the wire, where that was captured."""
    tables = [summary_table(recording, groups, workload, place) for workload in single_workloads(recording)]
    return tables + [table for table in [wire_table(recording)] if table.rows]


def _comparisons(recording: Recording) -> list[Table]:
    """Tables of pairs: the two models, references and the others."""
    rows = []
    for workload in single_workloads(recording) if recording.varies == "variant" else ():
        runs = tuple(recording.runs(variant, workload) for variant in MODELS)
        rows += compare(MODELS, workload, runs, is_paired=True)
    models = compared_table(f"{MODELS[1]} against {MODELS[0]}", shown_together(rows), MODELS)
    title, headings = "References against the others", ("the other", "reference")
    references = compared_table(title, against_references(recording), headings, names_subjects=True)
    return [table for table in (models, references) if table.rows]


def commands_again(run: dict[str, Any]) -> list[str]:
    """What to type to get this recording again, on this machine or another."""
    commit, words = (run["git"] or {}).get("commit"), list(map(str, run["command"] or ()))
    if words and run["seed"] is not None and not any(word.startswith("--seed") for word in words):
        words += ["--seed", str(run["seed"])]
    return list(filter(None, [f"git checkout {commit}" if commit else "", shlex.join(words)]))


def time_text(text: str | None) -> str:
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M UTC") if text else ""
    except ValueError:
        return text


def value_text(value: Any) -> str:
    """Of the machine or the build, whatever the bench wrote."""
    if value is None or isinstance(value, bool):
        return {None: units.NONE, True: "yes", False: "no"}[value]
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _requests_json(recording: Recording, digests: list[Digest]) -> str:
    """Those that timelines show, for the page's script: of each run a list for each column, in whole us."""
    data = {}
    for run in filter(
        None, (run_requests(recording, digest) for digest in single_digests(recording, digests))
    ):
        rows = run.requests
        columns = {name: [getattr(row, f"{name}_us", None) for row in rows] for name in ("due", *PARTS)}
        entry = {name: [round(v or 0) for v in values] for name, values in columns.items() if any(values)}
        entry["latency"] = [round(row.latency_us) for row in rows]
        entry["number"] = [row.request for row in rows]
        entry |= {"repetition": run.run.repetition, "name": run.name}
        for name, column in (("class", "class_"), ("outcome", "outcome")):
            words = [getattr(row, column) for row in rows]
            entry[name] = words[0] if len(set(words)) == 1 else words
        data[run.key] = entry
    # Nothing in it may end the element it stands in.
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
