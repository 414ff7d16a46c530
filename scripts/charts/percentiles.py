"""Percentile curves of latency: a panel per workload and class, the tail stretched (90, 99, 99.9 evenly)."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from charts.canvas import Chart, marked, set_axis, spans_far, time_axis
from charts.figures import Panel, Styles, draw_line, mark_end, panels_chart
from metrics.digest import Digest
from recordings.csv_table import grouped
from recordings.recording import Recording
from stats.quantiles import TailStep, tail
from text.units import duration_text


class TailCurve(NamedTuple):
    steps: list[TailStep]
    requests: int
    digest: Digest


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    yield from panels_chart("percentiles", recording, tail_panels(recording, digests))


def tail_panels(recording: Recording, digests: list[Digest]) -> list[Panel]:
    curves: dict[tuple[str, str], dict[str, TailCurve]] = {}
    for digest in digests:
        rows = (r for run in digest.counted for r in recording.latency_of(run) if r.measure == "latency")
        for name, of_class in grouped(rows, attrgetter("class_")).items():
            steps = tail((row.upper_us, row.requests, row.censored) for row in of_class)
            curve = TailCurve(steps, sum(row.requests for row in of_class), digest)
            curves.setdefault((name, f"requests of {digest.workload}"), {})[digest.subject] = curve
    panels = []
    for (name, rest), lines in curves.items():
        p99s = [next(s.value for s in curve.steps if 0.99 <= s.to_q + 1e-12) for curve in lines.values()]
        ends = [f"{marked(curve.digest)} {duration_text(us)}" for curve, us in zip(lines.values(), p99s)]
        panels.append(Panel(name, rest, lines, _draw_panel, f"{name} {rest}: {', '.join(ends)}"))
    return panels


def _draw_panel(axes: Axes, curves: Mapping[str, TailCurve], styles: Styles) -> None:
    far = 2.0
    for subject, (steps, requests, digest) in curves.items():
        # The last request has no share above it; drawing it half a request from the end keeps it on the axis.
        end = 1 - 0.5 / requests
        far = max(far, 1 / (1 - end))
        for exact, look in ((True, {}), (False, {"linestyle": (0, (1, 2)), "alpha": 0.9})):
            part = [step for step in steps if step.exact is exact]
            x = [1 / (1 - min(q, end)) for step in part for q in (step.from_q, step.to_q)]
            draw_line(axes, styles[subject], x, [step.value for step in part for _ in range(2)], **look)
        mark_end(axes, digest, 1 / (1 - end), steps[-1].value)
    locator = FixedLocator([2.0] + [10.0**n for n in range(1, 7) if 10**n <= far])
    words = {"tick": lambda x: f"{100 * (1 - 1 / x):.6g}", "unit": "percentile"}
    set_axis(axes.xaxis, 1, far * 1.1, locator, log=True, **words)
    axes.set_xlabel("percentile")
    values = [step.value for curve in curves.values() for step in curve.steps]
    time_axis(axes.yaxis, max(1.0, min(values)), max(values), log=spans_far(values))
