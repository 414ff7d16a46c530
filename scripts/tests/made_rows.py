"""Recordings for tests, of rows that are given one by one and lie in no folder: nothing here was measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from made_curves import run
from metrics.digest import digests
from plans.suite import OWN_CLIENT
from recordings.recording import Recording
from words.findings import findings


def row(variant: str, repetition: int = 1, workload: str = "w", **others: Any) -> SimpleNamespace:
    """A valid one of a closed loop over 100 kept connections, in which 100 requests were answered ok."""
    keys = {"variant": variant, "client": OWN_CLIENT, "workload": workload, "repetition": repetition}
    usual = {"suite": "made-up", "arrivals": "closed", "connections": 100, "connection_mode": "kept"}
    return run(**usual | keys | others)


def recording(rows: Iterable[SimpleNamespace], path: Path = Path("made-up"), **about: Any) -> Recording:
    """`about`: what its run.json says besides; what it does not say is None, as where it was read. A row may
    have `classes`, with the p99 of each in milliseconds, of 10 requests."""
    rows = list(rows)
    said = {
        "variants": [{"name": name} for name in dict.fromkeys(row.variant for row in rows)],
        "workloads": [{"name": name} for name in dict.fromkeys(row.workload for row in rows)],
        "repetitions": 0,  # that were planned
        "claims": [],
        "finished_at": "2024-03-01T12:00:00Z",
    }
    made = Recording(path, defaultdict(lambda: None, said | about))
    made.summary = rows
    made._classes = [
        SimpleNamespace(**vars(row) | {"class_": name, "requests": 10, "latency_p99_us": p99_ms * 1e3})
        for row in rows
        for name, p99_ms in getattr(row, "classes", {}).items()
    ]
    return made


def said(made: Recording, kind: str = "result") -> list[str]:
    """The sentences of a kind."""
    return [finding.text for finding in findings(made, digests(made)) if finding.kind == kind]
