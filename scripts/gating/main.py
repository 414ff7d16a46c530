"""Is the candidate slower than the baseline, by more than a margin? Answers with its exit code, which
options.py explains. How it is decided is in verdict.py, how it is measured in measuring.py."""

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
from gating.gate import Gates, about, run_trials
from gating.measuring import block_s, loadgen_of
from gating.options import GateOptions
from gating.verdict import Decision, Rule, Verdict, decide
from processes.kept_process import Interrupts
from recordings.description import SUMMARY
from recordings.writer import unseen_folder
from sides.cells import DEFAULT_CELLS, with_rate
from sides.ending import exit_code_of, write_reports
from sides.sides import sides_of
from text.table import print_table, say
from text.units import plural, short_text


def main(argv: list[str] | None = None) -> int:
    options = GateOptions.parse(argv)
    if options.history and options.history.is_file():
        words.read_history(options.history)  # a wrong line is said before a verdict, not instead of one

    def failed(reason: str) -> None:
        decision = Decision(Verdict.FAILED, reason, ())
        write_reports(options, words.markdown(decision, Rule(options.margin), {}), words.junit(decision))

    return exit_code_of("gate", partial(_run, options), failed)


def _run(options: GateOptions) -> int:
    from rich.console import Console  # here, so that --help needs nothing but Python

    console, rule, tell = Console(), Rule(options.margin), partial(print, "gate:", flush=True)
    if options.replay:
        if not (options.replay / SUMMARY).is_file():
            raise UsageError(f"--replay: {options.replay}: no {SUMMARY} in it: name the folder of a gate")
        recording = GateRecording(options.replay)
        decision = decide(recording.cells, rule, recording.next_block)
        return _conclude(decision, options, {}, console, options.replay, grown="")
    loadgen_of(options.build)
    _check_budget(options, rule)
    sides = sides_of(options, tell)
    cells = with_rate(sides.cells, options.rate)
    folder = options.output or unseen_folder(results_folder(), options.mode.replace("_", "-"))
    if options.mode == "gate" and (folder / SUMMARY).exists():
        fix = "name another folder, or judge it again with --replay"
        raise UsageError(f"--output: {folder}: there is a gate in it already: {fix}")
    details, grown = about(options, sides), ""
    say(console, details["layouts"])
    with Interrupts() as interrupts:
        gates = Gates(options, rule, console, interrupts, sides.builds, details)
        if options.mode != "gate":
            same = "the same command with --output goes on with them"
            say(console, f"trials are in {from_here(folder)}; {same}")
            say(console, text := run_trials(gates, cells, folder))
            if options.markdown:
                replace_file(options.markdown, text)
            return 0
        seed = secrets.randbelow(2**31) if options.seed is None else options.seed
        decision = gates.run(cells, folder, seed)
        say(console, f"every block is in {from_here(folder)}")
        if options.explain and decision.verdict is Verdict.REGRESSED:
            worse = {each.cell.removesuffix(f"@{options.rate}") for each in decision.results if each.worse}
            slow = [cell for cell in sides.cells if cell.name in worse]
            grown = explain(slow, options, tell)
    return _conclude(decision, options, details, console, folder, grown)


def _conclude(
    decision: Decision, options: GateOptions, details: dict[str, Any], console: Any, folder: Path, grown: str
) -> int:
    """Shows the verdict and writes what was asked for, which ends with what grew; the exit code."""
    if (table := words.table_of(decision)).rows:
        print_table(table, console)
        say(console, f"margin {options.margin * 100:.3g} %; {words.blocks_text(decision)}")
    if grown:
        say(console, grown)
    try:  # a verdict is said though nothing of it can be written
        text = words.markdown(decision, Rule(options.margin), details)
        write_reports(options, "\n".join(filter(None, (text, grown))), words.junit(decision))
        if options.history:
            words.add_to_history(options.history, decision, details)
        has_charts = find_spec("matplotlib") is not None  # a verdict needs none, what was asked for does
        page = options.html or (folder / "gate.html" if has_charts and not options.replay else None)
        if page or options.history:
            from gating.page import history_chart, write_page

            past = history_chart(options.history) if options.history else None
            if page:
                write_page(page, decision, details, GateRecording(folder), past)
                say(console, f"page: {from_here(page)}")
    finally:
        say(console, f"verdict: {decision}")
    code = decision.verdict.exit_code
    may_pass = options.on_inconclusive == "pass" and not decision.beyond_margin
    return 0 if code == 3 and may_pass else code


def _check_budget(options: GateOptions, rule: Rule) -> None:
    """Without the time for one look a gate cannot come to a verdict."""
    cells = (len(options.cells or DEFAULT_CELLS) if options.are_ours else 1) * (2 if options.rate else 1)
    needed_s = cells * rule.looks[0] * block_s(options)
    if options.mode in ("gate", "repeat") and needed_s > options.budget_s:
        budget, needed = short_text(options.budget_s), short_text(needed_s)
        takes = f"{rule.looks[0]} blocks of {plural(cells, 'cell')} take {needed}"
        fix = "give more, a shorter --block or fewer --cells"
        raise UsageError(f"--budget: {budget} is too short to decide: {takes}: {fix}")
