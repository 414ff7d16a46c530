"""The tables that the bench ends with: one a workload, a row per variant, medians over the repetitions.

For a terminal, so fewer columns than the report has; both start from digest.py and cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from words.curve_words import sentences
from metrics.curves import curves_of, single_workloads
from metrics.digest import Digest, Spread, digests
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

Column = tuple[str, Callable[[Digest], str]]

_WIDER_THAN_ANY = 1000
_LEFT_OUT_FIRST = ("p50", "ideal", "CPU/request", "memory", "p99", "threads")


def print_tables(recording: Recording, console: Console) -> None:
    """On a terminal too narrow for all columns, without those that can best be looked up in the report.

    A curve has no table for each of its points but what the report says of it.
    """
    groups = digests(recording)
    for curve in curves_of(recording, groups):
        for text in sentences(curve):
            console.print(re.sub(r"\*\*|`", "", text), markup=False, highlight=False, soft_wrap=True)
    for workload in single_workloads(recording):
        mine = [d for d in groups if d.workload == workload]
        if mine and console.is_terminal:
            console.print(fitting(workload, mine, console))
        elif mine:
            console.width = _natural_width(
                shown := table(workload, mine), console
            )  # a pipe has none of its own
            console.print(shown)


def fitting(workload: str, groups: list[Digest], console: Console) -> Table:
    """The table with as many columns as the console has room for."""
    for count in range(len(_LEFT_OUT_FIRST)):
        shown = table(workload, groups, _LEFT_OUT_FIRST[:count])
        if _natural_width(shown, console) <= console.width:
            return shown
    return table(workload, groups, _LEFT_OUT_FIRST)


def table(workload: str, groups: list[Digest], left_out: Sequence[str] = ()) -> Table:
    classes = list(dict.fromkeys(name for d in groups for name in d.class_p99_us))
    columns: list[Column] = [
        ("makespan", lambda d: _value(d.makespan_ms, lambda ms: duration_text(ms * 1000))),
        ("ideal", lambda d: round_duration_text(d.ideal_ms * 1000) if d.ideal_ms else NONE),
        ("× ideal", lambda d: _ranged(d["over_ideal"])),
        ("requests/s", _rate),
        ("p50", lambda d: _value(d["p50"], duration_text)),
        ("p99", lambda d: _value(d["p99"], duration_text)),
    ]
    if len(classes) > 1:
        columns += [(f"{name} p99", _class_p99(name)) for name in classes]
    columns += [
        ("CPU/request", lambda d: _value(d["cpu"], duration_text)),
        ("threads", lambda d: _value(d["threads"], count_text)),
        ("memory", lambda d: _value(d["memory"], memory_text)),
        ("errors", _errors),
    ]
    shown = Table(
        title=workload, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    shown.add_column("variant", no_wrap=True)
    columns = [
        (heading, text)
        for heading, text in columns
        if heading not in left_out and any(text(d) != NONE for d in groups)
    ]
    for heading, _ in columns:
        shown.add_column(heading, justify="right", no_wrap=True)
    for d in groups:
        shown.add_row(d.subject, *(text(d) for _, text in columns))
    return shown


def _rate(digest: Digest) -> str:
    """Where there is no makespan: of a number of requests at once it would say the same again."""
    if digest.makespan_ms is not None:
        return NONE
    return _value(digest["throughput"], lambda rps: count_text(round(rps)))


def _natural_width(shown: Table, console: Console) -> int:
    return Measurement.get(console, console.options.update(width=_WIDER_THAN_ANY), shown).maximum


def _class_p99(name: str) -> Callable[[Digest], str]:
    return lambda d: _value(d.class_p99_us.get(name), duration_text)


def _value(spread: Spread | None, text: Callable[[float], str]) -> str:
    if spread is None:
        return NONE
    return ("≥ " if spread.at_least else "") + text(spread.median)


def _ranged(spread: Spread | None) -> str:
    if spread is None:
        return NONE
    spread_text = range_text(spread.low, spread.high, ratio_text)
    return spread_text if spread.low == spread.high else f"{ratio_text(spread.median)} ({spread_text})"


def _errors(d: Digest) -> str:
    return "; ".join(filter(None, (outcomes_text(d.failures), d.runs_text))) or "none"
