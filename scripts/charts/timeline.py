"""The picture of this project: a row per request, from when it was due to when it was done; on the clock of
the slowest, which shows how much time there was to lose, and on each variant's own, which shows the shape.
And its small form at the top of the page, unless a curve or, of what has no rows, latencies stand there."""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from math import nan
from operator import attrgetter
from typing import NamedTuple

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts import curves, rows
from charts.canvas import Chart, captioned, grid, key, marked, panel_title, set_axis, spans_far
from charts.figures import NARROW, panels_chart
from charts.palette import FAILED, MUTED, TEXT, class_colours
from charts.svg import gid
from metrics.curves import single_digests
from metrics.digest import Digest
from metrics.metrics import METRICS
from recordings.recording import Recording, Row
from text.units import count_text, duration_text, plural

MOST_ROWS = 200
LEFT = 0.42
BAND = 0.27  # inches for each subject of the small form
MOST_BANDS = 7
CUT = " Some runs had more requests than `requests.csv` keeps; those are not drawn."
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


Runs, Colours = list[RunRequests], dict[str, str]


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


def _by_workload(recording: Recording, digests: Iterable[Digest]) -> Iterator[tuple[str, Runs, Colours]]:
    """Of each workload that has any, the runs and the colours of its classes of request."""
    for workload, group in groupby(digests, attrgetter("workload")):
        if runs := [run for digest in group if (run := run_requests(recording, digest))]:
            waits = {entry["name"]: entry.get("waits", False) for entry in recording.classes(workload)}
            undeclared = {request.class_: False for run in runs for request in run.requests}
            yield workload, runs, class_colours((waits | undeclared | waits).items())


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    for workload, runs, colours in _by_workload(recording, digests):
        slowest_us, has_both = max(run.end_us for run in runs), spans_far([run.end_us for run in runs])
        height, widths = 1.3 if len(runs) <= 6 else 0.7, (1.75, 1) if has_both else (1,)
        inches = {"left": LEFT, "right": 0.2, "top": 0.52, "across": 0.45, "down": 0.36}
        figure, cells = grid(widths, len(runs), height, **inches)
        for run, both in zip(runs, cells):
            count = len(run.requests)
            for axes, end_us in zip(both, (slowest_us, run.end_us)):
                draw_bars(axes, run, colours, end_us, 0, count)
                axes.set_gid(gid(series=run.subject, runs=f"0 {count} {run.key}"))
                if ideal := IDEAL.read(run.run):
                    axes.axvline(ideal.value, zorder=3, **IDEAL_LINE)
                axes.set(ylim=(count, 0), yticks=[0.5, count - 0.5], yticklabels=["1", count_text(run.total)])
                axes.grid(axis="y", visible=False)
                axes.tick_params(labelleft=axes is both[0])
                whose = (run.name, f"{run.result}, repetition {run.run.repetition}")
                panel_title(axes, *(whose if axes is both[0] else ("", "on its own clock")))
        has_ideal = any(IDEAL.read(run.run) for run in runs)
        _add_key(figure, runs, colours, *[Line2D([], [], label="ideal end", **IDEAL_LINE)] * has_ideal)
        cut = CUT if any(run.run.rows_cut for run in runs) else ""
        yield captioned("timeline", figure, map(_text, runs), workload=workload, cut=cut)


def draw_bars(axes: Axes, run: RunRequests, colours: Colours, end_us: float, *heights: float) -> None:
    """A bar for each request, on an axis that ends at `end_us`, evenly between two heights; of a class all
    in one shape: a recording has thousands, and a page should not have an element for each."""
    edges = numpy.linspace(*heights, len(run.requests) + 1)
    due_us = [request.due_us for request in run.requests]
    # A reply within a thousandth of the axis would be invisible; it still was a request.
    ends = [request.due_us + max(request.latency_us, end_us * 0.0035) for request in run.requests]
    for name in {request.class_: None for request in run.requests}:
        its_own = [end if request.class_ == name else nan for end, request in zip(ends, run.requests)]
        look = {"orientation": "horizontal", "fill": True, "color": colours[name], "gid": gid(series=name)}
        axes.stairs(its_own, edges, baseline=due_us, **look)
    ends, middles = [_end_us(run.requests[n]) for n in run.failed], (edges[1:] + edges[:-1]) / 2
    look = {"color": FAILED, "clip_on": False, "zorder": 4, "gid": gid(series="failed")}
    axes.plot(ends, middles[run.failed], "x", ms=3.5, mew=1.1, **look)
    set_axis(axes.xaxis, [end_us], log=False, unit="us")


def _add_key(figure: Figure, runs: Runs, colours: Colours, *others: Line2D) -> None:
    look = {"linestyle": "", "markersize": 6}
    classes = [Line2D([], [], color=c, marker="s", label=name, **look) for name, c in colours.items()]
    cross = Line2D([], [], color=FAILED, marker="x", label="failed", **look)
    key(figure, [*classes, *others, *[cross] * any(run.failed for run in runs)])


def _text(run: RunRequests) -> str:
    """A staircase ends a little later with each request; a wall ends all at once."""
    early = numpy.quantile(list(map(_end_us, run.requests)), 0.1)
    shape = "a staircase: they end one after the other" if early < 0.3 * run.end_us else "in steps"
    if early > 0.8 * run.end_us:
        shape = "a wall: nearly all end together"
    failed = f", {len(run.failed)} of them failed" if run.failed else ""
    return f"{run.name}: {plural(run.total, 'request')} done after {run.result}, {shape}{failed}"


def draw_glance(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """One, small enough for a phone, or none where there is nothing to draw."""
    workloads = (list(group) for _, group in groupby(digests, attrgetter("workload")))
    latencies = (rows.latencies_chart(recording, group) for group in workloads)
    mains = (panels_chart("main", recording, [panel]) for panel in curves.main_panels(recording, digests))
    charts = chain.from_iterable((*mains, _bands(recording, digests), *latencies))
    yield from (chart._replace(name="glance") for chart in islice(charts, 1))


def some_of(group: Iterable[Digest]) -> list[Digest]:
    """As many as a small picture has room for, from the fastest to the slowest, in the order they came in."""
    every = list(group)
    ranked = sorted(every, key=lambda d: d["makespan"].median if d["makespan"] else 0)
    steps = min(MOST_BANDS, len(ranked))
    chosen = [ranked[round(n * (len(ranked) - 1) / max(steps - 1, 1))] for n in range(steps)]
    return [digest for digest in every if digest in chosen]


def _bands(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of workloads with a makespan that have rows: of a rate, all end when the schedule does."""
    single = (digest for digest in single_digests(recording, digests) if digest["makespan"])
    some = chain.from_iterable(some_of(group) for _, group in groupby(single, attrgetter("workload")))
    for workload, runs, colours in _by_workload(recording, some):
        end_us, spans = max(run.end_us for run in runs), []
        figure, [[axes]] = grid([1], 1, BAND * len(runs), wide=NARROW, left=0.15, right=0.2, bottom=0.3)
        for n, run in enumerate(runs):
            draw_bars(axes, run, colours, end_us, n + 0.45, n + 0.98)
            spans.append(f"{n + 0.45} {n + 0.98} {run.key}")
            rows.write(axes, n + 0.22, run.name, 0, x=0, weight="bold")
            rows.write(axes, n + 0.22, run.result, 0, ha="right", color=MUTED)
        axes.set_gid(gid(runs=";".join(spans)))
        axes.set(ylim=(len(runs), 0), yticks=[])
        axes.spines["left"].set_visible(False)
        _add_key(figure, runs, colours)
        yield captioned("bands", figure, [f"{run.name}: {run.result}" for run in runs], workload=workload)
