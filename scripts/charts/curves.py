"""A curve's figures against its axis, a panel per figure, a line per subject: both logarithmic, unless the
axis is per cent of what each can serve (overload) or of a core that others take (fair)."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, MultipleLocator

from charts.canvas import Chart, Tick, set_axis
from charts.figures import DASHED, Lines, Mark, Panel, Styles, draw_marks, panels_chart
from charts.svg import gid
from metrics.curves import Curve, curves_of, memory_each_kib
from metrics.digest import Digest, Spread, figure_text
from metrics.metrics import METRICS
from metrics.overload import goodput_share, of_valid, wasted_share
from metrics.soundness import MARK
from recordings.recording import Recording
from text.units import count_text, memory_text, range_text, round_duration_text
from words.curve_words import prompt_class
from words.phrases import at_least, percent


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
IN_PER_CENT = ("load", "share")  # axes
GOODPUT = "goodput"


def draw_overload(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    loads = (curve for curve in curves_of(recording, digests) if curve.axis == "load")
    yield from panels_chart("overload", recording, chain(*map(_panels_in_per_cent, loads)), height=1.9)


def draw_fair(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    shares = (curve for curve in curves_of(recording, digests) if curve.axis == "share")
    yield from panels_chart("fair", recording, chain(*map(_panels_in_per_cent, shares)))


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    curves = [curve for curve in curves_of(recording, digests) if curve.axis not in IN_PER_CENT]
    for curve in (curve for curve in curves if len(curve.places) > 1):
        objective = recording.run["objective"] or {}
        highest = objective.get("highest_rps", {}) if objective.get("curve") == curve.name else {}
        knees = {name: rate for name, rate in highest.items() if rate}
        knee = f" A dotted upright line is the highest rate with {objective['text']}." if knees else ""
        others = BURST if curve.is_burst else OPEN if curve.axis == "rate" else CLOSED
        metrics = BESIDE if curve.has_company else others
        panels = (panel for metric in metrics if (panel := _panel(curve, metric, knees)).lines)
        words = {"curve": curve.name, "axis": curve.axis_text, "knee": knee}
        yield from panels_chart("curve", recording, panels, words, height=1.75)


def main_panels(recording: Recording, digests: list[Digest]) -> Iterator[Panel]:
    """Of each curve what its suite is about."""
    for curve in curves_of(recording, digests):
        if curve.axis in IN_PER_CENT:
            yield from islice(_panels_in_per_cent(curve), 1)
        elif len(curve.places) > 1:
            is_late = curve.axis == "rate" or curve.has_company
            panel = _panel(curve, OVER_IDEAL if curve.is_burst else P99 if is_late else RATE)
            if panel.lines:
                yield panel._replace(rest=f"{panel.rest} of {curve.name}".strip())


def main_chart(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of the first curve, small and alone."""
    for panel in main_panels(recording, digests):
        medians = {name: [mark.spread.median for mark in marks] for name, marks in panel.lines.items()}
        ends = [f"{name} from {some[0]:.3g} to {some[-1]:.3g}" for name, some in medians.items()]
        small = [panel._replace(text="; ".join(ends))]
        words = {"panel": f"{panel.title}, {panel.rest}"}
        yield from panels_chart("main", recording, small, words, columns=1, height=1.9, wide=4.6)


def _panel(curve: Curve, metric: PlottedMetric, knees: Mapping[str, int] = {}) -> Panel:
    """Without a line where there is nothing that a logarithmic axis has a place for."""
    lines, ends = {}, []
    for line in curve.lines:
        each, marks, texts = memory_each_kib(line), [], []
        for at, digest in line.points:
            spread = each.get(at) if metric is EACH else digest[metric.key]
            if spread and spread.median > 0:
                mark = "" if digest.counts else f" {MARK}"
                texts.append(f"{figure_text(METRICS[metric.key], spread)}{mark} at {count_text(at)}")
                note = _note(metric, digest, spread, f"{texts[-1]} {curve.axis_text}")
                is_hollow = not digest.counts or bool(digest.failures) or spread.at_least
                marks.append(Mark(at, spread, note, is_hollow))
        if marks:
            lines[line.subject] = marks
            ends.append(f"{line.subject} from {texts[0]} to {texts[-1]}")
    text = f"{metric.title} {metric.rest}".strip() + f": {', '.join(ends)}"
    draw_panel = partial(_draw_panel, curve, metric, knees)
    return Panel(metric.title, metric.rest, lines, draw_panel, text)


def _note(metric: PlottedMetric, digest: Digest, spread: Spread, figure: str) -> str:
    """`async, p99 latency: 53.1 ms at 100 connections (52 – 54 ms), all 5 runs valid`."""
    limits = range_text(spread.low, spread.high, METRICS[metric.key].text)
    verdict = digest.left_out_text or ("valid" if spread.runs == 1 else f"all {len(digest.runs)} runs valid")
    failed = f", {count_text(sum(digest.failures.values()))} requests failed" if digest.failures else ""
    return f"{digest.subject}, {metric.title} {metric.rest}: {figure} ({limits}), {verdict}{failed}"


def _draw_panel(
    curve: Curve, metric: PlottedMetric, knees: Mapping[str, int], axes: Axes, lines: Lines, styles: Styles
) -> None:
    nobody = min((at for at in curve.places if at), default=1) / 3  # where zero is: to the left of the others
    places = [at or nobody for at in curve.places]
    for subject, marks in lines.items():
        draw_marks(axes, styles[subject], [mark._replace(at=mark.at or nobody) for mark in marks])
        if subject in knees and metric in (P50, P99):
            look = {"color": styles[subject].colour, "linewidth": 0.9, "linestyle": (0, (1, 1.5))}
            axes.axvline(knees[subject], gid=gid(series=subject), **look)
    if curve.axis == "rate" and metric is RATE:
        axes.plot([places[0], places[-1]], [places[0], places[-1]], zorder=0, **DASHED)
    spreads = [mark.spread for marks in lines.values() for mark in marks]
    low, high = min(s.low for s in spreads), max(s.high for s in spreads)
    if high / low < 1.5:  # a picture of noise, unless its axis is wider than that
        low, high = low / 1.2, high * 1.2
    near = high / low < 30
    base, steps = (2 if near else 4, (1,)) if metric.key == "memory" else (10, (1, 2, 5) if near else (1,))
    locator = LogLocator(base, subs=steps, numticks=9)
    set_axis(axes.yaxis, low / 1.25, high * 1.25, locator, metric.tick, log=True)
    is_near = places[-1] < 10 * places[0]  # less than a decade, in which there may be no power of ten
    some = FixedLocator(places[:: -(-len(places) // 8)])
    locator = some if curve.has_company or is_near else LogLocator()
    zero = {nobody: "0"} if curve.places[0] == 0 else {}
    ends = (places[0] / 1.2, places[-1] * 1.2)
    set_axis(axes.xaxis, *ends, locator, lambda at: zero.get(at) or count_text(at), log=True, unit="n")
    axes.set_xlabel(curve.axis_text)


def _panels_in_per_cent(curve: Curve) -> Iterator[Panel]:
    """One for each figure that any run tells of; of overload, goodput is the first."""
    reads = {GOODPUT: partial(of_valid, goodput_share), "CPU for nobody": partial(of_valid, wasted_share)}
    text, where = (lambda spread: percent(spread.median)), f"{curve.places[-1]} %"
    if curve.axis == "share":
        prompt = prompt_class(curve)
        reads = {f"p99 of {prompt}": lambda digest: digest.p99_of(prompt) if digest.counts else None}
        text, where = at_least, "the end"
    for name, read in reads.items():
        every = {n.subject: [Mark(p.at, s) for p in n.points if (s := read(p.digest))] for n in curve.lines}
        if lines := {subject: marks for subject, marks in every.items() if marks}:
            ends = ", ".join(f"{subject} {text(marks[-1].spread)}" for subject, marks in lines.items())
            words = f"{curve.name}, {name} at {where}: {ends}"
            yield Panel(curve.name, name, lines, partial(_draw_per_cent, curve, name), words)


def _draw_per_cent(curve: Curve, name: str, axes: Axes, lines: Lines, styles: Styles) -> None:
    for subject, marks in lines.items():
        draw_marks(axes, styles[subject], marks)
    spreads = [mark.spread for marks in lines.values() for mark in marks]
    low, high, begin, step = min(s.low for s in spreads), max(s.high for s in spreads), 0, 100
    if name == GOODPUT:
        axes.plot([0, 100], [0, 1], zorder=0, **DASHED)
    if curve.axis == "share":
        begin, step, locator = -2, 20, LogLocator(10, numticks=9)
        set_axis(axes.yaxis, low / 1.5, high * 1.5, locator, round_duration_text, log=True)
    else:
        locator = MaxNLocator(5, steps=(1, 2, 5, 10))
        set_axis(axes.yaxis, 0, max(high, 1.0) * 1.06, locator, percent, log=False)
    end, locator = curve.places[-1] * 1.04, MultipleLocator(step)
    set_axis(axes.xaxis, begin, end, locator, lambda value: f"{value:.0f} %", log=False)
    axes.set_xlabel(curve.axis_text)
