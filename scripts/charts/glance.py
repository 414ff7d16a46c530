"""The one picture at the top of the page, small enough for a phone: the suite's main curve; or who answered
the requests of its first workload by when, all on one clock; or, of what has no rows, its latencies."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby, islice
from operator import attrgetter

from matplotlib.figure import Figure

from charts import curves
from charts.canvas import Chart, grid, key, time_axis
from charts.palette import MUTED
from charts.repetitions import latencies_chart
from charts.tags import tag
from charts.timeline import RunRequests, colours_of, draw_bars, handles_of, result_text, run_requests
from metrics.curves import single_digests
from metrics.digest import Digest
from recordings.recording import Recording

NAME = "glance"
WIDE = 4.6
BAND = 0.27  # inches for each subject
MOST = 7


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """One, or none where there is nothing to draw."""
    makers = (curves.main_chart, _bands, _latencies)
    made = (chart for maker in makers for chart in maker(recording, digests))
    yield from (chart._replace(name=NAME) for chart in islice(made, 1))


def _latencies(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of the first workload that has any."""
    for _, group in groupby(digests, attrgetter("workload")):
        yield from latencies_chart(recording, list(group))


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
        runs = list(filter(None, map(partial(run_requests, recording), some_of(group))))
        if runs:
            yield Chart(
                name=NAME,
                title=f"{workload}: each request from due to done, all on one clock",
                caption="A bar is a request; shown is the repetition with the median makespan.",
                opening=f"Bars from due to done for each request of {workload}.",
                texts=[f"{run.name}: {result_text(run)}" for run in runs],
                figure=_bands_figure(recording, workload, runs),
            )


def _bands_figure(recording: Recording, workload: str, runs: list[RunRequests]) -> Figure:
    colours, end_us = colours_of(recording, workload, runs), max(run.end_us for run in runs)
    figure, [[axes]] = grid([1], 1, BAND * len(runs), left=0.15, right=0.2, top=0.4, bottom=0.3, wide=WIDE)
    spans = []
    for n, run in enumerate(runs):
        rows = (n + 0.45, n + 0.98)
        draw_bars(axes, run, colours, end_us, rows)
        spans.append(f"{rows[0]} {rows[1]} {run.key}")
        look = {"xytext": (0, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(run.name, (0, n + 0.22), xycoords=("axes fraction", "data"), weight="bold", **look)
        text = {"xycoords": ("axes fraction", "data"), "ha": "right", "color": MUTED}
        axes.annotate(result_text(run), (1, n + 0.22), **look, **text)
    tag(axes, runs=";".join(spans))
    time_axis(axes.xaxis, 0, end_us, log=False, ticks=5)
    axes.set(ylim=(len(runs), 0), yticks=[])
    axes.spines["left"].set_visible(False)
    key(figure, handles_of(colours, runs), left=0.15, handlelength=1.3)
    return figure
