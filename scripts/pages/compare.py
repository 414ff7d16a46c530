"""Compares two recordings, or two variants inside one, metric by metric, with intervals.

usage: scripts/compare.py A B, or scripts/compare.py A --variants X Y. A and B are recordings or summary.csv
files. It says what differs and never judges: whether a build is slower is for scripts/gate.py to say, which
measures both at the same time. Exit code 2: what must not be compared, or something missing on one side.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cli.door import EXIT_BAD_INPUT
from cli.errors import UsageError
from cli.files import replace_json
from cli.flags import argument, flag, parse, share, switch
from metrics.comparing import Compared, compare, compare_errors, one_sided, shown_together
from pages.tables import compared_table
from recordings.comparable import differences, load
from recordings.google_benchmark import google_benchmark
from recordings.recording import Recording, ResultsError
from stats.comparison import MARGIN, Outcome, least_repetitions
from text.table import print_table
from text.units import nearest


@dataclass(frozen=True)
class CompareOptions:
    first: Path | None = argument("A", "a recording, as results/latest, or a summary.csv", read=Path)
    second: Path | None = argument("B", "what it is compared with", read=Path)
    variants: tuple[str, str] | None = flag(("X", "Y"), "two variants of A, paired by repetition")
    force: bool = switch("compare what differs in machine, build or suite all the same")
    margin: float = flag(
        "SHARE",
        f"what is shown to differ by less is said to; default {100 * MARGIN:g}%",
        read=share,
        default=MARGIN,
    )
    google_benchmark: Path | None = flag("FILE", "write A as Google Benchmark's JSON", read=Path)


def main(argv: list[str] | None = None) -> int:
    options = parse(
        CompareOptions,
        argv,
        command="scripts/compare.py",
        usage="A B [--force] | A --variants X Y | A --google-benchmark FILE",
        description="Compare two recordings, or two variants that were interleaved in one.",
    )
    if not options.first or not (options.second or options.variants or options.google_benchmark):
        raise UsageError("name two recordings, or one and two of its --variants")
    if options.second and options.variants:
        raise UsageError("--variants: compares inside one recording: leave the second out")
    first = load(options.first)
    if options.google_benchmark:
        replace_json(options.google_benchmark, google_benchmark(first))
    missing: list[str] = []
    if options.variants:
        missing = _inside(first, options.variants, options.margin)
    elif options.second:
        missing = _between(first, load(options.second), options.force, options.margin)
    for line in dict.fromkeys(missing):
        print(f"compare: {line} is missing", file=sys.stderr)
    return EXIT_BAD_INPUT if missing else 0


def _between(first: Recording, second: Recording, force: bool, margin: float) -> list[str]:
    """Prints the comparison, and returns what either side lacks."""
    reasons = differences(first, second)
    if reasons and not force:
        raise ResultsError([*reasons, "these must not be compared: --force does it all the same"])
    for side in (first, second):
        if not side.has_run_json:
            print(f"{side.path}: no run.json beside it: its machine, build and suite are not checked")
    for reason in reasons:
        print(f"forced although different: {reason}")
    runs = dict.fromkeys([*first.groups, *second.groups])
    rows, missing = _compared((first, second), [(v, v, workload) for v, workload in runs], is_paired=False)
    _print(rows, (str(first.path), str(second.path)), margin, is_paired=False)
    if first.commit and first.commit == second.commit:
        print(f"Both are of {first.commit[:12]}: any difference is of the hour, not of the code.")
    print("Recordings made at different times drift apart by tens of percent on a shared machine although")
    print("nothing has changed: this is no gate. scripts/gate.py measures two builds at the same time.")
    return [f"{side.path}: {run}" for side in (first, second) for run in side.unfinished] + missing


def _inside(recording: Recording, variants: tuple[str, str], margin: float) -> list[str]:
    """Prints the comparison, and returns what either variant lacks."""
    subjects = list(dict.fromkeys(recording.subject(row) for row in recording.summary))
    if unknown := [name for name in variants if name not in subjects]:
        where = f"is not in {recording.path}"
        raise ResultsError(f"--variants: {name!r} {where}: {nearest(name, subjects)}" for name in unknown)
    workloads = dict.fromkeys(row.workload for row in recording.summary)
    pairs = [(*variants, workload) for workload in workloads]
    rows, missing = _compared((recording, recording), pairs, is_paired=True)
    _print(rows, variants, margin, is_paired=True)
    print("Paired by repetition: the two were interleaved, so what slowed the machine down slowed both.")
    unfinished = [run for run in recording.unfinished if run.split(", ")[0] in variants]
    return [f"{recording.path}: {run}" for run in unfinished] + missing


def _compared(
    sides: tuple[Recording, Recording], pairs: Iterable[tuple[str, str, str]], is_paired: bool
) -> tuple[list[Compared], list[str]]:
    """A row for each metric of each pair of subjects under a workload, and what either side lacks.

    Variants of one recording need not have the same metrics.
    """
    rows: list[Compared] = []
    missing: list[str] = []
    for *names, workload in pairs:
        runs = [side.runs(name, workload) for side, name in zip(sides, names)]
        if not all(runs):
            lacking = runs.index([])
            missing.append(f"{sides[lacking].path}: {names[lacking]}, {workload}")
            continue
        for metric, lacking in () if is_paired else one_sided(*runs):
            missing.append(f"{sides[lacking].path}: {metric} of {names[lacking]}, {workload}")
        rows += compare(tuple(names), workload, tuple(runs), is_paired)
        rows.append(compare_errors(tuple(names), workload, tuple(runs)))
    return rows, missing


def _print(rows: list[Compared], headings: tuple[str, str], margin: float, is_paired: bool) -> None:
    from rich.console import Console

    together = shown_together(rows, margin)
    print_table(compared_table("", together, headings, names_subjects=True), Console())
    print(f"Exact tests and intervals, at 95 % for all {len(rows)} rows together (Holm).")
    if any(row.comparison.outcome is Outcome.TOO_FEW for row in together):
        least = least_repetitions(len(rows), is_paired)
        print(f"Below {least} repetitions nothing is said to differ: scripts/bench --repetitions {least}")
