"""Requests that do not compute beside some that do: their p99 against the share of a core those take."""

from collections.abc import Iterator, Mapping
from functools import partial

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MultipleLocator

from charts.canvas import Chart, set_axis
from charts.figures import Panel, Styles, draw_marks, panels_figure
from metrics.curves import Curve, curves_of
from metrics.digest import Digest, Spread
from recordings.recording import Recording
from text.units import round_duration_text
from words.curve_words import prompt_class, prompt_p99
from words.phrases import at_least

Marks = list[tuple[int, Spread]]


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    shares = [c for c in curves_of(recording, digests) if c.axis == "share"]
    if panels := [made for curve in shares for made in panels_of(curve)]:
        ends = [(p, [f"{name} {at_least(marks[-1][1])}" for name, marks in p.lines.items()]) for p in panels]
        yield Chart(
            name="fair",
            title="What requests that compute do to short ones",
            caption="p99 of the short requests, whose rate stays the same, on a logarithmic axis, against "
            "the share of a core that the CPU-bound ones take. A mark is the median of the repetitions "
            "that count, the upright line their range.",
            opening="p99 of short requests against the share of CPU-bound ones.",
            texts=[f"{p.title}, {p.rest} at the end: {', '.join(each)}" for p, each in ends],
            figure=panels_figure(recording.subjects, panels, columns=2, height=2.1, bottom=0.5),
        )


def panels_of(curve: Curve) -> Iterator[Panel]:
    """One, or none where there is nothing to draw."""
    prompt = prompt_class(curve)
    marks = {n.subject: [(p.at, prompt_p99(n, p.at, prompt)) for p in n.points] for n in curve.lines}
    marks = {name: [(at, p99) for at, p99 in each if p99] for name, each in marks.items()}
    if lines := {name: each for name, each in marks.items() if each}:
        yield Panel(curve.name, f"p99 of {prompt}", lines, partial(_draw_panel, curve=curve))


def _draw_panel(axes: Axes, lines: Mapping[str, Marks], styles: Styles, *, curve: Curve) -> None:
    for subject, marks in lines.items():
        draw_marks(axes, styles[subject], [(*mark, "", False) for mark in marks])
    values = [value for marks in lines.values() for _, p99 in marks for value in (p99.low, p99.high)]
    locator = LogLocator(10, numticks=9)
    set_axis(axes.yaxis, min(values) / 1.5, max(values) * 1.5, locator, round_duration_text, log=True)
    ends = (-2, curve.places[-1] * 1.04)
    set_axis(axes.xaxis, *ends, MultipleLocator(20), lambda value: f"{value:.0f} %", log=False)
    axes.set_xlabel(curve.axis_text)
