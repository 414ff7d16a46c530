"""The last sections of the page: how to make the recording again, and the runs that do not count."""

from __future__ import annotations

from pathlib import Path

import pytest

import synthetic
from made_rows import recording, row
from pages import page
from pages.page import commands_again, time_text, value_text
from pages.tables import uncounted_table
from recordings.recording import Recording
from text.units import NONE


def test_the_command_is_given_the_seed_that_was_drawn_and_never_a_second() -> None:
    run = {"git": {"commit": "abc"}, "seed": 7, "command": ["scripts/bench", "hundred"]}
    assert commands_again(run) == ["git checkout abc", "scripts/bench hundred --seed 7"]
    run["command"] += ["--seed", "3"]
    assert commands_again(run)[1] == "scripts/bench hundred --seed 3"


def test_a_run_is_shown_with_the_worst_that_is_known_of_it(tmp_path: Path) -> None:
    made = Recording.load(synthetic.build(tmp_path / "r", synthetic.Spec(repetitions=1)))
    first, second, third = made.summary[:3]
    made.summary = [first._replace(verdict="invalid", reasons="sent late"), second, *made.summary[3:]]
    keys = ("variant", "workload", "repetition", "client")
    runs = [{key: getattr(run, key) for key in keys} | {"status": "ok"} for run in (first, second)]
    runs.append({key: getattr(third, key) for key in keys} | {"status": "failed", "note": "it died"})
    made.run["runs"] = runs
    lines = [[cell.text for cell in cells] for cells in uncounted_table(made).rows]
    assert lines == [
        [first.workload, first.variant, "1 of 1", "1", "invalid: sent late"],
        [third.workload, third.variant, "1 of 1", "1", "failed: it died"],
    ]


def test_what_is_not_known_of_a_recording_is_no_command() -> None:
    run = {"git": None, "seed": None, "command": ["scripts/bench", "my suite.toml", 3]}
    assert commands_again(run) == ["scripts/bench 'my suite.toml' 3"]
    assert commands_again({"git": {"commit": "abc"}, "seed": 7, "command": None}) == ["git checkout abc"]
    assert commands_again({"git": {}, "seed": 7, "command": None}) == []
    assert commands_again(run | {"seed": 0}) == ["scripts/bench 'my suite.toml' 3 --seed 0"]


@pytest.mark.parametrize(
    ("pinned", "one_core", "text"),
    [(False, True, "no"), (True, True, "to two threads of one core"), (True, None, "to cores of their own")],
)
def test_where_it_was_pinned_and_what_was_started_are_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pinned: bool, one_core: bool | None, text: str
) -> None:
    monkeypatch.setattr(page.charts, "draw_all", lambda *_: [])
    made = Recording.load(synthetic.build(tmp_path / "r", synthetic.Spec(repetitions=1)))
    made.run |= {"pinned": pinned, "one_core": one_core}
    made.run["variants"][0]["command"] = ["a b", 3]
    html = page.make(made).read_text(encoding="utf-8")
    assert f"<dt>pinned</dt>\n<dd>{text}</dd>" in html and "<dd><code>'a b' 3</code></dd>" in html


@pytest.mark.parametrize(
    ("value", "text"),
    [(["a", 1], "a; 1"), (True, "yes"), (False, "no"), (None, NONE), (0, "0"), (2.5, "2.5"), ("x", "x")],
)
def test_a_value_of_the_machine_is_written_for_people(value: object, text: str) -> None:
    assert value_text(value) == text


def test_a_time_is_written_to_the_minute_and_what_is_none_as_it_is() -> None:
    assert time_text("2024-03-01T12:34:56+00:00") == "2024-03-01 12:34 UTC"
    assert (time_text(None), time_text("yesterday")) == ("", "yesterday")


def test_runs_that_do_not_count_are_told_by_workload_and_subject_with_the_kinds_of_their_faults() -> None:
    late, lost = "sent late: by 3 ms; waited for a core: 9 %", "sent late: by 5 ms"
    rows = [row("a", 1, verdict="invalid", reasons=late), row("a", 2, verdict="invalid", reasons=lost)]
    rows += [row("a", 3), row("b", verdict="invalid", reasons="late"), row("d"), row("e", ok=99, reset=1)]
    keys = [
        dict(variant=v, client="loadgen", workload="w", repetition=int(n))
        for v, n in ("b1", "a1", "a2", "a3", "b2", "c1", "d1", "e1")
    ]
    ends = [{"status": "ok", "note": "loud"}, *[{"status": "ok"}] * 3, {}, *[{"status": "valid"}] * 3]
    table = uncounted_table(recording(rows, runs=[key | end for key, end in zip(keys, ends)]))
    assert [(c.heading, c.is_words) for c in table.columns] == [
        ("workload", True), ("variant", True), ("runs", False), ("repetitions", False), ("why", True),
    ]  # fmt: skip
    assert [[cell.text for cell in cells] for cells in table.rows] == [
        ["w", "b", "2 of 2", "1, 2", "invalid: loud; of unknown end"],
        ["w", "a", "2 of 3", "1, 2", "invalid: sent late (2); invalid: waited for a core"],
        ["w", "c", "1 of 1", "1", "without figures"],
        ["w", "e", "1 of 1", "1", "with errors"],
    ]
    assert uncounted_table(recording(rows)).rows == []
