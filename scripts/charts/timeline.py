"""The picture of this project: a row per request, from when it was due to when it was done; on the clock of
the slowest, which shows how much time there was to lose, and on each variant's own, which shows the shape."""

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

from charts.canvas import Chart, grid, key, marked, panel_title, spans_far, time_axis
from charts.palette import FAILED, MUTED, TEXT, class_colours
from charts.tags import gid, tag
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
    run: Row
    requests: list[Row]
    total: int
    end_us: float

    @property
    def key(self) -> str:
        """Its name in what the page's script reads."""
        return f"{self.run.workload}/{self.subject}".replace(";", ",")

    @property
    def failed(self) -> list[int]:
        return [n for n, request in enumerate(self.requests) if request.outcome != "ok"]


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    for workload, of_workload in groupby(digests, attrgetter("workload")):
        runs = [run for digest in of_workload if (run := run_requests(recording, digest))]
        colours = colours_of(recording, workload, runs)
        if runs:
            both = spans_far([run.end_us for run in runs])
            yield Chart(
                name=f"timeline-{workload}",
                title=f"Timeline of {workload}: each request from due to done",
                caption=_caption(runs, both),
                opening=f"Bars from due to done for each request of {workload}.",
                texts=[_text(run) for run in runs],
                figure=_figure(runs, colours, both),
            )


def colours_of(recording: Recording, workload: str, runs: list[RunRequests]) -> dict[str, str]:
    """By class of request."""
    names = dict.fromkeys(request.class_ for run in runs for request in run.requests)
    classes = recording.classes(workload) or [{"name": name} for name in names]
    return class_colours((entry["name"], entry.get("waits", False)) for entry in classes)


def run_requests(recording: Recording, digest: Digest) -> RunRequests | None:
    """None where there are no rows of its requests."""
    run = digest.representative
    # Those of a run that was given up may never have been due.
    due = [request for request in recording.requests_of(run) if request.due_us is not None]
    if not due:
        return None
    requests = sorted(due, key=lambda r: (r.due_us, r.due_us + (r.latency_us or 0)))
    drawn = requests[:: -(-len(requests) // MOST_ROWS)]
    whole = max(map(_end_us, requests))
    return RunRequests(marked(digest), digest.subject, run, drawn, len(requests), whole)


def _end_us(request: Row) -> float:
    return request.due_us + request.latency_us


def _figure(runs: list[RunRequests], colours: dict[str, str], both: bool) -> Figure:
    height, top = 1.3 if len(runs) <= 6 else 0.7, 0.88 if both else 0.52
    widths = (1.75, 1) if both else (1,)
    figure, rows = grid(widths, len(runs), height, left=LEFT, right=0.2, top=top, gaps=(0.45, 0.36))
    for run, (shared, *own) in zip(runs, rows):
        _draw_run(shared, run, colours, max(run.end_us for run in runs))
        panel_title(shared, run.name, result_text(run))
        for axes in own:
            _draw_run(axes, run, colours, run.end_us)
            axes.tick_params(labelleft=False)
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


def _draw_run(axes: Axes, run: RunRequests, colours: dict[str, str], end_us: float) -> None:
    count = len(run.requests)
    draw_bars(axes, run, colours, end_us, (0, count))
    tag(axes, series=run.subject, runs=f"0 {count} {run.key}")
    if ideal := IDEAL.read(run.run):
        axes.axvline(ideal.value, zorder=3, **IDEAL_LINE)
    time_axis(axes.xaxis, 0, end_us, log=False, ticks=5)
    axes.set(ylim=(count, 0), yticks=[0.5, count - 0.5], yticklabels=["1", count_text(run.total)])
    axes.grid(axis="y", visible=False)
    axes.tick_params(length=0)


def draw_bars(
    axes: Axes, run: RunRequests, colours: dict[str, str], end_us: float, rows: tuple[float, float]
) -> None:
    """A bar for each request, on an axis that ends at `end_us`, evenly between the two heights."""
    top, step = rows[0], (rows[1] - rows[0]) / len(run.requests)
    # A reply within a thousandth of the axis would be invisible; it still was a request.
    least = end_us * 0.0035
    for name, colour in colours.items():
        shapes = []
        for is_of_class, rows_below in groupby(enumerate(run.requests), lambda row: row[1].class_ == name):
            bars = [(top + n * step, r.due_us, r.due_us + max(r.latency_us, least)) for n, r in rows_below]
            if is_of_class:
                right = [(end, y + height) for y, _, end in bars for height in (0, step)]
                left = [(due, y + height) for y, due, _ in reversed(bars) for height in (step, 0)]
                shapes.append(Outline([*right, *left, right[0]], closed=True))
        if shapes:
            # One shape for all: a recording has thousands, and a page should not have an element for each.
            shape = Outline.make_compound_path(*shapes)
            axes.add_patch(PathPatch(shape, facecolor=colour, edgecolor="none", gid=gid(series=name)))
    ends, places = [_end_us(run.requests[n]) for n in run.failed], [
        top + (n + 0.5) * step for n in run.failed
    ]
    look = {"ms": 3.5, "mew": 1.1, "clip_on": False, "zorder": 4, "gid": gid(series="failed")}
    axes.plot(ends, places, "x", color=FAILED, **look)


def _caption(runs: list[RunRequests], both: bool) -> str:
    text = "A row is a request, from when it was due to when its reply was complete, sorted by that end. "
    if both:
        text += "On the left all variants share one clock; on the right each has its own. "
    text += "Shown is the repetition with the median makespan"
    repetitions = [f"`{run.name}`: {run.run.repetition}" for run in runs]
    text += f" ({', '.join(repetitions)})." if len({run.run.repetition for run in runs}) > 1 else "."
    if cut := [run.total for run in runs if run.total > len(run.requests)]:
        text += f" Of the {count_text(cut[0])} requests, evenly chosen ones are drawn."
    if any(run.run.rows_cut for run in runs):
        text += " Some runs had more requests than `requests.csv` keeps; those are not drawn."
    return text


def result_text(run: RunRequests) -> str:
    ratio = OVER_IDEAL.read(run.run)
    return duration_text(run.end_us) + (f", {OVER_IDEAL.text(ratio.value)} ideal" if ratio else "")


def _text(run: RunRequests) -> str:
    """A staircase ends a little later with each request; a wall ends all at once."""
    early = numpy.quantile(list(map(_end_us, run.requests)), 0.1)
    shape = "a staircase: they end one after the other" if early < 0.3 * run.end_us else "in steps"
    if early > 0.8 * run.end_us:
        shape = "a wall: nearly all end together"
    failed = f", {len(run.failed)} of them failed" if run.failed else ""
    return f"{run.name}: {plural(run.total, 'request')} done after {result_text(run)}, {shape}{failed}"
