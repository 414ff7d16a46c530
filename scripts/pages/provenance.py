"""What a recording was made of: machine, build, commit, commands, the order of its runs, its files.

For the page's last sections; every line is from run.json.
"""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import Any

from metrics.metrics import METRICS
from recordings.description import LOADGEN
from recordings.recording import Recording, Row, RunKey, key_of
from text.table import Cell, Column, Table, make_table
from text.units import NONE, first_few, memory_text, round_duration_text

_FILES = {
    "summary.csv": "a row per run: what is compared",
    "classes.csv": "a row per run and class of request",
    "requests.csv": "a row per request, failures too: the timeline, and any analysis of your own",
    "latency.csv": "a row per histogram bucket: percentile curves",
    "throughput.csv": "a row per interval: rates, and the server’s CPU, memory and threads",
    "datapackage.json": "what each column of the CSVs means (Frictionless)",
    "run.json": "the machine, the build, the commit, the suite and the order of the runs",
}


def machine_lines(run: dict[str, Any]) -> list[tuple[str, str]]:
    """What the bench found out about the machine and the build, whatever keys it wrote."""
    lines = []
    for part in ("machine", "build"):
        for name, value in (run[part] or {}).items():
            text = memory_text(value) if name == "memory_kib" else _plain(value)
            lines.append((name.removesuffix("_kib").replace("_", " "), text))
    return lines


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return {True: "yes", False: "no", None: NONE}[value] if value in (True, False, None) else str(value)


def method_lines(recording: Recording) -> list[tuple[str, str]]:
    run = recording.run
    git = run["git"] or {}
    commit = f"`{git['commit']}`" if git.get("commit") else NONE
    lines = [
        ("recording", f"`{run['recording']}`"),
        ("commit", commit + (" with uncommitted changes" if git.get("dirty") else "")),
        (
            "seed",
            NONE if run["seed"] is None else f"{run['seed']}: orders the runs and shuffles the requests",
        ),
        ("wait", round_duration_text(run["wait_ms"] * 1e3) if run["wait_ms"] is not None else NONE),
        ("pinned", NONE if run["pinned"] is None else pinned_text(run)),
        ("started", time_text(run["started_at"]) or NONE),
        ("finished", time_text(run["finished_at"]) or "no: it was stopped"),
    ]
    for file, columns in recording.lacking.items():
        names = ", ".join(f"`{name}`" for name in first_few(columns))
        lines.append((f"{file} lacks", f"{names}: columns that came after it was made, unknown here"))
    for variant in run["variants"]:
        if variant.get("command"):
            lines.append((variant["name"], f"`{shlex.join(map(str, variant['command']))}`"))
    return lines


def commands_again(run: dict[str, Any]) -> list[str]:
    """What to type to get this recording again, on this machine or another."""
    lines = []
    commit = (run["git"] or {}).get("commit")
    if commit:
        lines.append(f"git checkout {commit}")
    if run["command"]:
        words = [str(word) for word in run["command"]]
        if run["seed"] is not None and not any(word.startswith("--seed") for word in words):
            words += ["--seed", str(run["seed"])]
        lines.append(shlex.join(words))
    return lines


def pinned_text(run: dict[str, Any]) -> str:
    if not run["pinned"]:
        return "no"
    return "to two threads of one core" if run["one_core"] else "to cores of their own"


def file_lines(recording: Recording) -> list[tuple[str, str]]:
    left_out = recording.run["left_out"] or ()
    there = [name for name in _FILES if (recording.folder / name).is_file() and name not in left_out]
    return [(name, _FILES[name]) for name in there]


def runs_table(recording: Recording) -> Table:
    """Every run in the order it ran, with its makespan if it left one."""
    rows = {key_of(row): row for row in recording.summary}
    entries = [(entry, rows.get(_key_of(entry, recording))) for entry in recording.run["runs"] or []]
    numbered = [(number, *pair) for number, pair in enumerate(entries, start=1)]
    makespan = METRICS["makespan"]
    columns = [
        Column("#", lambda line: str(line[0])),
        Column("workload", lambda line: str(line[1].get("workload")), is_words=True),
        Column(recording.varies, lambda line: str(line[1].get(recording.varies)), is_words=True),
        Column("repetition", lambda line: str(line[1].get("repetition"))),
        Column(
            "makespan",
            lambda line: makespan.text(f.value) if line[2] and (f := makespan.read(line[2])) else NONE,
        ),
        Column("status", lambda line: _status_cell(line[1], line[2]), is_words=True),
    ]
    return make_table("all runs", columns, numbered)


def _key_of(entry: dict[str, Any], recording: Recording) -> RunKey:
    """Of a run in run.json, which older recordings wrote without the client, or without the variant."""
    variant = entry.get("variant") or recording.variants[0]
    client = entry.get("client") or LOADGEN
    return RunKey(variant, client, entry.get("workload"), entry.get("repetition"))


def _status_cell(entry: dict[str, Any], row: Row | None) -> Cell:
    status = entry.get("status") or "?"
    if row is not None and status != row.verdict != "valid":
        status = row.verdict
    note = entry.get("note") or (row.reasons if row is not None else "") or ""
    return Cell(status, note, "" if status in ("ok", "valid") else "bad")


def client_lines(recording: Recording) -> list[tuple[str, str]]:
    """Load generators other than ours: version, remark, and the commands they were started with."""
    lines = []
    for client in recording.run["clients"] or () if recording.varies == "client" else ():
        if client.get("there", True):
            commands = [
                f"{name}: `{shlex.join(map(str, words))}`"
                for name, words in client["commands"].items()
                if words
            ]
            about = [client.get("version") or "version unknown", client.get("remark") or "", *commands]
            lines.append((client["name"], ". ".join(filter(None, (part.rstrip(".") for part in about)))))
    return lines


def time_text(text: str | None) -> str:
    if not text:
        return ""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return text
