"""Is the candidate slower than the baseline, by more than a margin? Answers with its exit code, which
options.py explains. How it is decided is in verdict.py, how it is measured in gate.py."""

import secrets
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cli.errors import UsageError
from cli.files import from_here, replace_file, results_folder
from costing.measuring import explain
from gating import words
from gating.blocks import GateRecording
from gating.gate import Gates, about, block_s, loadgen_of, run_trials
from gating.options import GateOptions
from gating.verdict import Decision, Rule, Verdict, decide
from processes.kept_process import Interrupts
from recordings.csv_table import SUMMARY
from recordings.writer import unseen_folder
from sides.sides import DEFAULT_CELLS, sides_of, with_rate
from sides.ending import exit_code_of, write_reports
from text.judgement import Judgement
from text.table import say
from text.units import plural, short_text


def main(argv: list[str] | None = None) -> int:
    options = GateOptions.parse(argv)
    if options.history and options.history.is_file():
        words.read_history(options.history)  # a wrong line is said before a verdict, not instead of one
    return exit_code_of("gate", options, _run)


def _run(options: GateOptions) -> int:
    from rich.console import Console  # here, so that --help needs nothing but Python

    console, rule, tell, grown = Console(), Rule(options.margin), partial(print, "gate:", flush=True), []
    if options.replay:
        if not (options.replay / SUMMARY).is_file():
            raise UsageError(f"--replay: {options.replay}: no {SUMMARY} in it: name the folder of a gate")
        recording = GateRecording(options.replay)
        decision = decide([*recording.blocks], rule, recording.next_block)
        return _conclude(options, console, decision, options.replay, {})
    loadgen_of(options.build)
    # Without the time for one look a gate cannot come to a verdict.
    count = (len(options.cells or DEFAULT_CELLS) if options.are_ours else 1) * (2 if options.rate else 1)
    needed_s = count * rule.looks[0] * block_s(options)
    if options.mode in ("gate", "repeat") and needed_s > options.budget_s:
        takes = f"{rule.looks[0]} blocks of {plural(count, 'cell')} take {short_text(needed_s)}"
        fix = f"{takes}: give more, a shorter --block or fewer --cells"
        raise UsageError(f"--budget: {short_text(options.budget_s)} is too short to decide: {fix}")
    sides = sides_of(options, tell)
    cells = with_rate(sides.cells, options.rate)
    folder = options.output or unseen_folder(results_folder(), options.mode.replace("_", "-"))
    if options.mode == "gate" and (folder / SUMMARY).exists():
        fix = "name another folder, or judge it again with --replay"
        raise UsageError(f"--output: {folder}: there is a gate in it already: {fix}")
    details = about(options, sides)
    say(console, details["layouts"])
    with Interrupts() as interrupts:
        gates = Gates(options, rule, console, interrupts, sides.builds, details)
        if options.mode != "gate":
            say(console, f"trials are in {from_here(folder)}, where --output goes on with them")
            say(console, text := run_trials(gates, cells, folder))
            if options.markdown:
                replace_file(options.markdown, text)
            return 0
        seed = secrets.randbelow(2**31) if options.seed is None else options.seed
        decision = gates.run(cells, folder, seed)
        say(console, f"every block is in {from_here(folder)}")
        if options.explain and decision.verdict is Verdict.REGRESSED:
            worse = {each.cell.removesuffix(f"@{options.rate}") for each in decision.results if each.worse}
            grown = [explain([cell for cell in sides.cells if cell.name in worse], options, tell)]
    return _conclude(options, console, decision, folder, details, *grown)


def _conclude(
    options: GateOptions, console: Any, decision: Decision, folder: Path, details: dict, *grown: Judgement
) -> int:
    """Writes what was asked for, which `grown` ends, and shows the verdict; the exit code."""
    judgement = words.judgement(decision, Rule(options.margin), details)
    try:  # a verdict is said though nothing of it can be written
        write_reports(options, judgement, *grown)
        if options.history:
            words.add_to_history(options.history, decision, details)
        has_charts = find_spec("matplotlib") is not None  # a verdict needs none, what was asked for does
        page = options.html or (folder / "gate.html" if has_charts and not options.replay else None)
        if page or options.history:
            from gating.page import history_chart, write_page

            past = history_chart(options.history) if options.history else None
            if page:
                write_page(page, decision, judgement, GateRecording(folder), past)
                say(console, f"page: {from_here(page)}")
    finally:
        for each in (*grown, judgement):
            each.show(console)
    code = decision.verdict.exit_code
    may_pass = options.on_inconclusive == "pass" and not decision.beyond_margin
    return 0 if code == 3 and may_pass else code
