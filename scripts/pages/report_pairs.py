"""The report's answer to its own question: async against thread-per-request, paired, with intervals.

The two were interleaved, so their runs of one repetition are a pair. Pure; comparison.py does the sums.
"""

from __future__ import annotations

from typing import Any

from pages.compare_table import limits_text
from stats.comparison import Compared, least_repetitions, paired, told_together
from metrics.curves import single_workloads
from recordings.recording import Recording
from text.units import NONE, ratio_text

PAIR = ("thread-per-request", "async")


def pairs(recording: Recording) -> dict[str, Any] | None:
    """What the page shows, None where the recording does not have both variants."""
    rows: list[Compared] = []
    for workload in single_workloads(recording):
        first, second = (recording.runs(variant, workload) for variant in PAIR)
        if first and second:
            rows += [row for row in paired("", workload, first, second) if row.measure != "errors"]
    if not rows:
        return None
    return {
        "names": PAIR,
        "least": least_repetitions(len(rows), is_paired=True),
        "rows": [_shown(row) for row in told_together(rows)],
    }


def _shown(row: Compared) -> dict[str, str]:
    return {
        "workload": row.workload,
        "measure": row.measure,
        "first": row.levels[0],
        "second": row.levels[1],
        "ratio": ratio_text(row.ratio),
        "interval": NONE if limits_text(row) == "?" else limits_text(row),
        "finding": row.finding,
    }
