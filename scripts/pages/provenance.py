"""What a recording was made with, for the last sections of the page: commands, the runs in order."""

import shlex
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from metrics.metrics import METRICS
from recordings.recording import Recording, Row, RunKey, key_of
from text.table import Cell, Column, Table, make_table
from text.units import NONE


def commands_again(run: dict[str, Any]) -> list[str]:
    """What to type to get this recording again, on this machine or another."""
    commit, words = (run["git"] or {}).get("commit"), list(map(str, run["command"] or ()))
    if words and run["seed"] is not None and not any(word.startswith("--seed") for word in words):
        words += ["--seed", str(run["seed"])]
    return list(filter(None, [f"git checkout {commit}" if commit else "", shlex.join(words)]))


def command_text(words: Iterable[Any]) -> str:
    return shlex.join(map(str, words))


def pinned_text(run: dict[str, Any]) -> str:
    if not run["pinned"]:
        return "no"
    return "to two threads of one core" if run["one_core"] else "to cores of their own"


def time_text(text: str | None) -> str:
    if not text:
        return ""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return text


def value_text(value: Any) -> str:
    """Of the machine or the build, whatever the bench wrote."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NONE if value is None else str(value)


def runs_table(recording: Recording) -> Table:
    """Every run in the order it ran, with its makespan if it left one."""
    rows, makespan = {key_of(row): row for row in recording.summary}, METRICS["makespan"]
    runs = [
        (number, entry, rows.get(RunKey(*map(entry.get, RunKey._fields))))
        for number, entry in enumerate(recording.run["runs"] or [], start=1)
    ]
    columns = [
        Column("#", lambda run: str(run[0])),
        Column("workload", lambda run: str(run[1].get("workload")), is_words=True),
        Column(recording.varies, lambda run: str(run[1].get(recording.varies)), is_words=True),
        Column("repetition", lambda run: str(run[1].get("repetition"))),
        Column(
            "makespan",
            lambda run: makespan.text(f.value) if run[2] and (f := makespan.read(run[2])) else NONE,
        ),
        Column("status", lambda run: _status_cell(run[1], run[2]), is_words=True),
    ]
    return make_table("all runs", columns, runs)


def _status_cell(entry: dict[str, Any], row: Row | None) -> Cell:
    status = entry.get("status") or "?"
    if row is not None and status != row.verdict != "valid":
        status = row.verdict
    note = entry.get("note") or (row.reasons if row is not None else "") or ""
    return Cell(status, note, "" if status in ("ok", "valid") else "bad")
