"""The report's table of one workload: a row per variant, medians over the repetitions, what went wrong.

Text only; how it looks is in report/page.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from metrics.curves import Curve
from metrics.digest import Digest, Spread
from words.faults import outcomes_text
from recordings.recording import Recording
from text.units import (
    NONE,
    count_text,
    duration_text,
    memory_text,
    range_text,
    ratio_text,
    round_duration_text,
)


class Cell(NamedTuple):
    text: str
    note: str = ""
    kind: str = ""


class Heading(NamedTuple):
    text: str
    note: str = ""


class SummaryTable(NamedTuple):
    workload: str
    asked: str
    headings: list[Heading]
    rows: list[tuple[str, list[Cell]]]


def summary_table(recording: Recording, groups: list[Digest], workload: str) -> SummaryTable:
    """The summary of one workload, a row per variant; a column nobody has a figure for is left out."""
    mine = [d for d in groups if d.workload == workload]
    return _table(workload, _asked(recording, workload, mine), mine, [d.subject for d in mine])


def curve_table(recording: Recording, curve: Curve) -> SummaryTable:
    """All points of a curve in one table, a variant after the other."""
    points = [(line.subject, point) for line in curve.lines for point in line.points]
    mine = [point.digest for _, point in points]
    asked = f"Against {curve.axis_text}. {_asked(recording, mine[0].workload, mine[:1], counted=False)}"
    return _table(curve.name, asked, mine, [f"{name}, {count_text(point.at)}" for name, point in points])


def _table(title: str, asked: str, mine: list[Digest], names: list[str]) -> SummaryTable:
    columns: list[tuple[Heading, Callable[[Digest], Cell]]] = [
        (Heading("runs", "valid"), _runs_cell),
        (Heading("makespan", "median"), lambda d: _cell(d.makespan_ms, lambda ms: duration_text(ms * 1e3))),
        (Heading("ideal"), lambda d: Cell(round_duration_text(d.ideal_ms * 1e3) if d.ideal_ms else NONE)),
        (Heading("× ideal", "median"), lambda d: _cell(d["over_ideal"], ratio_text)),
        (Heading("p50", "latency"), lambda d: _cell(d["p50"], duration_text, ranged=False)),
        (Heading("p99", "latency"), lambda d: _cell(d["p99"], duration_text, ranged=False)),
        (Heading("max", "latency"), lambda d: _cell(d["max"], duration_text, ranged=False)),
    ]
    if not any(d.makespan_ms for d in mine):
        columns.append((Heading("requests/s", "median"), lambda d: _cell(d["throughput"], count_text)))
    classes = list(dict.fromkeys(name for d in mine for name in d.class_p99_us))
    if len(classes) > 1:
        columns += [(Heading("p99", name), _class_column(name)) for name in classes]
    for heading, name, text in (
        (Heading("CPU", "per request"), "cpu_us_per_request", duration_text),
        (Heading("threads", "peak"), "threads_peak", _whole),
        (Heading("memory", "peak"), "rss_peak_kib", memory_text),
        (Heading("context", "switches"), "context_switches", _whole),
    ):
        columns.append((heading, _server_column(name, text)))
    columns.append((Heading("errors", "all runs"), _errors_cell))
    columns.append((Heading("verdict"), _verdict_cell))
    cells = [[column(d) for d in mine] for _, column in columns]
    kept = [i for i, column in enumerate(cells) if any(cell.text != NONE for cell in column)]
    return SummaryTable(
        title,
        asked,
        [columns[i][0] for i in kept],
        [(name, [cells[i][row] for i in kept]) for row, name in enumerate(names)],
    )


def _cell(spread: Spread | None, text: Callable[[float], str], ranged: bool = True) -> Cell:
    if spread is None:
        return Cell(NONE)
    note = range_text(spread.low, spread.high, text) if ranged else ""
    return Cell(
        ("≥ " if spread.at_least else "") + text(spread.median), note if note != text(spread.median) else ""
    )


def _whole(count: float) -> str:
    """The median of an even number of counts may lie between two."""
    return count_text(round(count))


def _class_column(name: str) -> Callable[[Digest], Cell]:
    return lambda d: _cell(d.class_p99_us.get(name), duration_text, ranged=False)


def _server_column(name: str, text: Callable[[float], str]) -> Callable[[Digest], Cell]:
    return lambda d: _cell(d.server[name], text, ranged=False)


def _runs_cell(digest: Digest) -> Cell:
    total = len(digest.runs)
    valid = total - digest.invalid_runs - digest.failed_runs
    return Cell(str(total) if valid == total else f"{valid} of {total}")


def _errors_cell(digest: Digest) -> Cell:
    told = "; ".join(filter(None, (outcomes_text(digest.failures), digest.runs_text)))
    return Cell(told, kind="bad") if told else Cell("none")


def _verdict_cell(digest: Digest) -> Cell:
    facts = [fact for fact in ("client_bound", "saturated") if any(getattr(r, fact) for r in digest.counted)]
    note = ", ".join(fact.replace("_", "-") for fact in facts)
    if not digest.runs_text:
        return Cell("valid", note)
    reasons = "; ".join(digest.reasons)
    every = {run.verdict for run in digest.runs}
    some = [(digest.failed_runs, "failed"), (digest.invalid_runs, "invalid")]
    text = every.pop() if len(every) == 1 else ", ".join(f"{n} {what}" for n, what in some if n)
    return Cell(text, ", ".join(filter(None, (note, reasons))), "bad")


def _asked(recording: Recording, workload: str, mine: list[Digest], counted: bool = True) -> str:
    """`20 long (/task?wait_ms=50), 80 short (/ping); 100 at once, a fresh connection each`. `counted`: with
    how many there are, which the points of a curve do not share."""
    counts = mine[0].class_requests if mine else {}
    parts = [
        (f"{count_text(counts[c['name']])} " if counted else "") + f"{c['name']} (`{c.get('target', '?')}`)"
        for c in recording.classes(workload)
        if c["name"] in counts
    ]
    entry = recording.workload(workload)
    modes = {"fresh": "a fresh connection each", "kept": "connections kept"}
    how = [
        f"{count_text(entry['connections'])} at once" if counted and entry.get("connections") else "",
        modes.get(entry.get("connection_mode") or "", "") if entry.get("connections") else "",
    ]
    return "; ".join(filter(None, (", ".join(parts), ", ".join(filter(None, how)))))
