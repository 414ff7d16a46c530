"""The last sections of the page: how to make the recording again, and the runs that do not count."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import synthetic
from made_rows import recording, row
from pages import page
from pages.tables import uncounted_table
from recordings.recording import Recording
from text.units import NONE


@pytest.fixture
def method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What the page says of how a recording was made, whose run.json is this, as text."""
    monkeypatch.setattr(page, "draw_all", lambda *_: [])
    made = Recording.load(synthetic.build(tmp_path / "r", synthetic.Spec(repetitions=1)))

    def text(**run: Any) -> str:
        made.run |= run
        section = page.make(made).read_text(encoding="utf-8").partition('<section id="method">')[2]
        return html.unescape(section.partition("</section>")[0])

    return text


def test_the_command_is_given_the_seed_that_was_drawn_and_never_a_second(method) -> None:
    run = {"git": {"commit": "abc"}, "seed": 7, "command": ["scripts/bench", "hundred"]}
    assert "<code>git checkout abc\nscripts/bench hundred --seed 7</code></pre>" in method(**run)
    assert "\nscripts/bench hundred --seed 3</code></pre>" in method(command=[*run["command"], "--seed", "3"])


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
        [first.workload, first.variant, "invalid: sent late", "1 of 1", "1"],
        [third.workload, third.variant, "failed: it died", "1 of 1", "1"],
    ]


def test_what_is_not_known_of_a_recording_is_no_command(method) -> None:
    unseeded = method(git=None, seed=None, command=["scripts/bench", "my suite.toml", 3])
    assert "<code>scripts/bench 'my suite.toml' 3</code></pre>" in unseeded
    assert "<code>scripts/bench 'my suite.toml' 3 --seed 0</code></pre>" in method(seed=0)
    assert "<code>git checkout abc\n</code></pre>" in method(git={"commit": "abc"}, command=None)
    assert "<pre" not in method(git={})


@pytest.mark.parametrize(
    ("pinned", "one_core", "text"),
    [(False, True, "no"), (True, True, "to two threads of one core"), (True, None, "to cores of their own")],
)
def test_where_it_was_pinned_and_what_was_started_are_on_the_page(
    method, pinned: bool, one_core: bool | None, text: str
) -> None:
    made = method(pinned=pinned, one_core=one_core, variants=[{"name": "async", "command": ["a b", 3]}])
    assert f"<dt>pinned</dt>\n<dd>{text}</dd>" in made and "<dd><code>'a b' 3</code></dd>" in made


def test_a_value_of_the_machine_is_written_for_people(method) -> None:
    values = {"many": ["a", 1], "so": True, "not": False, "none": None, "count": 0, "share": 2.5, "word": "x"}
    texts = re.findall("<dd>(.*)</dd>", method(machine=values, build=None).partition("<h3>")[2])
    assert texts == ["a; 1", "yes", "no", NONE, "0", "2.5", "x"]


def test_a_time_is_written_to_the_minute(method) -> None:
    made = method(started_at="2024-03-01T12:34:56+00:00", finished_at=None)
    assert "<dd>2024-03-01 12:34 UTC</dd>" in made and "<dd>no: it was stopped</dd>" in made


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
        ("workload", True), ("variant", True), ("why", True), ("runs", False), ("repetitions", False),
    ]  # fmt: skip
    assert [[cell.text for cell in cells] for cells in table.rows] == [
        ["w", "b", "invalid: loud; of unknown end", "2 of 2", "1, 2"],
        ["w", "a", "invalid: sent late (2); invalid: waited for a core", "2 of 3", "1, 2"],
        ["w", "c", "without figures", "1 of 1", "1"],
        ["w", "e", "with errors", "1 of 1", "1"],
    ]
    assert uncounted_table(recording(rows)).rows == []
