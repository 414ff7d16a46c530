"""A curve's figures against its axis, both logarithmic: a panel per figure, a line per subject."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, LogLocator

from charts import fair, overload
from charts.canvas import Chart, Tick, set_axis
from charts.figures import Panel, Styles, draw_marks, panels_figure
from charts.palette import MUTED
from charts.tags import gid
from metrics.curves import Curve, CurveLine, Point, curves_of, memory_each_kib
from metrics.digest import Digest, Spread, figure_text
from metrics.metrics import METRICS
from metrics.soundness import MARK
from recordings.recording import Recording
from text.units import count_text, memory_text, range_text, round_duration_text


class PlottedMetric(NamedTuple):
    key: str
    title: str
    rest: str
    tick: Tick


def memory_tick(kib: float) -> str:
    return memory_text(kib).replace(".00 ", " ").replace(".0 ", " ")


OVER_IDEAL = PlottedMetric("over_ideal", "makespan over ideal", "", "{:.3g}×".format)
RATE = PlottedMetric("throughput", "throughput", "requests/s", count_text)
P50 = PlottedMetric("p50", "p50", "latency", round_duration_text)
P99 = PlottedMetric("p99", "p99", "latency", round_duration_text)
CPU = PlottedMetric("cpu", "CPU", "per request", round_duration_text)
MEMORY = PlottedMetric("memory", "resident memory", "peak", memory_tick)
THREADS = PlottedMetric("threads", "threads", "peak", count_text)
SWITCHES = PlottedMetric("switches_each", "context switches", "per request", "{:.3g}".format)
EACH = PlottedMetric("memory", "memory", "per request in flight", memory_tick)
HELD = PlottedMetric("held", "abandoned waits", "still held", count_text)
LET_GO = PlottedMetric("let_go", "abandoned waits", "let go after", round_duration_text)
IDLE_MEMORY = PlottedMetric("idle_memory", "memory", "per idle connection", memory_tick)
IDLE_CPU = PlottedMetric("idle_cpu", "CPU", "per idle connection and second", round_duration_text)
IDLE_SWITCHES = PlottedMetric("idle_switches", "context switches", "likewise", "{:.3g}".format)

BURST = (OVER_IDEAL, EACH, MEMORY, THREADS, CPU, SWITCHES)
CLOSED = (RATE, P99, CPU, SWITCHES, THREADS, MEMORY)
OPEN = (P50, P99, RATE, CPU)
BESIDE = (P99, P50, IDLE_MEMORY, IDLE_CPU, IDLE_SWITCHES, HELD, LET_GO, MEMORY, THREADS)
_OF_THEIR_OWN = {"load": overload.panels_of, "share": fair.panels_of}  # axes in per cent
Marks = list[tuple[Point, Spread]]
Lines = Mapping[str, Marks]


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    for curve in (c for c in curves_of(recording, digests) if c.axis not in _OF_THEIR_OWN):
        objective = recording.run["objective"] or {}
        highest = objective.get("highest_rps", {}) if objective.get("curve") == curve.name else {}
        knees = {name: rate for name, rate in highest.items() if rate}
        panels, texts = [], []
        for metric in _metrics(curve):
            lines = {line.subject: marks for line in curve.lines if (marks := _marks(metric, line))}
            if lines:
                draw_panel = partial(_draw_panel, curve=curve, metric=metric, knees=knees)
                panels.append(Panel(metric.title, metric.rest, lines, draw_panel))
                ends = [f"{n} from {_at(metric, *m[0])} to {_at(metric, *m[-1])}" for n, m in lines.items()]
                texts.append(f"{metric.title} {metric.rest}".strip() + f": {', '.join(ends)}")
        if panels and len(curve.places) > 1:
            knee = f" A dotted upright line is the highest rate with {objective['text']}." if knees else ""
            yield Chart(
                name=f"curve-{curve.name}",
                title=f"{curve.name}: against {curve.axis_text}",
                caption="Both axes are logarithmic. A mark is the median of the repetitions, the upright "
                "line their range; a hollow mark has requests that failed or no run that counts, or is at "
                f"least that long.{knee}",
                opening=f"Against {curve.axis_text}.",
                texts=texts,
                figure=panels_figure(recording.subjects, panels, columns=2, height=1.75, bottom=0.5),
            )


def main_panels(recording: Recording, digests: list[Digest]) -> Iterator[Panel]:
    """Of each curve what its suite is about."""
    for curve in curves_of(recording, digests):
        if curve.axis in _OF_THEIR_OWN:
            yield from islice(_OF_THEIR_OWN[curve.axis](curve), 1)
            continue
        metric = OVER_IDEAL if curve.is_burst else P99 if curve.axis == "rate" or curve.has_company else RATE
        lines = {line.subject: marks for line in curve.lines if (marks := _marks(metric, line))}
        if lines and len(curve.places) > 1:
            rest = f"{metric.rest} of {curve.name}".strip()
            draw_panel = partial(_draw_panel, curve=curve, metric=metric, knees={})
            yield Panel(metric.title, rest, lines, draw_panel)


def main_chart(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of the first curve, small and alone."""
    for panel in main_panels(recording, digests):
        name = f"{panel.title}, {panel.rest}"
        ends = [f"{n} from {m[0][1].median:.3g} to {m[-1][1].median:.3g}" for n, m in panel.lines.items()]
        yield Chart(
            name="main",
            title="The main curve",
            caption="A mark is the median of the repetitions, the upright line their range.",
            opening=f"{name}.",
            texts=ends,
            figure=panels_figure(recording.subjects, [panel], columns=1, height=1.9, bottom=0.5, wide=4.6),
        )


def _metrics(curve: Curve) -> tuple[PlottedMetric, ...]:
    if curve.has_company:
        return BESIDE
    return BURST if curve.is_burst else OPEN if curve.axis == "rate" else CLOSED


def _across(curve: Curve) -> Callable[[int], float]:
    """Where a place is on a logarithmic axis: nobody's, zero, is to the left of the others."""
    least = min((at for at in curve.places if at), default=1)
    return lambda at: at or least / 3


def _marks(metric: PlottedMetric, line: CurveLine) -> Marks:
    each = memory_each_kib(line)
    marks = [(p, each.get(p.at) if metric is EACH else p.digest[metric.key]) for p in line.points]
    return [(point, spread) for point, spread in marks if spread and spread.median > 0]


def _at(metric: PlottedMetric, point: Point, spread: Spread) -> str:
    mark = "" if point.digest.counts else f" {MARK}"
    return f"{figure_text(METRICS[metric.key], spread)}{mark} at {count_text(point.at)}"


def _note(metric: PlottedMetric, curve: Curve, point: Point, spread: Spread) -> str:
    """`async at 100 connections: p99 latency 53.1 ms (52 – 54 ms), 5 runs, all valid`."""
    digest, text = point.digest, METRICS[metric.key].text
    figure = f"{_at(metric, point, spread)} {curve.axis_text}"
    limits = range_text(spread.low, spread.high, text)
    verdict = digest.left_out_text or ("valid" if spread.runs == 1 else f"all {len(digest.runs)} runs valid")
    failed = f", {count_text(sum(digest.failures.values()))} requests failed" if digest.failures else ""
    return f"{digest.subject}, {metric.title} {metric.rest}: {figure} ({limits}), {verdict}{failed}"


def _draw_panel(
    axes: Axes, lines: Lines, styles: Styles, *, curve: Curve, metric: PlottedMetric, knees: Mapping[str, int]
) -> None:
    across = _across(curve)
    for subject, marks in lines.items():
        style = styles[subject]
        is_hollow = [not p.digest.counts or p.digest.failures or spread.at_least for p, spread in marks]
        notes = [_note(metric, curve, *mark) for mark in marks]
        places = [(across(point.at), spread) for point, spread in marks]
        draw_marks(axes, style, [(*place, *rest) for place, *rest in zip(places, notes, is_hollow)])
        if subject in knees and metric in (P50, P99):
            look = {"color": style.colour, "linewidth": 0.9, "linestyle": (0, (1, 1.5))}
            axes.axvline(knees[subject], gid=gid(series=subject), **look)
    if curve.axis == "rate" and metric is RATE:
        ends = [curve.places[0], curve.places[-1]]
        axes.plot(ends, ends, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    values = [value for marks in lines.values() for _, s in marks for value in (s.low, s.high)]
    low, high = min(values), max(values)
    if high / low < 1.5:  # a picture of noise, unless its axis is wider than that
        low, high = low / 1.2, high * 1.2
    near = high / low < 30
    base, steps = (2 if near else 4, (1,)) if metric.key == "memory" else (10, (1, 2, 5) if near else (1,))
    locator = LogLocator(base, subs=steps, numticks=9)
    set_axis(axes.yaxis, low / 1.25, high * 1.25, locator, metric.tick, log=True)
    ends, along = (across(curve.places[0]) / 1.2, across(curve.places[-1]) * 1.2), LogLocator()
    if curve.has_company:
        along = FixedLocator([across(at) for at in curve.places])
    zero = {across(0): "0"} if curve.places[0] == 0 else {}
    set_axis(axes.xaxis, *ends, along, lambda at: zero.get(at) or count_text(at), log=True, unit="n")
    axes.set_xlabel(curve.axis_text)
