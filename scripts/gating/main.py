"""Is the candidate slower than the baseline, by more than a margin? Answers with its exit code.

usage: scripts/gate.py --baseline REF|BUILD --candidate REF|BUILD, or two commands that serve HTTP. How it is
decided is in gating/procedure.py and gating/verdict.py, how it is measured in gating/duel.py. Exit code 0:
not regressed, 1: regressed, 2: bad input or a side that failed, 3: inconclusive or no valid measurement.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.door import EXIT_INTERRUPTED, exit_code, mistakes_of
from cli.errors import UsageError
from cli.files import replace_file, unwritable
from cli.paths import ROOT, from_here, portable, results_folder
from gating.builds import find_build, refuse_another_repository
from gating.cells import DEFAULT_CELLS, build_cells, command_cells
from gating.duel import turn_s
from gating.files import junit, markdown
from gating.gate_csv import GateCsv
from gating.lines import headline, quads_text, table_of
from gating.options import GateOptions, parse
from gating.procedure import TURN, Decision, decide
from gating.run import GateRun, Replay, about
from gating.slice_load import GateCell
from gating.verdict import Rule, Verdict
from processes.interrupts import Interrupted, Interrupts
from recordings.writer import new_folder
from text.duration import short_text
from text.table import print_table, say
from text.units import plural

if TYPE_CHECKING:
    from rich.console import Console


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    _check_reports(options)
    try:
        return _run(options)
    except Interrupted:
        print("\ngate: interrupted; no server is left running", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError as error:
        return exit_code("gate", error)
    except Exception as error:  # whatever it is, it is no regression
        # A CI reads only the files.
        with contextlib.suppress(OSError):
            failed = Decision(Verdict.FAILED, "; ".join(mistakes_of(error)), ())
            _write_reports(failed, Rule(options.margin), options, {})
        return exit_code("gate", error)


def _run(options: GateOptions) -> int:
    from rich.console import Console  # here, so that --help needs nothing but Python

    console = Console()
    rule = Rule(options.margin)
    if options.replay:
        if not options.replay.is_file():
            raise UsageError(f"--replay: {options.replay}: no such file: name the gate.csv of a gate")
        store = GateCsv(options.replay)
        return _conclude(decide(store.cells, rule, Replay(store)), rule, options, {}, console)
    loadgen = options.build / "loadgen" / "loadgen"
    if not os.access(loadgen, os.X_OK):
        raise UsageError(f"{loadgen}: no such program: build it with: cmake --workflow --preset release")
    _check_budget(options)
    if options.mode != "gate":
        from gating.trials import run_trials

        return run_trials(options, rule, console)
    cells, sides = _cells(options)
    folder = options.output or new_folder(results_folder(), "gate")
    if (folder / "gate.csv").exists():
        fix = "name another folder, or judge it again with --replay"
        raise UsageError(f"--output: {folder}: there is a gate in it already: {fix}")
    details = about(options, sides, cells)
    seed = secrets.randbelow(2**31) if options.seed is None else options.seed
    with Interrupts() as interrupts:
        decision = GateRun(options, rule, console, interrupts, details).measure(cells, folder, seed)
    say(console, f"every slice is in {from_here(folder / 'gate.csv')}")
    return _conclude(decision, rule, options, details, console)


def _conclude(
    decision: Decision, rule: Rule, options: GateOptions, details: dict[str, Any], console: Console
) -> int:
    """Shows the verdict and writes what was asked for; the exit code."""
    if (table := table_of(decision, rule)).rows:
        print_table(table, console)
        say(console, f"margin {rule.margin * 100:.3g} %; {quads_text(decision)}")
    say(console, f"verdict: {headline(decision, rule)}")
    _write_reports(decision, rule, options, details)
    passes = options.on_inconclusive == "pass" and not decision.beyond_margin(rule)
    return 0 if passes and decision.verdict.exit_code == 3 else decision.verdict.exit_code


def _cells(options: GateOptions) -> tuple[list[GateCell], tuple[str, str]]:
    """The cells, and what the two sides are called; builds what has to be built."""
    if options.baseline_cmd:
        return command_cells(options), (shlex.join(options.baseline_cmd), shlex.join(options.candidate_cmd))
    build_cells(options, Path(), Path())  # refuses a wrong variant before minutes are spent on a build
    sides = {"--baseline": options.baseline, "--candidate": options.candidate}
    for flag, name in sides.items():
        refuse_another_repository(flag, name, ROOT, Path.cwd())

    def tell(text: str) -> None:
        print(f"gate: {text}", flush=True)

    baseline, candidate = (find_build(flag, name, ROOT, tell) for flag, name in sides.items())
    if len(str(baseline.folder)) != len(str(candidate.folder)):
        tell("the two builds are in paths of different length, which moves code and stack: git refs avoid it")
    names = tuple(
        portable(b.name) if b.commit is None else f"{b.name} ({b.commit[:12]})" for b in (baseline, candidate)
    )
    return build_cells(options, baseline.folder, candidate.folder), names


def _write_reports(decision: Decision, rule: Rule, options: GateOptions, details: dict[str, Any]) -> None:
    if options.markdown:
        replace_file(options.markdown, markdown(decision, rule, details))
    if options.junit:
        replace_file(options.junit, junit(decision, rule))


def _check_reports(options: GateOptions) -> None:
    """Reports that cannot be written are refused now and not after a quarter of an hour."""
    reports = {"--markdown": options.markdown, "--junit": options.junit}
    faults = [f"{flag}: {fault}" for flag, path in reports.items() if path and (fault := unwritable(path))]
    if faults:
        raise UsageError(faults)


def _check_budget(options: GateOptions) -> None:
    """Without the time for one look and its repeat a gate cannot come to a verdict."""
    cells = 1 if options.baseline_cmd else len(options.cells or DEFAULT_CELLS)
    look = Rule.looks[0]
    needed_s = (cells + 1) * look / TURN * turn_s(options)
    if options.mode != "power" and needed_s > options.budget_s:
        budget, needed = short_text(options.budget_s), short_text(needed_s)
        takes = f"{look} quads of {plural(cells, 'cell')} and a repeat take {needed}"
        fix = "give more, a shorter --slice or fewer --cells"
        raise UsageError(f"--budget: {budget} is too short to decide: {takes}: {fix}")
