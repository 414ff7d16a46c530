"""The picture of this project: a row per request, from when it was due to when it was done; on the clock of
the slowest, which shows how much time there was to lose, and on each variant's own, which shows the shape."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import numpy
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from charts.canvas import Chart, captioned, grid, key, marked, panel_title, spans_far, time_axis
from charts.palette import FAILED, MUTED, TEXT, class_colours
from charts.svg import gid, tag
from metrics.digest import Digest
from metrics.metrics import METRICS
from recordings.recording import Recording, Row
from text.units import count_text, duration_text, plural

MOST_ROWS = 200
LEFT = 0.42
IDEAL, OVER_IDEAL = METRICS["ideal"], METRICS["over_ideal"]
IDEAL_LINE = {"color": TEXT, "linewidth": 0.9, "linestyle": (0, (1.5, 1.5))}


class RunRequests(NamedTuple):
    """A run's requests by their end, evenly chosen ones if there are too many to draw."""

    name: str  # of its subject, marked where no run counts
    subject: str
    key: str  # its name in what the page's script reads
    run: Row
    requests: list[Row]
    failed: list[int]  # places of those among them
    total: int
    end_us: float
    result: str  # its end, in words


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    for workload, of_workload in groupby(digests, attrgetter("workload")):
        if runs := [run for digest in of_workload if (run := run_requests(recording, digest))]:
            both = spans_far([run.end_us for run in runs])
            figure = _figure(runs, colours_of(recording, workload, runs), both)
            words = {"workload": workload} | _words(runs, both)
            yield captioned("timeline", figure, map(_text, runs), **words)


def run_requests(recording: Recording, digest: Digest) -> RunRequests | None:
    """None where there are no rows of its requests."""
    run = digest.representative
    # Those of a run that was given up may never have been due.
    due = [request for request in recording.requests_of(run) if request.due_us is not None]
    if not due:
        return None
    due.sort(key=lambda request: (request.due_us, request.due_us + (request.latency_us or 0)))
    drawn = due[:: -(-len(due) // MOST_ROWS)]
    failed = [n for n, request in enumerate(drawn) if request.outcome != "ok"]
    end_us, ratio = max(map(_end_us, due)), OVER_IDEAL.read(run)
    result = duration_text(end_us) + (f", {OVER_IDEAL.text(ratio.value)} ideal" if ratio else "")
    names = marked(digest), digest.subject, f"{run.workload}/{digest.subject}".replace(";", ",")
    return RunRequests(*names, run, drawn, failed, len(due), end_us, result)


def _end_us(request: Row) -> float:
    return request.due_us + request.latency_us


def colours_of(recording: Recording, workload: str, runs: list[RunRequests]) -> dict[str, str]:
    """By class of request."""
    names = dict.fromkeys(request.class_ for run in runs for request in run.requests)
    classes = recording.classes(workload) or [{"name": name} for name in names]
    return class_colours((entry["name"], entry.get("waits", False)) for entry in classes)


def _figure(runs: list[RunRequests], colours: dict[str, str], both: bool) -> Figure:
    height = 1.3 if len(runs) <= 6 else 0.7
    widths, top = ((1.75, 1), 0.88) if both else ((1,), 0.52)
    figure, rows = grid(widths, len(runs), height, left=LEFT, right=0.2, top=top, gaps=(0.45, 0.36))
    slowest_us = max(run.end_us for run in runs)
    for run, cells in zip(runs, rows):
        count = len(run.requests)
        for axes, end_us in zip(cells, (slowest_us, run.end_us)):
            draw_bars(axes, run, colours, end_us, 0, count)
            tag(axes, series=run.subject, runs=f"0 {count} {run.key}")
            if ideal := IDEAL.read(run.run):
                axes.axvline(ideal.value, zorder=3, **IDEAL_LINE)
            time_axis(axes.xaxis, 0, end_us, log=False, ticks=5)
            axes.set(ylim=(count, 0), yticks=[0.5, count - 0.5], yticklabels=["1", count_text(run.total)])
            axes.grid(axis="y", visible=False)
            axes.tick_params(length=0, labelleft=axes is cells[0])
        panel_title(cells[0], run.name, run.result)
    for axes, heading in zip(rows[0] if both else (), ("All on one clock", "Each on its own clock")):
        axes.annotate(heading, (0, 1), (0, 24), "axes fraction", "offset points", color=MUTED, size=8.5)
    handles = handles_of(colours, runs)
    if any(IDEAL.read(run.run) for run in runs):
        handles.insert(len(colours), Line2D([], [], label="ideal end", **IDEAL_LINE))
    key(figure, handles, left=LEFT, handlelength=1.3)
    return figure


def handles_of(colours: dict[str, str], runs: list[RunRequests]) -> list[Artist]:
    """The entries of a legend for what `draw_bars` drew."""
    handles: list[Artist] = [Patch(facecolor=colour, label=name) for name, colour in colours.items()]
    if any(run.failed for run in runs):
        handles.append(Line2D([], [], color=FAILED, marker="x", linestyle="", markersize=5, label="failed"))
    return handles


def draw_bars(
    axes: Axes, run: RunRequests, colours: dict[str, str], end_us: float, top: float, bottom: float
) -> None:
    """A bar for each request, on an axis that ends at `end_us`, evenly between the two heights."""
    step, outlines = (bottom - top) / len(run.requests), defaultdict(list)
    # A reply within a thousandth of the axis would be invisible; it still was a request.
    least = end_us * 0.0035
    for name, rows in groupby(enumerate(run.requests), lambda row: row[1].class_):
        bars = [(top + n * step, r.due_us, r.due_us + max(r.latency_us, least)) for n, r in rows]
        right = [(end, y + height) for y, _, end in bars for height in (0, step)]
        left = [(due, y + height) for y, due, _ in reversed(bars) for height in (step, 0)]
        outlines[name].append(Outline([*right, *left, right[0]], closed=True))
    for name, colour in colours.items():
        if outlines[name]:
            # One shape for all: a recording has thousands, and a page should not have an element for each.
            shape = Outline.make_compound_path(*outlines[name])
            axes.add_patch(PathPatch(shape, facecolor=colour, edgecolor="none", gid=gid(series=name)))
    ends = [_end_us(run.requests[n]) for n in run.failed]
    places = [top + (n + 0.5) * step for n in run.failed]
    look = {"color": FAILED, "clip_on": False, "zorder": 4, "gid": gid(series="failed")}
    axes.plot(ends, places, "x", ms=3.5, mew=1.1, **look)


def _words(runs: list[RunRequests], both: bool) -> dict[str, str]:
    """What is not the same in every caption."""
    clocks = "On the left all variants share one clock; on the right each has its own. " if both else ""
    repetitions = not_drawn = ""
    if len({run.run.repetition for run in runs}) > 1:
        repetitions = f" ({', '.join(f'`{run.name}`: {run.run.repetition}' for run in runs)})"
    if cut := [run.total for run in runs if run.total > len(run.requests)]:
        not_drawn = f" Of the {count_text(cut[0])} requests, evenly chosen ones are drawn."
    if any(run.run.rows_cut for run in runs):
        not_drawn += " Some runs had more requests than `requests.csv` keeps; those are not drawn."
    return {"clocks": clocks, "repetitions": repetitions, "not_drawn": not_drawn}


def _text(run: RunRequests) -> str:
    """A staircase ends a little later with each request; a wall ends all at once."""
    early = numpy.quantile(list(map(_end_us, run.requests)), 0.1)
    shape = "a staircase: they end one after the other" if early < 0.3 * run.end_us else "in steps"
    if early > 0.8 * run.end_us:
        shape = "a wall: nearly all end together"
    failed = f", {len(run.failed)} of them failed" if run.failed else ""
    return f"{run.name}: {plural(run.total, 'request')} done after {run.result}, {shape}{failed}"
