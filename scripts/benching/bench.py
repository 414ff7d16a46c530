"""scripts/bench: the recording of a suite's runs, its report, and what is shown meanwhile. A run's rows are
in results/ as soon as it has ended: a bench that is stopped keeps every finished run."""

import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext, suppress
from statistics import fmean
from typing import TYPE_CHECKING

from benching.measure import Bench, result_text, search
from benching.prepared import Options, Prepared, about, announcements, prepare
from cli.door import EXIT_INTERRUPTED, exit_code
from cli.files import ROOT, as_typed, from_here
from clients.clients import check
from plans.suite import Run, find_suite, read_suite
from processes.kept_process import Interrupted, Interrupts
from processes.postgres import running_postgres
from processes.server_process import ServerFailed
from recordings.csv_table import ResultsError
from recordings.writer import RecordingWriter, new_folder, now
from text.table import say
from text.units import short_text

if TYPE_CHECKING:
    from rich.console import Console

EXIT_SOME_FAILED = 1


def main(argv: list[str] | None = None) -> int:
    options = Options.parse(argv)
    suite = read_suite(find_suite(options.suite), options, check)
    seed = secrets.randbelow(2**31) if options.seed is None else options.seed
    if options.before_runs and not options.dry_run:
        # What is wrong is said before minutes are spent on a build, which ends in this command again.
        prepare(suite, seed, options, may_be_built=True)
        os.execv(ROOT / "scripts/bench", ["bench", *sys.argv[1:]])
    prepared = prepare(suite, seed, options, may_be_built=options.dry_run)
    for heading, text in announcements(prepared):
        print(f"{heading:<10} {as_typed(text)}", flush=True)
    try:
        return 0 if options.dry_run else record(prepared)
    except (ServerFailed, ResultsError) as error:
        exit_code("bench", error)
        return EXIT_SOME_FAILED


def record(prepared: Prepared) -> int:
    """Makes the recording and its report; the bench's exit code. Raises ServerFailed, ResultsError."""
    # Here, so that --help and --dry-run need nothing but Python.
    from pages.page import make, print_summary, say_answer
    from recordings.recording import Recording
    from rich.console import Console

    options, runs, details, console = prepared.options, prepared.runs, about(prepared), Console()
    needs_postgres = any(v.names("{postgres}") for v in prepared.suite.variants)
    with Interrupts() as interrupts:
        writer = RecordingWriter(new_folder(options.output, prepared.suite.name), details)
        try:
            with running_postgres() if needs_postgres else nullcontext() as conninfo:
                bench = Bench(prepared, conninfo, writer, interrupts)
                with RunProgress(runs, console) as progress:
                    for run in runs:
                        progress.tick()
                        summary, fault = bench.make(run, progress.tick)
                        progress.end(result_text(summary), fault)
                if options.objective:
                    writer.tell("objective", search(options.objective, bench, console))
                interrupts.check()
            writer.tell("finished_at", now())
            interrupts.close()  # nothing is left running, and nothing below waits
            ok = f"{len(runs) - bench.failed} of {len(runs)} runs ok"
            print(f"recording  {from_here(writer.folder)}: {ok}", flush=True)
            recording = Recording.load(writer.folder)
            print_summary(recording, console)
            page = make(recording).resolve()
            say_answer(recording, console)
            print(f"report     {from_here(page)}\n           open it in a browser: {page.as_uri()}")
        except (Interrupted, KeyboardInterrupt):
            _say_interrupted(writer)
            return EXIT_INTERRUPTED
        except ServerFailed:
            writer.discard()
            raise
    return EXIT_SOME_FAILED if bench.failed else 0


def _say_interrupted(writer: RecordingWriter) -> None:
    """Says what is left of an interrupted bench, unless the terminal it would say it to has gone."""
    where, report = from_here(writer.folder), as_typed("scripts/report.py")
    kept = f"{writer.runs_kept} finished runs are in {where}; their report: {report} {where}"
    if not writer.runs_kept:
        writer.discard()
        kept = "no run had finished, nothing is kept"
    with suppress(OSError):
        print(f"\nbench: interrupted; no server is left running; {kept}", file=sys.stderr)


class RunProgress(ExitStack):
    """What runs, and how long is left: a bar on a terminal that can redraw it, freed at the end, and a line
    for a run that failed; elsewhere a line for each. The bench's own thread draws it, as a bar that redraws
    itself takes processor time from what is measured. Its length is time, as runs differ a hundredfold."""

    def __init__(self, runs: Sequence[Run], console: "Console", clock: Callable[[], float] = time.monotonic):
        from rich.progress import BarColumn, Progress, TextColumn

        super().__init__()
        self.redraws = console.is_terminal and not console.is_dumb_terminal
        self._console, self._runs, self._clock, self._began = console, runs, clock, clock()
        self._longer_s: list[float] = []  # than expected, of the runs that have ended
        columns = ["{task.description}", BarColumn(bar_width=30), "{task.fields[left]} left"]
        columns.append(TextColumn("[dim]{task.fields[detail]}"))
        how = {"auto_refresh": False, "transient": True, "redirect_stdout": False, "redirect_stderr": False}
        self._bar = Progress(*columns, console=console, disable=not self.redraws, **how)
        self._total_s = sum(run.expected_s for run in runs)
        self._task = self._bar.add_task("", total=self._total_s, left="", detail="")
        if self.redraws:  # elsewhere it would print an empty line
            self.enter_context(self._bar)

    def tick(self) -> None:
        ended, left_s = len(self._longer_s), self.left_s()
        texts = {"left": short_text(left_s), "detail": str(self._runs[ended])}
        texts["description"] = f"run {ended + 1} of {len(self._runs)}"
        self._bar.update(self._task, completed=self._total_s - left_s, refresh=True, **texts)

    def end(self, result: str, fault: str | None) -> None:
        """Of the run under way; the next one has begun."""
        run, now_s = self._runs[len(self._longer_s)], self._clock()
        self._longer_s.append(now_s - self._began - run.expected_s)
        self._began = now_s
        outcome = f"{run}: " + "; ".join(filter(None, (fault and f"FAILED: {fault}", result)))
        if not self.redraws:
            number = f"{len(self._longer_s)}/{len(self._runs)}"
            say(self._console, f"{number} {outcome} ({short_text(self.left_s())} left)")
        elif fault:
            say(self._console, outcome)

    def left_s(self) -> float:
        """Expected of the rest of this run and of the runs after it, corrected by what the others took."""
        correction_s = fmean(self._longer_s or [0.0])
        times = [max(run.expected_s + correction_s, 0.0) for run in self._runs[len(self._longer_s) :]]
        return max(times[0] - (self._clock() - self._began), 0.0) + sum(times[1:]) if times else 0.0
