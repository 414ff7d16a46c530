"""Compares two recordings, or two variants inside one, metric by metric, with intervals.

usage: scripts/compare.py A B, or scripts/compare.py A --variants X Y. A and B are recordings or summary.csv
files. It says what differs and never judges: whether a build is slower is for scripts/gate.py to say, which
measures both at the same time. Exit code 2: what must not be compared, or something missing on one side.
"""

from __future__ import annotations

from cli.door import EXIT_BAD_INPUT
from cli.files import replace_json
from cli.flags import argument, flag, parse, share, switch

import sys
from dataclasses import dataclass
from pathlib import Path

from recordings.comparable import Results, differences, load
from stats.comparison import (
    MARGIN,
    TOO_FEW,
    Compared,
    least_repetitions,
    one_sided,
    paired,
    told_together,
    unpaired,
)
from recordings.google_benchmark import google_benchmark
from recordings.recording import ResultsError
from plans.toml_table import nearest


@dataclass(frozen=True)
class CompareOptions:
    first: Path | None = argument("A", "a recording, as results/latest, or a summary.csv", read=Path)
    second: Path | None = argument("B", "what it is compared with", read=Path)
    variants: list[str] | None = flag(("X", "Y"), "two variants of A, paired by repetition")
    force: bool = switch("compare what differs in machine, build or suite all the same")
    margin: float = flag(
        "SHARE",
        f"what is shown to differ by less is said to; default {100 * MARGIN:g}%",
        read=share,
        default=MARGIN,
    )
    google_benchmark: Path | None = flag("FILE", "write A as Google Benchmark's JSON", read=Path)


def main(argv: list[str] | None = None) -> int:
    options = _parse(argv)
    try:
        if options.first is None:
            raise ResultsError(["name a recording, as results/latest: see scripts/compare.py --help"])
        first = load(options.first)
        if options.google_benchmark:
            replace_json(options.google_benchmark, google_benchmark(first))
        if options.variants:
            if options.second:
                raise ResultsError(["--variants: compares inside one recording: leave the second out"])
            return _inside(first, *options.variants, options.margin)
        if options.second:
            return _between(first, load(options.second), options.force, options.margin)
        if not options.google_benchmark:
            raise ResultsError(["name a second recording, or two of the first one's --variants"])
        return 0
    except ResultsError as error:
        for line in error.mistakes:
            print(f"compare: {line}", file=sys.stderr)
    except OSError as error:
        print(f"compare: {error.filename}: {error.strerror}", file=sys.stderr)
    return EXIT_BAD_INPUT


def _parse(argv: list[str] | None) -> CompareOptions:
    return parse(
        CompareOptions,
        argv,
        command="scripts/compare.py",
        usage="A B [--force] | A --variants X Y | A --google-benchmark FILE",
        description="Compare two recordings, or two variants that were interleaved in one.",
        unexpected="two recordings at most",
    )


def _between(first: Results, second: Results, force: bool, margin: float) -> int:
    reasons = differences(first, second)
    if reasons and not force:
        raise ResultsError([*reasons, "these must not be compared: --force does it all the same"])
    for side in (first, second):
        if side.run is None:
            print(f"{side.path}: no run.json beside it: its machine, build and suite are not checked")
    for reason in reasons:
        print(f"forced although different: {reason}")
    groups = (first.groups, second.groups)
    rows: list[Compared] = []
    missing = [f"{side.path}: {run} is missing" for side in (first, second) for run in side.unfinished]
    for key in dict.fromkeys([*groups[0], *groups[1]]):
        sides = [group.get(key) for group in groups]
        variant, workload = key
        if None in sides:
            missing.append(f"{(first, second)[sides.index(None)].path}: {variant}, {workload} is missing")
            continue
        missing += [
            f"{(first, second)[lacking].path}: {metric} of {variant}, {workload} is missing"
            for metric, lacking in one_sided(*sides)
        ]
        rows += unpaired(variant, workload, *sides)
    _print(rows, (str(first.path), str(second.path)), margin, is_paired=False)
    if first.commit and first.commit == second.commit:
        print(f"Both are of {first.commit[:12]}: any difference is of the hour, not of the code.")
    print("Recordings made at different times drift apart by tens of percent on a shared machine although")
    print("nothing has changed: this is no gate. scripts/gate.py measures two builds at the same time.")
    return _tell_missing(missing)


def _inside(results: Results, first: str, second: str, margin: float) -> int:
    known = list(dict.fromkeys(row.variant for row in results.rows))
    unknown = [name for name in (first, second) if name not in known]
    if unknown:
        raise ResultsError(
            [f"--variants: {name!r} is not in {results.path}: {nearest(name, known)}" for name in unknown]
        )
    groups = results.groups
    rows: list[Compared] = []
    missing = [
        f"{results.path}: {run} is missing"
        for run in results.unfinished
        if run.split(", ")[0] in (first, second)
    ]
    for workload in dict.fromkeys(row.workload for row in results.rows):
        sides = [groups.get((variant, workload)) for variant in (first, second)]
        if None in sides:
            lacking = (first, second)[sides.index(None)]
            missing.append(f"{results.path}: {lacking}, {workload} is missing")
            continue
        rows += paired(f"{second} / {first}", workload, *sides)
    _print(rows, (first, second), margin, is_paired=True)
    print("Paired by repetition: the two were interleaved, so what slowed the machine down slowed both.")
    return _tell_missing(missing)


def _print(rows: list[Compared], names: tuple[str, str], margin: float, is_paired: bool) -> None:
    from rich.console import Console

    from pages.compare_table import print_compared

    told = told_together(rows, margin)
    print_compared(told, names, Console())
    print(f"Exact tests and intervals, at 95 % for all {len(rows)} rows together (Holm).")
    if any(row.finding == TOO_FEW for row in told):
        least = least_repetitions(len(rows), is_paired)
        print(f"Below {least} repetitions nothing is said to differ: scripts/bench --repetitions {least}")


def _tell_missing(missing: list[str]) -> int:
    for line in dict.fromkeys(missing):
        print(f"compare: {line}", file=sys.stderr)
    return EXIT_BAD_INPUT if missing else 0
