"""What was measured about the instruments, in small tables: what a client says beside what was on the wire,
how far loadgen is from it, and how often the gate is wrong. Nothing is measured here."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from metrics.comparing import captured, farthest_off
from metrics.soundness import counted
from plans.suite import OWN_CLIENT
from recordings.recording import Recording, Row
from stats.quantiles import clopper_pearson
from text.table import Column, Table, make_table
from text.units import count_text, duration_text, short_text
from words.phrases import off_text

_QUANTILES = {"p50": "p50", "p99": "p99", "p99_9": "p99.9"}
_DONE = {
    OWN_CLIENT: "when the kernel received its last byte",
    f"{OWN_CLIENT}-by-read": "when it was read, as other generators have it (`--done-by read`)",
}
_CANDIDATES = (
    "is the same code",
    "burns more CPU, by less than the margin",
    "burns more CPU, by twice the margin or more",
    "is slower in another way: sleeps, locks, fails, or does more in Node or Python",
)


def wire_table(recording: Recording) -> Table:
    """Medians of the runs that count, `told / on the wire`; without rows where nothing was captured."""
    items = []
    for workload in recording.workloads:
        for subject in recording.subjects:
            runs = counted(recording.runs(subject, workload))
            if rows := [row for run in runs for row in recording.wire_of(run)]:
                by_quantile = {name: [row for row in rows if row.quantile == name] for name in _QUANTILES}
                items.append((workload, subject, by_quantile))

    def both(rows: list[Row]) -> str:
        says = [row.told_us for row in rows if row.told_us is not None]
        on_wire = duration_text(median(row.wire_us for row in rows))
        return f"{duration_text(median(says)) if says else 'not told'} / {on_wire}"

    def left_out(item: tuple[Any, ...]) -> str:
        """Of the instants of the schedule; empty where none was."""
        count, requests = (sum(getattr(r, name) for r in item[2]["p50"]) for name in ("left_out", "requests"))
        return f"{count_text(count)} of {count_text(count + requests)}" if count else ""

    columns = [
        Column("workload", lambda item: item[0], is_words=True),
        Column(recording.varies, lambda item: item[1], is_words=True),
        Column("of", lambda item: item[2]["p50"][0].measure, is_words=True, expendable=2),
        *(
            Column(f"{name}, told / wire", lambda item, q=q: both(item[2][q]), expendable=q == "p50")
            for q, name in _QUANTILES.items()
        ),
        Column("left out", left_out),
    ]
    subtitle = "What a client says, beside what its packets say; medians of the runs that count"
    return make_table("Told, and on the wire", columns, items, subtitle)


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


def error_rates_table(folder: Path) -> Table:
    """The trials of the gate in a folder, those with a candidate of one kind added up."""
    kinds: dict[str, Counter[str]] = {candidate: Counter() for candidate in _CANDIDATES}
    same, less, more, otherwise = _CANDIDATES
    for path, figures in _trials(folder):
        settings = json.loads(path.with_name("settings.json").read_text("utf-8"))
        handicap, is_same = settings["handicap"], settings["baseline"] == settings["candidate"]
        if handicap is None:
            candidate = same if is_same else otherwise
        else:
            candidate = less if handicap < settings["margin"] else more
        kinds[candidate].update(figures["verdicts"], gates=figures["gates"])

    def share(item: tuple[str, Counter[str]]) -> str:
        share = clopper_pearson(item[1]["regressed"], item[1]["gates"])
        return f"{100 * share.low:.0f} to {100 * share.high:.0f} %"

    columns = [
        Column("the candidate", lambda item: item[0], is_words=True),
        Column("gates", lambda item: count_text(item[1]["gates"])),
        Column("called slower", lambda item: count_text(item[1]["regressed"])),
        Column("which is, with 95 % confidence", share),
        Column("passed", lambda item: count_text(item[1]["not regressed"])),
    ]
    return make_table("", columns, [item for item in kinds.items() if item[1]])


def trials_table(folder: Path) -> Table:
    """What gate.py --repeat came to, trial by trial."""

    def counts(key: str) -> Callable[[Any], str]:
        return lambda item: ", ".join(f"{name} {count}" for name, count in sorted(item[1][key].items()))

    def capacity(item: tuple[Path, dict[str, Any]]) -> str:
        burnt = {cell: f", burnt {-100 * b / (1 + b):.2f} %" for cell, b in item[1].get("burnt", {}).items()}
        changes = {cell: each["capacity"].partition(", sd")[0] for cell, each in item[1]["changes"].items()}
        return "; ".join(f"{cell} {text}{burnt.get(cell, '')}" for cell, text in changes.items())

    columns = [
        Column("trial", lambda item: f"`{item[0].parent.name}`", is_words=True),
        Column("verdicts", counts("verdicts"), is_words=True),
        Column("worse", counts("worse"), is_words=True),
        Column("capacity changed [95 %]", capacity, is_words=True),
        Column("a cell took", lambda item: short_text(median(item[1]["cell_took_s"]))),
    ]
    return make_table("", columns, _trials(folder))


def _trials(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Without those in which no gate was repeated."""
    paths = sorted(folder.glob("*/trials.json"))
    trials = [(path, json.loads(path.read_text("utf-8"))) for path in paths]
    return [(path, figures) for path, figures in trials if "verdicts" in figures]
