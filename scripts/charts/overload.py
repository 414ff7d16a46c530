"""Overload: goodput and CPU for nobody against the offered load, and p99 before, during and after it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import inf

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, MultipleLocator

from charts.canvas import Chart, set_axis
from charts.figures import Panel, Styles, draw_line, draw_marks, panels_figure
from charts.palette import MUTED, SURFACE
from metrics.curves import Curve, curves_of, single_digests
from metrics.digest import Digest, Spread
from metrics.metrics import Figure
from metrics.overload import Recovery, goodput_share, of_valid, recoveries, wasted_share
from recordings.recording import Recording, Row
from text.units import round_duration_text
from words.findings import recovery_text
from words.phrases import percent

Read = Callable[[Row], Figure | None]
Marks = list[tuple[int, Spread]]
_PANELS: tuple[tuple[str, Read], ...] = (("goodput", goodput_share), ("CPU for nobody", wasted_share))


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    panels, texts = [], []
    for curve in (c for c in curves_of(recording, digests) if c.axis == "load"):
        for panel in panels_of(curve):
            panels.append(panel)
            ends = [f"{name} {percent(marks[-1][1].median)}" for name, marks in panel.lines.items()]
            texts.append(f"{curve.name}, {panel.rest} at {curve.places[-1]} %: {', '.join(ends)}")
    if panels:
        yield Chart(
            name="overload",
            title="What is left under overload",
            caption="Against what is offered, in per cent of each one’s own capacity. Goodput is replies in "
            "time, as a share of that capacity; CPU for nobody is what the server used beyond what those "
            "replies cost, as a share of all it used. A mark is the median of the valid repetitions, the "
            "upright line their range; the dotted line is what is offered.",
            opening="Goodput and wasted CPU against the offered load.",
            texts=texts,
            figure=panels_figure(recording.subjects, panels, columns=2, height=1.9, bottom=0.5),
        )
    yield from _recoveries(recording, single_digests(recording, digests))


def panels_of(curve: Curve) -> Iterator[Panel]:
    """Those of which any valid run tells; goodput is the first."""
    for title, read in _PANELS:
        if lines := {line.subject: marks for line in curve.lines if (marks := _marks(line.points, read))}:
            draw_panel = partial(_draw_load, curve=curve, is_goodput=read is goodput_share)
            yield Panel(curve.name, title, lines, draw_panel)


def _marks(points: list, read: Read) -> Marks:
    return [(point.at, made) for point in points if (made := of_valid(read, point.digest))]


def _draw_load(
    axes: Axes, lines: Mapping[str, Marks], styles: Styles, *, curve: Curve, is_goodput: bool
) -> None:
    for subject, marks in lines.items():
        draw_marks(axes, styles[subject], [(*mark, "", False) for mark in marks])
    if is_goodput:
        axes.plot([0, 100], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    most = max([1.0, *(made.high for marks in lines.values() for _, made in marks)])
    set_axis(axes.xaxis, 0, curve.places[-1] * 1.04, MultipleLocator(100), lambda v: f"{v:.0f} %", log=False)
    set_axis(axes.yaxis, 0, most * 1.06, MaxNLocator(5, steps=(1, 2, 5, 10)), percent, log=False)
    axes.set_xlabel(curve.axis_text)


def _recoveries(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    panels, texts = [], []
    for workload in dict.fromkeys(digest.workload for digest in digests):
        group = [digest for digest in digests if digest.workload == workload]
        lines = {d.subject: made for d in group if (made := recoveries(recording, d))}
        if lines:
            panels.append(Panel(workload, "p99", lines, _draw_recovery))
            ends = [f"{name} {recovery_text(made)}" for name, made in lines.items()]
            texts.append(f"{workload}, as before after: {', '.join(ends)}")
    if panels:
        yield Chart(
            name="recovery",
            title="How long overload outlasts itself",
            caption="p99 of the requests due in each tenth of a second, of the first valid repetition, on a "
            "logarithmic axis; a hollow mark is at least that long: one in a hundred had no reply in time. "
            "Between the upright lines more was offered than can be served.",
            opening="p99 before, during and after overload.",
            texts=texts,
            figure=panels_figure(recording.subjects, panels, columns=1, height=2.4, bottom=0.5),
        )


def _draw_recovery(axes: Axes, lines: Mapping[str, list[Recovery]], styles: Styles) -> None:
    values = []
    for subject, made in lines.items():
        style, windows = styles[subject], made[0].windows
        draw_line(
            axes, style, [w.start_ms * 1e3 for w in windows], [w.at_least_us for w in windows], linewidth=1.2
        )
        for window in windows:
            face = SURFACE if window.p99_us == inf else style.colour
            place = (window.start_ms * 1e3, window.at_least_us)
            axes.plot(*place, style.marker, markersize=3, color=style.colour, markerfacecolor=face)
            values.append(max(place[1], 1.0))
    first = next(iter(lines.values()))[0]
    for edge_ms in (first.begin_ms, first.back_ms):
        axes.axvline(edge_ms * 1e3, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    end_us = (first.back_ms + first.watched_ms) * 1e3
    set_axis(axes.xaxis, 0, end_us * 1.04, MaxNLocator(8), round_duration_text, log=False)
    locator = LogLocator(10, numticks=9)
    set_axis(axes.yaxis, min(values) / 1.5, max(values) * 1.5, locator, round_duration_text, log=True)
