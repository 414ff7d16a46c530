"""Completions over time: how many requests were done by when, one panel per workload."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from charts.canvas import (
    Chart,
    hide_rest,
    described,
    grid,
    legend,
    legend_space,
    panel_title,
    spans_far,
    time_axis,
)
from charts.palette import Style, variant_styles
from metrics.digest import Digest
from recordings.recording import Recording, key_of
from text.units import count_text

Curve = tuple[list[float], list[int]]


def draw(recording: Recording, digests: list[Digest]) -> Chart | None:
    panels: dict[str, dict[str, Curve]] = {}
    for digest in digests:
        curve = _curve(recording, digest)
        if curve[0]:
            panels.setdefault(digest.workload, {})[digest.subject] = curve
    if not panels:
        return None
    styles = variant_styles(recording.variants)
    shown = {
        name: style for name, style in styles.items() if any(name in curves for curves in panels.values())
    }
    across = min(len(panels), 3)
    down = -(-len(panels) // across)
    top = legend_space(list(shown)) + 0.22
    figure, rows = grid([1] * across, [2.0] * down, top=top, across=0.42, down=0.6, bottom=0.32)
    cells = [axes for row in rows for axes in row]
    for (workload, curves), axes in zip(panels.items(), cells):
        _draw_panel(axes, curves, styles)
        panel_title(axes, workload)
    hide_rest(cells, len(panels))
    legend(figure, shown)
    return Chart(
        name="completions",
        title="Completions over time",
        caption="How many requests were answered by when, counted from the first one due. The steeper, "
        "the more served at once. The repetition with the median makespan is shown.",
        description=_description(panels),
        figure=figure,
    )


def _curve(recording: Recording, digest: Digest) -> Curve:
    """Times (us) and counts of answered requests: each request if there are rows of all, else intervals."""
    run = digest.representative
    if not run.rows_cut:
        done = sorted(
            r.due_us + r.latency_us for r in recording.requests_of(key_of(run)) if r.outcome == "ok"
        )
        if done:
            return done, list(range(1, len(done) + 1))
    times, counts, total = [], [], 0
    for row in recording.throughput_of(key_of(run)):
        if row.completed:
            total += row.completed
            times.append((row.elapsed_ms + row.interval_ms) * 1e3)
            counts.append(total)
    return times, counts


def _draw_panel(axes: Axes, curves: dict[str, Curve], styles: dict[str, Style]) -> None:
    ends = [times[-1] for times, _ in curves.values()]
    log = spans_far(ends)
    start = min(times[0] for times, _ in curves.values()) / 1.5 if log else 0.0
    for variant, (times, counts) in curves.items():
        style = styles[variant]
        x = [max(start, 1e-3) if log else 0.0, *times]
        axes.plot(
            x, [0, *counts], drawstyle="steps-post", color=style.colour, linestyle=style.dashes, linewidth=1.7
        )
    axes.set_xlim(start, max(ends) * (1.3 if log else 1.03))
    axes.set_ylim(0, max(counts[-1] for _, counts in curves.values()) * 1.04)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    time_axis(axes, log=log, ticks=4)
    axes.xaxis.set_minor_locator(NullLocator())


def _description(panels: dict[str, dict[str, Curve]]) -> str:
    parts = []
    for workload, curves in panels.items():
        most = max(counts[-1] for _, counts in curves.values())
        ends = {variant: times[-1] for variant, (times, _) in curves.items()}
        parts.append(f"{workload}, up to {count_text(most)} answered, the last after: {described(ends)}")
    return "Cumulative counts of answered requests. " + "; ".join(parts) + "."
