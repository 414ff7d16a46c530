"""The table of a captured recording: what each client says, beside what was on the wire."""

from itertools import groupby
from operator import attrgetter
from statistics import median

from metrics.soundness import counted
from recordings.recording import Recording, Row
from text.table import Column, Table, make_table
from text.units import count_text, duration_text

_QUANTILES = {"p50": "p50", "p99": "p99", "p99_9": "p99.9"}


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
