"""Two recordings, or two variants of one, beside each other: why they must not be compared; their rows; and
their page: what differs, with intervals, and both in one picture. It stands in the folder of the first."""

from pathlib import Path
from typing import Any, NamedTuple

from cli.files import replace_file
from metrics.comparing import Compared, compare, compare_errors, kinds_of_done, one_sided, shown_together
from pages.tables import compared_table
from recordings.recording import Recording
from stats.comparison import MARGIN, Outcome
from text.units import joined, plural, ratio_text

_MACHINE = ("cpu", "cores", "kernel", "os")
_SETTINGS = ("hypervisor", "governor", "clocksource", "congestion_control", "mitigations")
_MOST_ROWS = 5  # as many as the first screen has room for
Names = tuple[str, str, str]  # two subjects and a workload


class ComparedSides(NamedTuple):
    """`missing`: what either side lacks; `unlike`: whose latencies end by different clocks."""

    rows: list[Compared]
    missing: list[str]
    unlike: list[str]


def differences(*sides: Recording) -> list[str]:
    """Why the two must not be compared, a line each; none if nothing speaks against it. A summary alone says
    nothing but its suite; and from before settings were noted nobody is asked for them."""
    circumstances: list[dict[str, Any]] = [
        {"suite": ", ".join(sorted({str(row.suite) for row in side.summary}))} for side in sides
    ]
    if all(side.has_run_json for side in sides):
        machines = [side.run["machine"] or {} for side in sides]
        keys = [*_MACHINE, *(key for key in _SETTINGS if all(key in machine for machine in machines))]
        for side, machine, about in zip(sides, machines, circumstances):
            about |= {f"suite, {key}": side.run[key] for key in ("wait_ms", "workloads", "pinned")}
            about |= {f"machine, {key}": machine.get(key) for key in keys}
            about |= {f"build, {key}": value for key, value in (side.run["build"] or {}).items()}
    lines = []
    for name in circumstances[0] | circumstances[1]:
        values = [about.get(name) for about in circumstances]
        if values[0] != values[1]:
            texts = ("unknown" if value is None else str(value).strip() for value in values)
            # A whole list of workloads would not fit a line.
            is_long = any(isinstance(value, (list, dict)) for value in values)
            lines.append(f"{name}: {'not the same' if is_long else ' and '.join(texts)}")
    return lines


def of_one_commit(first: Recording, second: Recording) -> list[str]:
    """What there is to say then, if it is so."""
    if not first.commit or first.commit != second.commit:
        return []
    return [f"Both are of {first.commit[:12]}: any difference is of the hour, not of the code"]


def alike_pairs(first: Recording, second: Recording) -> list[Names]:
    """Each subject under each workload with itself, whoever has it."""
    return [(name, name, workload) for name, workload in first.groups | second.groups]


def beside(
    sides: tuple[Recording, Recording], pairs: list[Names], is_paired: bool, margin: float = MARGIN
) -> ComparedSides:
    """A row for each metric of each pair of subjects under a workload, corrected for how many they are."""
    rows, missing, unlike = [], [], []
    for *names, workload in pairs:
        runs = [side.runs(name, workload) for side, name in zip(sides, names)]
        if not all(runs):
            lacking = runs.index([])
            missing.append(f"{sides[lacking].path}: {names[lacking]}, {workload}")
            continue
        # Variants of one recording need not have the same metrics.
        for metric, lacking in () if is_paired else one_sided(*runs):
            missing.append(f"{sides[lacking].path}: {metric} of {names[lacking]}, {workload}")
        if len(kinds_of_done(runs)) > 1:
            unlike.append(f"{' and '.join(dict.fromkeys(names))} under {workload}")
        rows += compare(tuple(names), workload, tuple(runs), is_paired)
        rows.append(compare_errors(tuple(names), workload, tuple(runs)))
    return ComparedSides(shown_together(rows, margin), missing, unlike)


def make_beside(first: Recording, second: Recording, margin: float = MARGIN) -> Path:
    """Writes the page and its charts; returns the page's path."""
    # Here, as nothing else of this needs matplotlib.
    from charts import canvas, overlays
    from charts.rows import differences_chart

    together = beside((first, second), alike_pairs(first, second), is_paired=False, margin=margin)
    names = tuple(str(side.run["recording"] or side.folder.name) for side in (first, second))
    if names[0] == names[1]:
        names = (f"{names[0]}-first", f"{names[1]}-second")
    name = f"beside-{names[1]}"
    with canvas.look():
        drawn = [*overlays(first, second, names), *differences_chart(first, together.rows)]
        folder = first.folder / "charts"
        charts = [canvas.save(chart._replace(name=f"{name}-{chart.name}"), folder) for chart in drawn]
    unlike = [f"Latencies of {who} end by different clocks, and are not compared" for who in together.unlike]
    missing = [f"{line} is missing" for line in together.missing]
    rows = sorted((row for row in together.rows if row.comparison.ratio), key=_distance, reverse=True)
    differ = [row for row in rows if row.comparison.differs]
    title = "The largest differences" if differ else "The largest ratios, none shown to differ"
    text = canvas.TEMPLATES.get_template("beside.html").render(
        names=names,
        largest=compared_table(title, (differ or rows)[:_MOST_ROWS], names, names_subjects=True),
        sentence=_sentence(together.rows, differ),
        notes=[*differences(first, second), *missing, *unlike, *of_one_commit(first, second)],
        charts=charts,
        table=compared_table("Differences", together.rows, names, names_subjects=True),
        page_title=f"{names[1]} beside {names[0]}",
    )
    path = first.folder / f"{name}.html"
    replace_file(path, text)
    return path


def _distance(row: Compared) -> float:
    """From 1, at which both are equal."""
    return max(row.comparison.ratio, 1 / row.comparison.ratio)


def _sentence(rows: list[Compared], differ: list[Compared]) -> str:
    """What differs most, and how many others do."""
    if not differ:
        few = any(row.comparison.outcome is Outcome.TOO_FEW for row in rows)
        why = ": there are too few repetitions to show it" if few else ""
        return f"None of {plural(len(rows), 'figure')} is shown to differ between the two{why}."
    most = [
        f"{r.metric} of `{r.first}` under {r.workload} ({ratio_text(r.comparison.ratio)})" for r in differ[:3]
    ]
    most += [plural(len(differ) - 3, "other")] if len(differ) > 3 else []
    return f"**{len(differ)} of {plural(len(rows), 'figure')} differ**: {joined(most)}."
