"""The one picture at the top of the page, small enough for a phone: the suite's main curve; or who answered
the requests of its first workload by when, all on one clock; or, of what has no rows, its latencies."""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from operator import attrgetter

from matplotlib.figure import Figure

from charts import curves
from charts.canvas import Chart, captioned, grid, key, time_axis
from charts.palette import MUTED
from charts.rows import latencies_chart
from charts.svg import tag
from charts.timeline import RunRequests, colours_of, draw_bars, handles_of, run_requests
from metrics.curves import single_digests
from metrics.digest import Digest
from recordings.recording import Recording

WIDE = 4.6
BAND = 0.27  # inches for each subject
MOST = 7


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """One, or none where there is nothing to draw."""
    by_workload = (list(group) for _, group in groupby(digests, attrgetter("workload")))
    latencies = chain.from_iterable(latencies_chart(recording, group) for group in by_workload)
    charts = chain(curves.main_chart(recording, digests), _bands(recording, digests), latencies)
    yield from (chart._replace(name="glance") for chart in islice(charts, 1))


def some_of(group: Iterable[Digest]) -> list[Digest]:
    """As many as a small picture has room for, from the fastest to the slowest, in the order they came in."""
    every = list(group)
    ranked = sorted(every, key=lambda d: d["makespan"].median if d["makespan"] else 0)
    steps = min(MOST, len(ranked))
    chosen = [ranked[round(n * (len(ranked) - 1) / max(steps - 1, 1))] for n in range(steps)]
    return [digest for digest in every if digest in chosen]


def _bands(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """The first workload with a makespan that has rows: of a rate, all end when the schedule does."""
    single = [d for d in single_digests(recording, digests) if d["makespan"]]
    for workload, group in groupby(single, attrgetter("workload")):
        if runs := [run for digest in some_of(group) if (run := run_requests(recording, digest))]:
            figure = _figure(runs, colours_of(recording, workload, runs))
            yield captioned("bands", figure, [f"{run.name}: {run.result}" for run in runs], workload=workload)


def _figure(runs: list[RunRequests], colours: dict[str, str]) -> Figure:
    end_us, spans = max(run.end_us for run in runs), []
    figure, [[axes]] = grid([1], 1, BAND * len(runs), left=0.15, right=0.2, top=0.4, bottom=0.3, wide=WIDE)
    look = {"xytext": (0, 0), "xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    for n, run in enumerate(runs):
        top, bottom = n + 0.45, n + 0.98
        draw_bars(axes, run, colours, end_us, top, bottom)
        spans.append(f"{top} {bottom} {run.key}")
        axes.annotate(run.name, (0, n + 0.22), va="center", weight="bold", **look)
        axes.annotate(run.result, (1, n + 0.22), va="center", ha="right", color=MUTED, **look)
    tag(axes, runs=";".join(spans))
    time_axis(axes.xaxis, 0, end_us, log=False, ticks=5)
    axes.set(ylim=(len(runs), 0), yticks=[])
    axes.spines["left"].set_visible(False)
    key(figure, handles_of(colours, runs), left=0.15, handlelength=1.3)
    return figure
