"""Paired ratios: a dot for each repetition, a bar at their estimate, a line for its interval; 1 is equal."""

from collections.abc import Iterator
from math import isfinite
from statistics import median

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from charts.canvas import Chart, captioned, panel_title, set_axis
from charts.rows import Rows, draw_bar, write
from charts.palette import MUTED, TEXT, subject_styles
from charts.svg import gid
from metrics.comparing import Compared, against_references
from metrics.digest import Digest
from metrics.metrics import METRICS
from recordings.recording import Recording
from stats.comparison import Outcome, least_repetitions
from text.units import joined, ratio_text


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """The workloads' references beside the others, if any row has as many pairs as an interval needs."""
    rows = [row for row in against_references(recording) if row.comparison.ratio is not None]
    if any(len(row.comparison.pair_ratios) >= least_repetitions(1, is_paired=True) for row in rows):
        clients = f"{joined(dict.fromkeys(row.second for row in rows))} needs and makes"
        who = clients if recording.varies == "client" else "our servers need and serve"
        names = [" beside ".join(_name(row)) for row in rows]
        texts = [f"{name}: {ratio_text(_middle(row))} of its {row.metric}" for name, row in zip(names, rows)]
        yield captioned("ratios", _figure(recording, rows), texts, who=who)


def differences_chart(recording: Recording, rows: list[Compared]) -> Iterator[Chart]:
    """Of two recordings: the second against the first."""
    if rows := [row for row in rows if row.comparison.ratio is not None]:
        yield captioned("differences", _figure(recording, rows), map(_note, rows))


def _figure(recording: Recording, compared: list[Compared]) -> Figure:
    """A panel per metric."""
    metrics, names = dict.fromkeys(row.metric for row in compared), list(dict.fromkeys(map(_name, compared)))
    rows = Rows(names, len(metrics), right=0.55, top=0.58)
    styles = subject_styles(recording.subjects)
    for axes, metric in zip(rows.axes, metrics):
        axes.axvline(1, color=TEXT, linewidth=1)
        # Logarithmic, as half and twice are equally far from equal; it always shows where equal is.
        values = [1.0]
        for row in (row for row in compared if row.metric == metric):
            y, ratios = rows.places[names.index(_name(row))], row.comparison.pair_ratios
            interval = row.comparison.interval if _has_interval(row) else ()
            look = {"color": styles[row.first].colour, "gid": gid(series=row.first)}
            for ratio in ratios:
                axes.plot(ratio, y, "o", markersize=3.4, alpha=0.4, markeredgewidth=0, **look)
            if interval:
                axes.plot(interval, [y, y], linewidth=2, solid_capstyle="butt", **look)
            draw_bar(axes, y, _middle(row), styles[row.first], _note(row))
            write(axes, y, ratio_text(_middle(row)), 6, weight="bold")
            values += [_middle(row), *(ratios or interval)]
        better = next(entry.better for entry in METRICS.values() if entry.name == metric)
        panel_title(axes, metric, f"{'more' if better > 0 else 'less'} is better")
        low, high = min(values), max(values)
        few, some, many = (1, 2, 5), (1, 2, 3, 5, 7), (1, 1.2, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)
        steps = few if high / low >= 12 else some if high / low > 2.5 else many
        locator = LogLocator(10, subs=steps, numticks=12)
        set_axis(axes.xaxis, low / 1.12, high * 1.12, locator, "{:.3g}×".format, log=True)
    rows.key("the estimate", Line2D([], [], color=MUTED, linewidth=2, label="its interval"))
    return rows.figure


def _name(row: Compared) -> tuple[str, str]:
    """The heading and the name of its row."""
    return (row.workload if row.first == row.second else f"{row.workload}: {row.second}"), row.first


def _has_interval(row: Compared) -> bool:
    limits = row.comparison.interval
    return row.comparison.outcome is not Outcome.TOO_FEW and limits is not None and isfinite(limits.high)


def _middle(row: Compared) -> float:
    pairs = row.comparison.pair_ratios
    return median(pairs) if pairs and not _has_interval(row) else row.comparison.ratio


def _note(row: Compared) -> str:
    """What is said of it, and of how many pairs."""
    who = row.second if row.first == row.second else f"{row.second} beside {row.first}"
    figure = f"{ratio_text(_middle(row))}, {row.comparison.sentence}"
    return f"{row.workload}, {row.metric}, {who}: {figure}"
