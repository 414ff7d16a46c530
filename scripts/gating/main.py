"""Is the candidate slower than the baseline, by more than a margin? Answers with its exit code, which
options.py explains. How it is decided is in procedure.py and verdict.py, how measured in measuring.py."""

import secrets
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import UsageError
from cli.files import from_here, replace_file, refuse_unwritable, results_folder
from costing.measuring import explain
from gating.gate import Gates, about
from gating.measuring import block_s, loadgen_of
from gating.options import GateOptions, parse
from gating.procedure import Decision, decide
from gating.history import add_to_history, read_history
from gating.recorded import GateRecording, replayed
from gating.trials import run_trials
from gating.verdict import Rule, Verdict
from gating.words import blocks_text, headline, junit, markdown, table_of
from processes.interrupts import Interrupts
from recordings.description import SUMMARY
from recordings.writer import unseen_folder
from sides.ending import exit_code_of, write_reports
from sides.cells import DEFAULT_CELLS, Cell, with_rate
from sides.sides import sides_of
from text.table import print_table, say
from text.units import plural, short_text

if TYPE_CHECKING:
    from rich.console import Console


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    reports = ("markdown", "html", "junit", "history")
    refuse_unwritable({f"--{name}": getattr(options, name) for name in reports})
    if options.history and options.history.is_file():
        read_history(options.history)  # a line that is no gate's is said before, not instead of a verdict

    def failed(reason: str) -> None:
        decision = Decision(Verdict.FAILED, reason, ())
        write_reports(options, markdown(decision, Rule(options.margin), {}), junit(decision))

    return exit_code_of("gate", partial(_run, options), failed)


def _run(options: GateOptions) -> int:
    from rich.console import Console  # here, so that --help needs nothing but Python

    console, rule, tell = Console(), Rule(options.margin), partial(print, "gate:", flush=True)
    if options.replay:
        if not (options.replay / SUMMARY).is_file():
            raise UsageError(f"--replay: {options.replay}: no {SUMMARY} in it: name the folder of a gate")
        recording = GateRecording(options.replay)
        return _conclude(decide(recording.cells, rule, replayed(recording)), options, {}, console)
    loadgen_of(options.build)
    _check_budget(options, rule)
    sides = sides_of(options, tell)

    def cells_of(handicaps: Mapping[str, int]) -> list[Cell]:
        return with_rate(sides.cells(handicaps), options.rate)

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
            say(console, text := run_trials(gates, cells_of, folder))
            if options.markdown:
                replace_file(options.markdown, text)
            return 0
        seed = secrets.randbelow(2**31) if options.seed is None else options.seed
        decision = gates.run(cells_of({}), folder, seed)
        say(console, f"every block is in {from_here(folder)}")
        if options.explain and decision.verdict is Verdict.REGRESSED:
            worse = {each.cell.removesuffix(f"@{options.rate}") for each in decision.results if each.worse}
            cells = [cell for cell in sides.cells({}) if cell.name in worse]
            grown = explain(cells, options, tell)
    return _conclude(decision, options, details, console, grown, folder)


def _conclude(
    decision: Decision,
    options: GateOptions,
    details: dict[str, Any],
    console: "Console",
    grown: str = "",
    folder: Path | None = None,
) -> int:
    """Shows the verdict and writes what was asked for, which ends with what grew; the exit code. `folder`: of
    a gate that was measured now."""
    if (table := table_of(decision)).rows:
        print_table(table, console)
        say(console, f"margin {options.margin * 100:.3g} %; {blocks_text(decision)}")
    if grown:
        say(console, grown)
    try:  # a verdict is said though nothing of it can be written
        text = markdown(decision, Rule(options.margin), details)
        write_reports(options, "\n".join(filter(None, (text, grown))), junit(decision))
        if options.history:
            add_to_history(options.history, decision, details)
        has_charts = find_spec("matplotlib") is not None  # a verdict needs none, what was asked for does
        page = options.html or (folder / "gate.html" if folder and has_charts else None)
        if page or options.history:
            from gating.page import history_chart, write_page

            past = history_chart(options.history) if options.history else None
            if page:
                write_page(page, decision, details, GateRecording(folder or options.replay), past)
                say(console, f"page: {from_here(page)}")
    finally:
        say(console, f"verdict: {headline(decision)}")
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
