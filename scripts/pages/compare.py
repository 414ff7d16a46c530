"""Compares two recordings, or two variants inside one, metric by metric, with intervals.

It says what differs and never judges: whether a build is slower is for scripts/gate.py to say, which measures
both at the same time. Exit code 2: what must not be compared, or something missing on one side.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from cli.door import EXIT_BAD_INPUT
from cli.errors import UsageError
from cli.files import as_typed, replace_json
from cli.flags import Flags, argument, flag, share, switch
from pages.beside import Names, alike_pairs, beside, differences, make_beside, of_one_commit
from pages.tables import compared_table
from recordings.description import SUMMARY
from recordings.google_benchmark import google_benchmark
from recordings.recording import Recording, ResultsError
from stats.comparison import MARGIN, Outcome, least_repetitions
from text.table import print_table
from text.units import joined, nearest

_MARGIN_HELP = f"what is shown to differ by less is said to; default {100 * MARGIN:g}%"


@dataclass(frozen=True)
class CompareOptions(Flags):
    """Compare two recordings, or two variants that were interleaved in one."""

    COMMAND = "scripts/compare.py"
    USAGE = "A B [--force] [--html] | A --variants X Y | A --google-benchmark FILE"
    first: Path | None = argument("A", "a recording, as results/latest, or a summary.csv", read=Path)
    second: Path | None = argument("B", "what it is compared with", read=Path)
    variants: tuple[str, str] | None = flag(("X", "Y"), "two variants of A, paired by repetition", nargs=2)
    html: bool = switch("also as a page, in A's folder: both in one picture, and what differs")
    force: bool = switch("compare what differs in machine, build or suite all the same")
    margin: float = flag("SHARE", _MARGIN_HELP, read=share, default=MARGIN)
    google_benchmark: Path | None = flag("FILE", "write A as Google Benchmark's JSON", read=Path)


def main(argv: list[str] | None = None) -> int:
    options = CompareOptions.parse(argv)
    if not options.first or not (options.second or options.variants or options.google_benchmark):
        raise UsageError("name two recordings, or one and two of its --variants")
    if options.second and options.variants:
        raise UsageError("--variants: compares inside one recording: leave the second out")
    if options.html and not options.second:
        raise UsageError("--html: shows two recordings: name the second")
    first = _load(options.first)
    if options.google_benchmark:
        replace_json(options.google_benchmark, google_benchmark(first))
    missing: list[str] = []
    if options.variants:
        missing = _inside(options, first)
    elif options.second:
        missing = _between(options, first, second := _load(options.second))
        if options.html:
            print(make_beside(first, second, options.margin))
    for line in dict.fromkeys(missing):
        print(f"compare: {line} is missing", file=sys.stderr)
    return EXIT_BAD_INPUT if missing else 0


def _load(path: Path) -> Recording:
    recording = Recording.load(path)
    if SUMMARY in recording.missing:
        raise ResultsError([f"{path}: no {SUMMARY} in it: no run had finished"])
    return recording


def _between(options: CompareOptions, *sides: Recording) -> list[str]:
    """Prints the comparison, and returns what either side lacks."""
    reasons = differences(*sides)
    if reasons and not options.force:
        raise ResultsError([*reasons, "these must not be compared: --force does it all the same"])
    for side in sides:
        if not side.has_run_json:
            print(f"{side.path}: no run.json beside it: its machine, build and suite are not checked")
    for reason in reasons:
        print(f"forced although different: {reason}")
    missing = _print_compared(options, sides, alike_pairs(*sides))
    for note in of_one_commit(*sides):
        print(f"{note}.")
    gate = as_typed("scripts/gate.py")
    print("Recordings made at different times drift apart by tens of percent on a shared machine although")
    print(f"nothing has changed: this is no gate. {gate} measures two builds at the same time.")
    return [f"{side.path}: {run}" for side in sides for run in side.unfinished] + missing


def _inside(options: CompareOptions, recording: Recording) -> list[str]:
    """Prints the comparison, and returns what either variant lacks."""
    subjects = list(dict.fromkeys(subject for subject, _ in recording.groups))
    if unknown := [name for name in options.variants if name not in subjects]:
        where = f"is not in {recording.path}"
        raise ResultsError(f"--variants: {name!r} {where}: {nearest(name, subjects)}" for name in unknown)
    workloads = dict.fromkeys(workload for _, workload in recording.groups)
    pairs = [(*options.variants, workload) for workload in workloads]
    missing = _print_compared(options, (recording, recording), pairs)
    print("Paired by repetition: they were interleaved, so what slowed one slowed both.")
    unfinished = [run for run in recording.unfinished if run.split(", ")[0] in options.variants]
    return [f"{recording.path}: {run}" for run in unfinished] + missing


def _print_compared(
    options: CompareOptions, sides: tuple[Recording, Recording], pairs: list[Names]
) -> list[str]:
    """Prints a row for each metric of each pair of subjects under a workload; what either side lacks."""
    from rich.console import Console

    together, missing, unlike = beside(sides, pairs, options.variants is not None, options.margin)
    headings = options.variants or tuple(str(side.path) for side in sides)
    print_table(compared_table("", together, headings, names_subjects=True), Console())
    print(f"Exact tests and intervals, at 95 % for all {len(together)} rows together (Holm).")
    if unlike:
        print(f"Latencies are not compared of {joined(unlike)}: replies were done by the kernel's stamp on")
        print("one side, and when they were read on the other, which is some 30 us later (column done_by).")
    if any(row.comparison.outcome is Outcome.TOO_FEW for row in together):
        least = least_repetitions(len(together), options.variants is not None)
        bench = as_typed("scripts/bench")
        print(f"Below {least} repetitions nothing is said to differ: {bench} --repetitions {least}")
    return missing
