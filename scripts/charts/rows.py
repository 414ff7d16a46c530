"""A row per subject below the heading of its workload, in it a dot per repetition: makespans beside ideals, a
server's latency by client, and what a server takes that is not used yet."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from charts.canvas import Chart, Tick, captioned, grid, key, marked, panel_title
from charts.canvas import set_axis, spans_far, time_axis
from charts.curves import memory_tick
from charts.figures import ONE_WIDE, draw_dot
from charts.palette import FAILED, MUTED, TEXT, Style, subject_styles
from charts.svg import gid
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS
from metrics.soundness import counts, why_not
from recordings.recording import Recording
from text.units import range_text, round_duration_text
from words.findings import silent_groups

ROW = 0.24
MEDIAN_AT, RATIO_AT = 58, 102  # points from the axes' right edge to the ends of the two columns of figures
IDEAL = {"color": TEXT, "marker": "|", "markersize": 9, "markeredgewidth": 1.1, "linestyle": ""}
_COLD: tuple[tuple[str, str, str, Tick], ...] = (
    ("start", "start", "to the first reply", round_duration_text),
    ("rest", "memory", "at rest", memory_tick),
    ("makespan", "burst", "all answered", round_duration_text),
)


class Rows:
    """Axes with the same rows, one for each (heading, name), at `places`. They stand below each other, as
    narrow as a phone can show."""

    def __init__(self, names: Sequence[tuple[str, str]], panels: int, *, right: float, top: float):
        headings = dict.fromkeys(heading for heading, _ in names)
        self.left = 0.3 + 0.078 * max(len(text) for pair in names for text in pair)
        height = ROW * (len(names) + 1.4 * len(headings))
        edges = {"left": self.left, "right": right, "top": top, "wide": ONE_WIDE + max(self.left - 1.6, 0)}
        self.figure, cells = grid([1], panels, height, gaps=(0.0, 0.75), **edges)
        self.axes = [axes for [axes] in cells]
        self.places: list[float] = []
        y = 0.8
        for heading, group in groupby(names, key=lambda pair: pair[0]):
            for axes in self.axes:
                write(axes, y, heading, -4, x=0, weight="bold", ha="right")
            self.places += [y + n for n, _ in enumerate(group, start=1)]
            y = self.places[-1] + 1.4
        for axes in self.axes:
            axes.set(ylim=(y - 0.8, 0.15))
            axes.spines["left"].set_visible(False)
            axes.grid(axis="y", visible=False)
            axes.set_yticks(self.places, [name for _, name in names])
            axes.tick_params(axis="y", labelcolor=TEXT, length=0)

    def key(self, bar: str, *others: Line2D) -> None:
        """What the dots, the bar and other marks are."""
        plain = {"color": MUTED, "linestyle": ""}
        dot = Line2D([], [], marker="o", markersize=4, label="a repetition", **plain)
        upright = Line2D([], [], marker="|", markersize=9, markeredgewidth=2.2, label=bar, **plain)
        key(self.figure, [dot, upright, *others], left=self.left, handlelength=1.2)


def write(axes: Axes, y: float, text: str, points: float, *, x: float = 1, **look: Any) -> None:
    """Beside a row, so many points from the axes' right edge (or from the left one: x = 0)."""
    axes.annotate(text, (x, y), (points, 0), ("axes fraction", "data"), "offset points", va="center", **look)


def draw_bar(axes: Axes, y: float, middle: float, style: Style, note: str = "") -> None:
    look = {"color": style.colour, "linewidth": 2.2, "gid": gid(series=style.series, note=note)}
    axes.plot([middle] * 2, [y - 0.34, y + 0.34], **look)


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    if with_makespan := [digest for digest in digests if digest["makespan"]]:
        yield _makespans(recording, with_makespan)
    yield from latencies_chart(recording, digests)


def _makespans(recording: Recording, digests: list[Digest]) -> Chart:
    rows, [times] = _rows_of_runs(recording, digests, ["makespan"], right=1.55, top=0.5)
    [axes], texts = rows.axes, []
    for y, digest in zip(rows.places, digests):
        makespan, ratio, ideal = (_text(digest, key) for key in ("makespan", "over_ideal", "ideal"))
        if ideal:
            times.append(digest["ideal"].median)
            axes.plot(times[-1], y, zorder=4, gid=gid(series=digest.subject), **IDEAL)
        write(axes, y, makespan, MEDIAN_AT, ha="right")
        if ratio or digest.failures:
            colour = TEXT if ratio else FAILED
            write(axes, y, ratio or "errors", RATIO_AT, ha="right", weight="bold", color=colour)
        beside = f", {ratio} of the ideal {ideal}" if ratio else ""
        texts.append(f"{digest.workload} {marked(digest)}: {makespan}{beside}")
    time_axis(axes.xaxis, min(times), max(times), log=True, ticks=5)
    rows.key("median", Line2D([], [], label="ideal", **IDEAL))
    for text, points in (("median", MEDIAN_AT), ("× ideal", RATIO_AT)):
        look = {"ha": "right", "color": MUTED}
        axes.annotate(text, (1, 1), (points, 6), "axes fraction", "offset points", **look)
    return captioned("makespan", rows.figure, texts)


def latencies_chart(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of clients. In a closed loop the rate is another with each of them."""
    open_loops = [d for d in digests if d["mean"] and all(run.arrivals != "closed" for run in d.runs)]
    if recording.varies == "client" and open_loops:
        rows, [times] = _rows_of_runs(recording, open_loops, ["mean"], right=0.75, top=0.58)
        [axes], texts = rows.axes, [_text(digest, "mean") for digest in open_loops]
        time_axis(axes.xaxis, min(times), max(times), log=spans_far(times), ticks=5)
        for y, text in zip(rows.places, texts):
            write(axes, y, text, 6, weight="bold")
        panel_title(axes, METRICS["mean"].name, "as each tool reports it")
        rows.key("median")
        who = zip(open_loops, texts)
        yield captioned("latency", rows.figure, [f"{d.workload} {marked(d)}: {text}" for d, text in who])


def draw_cold(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of servers that wait to be used: a start, memory at rest, and a burst of connections after silence."""
    group = [digest for some in silent_groups(recording, digests) for digest in some if digest["rest"]]
    if group:
        look = {"right": 0.2, "top": 0.58, "is_plain": True}
        rows, values = _rows_of_runs(recording, group, [key for key, *_ in _COLD], **look)
        for axes, some, (_, title, rest, tick) in zip(rows.axes, values, _COLD):
            set_axis(axes.xaxis, 0, max(some) * 1.06, MaxNLocator(4, steps=(1, 2, 5, 10)), tick, log=False)
            panel_title(axes, title, rest)
        rows.key("median")
        texts = [", ".join(f"{name} {_text(digest, key)}" for key, name, *_ in _COLD) for digest in group]
        who = zip(group, texts)
        yield captioned("cold", rows.figure, [f"{marked(digest)}: {text}" for digest, text in who])


def _rows_of_runs(
    recording: Recording, digests: list[Digest], metrics: list[str], *, is_plain: bool = False, **edges: float
) -> tuple[Rows, list[list[float]]]:
    """A dot for each run, hollow where it does not count, a line along the range of those that do, a bar at
    their median; if plain, without the line and notes. With what all runs came to, for each metric."""
    rows = Rows([(digest.workload, marked(digest)) for digest in digests], len(metrics), **edges)
    styles, values = subject_styles(recording.subjects), [[] for _ in metrics]
    for axes, name, some in zip(rows.axes, metrics, values):
        metric = METRICS[name]
        for y, digest in zip(rows.places, digests):
            style, (middle, low, high, *_) = styles[digest.subject], digest[metric.key]
            whose, note = gid(series=digest.subject), ""
            if not is_plain:
                axes.plot([low, high], [y, y], color=style.colour, linewidth=1.2, gid=whose)
                median = f"median {_text(digest, metric.key)} ({range_text(low, high, metric.text)})"
                note = f"{marked(digest)}, {digest.workload}: {median}"
            for run in (run for run in digest.runs if metric.read(run)):
                some.append(metric.read(run).value)
                said = f"repetition {run.repetition}: {metric.text(some[-1])}, {why_not(run) or 'valid'}"
                named = gid(series=digest.subject, note=f"{digest.subject}, {digest.workload}, {said}")
                draw_dot(axes, some[-1], y, style, not counts(run), gid=None if is_plain else named)
            draw_bar(axes, y, middle, style, note)
    return rows, values


def _text(digest: Digest, metric: str) -> str:
    return figure_text(METRICS[metric], digest[metric])
