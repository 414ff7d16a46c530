"""What was measured about the instruments, in small tables: what a client says beside what was on the wire,
how far loadgen is from it, and how often the gate is wrong. Nothing is measured here."""

import json
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from metrics.comparing import captured, farthest_off
from metrics.soundness import counted
from plans.suite import OWN_CLIENT
from recordings.recording import Recording, Row
from stats.quantiles import clopper_pearson
from text.table import Column, Table, make_table
from text.units import count_text, duration_text
from words.phrases import off_text

_QUANTILES = {"p50": "p50", "p99": "p99", "p99_9": "p99.9"}
_REGRESSED = "regressed"
_DONE = {
    OWN_CLIENT: "when the kernel received its last byte",
    f"{OWN_CLIENT}-by-read": "when it was read, as other generators have it (`--done-by read`)",
}


def wire_table(recording: Recording) -> Table:
    """Medians of the runs that count, `told / on the wire`; without rows where nothing was captured."""
    items = []
    for workload in recording.workloads:
        for subject in recording.subjects:
            runs = counted(recording.runs(subject, workload))
            if rows := [row for run in runs for row in recording.wire_of(run)]:
                items.append((workload, subject, _by_quantile(rows)))
    columns = [
        Column("workload", lambda item: item[0], is_words=True),
        Column(recording.varies, lambda item: item[1], is_words=True),
        Column("of", lambda item: next(iter(item[2].values()))[0].measure, is_words=True, expendable=2),
        *(
            Column(f"{name}, told / wire", lambda item, q=q: _pair_text(item[2][q]), expendable=q == "p50")
            for q, name in _QUANTILES.items()
        ),
        Column("left out", _left_out_text),
    ]
    subtitle = "What a client says, beside what its packets say; medians of the runs that count"
    return make_table("Told, and on the wire", columns, items, subtitle)


def _by_quantile(rows: list[Row]) -> dict[str, list[Row]]:
    ordered = sorted(rows, key=attrgetter("quantile"))
    return {quantile: list(group) for quantile, group in groupby(ordered, attrgetter("quantile"))}


def _pair_text(rows: list[Row]) -> str:
    says = [row.told_us for row in rows if row.told_us is not None]
    on_wire = duration_text(median(row.wire_us for row in rows))
    return f"{duration_text(median(says)) if says else 'not told'} / {on_wire}"


def _left_out_text(item: tuple[str, str, dict[str, list[Row]]]) -> str:
    """Of the instants of the schedule; empty where none was."""
    rows = item[2]["p50"]
    left_out, requests = (sum(getattr(row, name) for row in rows) for name in ("left_out", "requests"))
    return f"{count_text(left_out)} of {count_text(left_out + requests)}" if left_out else ""


def errors_table(recording: Recording) -> Table:
    """Of each quantile the largest difference between loadgen and the packets, over all workloads; of a
    workload it is that of the medians of the runs that count."""
    rows = {client: captured(recording, client) for client in recording.subjects if client in _DONE}
    columns = [
        Column("a reply is done", lambda item: _DONE[item[0]], is_words=True),
        *(
            Column(f"{name}, at most", lambda item, q=q: off_text(farthest_off(item[1], q)))
            for q, name in _QUANTILES.items()
        ),
        Column("workloads", lambda item: str(len(item[1]))),
    ]
    return make_table("", columns, list(rows.items()))


class Trial(NamedTuple):
    """Gates that were made alike: what their candidate was, and how often which verdict came out."""

    candidate: str
    gates: int
    verdicts: dict[str, int]


def error_rates_table(folder: Path) -> Table:
    """The trials of the gate in a folder, those with a candidate of one kind added up."""
    trials = sorted(filter(None, map(_trial, sorted(folder.glob("*/trials.json")))))
    kinds = []
    for kind, group in groupby(trials, attrgetter("candidate")):
        alike = list(group)
        verdicts = {name for trial in alike for name in trial.verdicts}
        summed = {name: sum(trial.verdicts.get(name, 0) for trial in alike) for name in verdicts}
        kinds.append(Trial(kind, sum(trial.gates for trial in alike), summed))
    columns = [
        Column("the candidate", lambda kind: kind.candidate.partition(":")[2], is_words=True),
        Column("gates", lambda kind: count_text(kind.gates)),
        Column("called slower", lambda kind: count_text(kind.verdicts.get(_REGRESSED, 0))),
        Column("which is, with 95 % confidence", _share_text),
        Column("passed", lambda kind: count_text(kind.verdicts.get("not regressed", 0))),
    ]
    return make_table("", columns, kinds)


def _trial(path: Path) -> Trial | None:
    """None for a folder in which no gate was repeated."""
    figures = json.loads(path.read_text("utf-8"))
    if "verdicts" not in figures:
        return None
    settings = json.loads(path.with_name("settings.json").read_text("utf-8"))
    return Trial(_kind(settings), figures["gates"], figures["verdicts"])


def _kind(settings: dict[str, Any]) -> str:
    """Begins with the place of its row."""
    if settings["handicap"] is None:
        is_same = settings["baseline"] == settings["candidate"]
        return (
            "0:is the same code"
            if is_same
            else "3:is slower in another way: sleeps, locks, fails, or does more in Node or Python"
        )
    if settings["handicap"] < settings["margin"]:
        return "1:burns more CPU, by less than the margin"
    return "2:burns more CPU, by twice the margin or more"


def _share_text(kind: Trial) -> str:
    share = clopper_pearson(kind.verdicts.get(_REGRESSED, 0), kind.gates)
    return f"{100 * share.low:.0f} to {100 * share.high:.0f} %"
