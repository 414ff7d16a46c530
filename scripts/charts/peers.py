"""Load generators beside ours: ratios paired by repetition and their intervals, latency at a fixed rate."""

from __future__ import annotations

from matplotlib.ticker import NullLocator

from charts.canvas import Chart, panel_title, spans_far, time_axis
from charts.palette import Style, variant_styles
from charts.ratios import RATIO_CAPTION, RatioRow, dots, dots_key, ratio_figure, rows_of
from peers.recorded import OURS, PeerDigest, PeerRecording
from text.units import duration_text, ratio_text


def styles_of(recording: PeerRecording) -> dict[str, Style]:
    return variant_styles(client["name"] for client in recording.run["clients"])


def draw_ratios(recording: PeerRecording, digests: list[PeerDigest]) -> Chart | None:
    """A row per workload and client that ours can be compared with."""
    open_loop = {w["name"] for w in recording.workloads if w["rate_rps"] is not None}
    shown = [d for d in digests if d.cpu_ratio or d.throughput_ratio]
    if not shown:
        return None
    # What everybody makes at a fixed rate is the rate: no figure.
    rows = [
        RatioRow(d.workload, d.client, d.cpu_ratio, None if d.workload in open_loop else d.throughput_ratio)
        for d in shown
    ]
    return Chart(
        name="peers-ratios",
        title=f"What {OURS} needs and makes beside the others",
        caption=f"{RATIO_CAPTION} At a fixed rate there is no rate to compare.",
        description=_description(shown),
        figure=ratio_figure(OURS, rows, styles_of(recording)),
    )


def draw_latency(recording: PeerRecording, digests: list[PeerDigest]) -> Chart | None:
    """The mean latency that each tool tells of the same server at the same rate, of the open loops only."""
    open_loop = {w["name"] for w in recording.workloads if w["rate_rps"] is not None}
    shown = [d for d in digests if d.workload in open_loop and d.latency_mean_us]
    if not shown:
        return None
    figure, [axes], rows = rows_of([(d.workload, d.client) for d in shown], 1, right=0.75)
    styles = styles_of(recording)
    times = []
    for d in shown:
        values = [r.latency_mean_us for r in d.runs if r.fault is None and r.latency_mean_us is not None]
        times += values
        assert d.latency_mean_us is not None
        y = rows[d.workload, d.client]
        dots(axes, y, values, d.latency_mean_us, styles[d.client].colour, duration_text)
    if spans_far(times):
        axes.set_xlim(min(times) / 1.3, max(times) * 1.3)
        time_axis(axes, log=True, room=True)
    else:
        axes.set_xlim(0, max(times) * 1.1)
        time_axis(axes, log=False)
    axes.yaxis.set_minor_locator(NullLocator())
    panel_title(axes, "mean latency", "as each tool tells it")
    dots_key(figure)
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
