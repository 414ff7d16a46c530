"""A curve's figures against its axis, a panel per figure, a line per subject: both axes logarithmic, unless
what is offered (overload) or taken by others (fair) is in per cent."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from operator import itemgetter
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, LogLocator

from charts.canvas import TICKS, Chart, set_axis
from charts.figures import DASHED, Mark, Marks, Panel, Styles, draw_marks, panels_chart
from charts.svg import gid
from metrics.curves import Curve, CurveLine, curves_of, memory_each_kib
from metrics.digest import Digest, Spread, figure_text
from metrics.metrics import MARK, METRICS
from metrics.overload import goodput_share, of_valid, wasted_share
from recordings.recording import Recording
from text.units import count_text, duration_text, memory_text, plural, range_text
from words.curve_words import prompt_class
from words.phrases import percent


class Plotted(NamedTuple):
    """What a panel is of: its name, quieter words after it, and how that reads, of each point of a line."""

    title: str
    rest: str
    text: Callable[[float], str]
    read: Callable[[CurveLine], Mapping[int, Spread | None]]


BURST = ("over_ideal", "each", "memory", "threads", "cpu", "switches_each")
CLOSED = ("throughput", "p99", "cpu", "switches_each", "threads", "memory")
OPEN = ("p99", "p50", "throughput", "cpu")
BESIDE = ("p99", "p50", "idle_memory", "idle_cpu", "idle_switches", "held", "let_go", "memory", "threads")
RESTS = {"over_ideal": "makespan", "throughput": "requests/s", "let_go": "abandoned waits"}
RESTS |= dict.fromkeys(("p50", "p99"), "latency") | dict.fromkeys(("memory", "threads"), "peak")
IN_PER_CENT = {"load": "overload", "share": "fair"}  # axes, each with the chart of all such curves


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    curves = _curves(recording, digests)
    for axis, kind in IN_PER_CENT.items():
        panels = (_panels(curve, f"in {curve.name}") for curve in curves if curve.axis == axis)
        yield from panels_chart(kind, recording, chain.from_iterable(panels))
    for curve in (curve for curve in curves if curve.axis not in IN_PER_CENT):
        objective = recording.run["objective"] or {}
        highest = objective.get("highest_rps", {}) if objective.get("curve") == curve.name else {}
        knees = {name: rate for name, rate in highest.items() if rate}
        knee = f" A dotted upright line is the highest rate with {objective['text']}." if knees else ""
        words = {"curve": curve.name, "axis": curve.axis_text, "knee": knee}
        yield from panels_chart("curve", recording, _panels(curve, knees=knees), words)


def main_panels(recording: Recording, digests: list[Digest]) -> Iterator[Panel]:
    """Of each curve what its suite is about."""
    for curve in _curves(recording, digests):
        yield from islice(_panels(curve, f"in {curve.name}"), 1)


def _curves(recording: Recording, digests: list[Digest]) -> list[Curve]:
    return [curve for curve in curves_of(recording, digests) if len(curve.places) > 1]


def _plotted(curve: Curve) -> Iterator[Plotted]:
    """The main one first."""

    def points(read: Callable[[Digest], Spread | None], line: CurveLine) -> dict[int, Spread | None]:
        return {at: read(digest) for at, digest in line.points}

    if curve.axis == "load":
        for name, read in (("goodput", goodput_share), ("CPU for nobody", wasted_share)):
            yield Plotted(name, "", percent, partial(points, partial(of_valid, read)))
    elif curve.axis == "share":
        prompt = prompt_class(curve)
        p99 = partial(points, lambda digest: digest.p99_of(prompt) if digest.counts else None)
        yield Plotted(f"p99 of {prompt}", "", duration_text, p99)
    else:
        others = BURST if curve.is_burst else OPEN if curve.axis == "rate" else CLOSED
        for key in BESIDE if curve.has_company else others:
            if key == "each":
                yield Plotted("memory", "per request in flight", memory_text, memory_each_kib)
            else:
                read = partial(points, itemgetter(key))
                yield Plotted(METRICS[key].name, RESTS.get(key, ""), METRICS[key].text, read)


def _panels(curve: Curve, whose: str = "", knees: Mapping[str, int] = {}) -> Iterator[Panel]:
    """Those for which there is a line; a logarithmic axis has no place for nothing."""
    for plotted in _plotted(curve):
        lines, ends, name = {}, [], f"{plotted.title} {plotted.rest}".strip()
        for line in curve.lines:
            spreads, marks, texts = plotted.read(line), [], []
            for at, digest in line.points:
                spread = spreads.get(at)
                if spread and (spread.median > 0 or plotted.text is percent):
                    is_asked = curve.axis == "load"  # that requests fail
                    mark = "" if digest.counts or is_asked else f" {MARK}"
                    is_hollow = spread.at_least or not is_asked and bool(mark or digest.failures)
                    texts.append(f"{figure_text(plotted, spread)}{mark} at {count_text(at)}")
                    limits = range_text(spread.low, spread.high, plotted.text)
                    verdict = digest.left_out_text or plural(len(digest.runs), "valid run")
                    about = f"{digest.subject}, {name}: {texts[-1]} {curve.axis_text} ({limits}), {verdict}"
                    failed = sum(digest.failures.values())
                    note = about + (f", {plural(failed, 'request')} failed" if failed else "")
                    marks.append(Mark(at, spread, note, is_hollow))
            if marks:
                lines[line.subject] = marks
                ends.append(f"{line.subject} from {texts[0]} to {texts[-1]}")
        if lines:
            rest, draw_panel = f"{plotted.rest} {whose}".strip(), partial(_draw_panel, curve, plotted, knees)
            text = f"{plotted.title} {rest}".strip() + f": {', '.join(ends)}"
            yield Panel(plotted.title, rest, lines, draw_panel, text)


def _draw_panel(
    curve: Curve, plotted: Plotted, knees: Mapping[str, int], axes: Axes, lines: Marks, styles: Styles
) -> None:
    is_log, first, last = curve.axis not in IN_PER_CENT, *curve.places[:: len(curve.places) - 1]
    nobody = curve.places[1] / 3 if is_log and not first else 0  # where zero is: to the left of the others
    places = [at or nobody for at in curve.places]
    for subject, marks in lines.items():
        draw_marks(axes, styles[subject], [mark._replace(at=mark.at or nobody) for mark in marks])
        if subject in knees and plotted.title in ("p50", "p99"):
            look = {"color": styles[subject].colour, "linewidth": 0.9, "linestyle": (0, (1, 1.5))}
            axes.axvline(knees[subject], gid=gid(series=subject), **look)
    if plotted.title == "goodput":
        axes.plot([0, 100], [0, 1], zorder=0, **DASHED)
    elif (curve.axis, plotted.title) == ("rate", "throughput"):
        axes.plot([first, last], [first, last], zorder=0, **DASHED)
    spreads = [mark.spread for marks in lines.values() for mark in marks]
    low, high = min(s.low for s in spreads), max(s.high for s in spreads)
    if plotted.text is percent:
        set_axis(axes.yaxis, [1, high], percent, log=False)
    else:
        if high < 1.5 * low:  # a picture of noise, unless its axis is wider than that
            low, high = low / 1.2, high * 1.2
        set_axis(axes.yaxis, [low, high], TICKS.get(plotted.text, plotted.text), log=True)
        if plotted.text is memory_text:
            axes.yaxis.set_major_locator(LogLocator(2))
    if is_log:
        set_axis(axes.xaxis, places, lambda at: "0" if at == nobody else count_text(at), log=True, unit="n")
        if (
            curve.has_company or last < 10 * first
        ):  # less than a decade, in which there may be no power of ten
            axes.xaxis.set_major_locator(FixedLocator(places[:: -(-len(places) // 8)]))
    else:
        set_axis(axes.xaxis, places, "{:.0f} %".format, log=False)
        axes.set_xlim(left=-0.02 * last)  # a mark at nothing is not cut
    axes.set_xlabel(curve.axis_text)
