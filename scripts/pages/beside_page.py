"""The page of two recordings beside each other: what differs, with intervals, and both in one picture. It
stands in the folder of the first."""

from pathlib import Path

from charts import overlays
from charts.canvas import TEMPLATES, look, save
from charts.ratios import differences_chart
from cli.files import replace_file
from metrics.comparing import Compared
from pages.beside import alike_pairs, beside, differences
from pages.tables import compared_table
from recordings.recording import Recording
from stats.comparison import MARGIN, Outcome
from text.table import Table
from text.units import joined, plural, ratio_text

MOST_ROWS = 5


def make_beside(first: Recording, second: Recording, margin: float = MARGIN) -> Path:
    """Writes it and its charts; returns the page's path."""
    together = beside((first, second), alike_pairs(first, second), is_paired=False, margin=margin)
    names = _names(first, second)
    name = f"beside-{names[1]}"
    with look():
        drawn = [*overlays(first, second, names), *differences_chart(first, together.rows)]
        folder = first.folder / "charts"
        charts = [save(chart._replace(name=f"{name}-{chart.name}"), folder) for chart in drawn]
    unlike = [f"Latencies of {who} end by different clocks, and are not compared" for who in together.unlike]
    notes = [*differences(first, second), *(f"{line} is missing" for line in together.missing), *unlike]
    if first.commit and first.commit == second.commit:
        notes.append(f"Both are of {first.commit[:12]}: any difference is of the hour, not of the code")
    text = TEMPLATES.get_template("beside.html").render(
        names=names,
        largest=_largest(together.rows, names),
        sentence=_sentence(together.rows),
        notes=notes,
        charts=charts,
        table=compared_table("Differences", together.rows, names, names_subjects=True),
        page_title=f"{names[1]} beside {names[0]}",
    )
    path = first.folder / f"{name}.html"
    replace_file(path, text)
    return path


def _names(first: Recording, second: Recording) -> tuple[str, str]:
    names = tuple(str(side.run["recording"] or side.folder.name) for side in (first, second))
    return names if names[0] != names[1] else (f"{names[0]}-first", f"{names[1]}-second")


def _largest(rows: list[Compared], names: tuple[str, str]) -> Table:
    """As many as the first screen has room for."""
    with_ratio = [row for row in rows if row.comparison.ratio]
    differ = [row for row in with_ratio if row.comparison.differs]
    title = "The largest differences" if differ else "The largest ratios, none shown to differ"
    largest = sorted(differ or with_ratio, key=_distance, reverse=True)[:MOST_ROWS]
    return compared_table(title, largest, names, names_subjects=True)


def _distance(row: Compared) -> float:
    """From 1, at which both are equal."""
    return max(row.comparison.ratio, 1 / row.comparison.ratio)


def _sentence(rows: list[Compared]) -> str:
    """What differs most, and how many others do."""
    differ = [row for row in rows if row.comparison.differs and row.comparison.ratio]
    if not differ:
        few = any(row.comparison.outcome is Outcome.TOO_FEW for row in rows)
        why = ": there are too few repetitions to show it" if few else ""
        return f"None of {plural(len(rows), 'figure')} is shown to differ between the two{why}."
    differ.sort(key=_distance, reverse=True)
    most = [
        f"{r.metric} of `{r.first}` under {r.workload} ({ratio_text(r.comparison.ratio)})" for r in differ
    ]
    most[3:] = [plural(len(most) - 3, "other")] if len(most) > 3 else []
    return f"**{len(differ)} of {plural(len(rows), 'figure')} differ**: {joined(most)}."
