"""report.html of a recording put together: one file, of the layout in report/, the sentences of words/ and
the charts of charts/, which lie beside it as PNG and SVG. On top one sentence and one small table, of who
holds up at what cost; then the verdict's cards: one for each curve, or else the ranking of its workloads."""

import shlex
from argparse import ArgumentParser
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any

from rich.console import Console

from charts import canvas, draw_all, timeline
from cli.files import as_typed, replace_file
from metrics import comparing
from metrics.curves import curves_of, single_digests, single_workloads
from metrics.digest import Digest, digests, figure_text
from metrics.holding import holdings
from metrics.metrics import MARK, METRICS, PAGE, TERMINAL
from pages.compare import make_beside
from pages.tables import compared_table, curve_table, plain_table, summary_table, uncounted_table, wire_table
from recordings.recording import Recording, ResultsError
from stats.comparison import least_repetitions
from text import units
from text.table import Table, markdown, print_table, say
from words.cards import Card, Ladder, curve_card
from words.claims import Judged, claim_answers, claims_sentence
from words.curve_words import sentences as curve_sentences
from words.findings import cold_sentences, findings, wire_sentences
from words.rankings import ranking_card

_TIMES = ("due", "queue", "connect", "tls", "lag", "service", "latency")
MODELS = ("thread-per-request", "async")  # the report's own question: the second against the first
canvas.TEMPLATES.globals |= {"units": units, "shlex": shlex, "mark": MARK, "least": least_repetitions}
canvas.TEMPLATES.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}


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
    text = canvas.TEMPLATES.get_template("page.html").render(
        recording=recording,
        cards=cards,
        digests=groups,
        findings=findings(recording, groups),
        sentence=answer_sentences(recording, groups, cards)[0],
        brief=brief_table(recording, groups, cards),
        requests=_drawn_requests(recording, groups),
        claims=[answer for answer in claim_answers(recording) if isinstance(answer, Judged)],
        charts=draw_all(recording, groups, recording.folder / "charts"),
        tables=[*curves, *_tables(recording, groups, PAGE)],
        comparisons=_comparisons(recording),
        uncounted=uncounted_table(recording),
    )
    return replace_file(recording.folder / "report.html", text)


def cards_of(recording: Recording, digests: list[Digest]) -> list[Card]:
    """None where nothing was measured, or nothing is to be ranked."""
    if curves := curves_of(recording, digests):
        return [curve_card(Ladder(recording, curve, *holdings(recording, curve))) for curve in curves]
    return list(filter(None, [ranking_card(recording, digests)]))


def cards_markdown(cards: list[Card]) -> str:
    """For a pull request or a README: each sentence, its table, and what its words mean."""
    parts = ((card.sentence, markdown(card.table), card.how) for card in cards)
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
        table = cards[0].table
        return table._replace(columns=table.columns[:4])  # as many as fit beside a picture
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

    some = sorted(timeline.some_of(group), key=rank)
    rows = [(canvas.marked(digest), *(figure_text(m, digest[m.key]) for m in metrics)) for digest in some]
    left = len(group) - len(some)
    more = f"{units.count_text(left)} more among the numbers" if left else ""
    headings = (recording.varies, *(metric.name for metric in metrics))
    return plain_table(group[0].workload, headings, rows)._replace(subtitle=more)


def print_summary(recording: Recording, console: Console) -> None:
    """The tables; of a curve, in place of one for each point, the sentences."""
    groups = digests(recording)
    for text in chain.from_iterable(map(curve_sentences, curves_of(recording, groups))):
        say(console, units.as_plain(text))
    tables = _tables(recording, groups, TERMINAL)
    for table in filter(attrgetter("rows"), tables):
        print_table(table, console)
    if any(MARK in cell.text for table in tables for row in table.rows for cell in row):
        say(console, f"{MARK} no run of it counts: see its errors")


def say_answer(recording: Recording, console: Console) -> None:
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
        rows += comparing.compare(MODELS, workload, runs, is_paired=True)
    title, headings = "References against the others", ("the other", "reference")
    models = compared_table(f"{MODELS[1]} against {MODELS[0]}", comparing.shown_together(rows), MODELS)
    tables = [models, compared_table(title, comparing.against_references(recording), headings)]
    return [table for table in tables if table.rows]


def _drawn_requests(recording: Recording, digests: list[Digest]) -> dict[str, Any]:
    """Those that timelines show, for the page's script: of each run a list for each column, in whole us, or
    one value where all are alike."""
    data = {}
    drawn = (timeline.run_requests(recording, digest) for digest in single_digests(recording, digests))
    for run in filter(None, drawn):
        rows = run.requests
        columns = {name: [round(getattr(r, f"{name}_us", None) or 0) for r in rows] for name in _TIMES}
        columns |= {"class": [row.class_ for row in rows], "outcome": [row.outcome for row in rows]}
        alike = {name: values[0] for name, values in columns.items() if len(set(values)) == 1}
        more = {"number": [row.request for row in rows], "repetition": run.run.repetition}
        data[run.key] = columns | alike | more
    return data
