"""Paired ratios: a dot for each repetition, a bar at their estimate, a line for its interval; 1 is equal."""

from collections.abc import Iterator
from math import isfinite
from statistics import median

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from charts.canvas import Chart, panel_title, set_axis
from charts.figures import Rows, draw_bar, write
from charts.palette import MUTED, TEXT, subject_styles
from charts.tags import gid
from metrics.comparing import Compared, against_references
from metrics.digest import Digest
from metrics.metrics import METRICS
from recordings.recording import Recording
from stats.comparison import Comparison, Outcome, least_repetitions
from text.units import joined, ratio_text


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """The workloads' references beside the others, if any row has as many pairs as an interval needs."""
    rows = [row for row in against_references(recording) if row.comparison.ratio is not None]
    if any(len(row.comparison.pair_ratios) >= least_repetitions(1, is_paired=True) for row in rows):
        clients = f"{joined(dict.fromkeys(row.second for row in rows))} needs and makes"
        who = clients if recording.varies == "client" else "our servers need and serve"
        yield Chart(
            name="ratios",
            title=f"What {who} beside the others",
            caption="A dot for each repetition: the reference’s run over the other’s in the same one, so "
            "what the machine did meanwhile falls out. The bar is the Hodges-Lehmann estimate, the line its "
            "exact interval, corrected for all rows shown together; a row without a line has too few pairs "
            "for one, and its bar is their median. On the upright line both are equal. Rates are compared in "
            "closed loops only, and where the generator was not the limit.",
            opening="Ratios of pairs.",
            texts=[f"{' beside '.join(_name(row))}: {_text(row)} of its {row.metric}" for row in rows],
            figure=_figure(recording, rows),
        )


def ratios_chart(recording: Recording, rows: list[Compared], name: str, caption: str) -> Iterator[Chart]:
    """Of two recordings: the second against the first."""
    rows = [row for row in rows if row.comparison.ratio is not None]
    if rows:
        yield Chart(
            name=name,
            title="What differs, and by how much",
            caption=f"{caption} The bar is the estimate, the line its exact interval, for all rows.",
            opening="Ratios.",
            texts=[_note(row) for row in rows],
            figure=_figure(recording, rows),
        )


def _figure(recording: Recording, compared: list[Compared]) -> Figure:
    """A panel per metric."""
    metrics, names = dict.fromkeys(row.metric for row in compared), list(dict.fromkeys(map(_name, compared)))
    rows = Rows(names, len(metrics), right=0.55, top=0.58)
    styles = subject_styles(recording.subjects)
    for axes, metric in zip(rows.axes, metrics):
        of_metric = [row for row in compared if row.metric == metric]
        axes.axvline(1, color=TEXT, linewidth=1)
        for row in of_metric:
            y, style = rows.places[names.index(_name(row))], styles[row.first]
            colour, whose = style.colour, gid(series=row.first)
            for ratio in row.comparison.pair_ratios:
                dot = {"markersize": 3.4, "alpha": 0.4, "markeredgewidth": 0}
                axes.plot(ratio, y, "o", color=colour, gid=whose, **dot)
            if _has_interval(row.comparison):
                line = {"linewidth": 2, "solid_capstyle": "butt"}
                axes.plot(row.comparison.interval, [y, y], color=colour, gid=whose, **line)
            draw_bar(axes, y, _middle(row.comparison), style, _note(row))
            write(axes, y, _text(row), 6, weight="bold")
        better = next(entry.better for entry in METRICS.values() if entry.name == metric)
        panel_title(axes, metric, f"{'more' if better > 0 else 'less'} is better")
        # Logarithmic, as half and twice are equally far from equal; it always shows where equal is.
        values = [1.0, *(value for row in of_metric for value in _values(row.comparison))]
        low, high = min(values), max(values)
        few, some, many = (1, 2, 5), (1, 2, 3, 5, 7), (1, 1.2, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)
        steps = few if high / low >= 12 else some if high / low > 2.5 else many
        locator = LogLocator(10, subs=steps, numticks=12)
        set_axis(axes.xaxis, low / 1.12, high * 1.12, locator, "{:.3g}×".format, log=True)
    rows.key("the estimate", Line2D([], [], color=MUTED, linewidth=2, label="its interval"))
    return rows.figure


def _has_interval(comparison: Comparison) -> bool:
    limits = comparison.interval
    return comparison.outcome is not Outcome.TOO_FEW and limits is not None and isfinite(limits.high)


def _middle(comparison: Comparison) -> float:
    is_sure = _has_interval(comparison) or not comparison.pair_ratios
    return comparison.ratio if is_sure else median(comparison.pair_ratios)


def _values(comparison: Comparison) -> list[float]:
    """All that is drawn."""
    ends = comparison.interval if _has_interval(comparison) and not comparison.pair_ratios else ()
    return [*comparison.pair_ratios, *ends, _middle(comparison)]


def _name(row: Compared) -> tuple[str, str]:
    """The heading and the name of its row."""
    return (row.workload if row.first == row.second else f"{row.workload}: {row.second}"), row.first


def _note(row: Compared) -> str:
    """What is said of it, and of how many pairs."""
    who = row.second if row.first == row.second else f"{row.second} beside {row.first}"
    return f"{row.workload}, {row.metric}, {who}: {_text(row)}, {row.comparison.sentence}"


def _text(row: Compared) -> str:
    return ratio_text(_middle(row.comparison))
