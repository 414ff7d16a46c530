"""Two recordings, or two variants inside one, beside each other, metric by metric, with intervals; and a page
of two, in the first one's folder. It says what differs and never judges: whether a build is slower is for
scripts/gate.py to say. Exit code 2: what must not be compared, or something missing on one side."""

import sys
from dataclasses import dataclass
from math import log
from pathlib import Path

from cli import door, files
from cli.errors import UsageError
from cli.flags import Flags, argument, flag, share, switch
from cli.files import as_typed
from exporting.formats import google_benchmark
from metrics.comparing import Compared, compare, compare_errors, kinds_of_done, one_sided, shown_together
from pages.tables import compared_table
from recordings.csv_table import SUMMARY
from recordings.recording import Recording, ResultsError
from stats.comparison import MARGIN, Outcome, least_repetitions
from text.table import print_table
from text.units import nearest, plural, ratio_text

_MARGIN_HELP = f"what is shown to differ by less is said to; default {100 * MARGIN:g}%"
_MACHINE = ("cpu", "cores", "kernel", "os")
_SETTINGS = ("hypervisor", "governor", "clocksource", "congestion_control", "mitigations")
_MOST_ROWS = 5  # as many as the first screen has room for


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
    first, second = (Recording.load(path) for path in (options.first, options.second or options.first))
    for side in (first, second):
        if SUMMARY in side.missing:
            raise ResultsError([f"{side.path}: no {SUMMARY} in it: no run had finished"])
    if options.google_benchmark:
        files.replace_json(options.google_benchmark, google_benchmark(first))
    missing = _print_compared(options, first, second) if options.second or options.variants else []
    if options.html:
        print(make_beside(first, second, options.margin))
    for line in missing:
        print(f"compare: {line} is missing", file=sys.stderr)
    return door.EXIT_BAD_INPUT if missing else 0


def _print_compared(options: CompareOptions, first: Recording, second: Recording) -> list[str]:
    """Returns what either side lacks. Raises ResultsError for what must not be compared."""
    from rich.console import Console  # here, as --help needs no packages

    subjects = list(dict.fromkeys(subject for subject, _ in first.groups))
    if unknown := [name for name in options.variants or () if name not in subjects]:
        where = f"is not in {first.path}"
        raise ResultsError(f"--variants: {name!r} {where}: {nearest(name, subjects)}" for name in unknown)
    reasons = differences(first, second)
    if reasons and not options.force:
        raise ResultsError([*reasons, "these must not be compared: --force does it all the same"])
    for reason in reasons:
        print(f"forced although different: {reason}")
    rows, missing, notes = beside(first, second, options.variants, options.margin)
    headings = tuple(options.variants or (str(first.path), str(second.path)))
    print_table(compared_table("", rows, headings), Console())
    print(f"Exact tests and intervals, at 95 % for all {len(rows)} rows together (Holm).")
    for note in notes:
        print(f"{note}.")
    whose = tuple(f"{name}, " for name in options.variants or ())
    unfinished = [(side.path, run) for side in (first, second) for run in side.unfinished]
    lacking = [f"{path}: {run}" for path, run in unfinished if run.startswith(whose or "")]
    return list(dict.fromkeys(lacking + missing))


def differences(*sides: Recording) -> list[str]:
    """Why the two must not be compared, a line each; none if nothing speaks against it. A summary alone says
    nothing but its suite; and from before settings were noted nobody is asked for them."""
    circumstances = []
    machines = [side.run["machine"] or {} for side in sides]
    keys = [*_MACHINE, *(key for key in _SETTINGS if all(key in machine for machine in machines))]
    for side, machine in zip(sides, machines):
        about = {"suite": ", ".join(sorted({str(row.suite) for row in side.summary}))}
        if all(side.has_run_json for side in sides):
            about |= {f"suite, {key}": side.run[key] for key in ("wait_ms", "workloads", "pinned")}
            about |= {f"machine, {key}": machine.get(key) for key in keys}
            about |= {f"build, {key}": value for key, value in (side.run["build"] or {}).items()}
        circumstances.append(about)
    lines = []
    for name in circumstances[0] | circumstances[1]:
        values = [about.get(name) for about in circumstances]
        if values[0] != values[1]:
            texts = ("unknown" if value is None else str(value).strip() for value in values)
            # A whole list of workloads would not fit a line.
            is_long = any(isinstance(value, (list, dict)) for value in values)
            lines.append(f"{name}: {'not the same' if is_long else ' and '.join(texts)}")
    return lines


def beside(
    first: Recording, second: Recording, variants: tuple[str, str] | None = None, margin: float = MARGIN
) -> tuple[list[Compared], list[str], list[str]]:
    """A row for each metric of each subject under each workload, or of two variants in pairs, corrected for
    how many they are; what either side lacks; and what else must be known, without a full stop."""
    sides, rows, missing, notes = (first, second), [], [], []
    pairs = [(name, name, workload) for name, workload in first.groups | second.groups]
    if variants:
        pairs = [(*variants, workload) for workload in dict.fromkeys(workload for *_, workload in pairs)]
    for *names, workload in pairs:
        runs = tuple(side.runs(name, workload) for side, name in zip(sides, names))
        if not all(runs):
            lacking = runs.index([])
            missing.append(f"{sides[lacking].path}: {names[lacking]}, {workload}")
            continue
        # Variants of one recording need not have the same metrics.
        for metric, lacking in () if variants else one_sided(*runs):
            missing.append(f"{sides[lacking].path}: {metric} of {names[lacking]}, {workload}")
        if len(kinds_of_done(runs)) > 1:
            who = f"{' and '.join(dict.fromkeys(names))} under {workload}"
            notes.append(f"Latencies of {who} end by different clocks (column done_by), and are not compared")
        rows += compare(tuple(names), workload, runs, is_paired=bool(variants))
        rows.append(compare_errors(tuple(names), workload, runs))
    rows = shown_together(rows, margin)
    if any(row.comparison.outcome is Outcome.TOO_FEW for row in rows):
        least, bench = least_repetitions(len(rows), bool(variants)), as_typed("scripts/bench")
        notes.append(f"Below {least} repetitions nothing is said to differ: {bench} --repetitions {least}")
    if variants:
        notes.append("Paired by repetition: they were interleaved, so what slowed one slowed both")
        return rows, missing, notes
    for side in sides:
        if not side.has_run_json:
            notes.append(f"{side.path}: no run.json beside it: its machine, build and suite are not checked")
    if first.commit and first.commit == second.commit:
        notes.append(f"Both are of {first.commit[:12]}: any difference is of the hour, not of the code")
    drift = "Recordings made at different times drift apart by tens of percent on a shared machine"
    notes.append(f"{drift}: this is no gate, as {as_typed('scripts/gate.py')} is")
    return rows, missing, notes


def make_beside(first: Recording, second: Recording, margin: float = MARGIN) -> Path:
    """Writes the page and its charts; returns the page's path."""
    from charts import canvas, overlays  # here, as nothing else of this needs matplotlib
    from charts.rows import differences_chart

    rows, missing, notes = beside(first, second, margin=margin)
    names = tuple(str(side.run["recording"] or side.folder.name) for side in (first, second))
    if names[0] == names[1]:
        names = (f"{names[0]}-first", f"{names[1]}-second")
    name = f"beside-{names[1]}"
    with canvas.look():
        drawn = [*overlays(first, second, names), *differences_chart(first, rows)]
        folder = first.folder / "charts"
        charts = [canvas.save(chart._replace(name=f"{name}-{chart.name}"), folder) for chart in drawn]
    ranked = [row for row in rows if row.comparison.ratio]
    ranked.sort(key=lambda row: abs(log(row.comparison.ratio)), reverse=True)
    title, figures = "The largest ratios, none shown to differ", plural(len(rows), "figure")
    sentence = f"None of {figures} is shown to differ between the two."
    if differ := [row for row in ranked if row.comparison.differs]:
        most, ratio = differ[0], ratio_text(differ[0].comparison.ratio)
        which = f"{most.metric} of `{most.first}` under {most.workload} ({ratio})"
        sentence = f"**{len(differ)} of {figures} differ**, most of all {which}."
        title = "The largest differences"
    text = canvas.TEMPLATES.get_template("beside.html").render(
        largest=compared_table(title, (differ or ranked)[:_MOST_ROWS], names),
        sentence=sentence,
        notes=[*differences(first, second), *(f"{line} is missing" for line in missing), *notes],
        charts=charts,
        table=compared_table("Differences", rows, names),
        page_title=f"{names[1]} beside {names[0]}",
    )
    return files.replace_file(first.folder / f"{name}.html", text)
