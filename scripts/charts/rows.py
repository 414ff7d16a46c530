"""A row per subject below the heading of its workload, in it a dot per repetition: makespans beside ideals, a
server's latency by client, what a server takes that is not used yet; and ratios of pairs."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import isfinite
from operator import attrgetter, itemgetter
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts.canvas import TICKS, Chart, captioned, grid, key, marked, panel_title, set_axis
from charts.figures import draw_dot
from charts.palette import FAILED, MUTED, TEXT, Style, subject_styles
from charts.svg import gid
from metrics.comparing import Compared, against_references
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS, Metric, counts, why_not
from recordings.csv_table import grouped
from recordings.recording import Recording
from stats.comparison import Outcome, least_repetitions
from text.units import joined, range_text, ratio_text
from words.findings import silent_groups

ROW = 0.24
WIDE = 5.2  # what a phone can show
IDEAL = {"color": TEXT, "marker": "|", "markersize": 9, "markeredgewidth": 1.1, "linestyle": ""}


def rows_figure(
    names: Sequence[tuple[str, str]], panels: int, right: float, bar: str, *others: Line2D
) -> tuple[Figure, list[Axes], list[float]]:
    """Axes below each other with the same rows, one for each (heading, name), and where those are; with so
    many inches at the right to write in. The key says what dots, a bar and other marks are."""
    left = 0.3 + 0.078 * max(len(text) for pair in names for text in pair)
    places, headings, y = [], [], 0.8
    for heading, group in groupby(names, itemgetter(0)):
        headings.append((y, heading))
        places += [y + n for n, _ in enumerate(group, start=1)]
        y = places[-1] + 1.4
    inches = {"wide": WIDE + max(left - 1.6, 0), "left": left, "right": right, "top": 0.58, "down": 0.75}
    figure, _ = grid([1], panels, ROW * (y - 0.8), **inches)
    for axes in figure.axes:
        for place, heading in headings:
            write(axes, place, heading, -4, x=0, weight="bold", ha="right")
        axes.set(ylim=(y - 0.8, 0.15))
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
        axes.set_yticks(places, [name for _, name in names])
        axes.tick_params(axis="y", labelcolor=TEXT)
    plain = {"color": MUTED, "linestyle": ""}
    dot = Line2D([], [], marker="o", markersize=4, label="a repetition", **plain)
    upright = Line2D([], [], marker="|", markersize=9, markeredgewidth=2.2, label=bar, **plain)
    key(figure, [dot, upright, *others])
    return figure, figure.axes, places


def write(axes: Axes, y: float, text: str, points: float, *, x: float = 1, **look: Any) -> None:
    """Beside a row, so many points from the axes' right edge (or from the left one: x = 0)."""
    axes.annotate(text, (x, y), (points, 0), ("axes fraction", "data"), "offset points", va="center", **look)


def draw_bar(axes: Axes, y: float, middle: float, style: Style, note: str) -> None:
    look = {"color": style.colour, "linewidth": 2.2, "gid": gid(series=style.series, note=note)}
    axes.plot([middle] * 2, [y - 0.34, y + 0.34], **look)


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    yield from _chart("makespan", recording, [d for d in digests if d["makespan"]], "makespan")
    yield from latencies_chart(recording, digests)


def draw_cold(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of servers that wait to be used: a start, memory at rest, and a burst of connections after silence."""
    group = [digest for some in silent_groups(recording, digests) for digest in some if digest["rest"]]
    yield from _chart("cold", recording, group, "start", "rest", "makespan")


def latencies_chart(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of clients. In a closed loop the rate is another with each of them."""
    if recording.varies == "client":
        group = [d for d in digests if d["mean"] and all(run.arrivals != "closed" for run in d.runs)]
        yield from _chart("latency", recording, group, "mean")


def _chart(kind: str, recording: Recording, digests: list[Digest], *keys: str) -> Iterator[Chart]:
    """A panel for each metric, if there are digests."""
    if digests:
        names, styles = [(d.workload, marked(d)) for d in digests], subject_styles(recording.subjects)
        ideal = [Line2D([], [], label="ideal", **IDEAL)] if any(d["ideal"] for d in digests) else []
        right = 1.6 if "makespan" in keys else 0.75
        figure, panels, places = rows_figure(names, len(keys), right, "median", *ideal)
        texts: list[list[str]] = [[] for _ in digests]
        for axes, metric in zip(panels, map(METRICS.get, keys)):
            values: list[float] = []
            for y, digest, words in zip(places, digests, texts):
                some, text = _draw_row(axes, y, digest, metric, styles[digest.subject])
                values += some
                words.append(f"{metric.name} {text}")
            set_axis(axes.xaxis, values, TICKS[metric.text], True if kind == "makespan" else None)
            panel_title(axes, metric.name)
        said = [f"{' '.join(name)}: {', '.join(words)}" for name, words in zip(names, texts)]
        yield captioned(kind, figure, said)


def _draw_row(axes: Axes, y: float, digest: Digest, metric: Metric, style: Style) -> tuple[list[float], str]:
    """A dot for each run, hollow where it does not count, a line along the range of those that do, a bar at
    their median; beside a makespan its ideal. What all runs came to, and what is written at the right."""
    middle, low, high, *_ = digest[metric.key]
    whose, values, text = gid(series=digest.subject), [], figure_text(metric, digest[metric.key])
    axes.plot([low, high], [y, y], color=style.colour, linewidth=1.2, gid=whose)
    for run in (run for run in digest.runs if metric.read(run)):
        values.append(metric.read(run).value)
        said = f"repetition {run.repetition}: {metric.text(values[-1])}, {why_not(run) or 'valid'}"
        named = gid(series=digest.subject, note=f"{digest.subject}, {digest.workload}, {said}")
        draw_dot(axes, values[-1], y, style, not counts(run), gid=named)
    spread = f"median {text} ({range_text(low, high, metric.text)})"
    draw_bar(axes, y, middle, style, f"{marked(digest)}, {digest.workload}: {spread}")
    if metric.key == "makespan":
        if ideal := digest["ideal"]:
            values.append(ideal.median)
            axes.plot(ideal.median, y, zorder=4, gid=whose, **IDEAL)
        ratio = figure_text(METRICS["over_ideal"], digest["over_ideal"])
        text += f", {ratio} ideal" if ratio else ", errors" if digest.failures else ""
    write(axes, y, text, 6, color=FAILED if text.endswith("errors") else TEXT)
    return values, text


def draw_ratios(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """The workloads' references beside the others, if any row has as many pairs as an interval needs."""
    rows = [row for row in against_references(recording) if row.comparison.ratio is not None]
    if any(len(row.comparison.pair_ratios) >= least_repetitions(1, is_paired=True) for row in rows):
        clients = f"{joined(dict.fromkeys(row.second for row in rows))} needs and makes"
        who = clients if recording.varies == "client" else "our servers need and serve"
        yield captioned("ratios", _ratios_figure(recording, rows), map(_note, rows), who=who)


def differences_chart(recording: Recording, rows: list[Compared]) -> Iterator[Chart]:
    """Of two recordings: the second against the first."""
    if rows := [row for row in rows if row.comparison.ratio is not None]:
        yield captioned("differences", _ratios_figure(recording, rows), map(_note, rows))


def _ratios_figure(recording: Recording, compared: list[Compared]) -> Figure:
    """A panel per metric."""
    rows_of, styles = grouped(compared, attrgetter("metric")), subject_styles(recording.subjects)
    names = list(dict.fromkeys(map(_name, compared)))
    interval = Line2D([], [], color=MUTED, linewidth=2, label="its interval")
    figure, panels, places = rows_figure(names, len(rows_of), 0.55, "the estimate", interval)
    better = {metric.name: "more" if metric.better > 0 else "less" for metric in METRICS.values()}
    for axes, (metric, rows) in zip(panels, rows_of.items()):
        axes.axvline(1, color=TEXT, linewidth=1)
        values = [1.0]  # it always shows where equal is
        for row in rows:
            y, ratios, middle = places[names.index(_name(row))], row.comparison.pair_ratios, _middle(row)
            ends = _interval(row)
            look = {"color": styles[row.first].colour, "gid": gid(series=row.first)}
            axes.plot(ratios, [y] * len(ratios), "o", markersize=3.4, alpha=0.4, markeredgewidth=0, **look)
            axes.plot(ends, [y] * len(ends), linewidth=2, **look)
            draw_bar(axes, y, middle, styles[row.first], _note(row))
            write(axes, y, ratio_text(middle), 6, weight="bold")
            values += [middle, *(ratios or ends)]
        # Logarithmic, as half and twice are equally far from equal.
        set_axis(axes.xaxis, values, TICKS[ratio_text], log=True)
        panel_title(axes, metric, f"{better[metric]} is better")
    return figure


def _name(row: Compared) -> tuple[str, str]:
    """The heading and the name of its row."""
    return (row.workload if row.first == row.second else f"{row.workload}: {row.second}"), row.first


def _interval(row: Compared) -> Sequence[float]:
    """Empty where there are too few pairs for one."""
    limits = row.comparison.interval
    return (
        limits if row.comparison.outcome is not Outcome.TOO_FEW and limits and isfinite(limits.high) else ()
    )


def _middle(row: Compared) -> float:
    pairs = row.comparison.pair_ratios
    return median(pairs) if pairs and not _interval(row) else row.comparison.ratio


def _note(row: Compared) -> str:
    """What is said of it, and of how many pairs."""
    who = row.second if row.first == row.second else f"{row.second} beside {row.first}"
    figure = f"{ratio_text(_middle(row))}, {row.comparison.sentence}"
    return f"{row.workload}, {row.metric}, {who}: {figure}"
