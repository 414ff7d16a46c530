"""Makes report.html of a recording of load generators; report.py is its twin for recordings of servers."""

from __future__ import annotations

import shlex
from pathlib import Path

from charts import peers as chart
from charts.canvas import look, save
from peers.recorded import PeerRecording, digests
from peers.table import COLUMNS
from peers.words import rule, sentences, tables
from pages.page import commands_again, machine_lines, pinned_text, template, time_text, write_page
from text.units import NONE, plural

__all__ = ["PeerRecording", "make"]


def make(recording: PeerRecording) -> Path:
    """Writes the charts and the page into the recording's folder; returns the page's path."""
    groups = digests(recording)
    with look():
        drawn = [
            save(drawn, recording.folder / "charts")
            for drawn in (chart.draw_ratios(recording, groups), chart.draw_latency(recording, groups))
            if drawn is not None
        ]
    found = sentences(recording)
    page = template("peers.html").render(
        run=recording.run,
        subtitle=_subtitle(recording),
        results=[f.text for f in found if f.kind == "result"],
        warnings=[f.text for f in found if f.kind == "warning"],
        rule=rule(recording),
        charts=drawn,
        tables=tables(recording),
        clients=_clients(recording),
        machine=machine_lines(recording.run),
        method=_method(recording),
        commands=commands_again(recording.run),
        columns=COLUMNS,
    )
    return write_page(recording.folder, page)


def _subtitle(recording: PeerRecording) -> str:
    there = [client for client in recording.run["clients"] if client.get("there")]
    parts = [
        plural(len(there), "load generator"),
        plural(len(recording.workloads), "workload"),
        plural(recording.run["repetitions"], "repetition"),
    ]
    return f"{', '.join(parts)}. Recorded {time_text(recording.run['started_at']) or NONE}."


def _clients(recording: PeerRecording) -> list[dict[str, object]]:
    """Each client's version, remark and the commands it was started with."""
    return [
        {
            "name": client["name"],
            "version": client.get("version") or NONE,
            "remark": client.get("remark") or "",
            "commands": [
                f"{workload}: `{shlex.join(words)}`"
                for workload, words in client["commands"].items()
                if words
            ],
        }
        for client in recording.run["clients"]
        if client.get("there")
    ]


def _method(recording: PeerRecording) -> list[tuple[str, str]]:
    run = recording.run
    git = run["git"] or {}
    server = run["variants"][0]
    return [
        ("recording", f"`{run['recording']}`"),
        (
            "commit",
            (f"`{git['commit']}`" if git.get("commit") else NONE)
            + (" with changes" if git.get("dirty") else ""),
        ),
        ("seed", f"{run['seed']}: orders the runs"),
        ("server", f"{server['name']} {server.get('version') or ''}: one worker, a fresh one per repetition"),
        ("pinned", pinned_text(run)),
        ("a run", f"{run.get('duration_ms', 0) / 1000:g} s"),
        (
            "CPU",
            "user and system time of the tool’s whole process, its start included (some 4 ms of each run)",
        ),
        ("finished", time_text(run["finished_at"]) or "no: it was stopped"),
    ]
