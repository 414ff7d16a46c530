"""Makespan against ideal: a dot per repetition, a bar at their median, a tick at the model's ideal."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from charts.canvas import WIDTH, Chart, grid, key, time_axis
from charts.palette import FAILED, MUTED, SURFACE, TEXT, variant_styles
from metrics.digest import Digest
from recordings.recording import Recording
from text.units import duration_text, ratio_text

ROW = 0.235


def draw(recording: Recording, digests: list[Digest]) -> Chart | None:
    shown = [d for d in digests if d.makespan_ms is not None]
    if not shown:
        return None
    workloads = list(dict.fromkeys(d.workload for d in shown))
    lines = len(shown) + 1.5 * len(workloads)
    name_width = 0.3 + 0.078 * max(len(d.subject) for d in shown)
    figure, [[axes]] = grid((1,), [ROW * lines], left=name_width, right=1.55, top=0.36, bottom=0.35)
    styles = variant_styles(recording.variants)
    y, ticks = 0.0, []
    for workload in workloads:
        y += 0.9
        axes.annotate(
            workload,
            (0, y),
            (-4, 0),
            ("axes fraction", "data"),
            "offset points",
            weight="bold",
            ha="right",
            va="center",
        )
        for digest in (d for d in shown if d.workload == workload):
            y += 1
            ticks.append((y, digest.subject))
            _draw_row(axes, y, digest, styles[digest.subject].colour)
        y += 0.6
    axes.set_ylim(y, 0.2)
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.tick_params(axis="y", labelcolor=TEXT, length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", visible=False)
    times = [s.low for d in shown if (s := d.makespan_ms)] + [s.high for d in shown if (s := d.makespan_ms)]
    times += [d.ideal_ms for d in shown if d.ideal_ms]
    axes.set_xlim(min(times) * 1e3 / 1.4, max(times) * 1e3 * 1.4)
    time_axis(axes, log=True, room=True)
    axes.yaxis.set_minor_locator(NullLocator())
    _key(figure, name_width)
    return Chart(
        name="makespan",
        title="Makespan against ideal",
        caption="From the first request due to the last one done, on a logarithmic axis: a dot for each "
        "repetition, a bar at the median. The thin tick is the ideal, which no server of that model can "
        "beat; at the right stand the median and its ratio to the ideal. Where nothing waits there is none, "
        "and errors have none: who fails requests is done sooner.",
        description=_description(shown),
        figure=figure,
    )


def _draw_row(axes: Axes, y: float, digest: Digest, colour: str) -> None:
    span = digest.makespan_ms
    assert span is not None
    axes.plot([span.low * 1e3, span.high * 1e3], [y, y], color=colour, linewidth=1.2)
    for run in digest.runs:
        if run.makespan_ms is not None:
            counted = run.verdict == "valid"
            face = colour if counted else SURFACE
            axes.plot(run.makespan_ms * 1e3, y, "o", markersize=4, color=colour, markerfacecolor=face)
    axes.plot([span.median * 1e3] * 2, [y - 0.34, y + 0.34], color=colour, linewidth=2.2)
    if digest.ideal_ms is not None:
        axes.plot(digest.ideal_ms * 1e3, y, "|", color=TEXT, markersize=9, markeredgewidth=1.1, zorder=4)
    put = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
    axes.annotate(duration_text(span.median * 1e3), (1, y), (58, 0), ha="right", **put)
    put |= {"xy": (1, y), "xytext": (102, 0), "ha": "right", "weight": "bold"}
    if digest["over_ideal"] is not None:
        axes.annotate(ratio_text(digest["over_ideal"].median), **put)
    elif digest.failures:
        axes.annotate("errors", color=FAILED, **put)


def _key(figure: Figure, left: float) -> None:
    height = figure.get_size_inches()[1]
    handles = [
        Line2D([], [], color=MUTED, marker="o", markersize=4, linestyle="", label="a repetition"),
        Line2D(
            [], [], color=MUTED, marker="|", markersize=9, markeredgewidth=2.2, linestyle="", label="median"
        ),
        Line2D(
            [], [], color=TEXT, marker="|", markersize=9, markeredgewidth=1.1, linestyle="", label="ideal"
        ),
    ]
    key(figure, handles, left=left, handlelength=0.8)
    for text, inset in (("median", 1.55 - 58 / 72), ("× ideal", 1.55 - 102 / 72)):
        figure.text(1 - inset / WIDTH, 1 - 0.14 / height, text, ha="right", color=MUTED, va="center")


def _description(shown: list[Digest]) -> str:
    parts = []
    for d in shown:
        assert d.makespan_ms is not None
        text = f"{d.workload} {d.subject}: {duration_text(d.makespan_ms.median * 1e3)}"
        if d.ideal_ms is not None and d["over_ideal"] is not None:
            text += f", {ratio_text(d["over_ideal"].median)} of the ideal {duration_text(d.ideal_ms * 1e3)}"
        parts.append(text)
    return "Median makespans. " + "; ".join(parts) + "."
