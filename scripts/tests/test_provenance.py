"""The last sections of the page: how to make the recording again, and each run in its order."""

from __future__ import annotations

from pathlib import Path

import synthetic
from pages.provenance import commands_again, runs_table
from recordings.recording import Recording


def test_the_command_is_given_the_seed_that_was_drawn_and_never_a_second() -> None:
    run = {"git": {"commit": "abc"}, "seed": 7, "command": ["scripts/bench", "hundred"]}
    assert commands_again(run) == ["git checkout abc", "scripts/bench hundred --seed 7"]
    run["command"] += ["--seed", "3"]
    assert commands_again(run)[1] == "scripts/bench hundred --seed 3"


def test_a_run_is_shown_with_the_worst_that_is_known_of_it(tmp_path: Path) -> None:
    recording = Recording.load(synthetic.build(tmp_path / "r", synthetic.Spec(repetitions=1)))
    first, second, third = recording.summary[:3]
    recording.summary = [
        first._replace(verdict="invalid", reasons="sent late"),
        second,
        *recording.summary[3:],
    ]
    keys = ("variant", "workload", "repetition", "client")
    runs = [{key: getattr(row, key) for key in keys} | {"status": "ok"} for row in (first, second)]
    runs.append({key: getattr(third, key) for key in keys} | {"status": "failed", "note": "it died"})
    recording.run["runs"] = runs
    status = [(row[-1].text, row[-1].note, row[-1].kind) for row in runs_table(recording).rows]
    assert status == [("invalid", "sent late", "bad"), ("ok", "", ""), ("failed", "it died", "bad")]
