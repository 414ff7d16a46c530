"""The card of a suite without a curve is the ranking that the sentences tell; and where cards are shown."""

from __future__ import annotations

import io
from types import SimpleNamespace

from rich.console import Console

import synthetic
from metrics.digest import digests
from pages.page import cards_of, main, say_answer
from recordings.recording import Recording
from synthetic import MODELS, Spec

LONG = {"all-long": {"long": 20}}


def made(tmp_path, **changes) -> Recording:
    return Recording.load(synthetic.build(tmp_path / "r", Spec(**{"workloads": LONG} | changes)))


def the_card(recording: Recording):
    [card] = cards_of(recording, digests(recording))
    return card


def test_the_ranking_names_the_first_and_the_last(tmp_path):
    card = the_card(made(tmp_path, repetitions=12))
    assert card.sentence.startswith("**all-long**, makespan: first is `async` with 5")
    assert "; the last `sequential` 19" in card.sentence
    cells = {row[0].text: row[1].whole for row in card.table.rows}
    assert list(cells)[0] == "async" and list(cells)[-1] == "sequential"
    assert "× [" in cells["sequential"] and " ms [" in cells["async"]


def test_too_few_repetitions_rank_nobody(tmp_path):
    sentence = the_card(made(tmp_path, repetitions=2)).sentence
    assert "medians are from `async` with 5" in sentence and "to `sequential` with 1.0" in sentence
    assert sentence.endswith(": too few repetitions to tell them apart (9 pairs are needed).")


def test_a_subject_without_a_valid_run_has_none(tmp_path):
    invalid = {("async", "all-long", n): "sent late" for n in (1, 2)}
    card = the_card(made(tmp_path, repetitions=2, invalid=invalid))
    cells = {row[0].text: row[1] for row in card.table.rows}
    assert (cells["async"].text, cells["async"].note) == ("none", "2 of 2 runs invalid")


def test_a_reference_is_told_with_what_a_request_costs_the_others(tmp_path):
    models = {name: MODELS[name] for name in ("async", "thread-per-request")}
    recording = made(tmp_path, models=models, repetitions=12)
    recording.run["workloads"][0]["reference"] = "async"
    # In a closed loop a rate decides, which is told beside the reference and ranks nobody.
    rows = [row._asdict() | {"makespan_ms": None, "arrivals": "closed"} for row in recording.summary]
    recording.summary = [SimpleNamespace(**row) for row in rows]
    card = the_card(recording)
    assert "`async`: CPU per request 3" in card.sentence and "] of `thread-per-request`’s" in card.sentence
    assert [cell.note[:8] for _, cell in card.table.rows] == ["", "async 0."]


def test_the_verdict_is_in_the_terminals_last_line_and_first_in_the_page_and_as_markdown(tmp_path, capsys):
    recording, text = made(tmp_path), io.StringIO()
    say_answer(recording, Console(file=text, width=100))
    assert (
        text.getvalue().splitlines()[-1].startswith("answer     all-long, makespan: medians are from async")
    )
    assert main([str(recording.folder), "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("**all-long**, makespan: medians are from `async`") and "| variant |" in printed
    assert main([str(recording.folder)]) == 0
    page = (recording.folder / "report.html").read_text()
    assert page.index('id="verdict"') < page.index('id="says"') and 'aria-label="Table: Ranking"' in page
