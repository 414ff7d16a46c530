"""The picture of this project: a row per request, from when it was due to when it was done.

Requests that are served one after the other make a staircase, requests that wait together make a wall. Each
variant is drawn twice: on the clock of the slowest, which shows how much time there was to lose, and on its
own, which shows the shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import NullLocator

from charts.canvas import Chart, grid, key, panel_title, spans_far, time_axis
from charts.palette import FAILED, MUTED, TEXT, class_colours
from metrics.digest import Digest, served_in_full
from recordings.recording import Recording, Row, key_of
from text.units import count_text, duration_text, plural, ratio_text

MOST_ROWS = 400
LEFT = 0.42


@dataclass(frozen=True)
class Panel:
    variant: str
    run: Row
    requests: list[Row]
    total: int
    end_us: float


def draw(recording: Recording, digests: list[Digest], workload: str) -> Chart | None:
    panels = [p for d in digests if d.workload == workload and (p := _panel(recording, d))]
    if not panels:
        return None
    longest = max(panel.end_us for panel in panels)
    both = spans_far([panel.end_us for panel in panels])
    height = 1.3 if len(panels) <= 6 else 0.7
    figure, rows = grid(
        (1.75, 1) if both else (1,),
        [height] * len(panels),
        left=LEFT,
        right=0.2,
        top=0.88 if both else 0.52,
        bottom=0.32,
        down=0.36 if both else 0.32,
        across=0.45,
    )
    colours = class_colours((c["name"], c.get("waits", False)) for c in _classes(recording, workload, panels))
    for panel, row in zip(panels, rows):
        _draw_panel(row[0], panel, colours, longest)
        panel_title(row[0], panel.variant, _result_text(panel))
        last = panel is panels[-1]
        if not last:
            row[0].tick_params(labelbottom=False)
        if both:
            _draw_panel(row[1], panel, colours, panel.end_us)
            row[1].tick_params(labelleft=False)
    if both:
        _heading(rows[0][0], "All on one clock")
        _heading(rows[0][1], "Each on its own clock")
    _key(figure, colours, panels)
    return Chart(
        name=f"timeline-{workload}",
        title=f"Timeline of {workload}: each request from due to done",
        caption=_caption(panels, both),
        description=_description(workload, panels),
        figure=figure,
    )


def _panel(recording: Recording, digest: Digest) -> Panel | None:
    run = digest.representative
    due = [
        r for r in recording.requests_of(key_of(run)) if r.due_us is not None
    ]  # of a run that was given up
    requests = sorted(due, key=lambda r: (r.due_us, r.due_us + (r.latency_us or 0)))
    if not requests:
        return None
    step = -(-len(requests) // MOST_ROWS)
    end = max(r.due_us + r.latency_us for r in requests)
    return Panel(digest.subject, run, requests[::step], len(requests), end)


def _classes(recording: Recording, workload: str, panels: list[Panel]) -> list[dict[str, Any]]:
    names = dict.fromkeys(r.class_ for p in panels for r in p.requests)
    return recording.classes(workload) or [{"name": name} for name in names]


def _draw_panel(axes: Axes, panel: Panel, colours: dict[str, str], end_us: float) -> None:
    count = len(panel.requests)
    # A reply within a thousandth of the axis would be invisible; it still was a request.
    least = end_us * 0.0035
    for name, colour in colours.items():
        bars = [
            (r.due_us, n, r.due_us + max(r.latency_us, least))
            for n, r in enumerate(panel.requests)
            if r.class_ == name
        ]
        if bars:
            axes.add_patch(PathPatch(_outline(bars), facecolor=colour, edgecolor="none"))
    failed = [(r.due_us + r.latency_us, n + 0.5) for n, r in enumerate(panel.requests) if r.outcome != "ok"]
    if failed:
        x, y = zip(*failed)
        axes.plot(x, y, "x", color=FAILED, markersize=3.5, markeredgewidth=1.1, clip_on=False, zorder=4)
    if panel.run.ideal_ms is not None:
        axes.axvline(panel.run.ideal_ms * 1e3, color=TEXT, linewidth=0.9, linestyle=(0, (1.5, 1.5)), zorder=3)
    axes.set_xlim(0, end_us * 1.04)
    axes.set_ylim(count, 0)
    axes.set_yticks([0.5, count - 0.5], ["1", count_text(panel.total)])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", visible=False)
    axes.tick_params(length=0)
    time_axis(axes, log=False, ticks=5)


def _outline(bars: list[tuple[float, int, float]]) -> Outline:
    """All bars as one shape: a recording has thousands, and a page should not have an element for each."""
    points = numpy.array(
        [[(a, n), (b, n), (b, n + 1), (a, n + 1), (a, n)] for a, n, b in bars], dtype=float
    ).reshape(-1, 2)
    codes = [Outline.MOVETO, Outline.LINETO, Outline.LINETO, Outline.LINETO, Outline.CLOSEPOLY] * len(bars)
    return Outline(points, codes)


def _heading(axes: Axes, text: str) -> None:
    axes.annotate(
        text, (0, 1), (0, 24), xycoords="axes fraction", textcoords="offset points", color=MUTED, size=8.5
    )


def _key(figure: Figure, colours: dict[str, str], panels: list[Panel]) -> None:
    handles: list[Artist] = [Patch(facecolor=colour, label=name) for name, colour in colours.items()]
    if any(panel.run.ideal_ms is not None for panel in panels):
        handles.append(
            Line2D([], [], color=TEXT, linewidth=0.9, linestyle=(0, (1.5, 1.5)), label="ideal end")
        )
    if any(r.outcome != "ok" for panel in panels for r in panel.requests):
        handles.append(Line2D([], [], color=FAILED, marker="x", linestyle="", markersize=5, label="failed"))
    key(figure, handles, left=LEFT, handlelength=1.3)


def _result_text(panel: Panel) -> str:
    text = duration_text(panel.end_us)
    if panel.run.ideal_ms and served_in_full(panel.run):
        text += f", {ratio_text(panel.run.makespan_over_ideal)} ideal"
    return text


def _caption(panels: list[Panel], both: bool) -> str:
    text = "A row is a request, from when it was due to when its reply was complete, sorted by that end. "
    if both:
        text += "On the left all variants share one clock; on the right each has its own. "
    repetitions = {panel.run.repetition for panel in panels}
    text += "Shown is the repetition with the median makespan"
    text += (
        f" ({', '.join(f'`{p.variant}`: {p.run.repetition}' for p in panels)})."
        if len(repetitions) > 1
        else "."
    )
    cut = [panel for panel in panels if panel.total > len(panel.requests)]
    if cut:
        text += f" Of the {count_text(cut[0].total)} requests, evenly chosen ones are drawn."
    if any(panel.run.rows_cut for panel in panels):
        text += " Some runs had more requests than `requests.csv` keeps; those are not drawn."
    return text


def _description(workload: str, panels: list[Panel]) -> str:
    parts = []
    for panel in panels:
        failed = sum(r.outcome != "ok" for r in panel.requests)
        parts.append(
            f"{panel.variant}: {plural(panel.total, 'request')} done after {_result_text(panel)}, "
            f"{_shape(panel)}" + (f", {failed} of them failed" if failed else "")
        )
    return f"Bars from due to done for each request of {workload}. " + "; ".join(parts) + "."


def _shape(panel: Panel) -> str:
    """A staircase ends a little later with each request; a wall ends all at once."""
    ends = [r.due_us + r.latency_us for r in panel.requests]
    early = numpy.quantile(ends, 0.1)
    if early > 0.8 * max(ends):
        return "a wall: nearly all end together"
    return "a staircase: they end one after the other" if early < 0.3 * max(ends) else "in steps"
