"""The runs of a recording, made one after the other, each kept as soon as it has ended.

A run that fails is noted and the next one is made; only an interrupt ends the bench.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from benching.measure import Bench, Measured, measure
from clients.clients import CLIENTS
from plans.plan import Run
from processes.interrupts import Interrupts
from recordings.recording import FAILED
from recordings.writer import RecordingError, RecordingWriter

_STARTS_TRIED = 2  # of a variant that does not come up; then the rest of its runs fail without waiting


class Made(NamedTuple):
    """What went wrong, if anything did; the result in a few words; the summary's row, if there is one."""

    fault: str | None
    result: str
    summary: Mapping[str, str] | None


class Running:
    """A context manager: it has a scratch folder, which goes with it."""

    def __init__(self, bench: Bench, writer: RecordingWriter, interrupts: Interrupts):
        self._bench = bench
        self._writer = writer
        self._interrupts = interrupts
        self._scratch = tempfile.TemporaryDirectory(prefix="bench-")
        self._failed_starts: Counter[str] = Counter()
        self.failed = 0

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    def make(self, run: Run, tick: Callable[[], None] = lambda: None) -> Made:
        folder = Path(self._scratch.name) / "run"
        folder.mkdir()
        if self._failed_starts[run.variant.name] < _STARTS_TRIED:
            measured = measure(run, self._bench, folder, self._interrupts, tick)
        else:
            measured = Measured(f"not tried: {_STARTS_TRIED} starts failed", started=False)
        self._failed_starts[run.variant.name] += not measured.started
        made = self._keep(run, measured, folder)
        self.failed += made.fault is not None
        shutil.rmtree(folder)
        return made

    def _keep(self, run: Run, measured: Measured, folder: Path) -> Made:
        """Adds the run to the recording."""
        fault, summary = measured.fault, None
        try:
            summary = self._kept(run, measured, folder)
            if summary and summary["verdict"] == FAILED:
                fault = summary["reasons"]
        except RecordingError as error:
            fault = "; ".join(filter(None, (fault, str(error))))
        self._writer.note(run.variant.name, run.workload.name, run.repetition, fault, client=run.client)
        return Made(fault, _in_a_few_words(summary, measured) if summary else "", summary)

    def _kept(self, run: Run, measured: Measured, folder: Path) -> Mapping[str, str] | None:
        """The summary of the run; None where there is none, as of a run without rows.

        A failed run may have rows, and then they are kept: the outcomes in them are what happened.
        """
        fault, changes = measured.fault, measured.changes
        if not CLIENTS[run.client].leaves_files:
            return self._writer.add_run({**measured.row, **changes}, fault) if measured.row else None
        if fault and not RecordingWriter.is_complete(folder):
            return None
        return self._writer.keep(folder, changes, fault)


def _in_a_few_words(summary: Mapping[str, str], measured: Measured) -> str:
    """`53.2 ms, 1.06 x ideal, 100 of 100 ok`, or `97,500/s, 8.12 us of CPU each, ...`, as far as is known."""
    words = []
    if summary.get("makespan_ms"):
        words.append(f"{float(summary['makespan_ms']):.1f} ms")
    elif summary.get("throughput_rps"):
        words.append(f"{float(summary['throughput_rps']):,.0f}/s")
        if cpu_us := measured.changes["client_cpu_us_per_request"]:
            words.append(f"{cpu_us:.2f} us of CPU each")
    if summary.get("makespan_over_ideal") and summary.get("ok") == summary.get("requests"):
        words.append(f"{float(summary['makespan_over_ideal']):.2f} x ideal")
    words.append(f"{summary.get('ok')} of {summary.get('requests')} ok")
    return ", ".join(words)
