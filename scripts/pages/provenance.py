"""What a recording was made with, for the last sections of the page: commands, the runs in order."""

import shlex
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any

from metrics.metrics import METRICS
from recordings.recording import Recording, Row, RunKey, key_of
from text.table import TableCell, Column, Table, make_table
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
        return "; ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NONE if value is None else str(value)


def runs_table(recording: Recording) -> Table:
    """Every run in the order it ran, with its makespan if it left one."""
    rows, makespan = {key_of(row): row for row in recording.summary}, METRICS["makespan"]
    names, runs = ("workload", recording.varies, "repetition"), []
    for number, entry in enumerate(recording.run["runs"] or [], start=1):
        row = rows.get(RunKey(*map(entry.get, RunKey._fields)))
        figure = row and makespan.read(row)
        time = makespan.text(figure.value) if figure else NONE
        runs.append([str(number), *(str(entry.get(name)) for name in names), time, _status_cell(entry, row)])
    words = ("workload", recording.varies, "status")
    headings = ("#", *names, "makespan", "status")
    columns = [Column(name, itemgetter(at), is_words=name in words) for at, name in enumerate(headings)]
    return make_table("all runs", columns, runs)


def _status_cell(entry: dict[str, Any], row: Row | None) -> TableCell:
    status = entry.get("status") or "?"
    if row is not None and status != row.verdict != "valid":
        status = row.verdict
    note = entry.get("note") or (row.reasons if row is not None else "") or ""
    return TableCell(status, note, "" if status in ("ok", "valid") else "bad")
