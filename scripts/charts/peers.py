"""Load generators beside ours: ratios paired by repetition and their intervals, latency at a fixed rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from charts.canvas import Chart, grid, key, panel_title, spans_far, time_axis
from charts.palette import MUTED, TEXT, Style, variant_styles
from peers.recorded import OURS, PeerDigest, PeerRecording, Ratio
from stats import MedianInterval
from units import duration_text, ratio_text

ROW = 0.25
TOP = 0.58


class Panel(NamedTuple):
    title: str
    rest: str
    ratio: Callable[[PeerDigest], Ratio | None]


PANELS = (
    Panel("CPU per request", f"{OURS} ÷ other, less is better", lambda d: d.cpu_ratio),
    Panel("requests per second", f"{OURS} ÷ other, more is better", lambda d: d.throughput_ratio),
)


def styles_of(recording: PeerRecording) -> dict[str, Style]:
    return variant_styles(client["name"] for client in recording.run["clients"])


def draw_ratios(recording: PeerRecording, digests: list[PeerDigest]) -> Chart | None:
    """A row per workload and client that ours can be compared with."""
    open_loop = {w["name"] for w in recording.workloads if w["rate_rps"] is not None}
    shown = [d for d in digests if d.cpu_ratio or d.throughput_ratio]
    if not shown:
        return None
    # What everybody makes at a fixed rate is the rate: no figure.
    values = [
        [(d, p.ratio(d)) for d in shown if not (p is PANELS[1] and d.workload in open_loop)] for p in PANELS
    ]
    figure, cells, rows = _rows(shown, len(PANELS), right=0.55)
    styles = styles_of(recording)
    for axes, panel, pairs in zip(cells, PANELS, values):
        found = [(d, r) for d, r in pairs if r is not None]
        axes.axvline(1, color=TEXT, linewidth=1)
        for d, r in found:
            _dots(axes, rows[d.workload, d.client], r.values, r.interval, styles[d.client].colour, ratio_text)
        panel_title(axes, panel.title, panel.rest)
        _ratio_axis(axes, [v for _, r in found for v in r.values])
    _key(figure)
    return Chart(
        name="peers-ratios",
        title=f"What {OURS} needs and makes beside the others",
        caption="A dot for each repetition: our run over the other’s in the same one, so what the machine "
        "did meanwhile falls out. The bar is the median, the line the interval of the true median (sign "
        "test). On the upright line both are equal. At a fixed rate there is no rate to compare.",
        description=_description(shown),
        figure=figure,
    )


def draw_latency(recording: PeerRecording, digests: list[PeerDigest]) -> Chart | None:
    """The mean latency that each tool tells of the same server at the same rate, of the open loops only."""
    open_loop = {w["name"] for w in recording.workloads if w["rate_rps"] is not None}
    shown = [d for d in digests if d.workload in open_loop and d.latency_mean_us]
    if not shown:
        return None
    figure, [axes], rows = _rows(shown, 1, right=0.75)
    styles = styles_of(recording)
    times = []
    for d in shown:
        values = [r.latency_mean_us for r in d.runs if r.fault is None and r.latency_mean_us is not None]
        times += values
        assert d.latency_mean_us is not None
        y = rows[d.workload, d.client]
        _dots(axes, y, values, d.latency_mean_us, styles[d.client].colour, duration_text)
    if spans_far(times):
        axes.set_xlim(min(times) / 1.3, max(times) * 1.3)
        time_axis(axes, log=True, room=True)
    else:
        axes.set_xlim(0, max(times) * 1.1)
        time_axis(axes, log=False)
    axes.yaxis.set_minor_locator(NullLocator())
    panel_title(axes, "mean latency", "as each tool tells it")
    _key(figure)
    told = "; ".join(
        f"{d.client} {duration_text(d.latency_mean_us.median)}" for d in shown if d.latency_mean_us
    )
    return Chart(
        name="peers-latency",
        title="What the same server’s latency looks like at a fixed rate",
        caption="Server, rate and connections are the same for all; what differs is what the tool adds, and "
        "from when it counts. A dot for each repetition, a bar at the median, a line for its interval.",
        description=f"Median of the mean latencies: {told}.",
        figure=figure,
    )


def _rows(
    shown: list[PeerDigest], panels: int, right: float
) -> tuple[Figure, list[Axes], dict[tuple[str, str], float]]:
    """Axes that share rows: a heading per workload, a row per client; and where each row is."""
    workloads = list(dict.fromkeys(d.workload for d in shown))
    left = 0.3 + 0.078 * max(len(text) for d in shown for text in (d.client, d.workload))
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
        for d in (d for d in shown if d.workload == workload):
            y += 1
            rows[workload, d.client] = y
        y += 0.6
    for axes in cells:
        axes.set_ylim(y, 0.1)
        axes.set_yticks(list(rows.values()), [client for _, client in rows] if axes is cells[0] else [])
        axes.tick_params(axis="y", labelcolor=TEXT, length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
    return figure, cells, rows


def _dots(
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


def _ratio_axis(axes: Axes, values: list[float]) -> None:
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


def _key(figure: Figure) -> None:
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


def _description(shown: list[PeerDigest]) -> str:
    parts = []
    for d in shown:
        told = [
            f"{ratio_text(r.interval.median)} {what}"
            for r, what in (
                (d.cpu_ratio, "of its CPU per request"),
                (d.throughput_ratio, "of its requests per second"),
            )
            if r is not None
        ]
        parts.append(f"{d.workload}, {OURS} beside {d.client}: {', '.join(told)}")
    return "Medians of paired ratios. " + "; ".join(parts) + "."
