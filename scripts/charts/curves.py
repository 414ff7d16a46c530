"""A curve's figures against its axis, both logarithmic: a panel per figure, a line per variant.

Medians over the repetitions; the upright lines are their ranges. A hollow mark is a lower bound or a point
with requests that failed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from charts.canvas import Chart, grid, hide_rest, legend, legend_space, panel_title
from charts.palette import MUTED, SURFACE, Style, variant_styles
from metrics.curves import Curve, Line, memory_each_kib, switches_each
from metrics.digest import Digest, Spread
from recordings.recording import Recording
from text.units import count_text, duration_text, memory_text, ratio_text, round_duration_text

HEIGHT = 1.75


class Mark(NamedTuple):
    at: int
    spread: Spread
    is_sound: bool


class Panel(NamedTuple):
    title: str
    rest: str
    marks: Callable[[Line], list[Mark]]
    tick: Callable[[float], str]
    text: Callable[[float], str]


def _of(figure: Callable[[Digest], Spread | None]) -> Callable[[Line], list[Mark]]:
    return lambda line: [
        Mark(point.at, found, point.digest.counts and not point.digest.failures and not found.at_least)
        for point in line.points
        if (found := figure(point.digest)) is not None and found.median > 0
    ]


def _server(name: str) -> Callable[[Line], list[Mark]]:
    return _of(lambda digest: digest.server[name])


def _memory_each(line: Line) -> list[Mark]:
    return [Mark(at, found, True) for at, found in memory_each_kib(line).items() if found.median > 0]


def _times(value: float) -> str:
    return f"{value:.3g}×"


def _plain(value: float) -> str:
    return f"{value:.3g}"


def _memory_tick(kib: float) -> str:
    return memory_text(kib).replace(".00 ", " ").replace(".0 ", " ")


OVER_IDEAL = Panel("makespan over ideal", "", _of(lambda d: d["over_ideal"]), _times, ratio_text)
RATE = Panel("throughput", "requests/s", _of(lambda d: d["throughput"]), count_text, count_text)
P50 = Panel("p50", "latency", _of(lambda d: d["p50"]), round_duration_text, duration_text)
P99 = Panel("p99", "latency", _of(lambda d: d["p99"]), round_duration_text, duration_text)
CPU = Panel("CPU", "per request", _server("cpu_us_per_request"), round_duration_text, duration_text)
MEMORY = Panel("resident memory", "peak", _server("rss_peak_kib"), _memory_tick, memory_text)
THREADS = Panel("threads", "peak", _server("threads_peak"), count_text, count_text)
SWITCHES = Panel("context switches", "per request", _of(switches_each), _plain, _plain)
EACH = Panel("memory", "per request in flight", _memory_each, _memory_tick, memory_text)

_BURST = (OVER_IDEAL, EACH, MEMORY, THREADS, CPU, SWITCHES)
_CLOSED = (RATE, P99, CPU, SWITCHES, THREADS, MEMORY)
_OPEN = (P50, P99, RATE, CPU)


def draw(recording: Recording, curve: Curve) -> Chart | None:
    panels = _BURST if curve.is_burst else _OPEN if curve.axis == "rate" else _CLOSED
    series = {p: {line.subject: m for line in curve.lines if (m := p.marks(line))} for p in panels}
    panels = tuple(panel for panel in panels if series[panel])
    if not panels or len(curve.places) < 2:
        return None
    styles = {
        name: style
        for name, style in variant_styles(recording.variants).items()
        if any(line.subject == name for line in curve.lines)
    }
    objective = recording.run["objective"] or {}
    found = objective.get("highest_rps", {}) if objective.get("curve") == curve.name else {}
    knees = {name: rate for name, rate in found.items() if rate}
    down = -(-len(panels) // 2)
    top = legend_space(list(styles)) + 0.22
    figure, rows = grid([1, 1], [HEIGHT] * down, left=0.72, top=top, across=0.78, down=0.62, bottom=0.5)
    cells = [axes for row in rows for axes in row]
    for axes, panel in zip(cells, panels):
        _draw_panel(axes, panel, series[panel], styles, curve, knees)
    hide_rest(cells, len(panels))
    legend(figure, styles, left=0.72)
    return Chart(
        name=f"curve-{curve.name}",
        title=f"{curve.name}: against {curve.axis_text}",
        caption="Both axes are logarithmic. A mark is the median of the repetitions, the upright line their "
        "range; a hollow mark has requests that failed or no valid run, or is at least that long."
        + (f" A dotted upright line is the highest rate with {objective['text']}." if knees else ""),
        description=_description(curve, panels, series),
        figure=figure,
    )


def _draw_panel(
    axes: Axes,
    panel: Panel,
    lines: dict[str, list[Mark]],
    styles: dict[str, Style],
    curve: Curve,
    knees: dict[str, int],
) -> None:
    for variant, marks in lines.items():
        style = styles[variant]
        xs = [mark.at for mark in marks]
        axes.plot(
            xs, [m.spread.median for m in marks], color=style.colour, linestyle=style.dashes, linewidth=1.5
        )
        for mark in marks:
            axes.plot([mark.at] * 2, [mark.spread.low, mark.spread.high], color=style.colour, linewidth=1)
            face = style.colour if mark.is_sound else SURFACE
            axes.plot(
                mark.at,
                mark.spread.median,
                style.marker,
                color=style.colour,
                markerfacecolor=face,
                markersize=4,
            )
    if curve.axis == "rate" and panel is RATE:
        ends = [curve.places[0], curve.places[-1]]
        axes.plot(ends, ends, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    for variant, rate in knees.items():
        if variant in lines and panel in (P50, P99):
            axes.axvline(rate, color=styles[variant].colour, linewidth=0.9, linestyle=(0, (1, 1.5)))
    panel_title(axes, panel.title, panel.rest)
    axes.set_xscale("log")
    axes.set_yscale("log")
    values = [value for marks in lines.values() for m in marks for value in (m.spread.low, m.spread.high)]
    low, high = min(values), max(values)
    if high / low < 1.5:  # a picture of noise, unless its axis is wider than that
        low, high = low / 1.2, high * 1.2
    axes.set_ylim(low / 1.25, high * 1.25)
    axes.set_xlim(curve.places[0] / 1.2, curve.places[-1] * 1.2)
    axes.set_xlabel(curve.axis_text)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: count_text(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    near = high / low < 30
    if panel.tick is _memory_tick:
        axes.yaxis.set_major_locator(LogLocator(2 if near else 4, numticks=9))
    else:
        axes.yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if near else (1,), numticks=9))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: panel.tick(value)))


def _description(curve: Curve, panels: tuple[Panel, ...], series: dict[Panel, dict[str, list[Mark]]]) -> str:
    parts = []
    for panel in panels:
        told = [
            f"{variant} from {panel.text(marks[0].spread.median)} at {count_text(marks[0].at)} to "
            f"{panel.text(marks[-1].spread.median)} at {count_text(marks[-1].at)}"
            for variant, marks in series[panel].items()
        ]
        parts.append(f"{panel.title} {panel.rest}".strip() + ": " + ", ".join(told))
    return f"Against {curve.axis_text}. " + "; ".join(parts) + "."
