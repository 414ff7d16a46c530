"""report.html of a recording put together: one file, of the layout in report/, the sentences of words/ and
the charts of charts/, which lie beside it as PNG and SVG. On top one sentence and one small table, of who
holds up at what cost; then the verdict's cards: one for each curve, or else the ranking of its workloads."""

import json
import shlex
from argparse import ArgumentParser
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import charts
from charts.canvas import TEMPLATES, marked
from charts.glance import some_of
from charts.timeline import run_requests
from cli.files import replace_file
from cli.home import as_typed
from metrics.comparing import against_references, compare, shown_together
from metrics.curves import curves_of, single_digests, single_workloads
from metrics.digest import Digest, digests, figure_text
from metrics.holding import holdings
from metrics.metrics import METRICS, PAGE, TERMINAL
from metrics.soundness import MARK
from pages.compare import make_beside
from pages.tables import compared_table, curve_table, summary_table, uncounted_table, wire_table
from recordings.recording import Recording, ResultsError
from stats.comparison import least_repetitions
from text import units
from text.table import Column, Table, folded, make_table, markdown, print_table, say
from words.cards import Card, Ladder, curve_card
from words.claims import Judged, claim_answers, claims_sentence
from words.curve_words import sentences as curve_sentences
from words.findings import cold_sentences, findings, wire_sentences
from words.rankings import ranking_card

if TYPE_CHECKING:
    from rich.console import Console

_TIMES = ("due", "queue", "connect", "tls", "lag", "service", "latency")
MODELS = ("thread-per-request", "async")  # the report's own question: the second against the first
_NARROW = 4  # columns, as many as there is room for beside a picture


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
    elif options.markdown:
        print(cards_markdown(cards_of(recording, digests(recording))))
    else:
        # The charts that scripts/reference.py drew before it left the rows out could not be drawn again.
        left_out = recording.run["left_out"] or ()
        if gone := [name for name in left_out if not (recording.folder / name).is_file()]:
            why = f"kept without {units.joined(gone)}, so its report cannot be made again"
            raise ResultsError([f"{recording.folder}: {why}: it is report.html there"])
        print(make(recording))
    return 0


def make(recording: Recording) -> Path:
    """Writes the charts and the page into the recording's folder; returns the page's path."""
    groups = digests(recording)
    cards = cards_of(recording, groups)
    curves = [curve_table(recording, curve, PAGE) for curve in curves_of(recording, groups)]
    text = TEMPLATES.get_template("page.html").render(
        units=units,
        shlex=shlex,
        mark=MARK,
        least_repetitions=least_repetitions,
        recording=recording,
        cards=cards,
        digests=groups,
        findings=findings(recording, groups),
        sentence=answer_sentences(recording, groups, cards)[0],
        brief=brief_table(recording, groups, cards),
        requests=_requests_json(recording, groups),
        claims=[answer for answer in claim_answers(recording) if isinstance(answer, Judged)],
        charts=charts.draw_all(recording, groups, recording.folder / "charts"),
        tables=[*curves, *_tables(recording, groups, PAGE)],
        comparisons=_comparisons(recording),
        uncounted=uncounted_table(recording),
    )
    path = recording.folder / "report.html"
    replace_file(path, text)
    return path


def cards_of(recording: Recording, digests: list[Digest]) -> list[Card]:
    """None where nothing was measured, or nothing is to be ranked."""
    if curves := curves_of(recording, digests):
        return [curve_card(Ladder(recording, curve, *holdings(recording, curve))) for curve in curves]
    return list(filter(None, [ranking_card(recording, digests)]))


def cards_markdown(cards: list[Card]) -> str:
    """For a pull request or a README: each sentence, its table, and what its words mean."""
    parts = [(card.sentence, markdown(folded(card.table)), card.how) for card in cards]
    return "\n\n".join(chain.from_iterable(parts))


def answer_sentences(recording: Recording, digests: list[Digest], cards: list[Card]) -> list[str]:
    """The verdicts of curves; of a suite that claims something, captures, or starts servers cold, what it is
    about; else the ranking. Where nobody is ranked, what is said first."""
    if not curves_of(recording, digests):
        claims = claim_answers(recording)
        if judged := [answer for answer in claims if isinstance(answer, Judged)]:
            return [claims_sentence(judged)]
        if own := [*wire_sentences(recording, digests), *cold_sentences(recording, digests), *claims]:
            return own[:1]
    if cards:
        return [card.sentence for card in cards]
    said = [finding.text for finding in findings(recording, digests) if finding.kind == "result"]
    return said[:1] or ["Nothing can be compared yet."]


def brief_table(recording: Recording, digests: list[Digest], cards: list[Card]) -> Table | None:
    """Of the first curve until where each holds up, and what it costs there; without one, of the first
    workload the main figures, the best first, those without a run that counts last."""
    if curves_of(recording, digests):
        return cards[0].table._replace(columns=cards[0].table.columns[:_NARROW])
    single = single_digests(recording, digests)
    if not single:
        return None
    group = [digest for digest in single if digest.workload == single[0].workload]
    of_servers = "makespan over_ideal cpu threads" if group[0]["makespan"] else "rate p99 cpu memory"
    keys = "mean p99 client_cpu" if recording.varies == "client" else of_servers
    metrics = [METRICS[key] for key in keys.split()]

    def rank(digest: Digest) -> tuple[bool, float]:
        spread = digest[metrics[0].key]
        return not digest.counts, -metrics[0].better * spread.median if spread else float("inf")

    columns = [Column(m.name, lambda digest, m=m: figure_text(m, digest[m.key])) for m in metrics]
    rows, names = sorted(some_of(group), key=rank), Column(recording.varies, marked, is_words=True)
    left = len(group) - len(rows)
    more = f"{units.count_text(left)} more among the numbers" if left else ""
    return make_table(group[0].workload, [names, *columns], rows, more)


def print_summary(recording: Recording, console: "Console") -> None:
    """The tables; of a curve, in place of one for each point, the sentences. What the bench ends with, the
    answer, comes after it."""
    groups = digests(recording)
    for text in chain.from_iterable(map(curve_sentences, curves_of(recording, groups))):
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
    title, headings = "References against the others", ("the other", "reference")
    models = compared_table(f"{MODELS[1]} against {MODELS[0]}", shown_together(rows), MODELS)
    tables = [models, compared_table(title, against_references(recording), headings)]
    return [table for table in tables if table.rows]


def _requests_json(recording: Recording, digests: list[Digest]) -> str:
    """Those that timelines show, for the page's script: of each run a list for each column, in whole us, or
    one value where all are alike."""
    data = {}
    for run in filter(None, (run_requests(recording, d) for d in single_digests(recording, digests))):
        columns = {
            name: [round(getattr(r, f"{name}_us", None) or 0) for r in run.requests] for name in _TIMES
        }
        columns |= {"class": [r.class_ for r in run.requests], "outcome": [r.outcome for r in run.requests]}
        alike = {name: values[0] for name, values in columns.items() if len(set(values)) == 1}
        numbers = [request.request for request in run.requests]
        data[run.key] = columns | alike | {"number": numbers, "repetition": run.run.repetition}
    # Nothing in it may end the element it stands in.
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
