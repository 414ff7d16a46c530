"""A dot per repetition, a row per subject: makespans beside ideals, and a server's latency by client."""

from collections.abc import Iterator, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts.canvas import Chart, marked, panel_title, spans_far, time_axis
from charts.figures import Rows, draw_bar, write
from charts.palette import FAILED, MUTED, SURFACE, TEXT, subject_styles
from charts.tags import gid
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS
from metrics.soundness import counts, why_not
from recordings.recording import Recording, Row
from text.units import range_text

RIGHT = 1.55
MEDIAN_AT, RATIO_AT = 58, 102  # points from the axes' right edge to the ends of the two columns of figures
IDEAL = {"color": TEXT, "marker": "|", "markersize": 9, "markeredgewidth": 1.1, "linestyle": ""}


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    with_makespan = [digest for digest in digests if digest["makespan"]]
    if with_makespan:
        yield Chart(
            name="makespan",
            title="Makespan against ideal",
            caption="From the first request due to the last one done, on a logarithmic axis: a dot for each "
            "repetition, hollow if it does not count, a bar at the median. The thin tick is the ideal, which "
            "no server of that model can beat; at the right stand the median and its ratio to the ideal. "
            "Where nothing waits there is none, and errors have none: who fails requests is done sooner.",
            opening="Median makespans.",
            texts=[
                f"{d.workload} {marked(d)}: {_text(d, 'makespan')}"
                + (f", {_text(d, 'over_ideal')} of the ideal {_text(d, 'ideal')}" if d["over_ideal"] else "")
                for d in with_makespan
            ],
            figure=_makespans(recording, with_makespan),
        )
    yield from latencies_chart(recording, digests)


def latencies_chart(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of clients. In a closed loop the rate is another with each of them."""
    open_loops = [d for d in digests if d["mean"] and all(run.arrivals != "closed" for run in d.runs)]
    if recording.varies == "client" and open_loops:
        yield Chart(
            name="latency",
            title="What the same server’s latency looks like at a fixed rate",
            caption="Server, rate and connections are the same for all; what differs is what the tool adds, "
            "and from when it counts. A dot for each repetition, hollow if it does not count, a bar at the "
            "median.",
            opening="Medians of the mean latencies.",
            texts=[f"{d.workload} {marked(d)}: {_text(d, 'mean')}" for d in open_loops],
            figure=_latencies(recording, open_loops),
        )


def _makespans(recording: Recording, digests: list[Digest]) -> Figure:
    ideals = [digest["ideal"].median for digest in digests if digest["ideal"]]
    rows = _rows(recording, digests, "makespan", ideals, right=RIGHT, top=0.5)
    [axes] = rows.axes
    for y, digest in zip(rows.places, digests):
        ideal, ratio = digest["ideal"], digest["over_ideal"]
        if ideal:
            axes.plot(ideal.median, y, zorder=4, gid=gid(series=digest.subject), **IDEAL)
        write(axes, y, _text(digest, "makespan"), MEDIAN_AT, ha="right")
        if ratio or digest.failures:
            text, colour = (_text(digest, "over_ideal"), TEXT) if ratio else ("errors", FAILED)
            write(axes, y, text, RATIO_AT, ha="right", weight="bold", color=colour)
    rows.key("median", Line2D([], [], label="ideal", **IDEAL))
    for text, points in (("median", MEDIAN_AT), ("× ideal", RATIO_AT)):
        look = {"ha": "right", "color": MUTED}
        axes.annotate(text, (1, 1), (points, 6), "axes fraction", "offset points", **look)
    return rows.figure


def _latencies(recording: Recording, digests: list[Digest]) -> Figure:
    rows = _rows(recording, digests, "mean", right=0.75, top=0.58)
    for y, digest in zip(rows.places, digests):
        write(rows.axes[0], y, _text(digest, "mean"), 6, weight="bold")
    panel_title(rows.axes[0], METRICS["mean"].name, "as each tool reports it")
    rows.key("median")
    return rows.figure


def _rows(
    recording: Recording, digests: list[Digest], metric: str, ideals: Sequence[float] = (), **edges: float
) -> Rows:
    """Rows of a metric that is a time. Dots of runs that do not count are hollow, and in no line or bar."""
    rows = Rows([(digest.workload, marked(digest)) for digest in digests], 1, **edges)
    [axes], styles, times = rows.axes, subject_styles(recording.subjects), list(ideals)
    for y, digest in zip(rows.places, digests):
        style, spread = styles[digest.subject], digest[metric]
        colour, whose = style.colour, gid(series=digest.subject)
        axes.plot([spread.low, spread.high], [y, y], color=colour, linewidth=1.2, gid=whose)
        for run in digest.runs:
            if figure := METRICS[metric].read(run):
                face = colour if counts(run) else SURFACE
                named = gid(
                    series=digest.subject, note=_run_text(digest, run, METRICS[metric].text(figure.value))
                )
                axes.plot(figure.value, y, "o", markersize=4, color=colour, markerfacecolor=face, gid=named)
                times.append(figure.value)
        text = METRICS[metric].text
        ranged = f"{_text(digest, metric)} ({range_text(spread.low, spread.high, text)})"
        draw_bar(axes, y, spread.median, style, f"{marked(digest)}, {digest.workload}: median {ranged}")
    time_axis(axes.xaxis, min(times), max(times), log=metric == "makespan" or spans_far(times), ticks=5)
    return rows


def _run_text(digest: Digest, run: Row, figure: str) -> str:
    """`async, mixed, repetition 3: 53.1 ms, valid`."""
    verdict = why_not(run) or "valid"
    return f"{digest.subject}, {digest.workload}, repetition {run.repetition}: {figure}, {verdict}"


def _text(digest: Digest, metric: str) -> str:
    return figure_text(METRICS[metric], digest[metric])
