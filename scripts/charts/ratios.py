"""Paired ratios: a dot for each repetition, a bar at the median, a line for its interval; 1 is equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from charts.canvas import Chart, grid, key, panel_title
from charts.palette import MUTED, TEXT, Style, variant_styles
from metrics.ratios import Against, Ratio
from recordings.recording import Recording
from stats.quantiles import MedianInterval
from text.units import ratio_text

ROW = 0.25
TOP = 0.58
RATIO_CAPTION = (
    "A dot for each repetition: our run over the other’s in the same one, so what the machine did meanwhile "
    "falls out. The bar is the median, the line the interval of the true median (sign test). On the upright "
    "line both are equal."
)


class RatioRow(NamedTuple):
    workload: str
    name: str
    cpu: Ratio | None
    throughput: Ratio | None


def draw(recording: Recording, found: list[Against]) -> Chart | None:
    """The workloads' references beside the other variants."""
    found = [a for a in found if a.cpu or a.throughput]
    if not found:
        return None
    heads = {a.workload: f"{a.workload}: {a.reference}" for a in found}
    rows = [RatioRow(heads[a.workload], a.variant, a.cpu, a.throughput) for a in found]
    told = [
        f"{row.workload} beside {row.name}: "
        + ", ".join(
            f"{ratio_text(r.interval.median)} of its {what}"
            for r, what in ((row.cpu, "CPU per request"), (row.throughput, "requests per second"))
            if r is not None
        )
        for row in rows
    ]
    return Chart(
        name="ratios",
        title="What our servers need and serve beside the others",
        caption=RATIO_CAPTION,
        description="Medians of paired ratios. " + "; ".join(told) + ".",
        figure=ratio_figure("", rows, variant_styles(recording.variants)),
    )


def ratio_figure(ours: str, rows: list[RatioRow], styles: dict[str, Style]) -> Figure:
    """CPU per request at the left, requests per second at the right, a row for each of the others. `ours`:
    who is meant, where the headings have room for it."""
    over = f"{ours} ÷ other, " if ours else ""
    figure, cells, places = rows_of([(row.workload, row.name) for row in rows], 2, right=0.55)
    sides = (
        ("CPU per request", f"{over}less is better", [(row, row.cpu) for row in rows]),
        ("requests per second", f"{over}more is better", [(row, row.throughput) for row in rows]),
    )
    for axes, (title, rest, pairs) in zip(cells, sides):
        found = [(row, r) for row, r in pairs if r is not None]
        axes.axvline(1, color=TEXT, linewidth=1)
        for row, r in found:
            dots(
                axes,
                places[row.workload, row.name],
                r.values,
                r.interval,
                styles[row.name].colour,
                ratio_text,
            )
        panel_title(axes, title, rest)
        ratio_axis(axes, [v for _, r in found for v in r.values])
    dots_key(figure)
    return figure


def rows_of(
    shown: Sequence[tuple[str, str]], panels: int, right: float
) -> tuple[Figure, list[Axes], dict[tuple[str, str], float]]:
    """Axes that share rows: a heading per workload, a row per name in it; and where each row is."""
    workloads = list(dict.fromkeys(workload for workload, _ in shown))
    left = 0.3 + 0.078 * max(len(text) for pair in shown for text in pair)
    height = ROW * (len(shown) + 1.3 * len(workloads))
    figure, [cells] = grid([1] * panels, [height], left=left, right=right, top=TOP, bottom=0.35, across=0.75)
    rows, y = {}, 0.0
    for workload in workloads:
        y += 0.7
        cells[0].annotate(
            workload,
            (0, y),
            (-4, 0),
            ("axes fraction", "data"),
            "offset points",
            weight="bold",
            ha="right",
            va="center",
        )
        for name in (name for group, name in shown if group == workload):
            y += 1
            rows[workload, name] = y
        y += 0.6
    for axes in cells:
        axes.set_ylim(y, 0.1)
        axes.set_yticks(list(rows.values()), [name for _, name in rows] if axes is cells[0] else [])
        axes.tick_params(axis="y", labelcolor=TEXT, length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
    return figure, cells, rows


def dots(
    axes: Axes,
    y: float,
    values: list[float],
    interval: MedianInterval,
    colour: str,
    text: Callable[[float], str],
) -> None:
    axes.plot(values, [y] * len(values), "o", markersize=3.4, color=colour, alpha=0.4, markeredgewidth=0)
    axes.plot([interval.low, interval.high], [y, y], color=colour, linewidth=2, solid_capstyle="butt")
    axes.plot([interval.median] * 2, [y - 0.34, y + 0.34], color=colour, linewidth=2.2)
    axes.annotate(
        text(interval.median),
        (1, y),
        (6, 0),
        ("axes fraction", "data"),
        "offset points",
        ha="left",
        va="center",
        weight="bold",
    )


def ratio_axis(axes: Axes, values: list[float]) -> None:
    """Logarithmic, as half and twice are equally far from equal; it always shows where equal is."""
    low, high = min([*values, 1.0]), max([*values, 1.0])
    axes.set_xscale("log")
    axes.set_xlim(low / 1.12, high * 1.12)
    steps: tuple[float, ...] = (1, 2, 5)
    if high / low < 12:
        steps = (1, 2, 3, 5, 7) if high / low > 2.5 else (1, 1.2, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)
    axes.xaxis.set_major_locator(LogLocator(10, subs=steps, numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}×"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def dots_key(figure: Figure) -> None:
    handles = [
        Line2D(
            [], [], color=MUTED, marker="o", markersize=3.4, alpha=0.5, linestyle="", label="a repetition"
        ),
        Line2D(
            [], [], color=MUTED, marker="|", markersize=9, markeredgewidth=2.2, linestyle="", label="median"
        ),
        Line2D([], [], color=MUTED, linewidth=2, label="its interval"),
    ]
    key(figure, handles, left=0.1, handlelength=1.2)
