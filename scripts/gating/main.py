"""Is the candidate slower than the baseline, by more than a margin? Answers with its exit code.

usage: scripts/gate.py --baseline REF|BUILD --candidate REF|BUILD, or two commands that serve HTTP. How it is
decided is in gating/procedure.py and gating/verdict.py, how it is measured in gating/duel.py. Exit code 0:
not regressed, 1: regressed, 2: bad input or a side that failed, 3: inconclusive or no valid measurement.
"""

from __future__ import annotations

from cli.door import EXIT_BAD_INPUT, EXIT_INTERRUPTED, exit_code, reason

import contextlib
import os
import secrets
import shlex
import sys
from pathlib import Path
from typing import Any

from gating.builds import BuildError, find_build, refuse_another_repository
from text.duration import short_text
from gating.cells import DEFAULT_CELLS, build_cells, command_cells
from gating.files import junit, markdown, unwritable, write
from gating.gate_csv import GateCsv
from gating.options import GateOptions, UsageError, parse
from gating.procedure import TURN, BenchmarkFailed, Decision, decide
from gating.run import GateRun, Replay, about, commands_of, setup_of
from gating.slice_load import Cell
from gating.verdict import Rule, Verdict
from processes.interrupts import Interrupted, Interrupts
from cli.paths import ROOT, portable, results_folder, shown
from recordings.writer import new_folder
from plans.suite import SuiteError
from recordings.csv_table import ResultsError
from text.units import plural


def main(argv: list[str] | None = None) -> int:
    try:
        options = parse(argv)
        _check_reports(options)
    except UsageError as error:
        return _refuse(error.mistakes)
    try:
        return _run(options)
    except Interrupted:
        print("\ngate: interrupted; no server is left running", file=sys.stderr)
        return EXIT_INTERRUPTED
    except (UsageError, SuiteError, ResultsError) as error:
        mistakes = error.mistakes
    except (BuildError, BenchmarkFailed) as error:
        mistakes = [str(error)]
    except BrokenPipeError as error:
        return exit_code("gate", error)
    except Exception as error:  # whatever it is, it is no regression
        mistakes = [reason(error)]
    # Whoever reads only the files must learn of it too.
    with contextlib.suppress(OSError):
        _write_reports(Decision(Verdict.FAILED, "; ".join(mistakes), ()), Rule(options.margin), options, {})
    return _refuse(mistakes)


def _run(options: GateOptions) -> int:
    from rich.console import Console  # here, so that --help needs nothing but Python

    console = Console()
    rule = Rule(options.margin)
    if options.mode == "replay":
        store = GateCsv(_existing(options.replay))
        return conclude(decide(store.cells, rule, Replay(store)), rule, options, {}, console)
    _check_generator(options.build)
    _check_budget(options)
    if options.mode != "gate":
        from gating.trials import run_trials

        return run_trials(options, rule, console)
    cells, sides = _cells(options)
    folder = options.output or new_folder(results_folder(), "gate")
    if (folder / "gate.csv").exists():
        fix = "name another folder, or judge it again with --replay"
        raise UsageError([f"--output: {folder}: there is a gate in it already: {fix}"])
    details = about(options, *sides) | {"cells_measured": commands_of(cells)}
    seed = secrets.randbelow(2**31) if options.seed is None else options.seed
    with Interrupts() as interrupts:
        decision = GateRun(options, rule, console, interrupts, details).measure(cells, folder, seed)
    console.print(
        f"every slice is in {shown(folder / 'gate.csv')}", markup=False, highlight=False, soft_wrap=True
    )
    return conclude(decision, rule, options, details, console)


def conclude(
    decision: Decision, rule: Rule, options: GateOptions, details: dict[str, Any], console: Any
) -> int:
    """Shows the verdict and writes what was asked for; the exit code."""
    from gating.table import print_decision

    print_decision(decision, rule, console)
    _write_reports(decision, rule, options, details)
    passes = options.pass_inconclusive and not decision.beyond_margin(rule)
    return 0 if passes and decision.verdict.exit_code == 3 else decision.verdict.exit_code


def _cells(options: GateOptions) -> tuple[list[Cell], tuple[str, str]]:
    """The cells, and what the two sides are called; builds what has to be built."""
    if options.baseline_cmd:
        return command_cells(options), (shlex.join(options.baseline_cmd), shlex.join(options.candidate_cmd))
    build_cells(options, Path(), Path())  # a wrong variant is told before minutes are spent on a build

    for flag, name in (("--baseline", options.baseline), ("--candidate", options.candidate)):
        refuse_another_repository(flag, name, ROOT, Path.cwd())

    def say(text: str) -> None:
        print(f"gate: {text}", flush=True)

    baseline = find_build("--baseline", options.baseline, ROOT, say)
    candidate = find_build("--candidate", options.candidate, ROOT, say)
    if len(str(baseline.folder)) != len(str(candidate.folder)):
        say(
            "the two builds are in paths of different length, which moves code and stack: git refs avoid that"
        )
    names = tuple(
        portable(b.name) if b.commit is None else f"{b.name} ({b.commit[:12]})" for b in (baseline, candidate)
    )
    return build_cells(options, baseline.folder, candidate.folder), names


def _write_reports(decision: Decision, rule: Rule, options: GateOptions, details: dict[str, Any]) -> None:
    if options.markdown:
        write(options.markdown, markdown(decision, rule, details))
    if options.junit:
        write(options.junit, junit(decision, rule))


def _check_reports(options: GateOptions) -> None:
    """What is asked for at the end must be possible to write: told now, not after a quarter of an hour."""
    asked = {"--markdown": options.markdown, "--junit": options.junit}
    mistakes = [f"{flag}: {fault}" for flag, path in asked.items() if path and (fault := unwritable(path))]
    if mistakes:
        raise UsageError(mistakes)


def _check_budget(options: GateOptions) -> None:
    """A gate that has no time for its first look and for a repeat of it can say nothing."""
    cells = 1 if options.baseline_cmd else len(options.cells or DEFAULT_CELLS)
    look = Rule.looks[0]
    needed_s = (cells + 1) * look / TURN * setup_of(options, Path()).turn_s
    if options.mode != "power" and needed_s > options.budget_s:
        asked, needed = short_text(options.budget_s), short_text(needed_s)
        takes = f"{look} quads of {plural(cells, 'cell')} and a repeat take {needed}"
        fix = "give more, a shorter --slice or fewer --cells"
        raise UsageError([f"--budget: {asked} is too short to decide: {takes}: {fix}"])


def _check_generator(build: Path) -> None:
    loadgen = build / "loadgen" / "loadgen"
    if not os.access(loadgen, os.X_OK):
        raise UsageError([f"{loadgen}: no such program: build it with: cmake --workflow --preset release"])


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise UsageError([f"--replay: {path}: no such file: name the gate.csv of a gate"])
    return path


def _refuse(mistakes: list[str]) -> int:
    for line in mistakes:
        print(f"gate: {line}", file=sys.stderr)
    return EXIT_BAD_INPUT
