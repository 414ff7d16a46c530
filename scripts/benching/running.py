"""The runs of a recording, made one after the other, each kept as soon as it has ended.

A run that fails is noted and the next one is made; only an interrupt ends the bench.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from processes.interrupts import Interrupts
from benching.measure import Bench, Measured, measure
from plans.plan import Run
from recordings.writer import RecordingError, RecordingWriter
from recordings.recording import FAILED

_STARTS_TRIED = 2  # of a variant that does not come up; then the rest of its runs fail without waiting


class Made(NamedTuple):
    """What went wrong, if anything did; the result in a few words; the summary's row, if there is one."""

    fault: str | None
    result: str
    summary: dict[str, str] | None


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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.cleanup()

    def make(self, run: Run, tick: Callable[[], None] = lambda: None) -> Made:
        folder = Path(self._scratch.name) / "run"
        folder.mkdir()
        if self._failed_starts[run.variant.name] < _STARTS_TRIED:
            measured = measure(run, self._bench, folder, self._interrupts, tick)
        else:
            measured = Measured(f"not tried: {_STARTS_TRIED} starts failed", None, started=False)
        self._failed_starts[run.variant.name] += not measured.started
        made = self._keep(run, measured, folder)
        self.failed += made.fault is not None
        shutil.rmtree(folder)
        return made

    def _keep(self, run: Run, measured: Measured, folder: Path) -> Made:
        """Adds the run to the recording."""
        fault, summary = measured.fault, None
        # A failed run may have rows, and then they are kept: the outcomes in them are what happened.
        if not measured.fault or RecordingWriter.is_complete(folder):
            try:
                changes = {"server_context_switches": measured.context_switches}
                summary = self._writer.keep(folder, changes, fault)
                fault = summary["reasons"] if summary["verdict"] == FAILED else None
            except RecordingError as error:
                fault = "; ".join(filter(None, (fault, str(error))))
        self._writer.note(run.variant.name, run.workload.name, run.repetition, fault)
        return Made(fault, _in_a_few_words(summary) if summary else "", summary)


def _in_a_few_words(summary: dict[str, str]) -> str:
    """`53.2 ms, 1.06 x ideal, 100 of 100 ok`, as far as the summary has it."""
    words = []
    if summary.get("makespan_ms"):
        words.append(f"{float(summary['makespan_ms']):.1f} ms")
    if summary.get("makespan_over_ideal") and summary.get("ok") == summary.get("requests"):
        words.append(f"{float(summary['makespan_over_ideal']):.2f} x ideal")
    words.append(f"{summary.get('ok')} of {summary.get('requests')} ok")
    return ", ".join(words)
