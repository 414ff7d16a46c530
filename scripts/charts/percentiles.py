"""Percentile curves of latency: a panel per workload and class, the tail stretched (90, 99, 99.9 evenly).

Repetitions are pooled, bucket by bucket. Requests that failed count as "at least this long": where they
make a percentile uncertain, the curve goes on dotted and says only that much.
"""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from charts.canvas import (
    Chart,
    hide_rest,
    described,
    grid,
    legend,
    legend_space,
    panel_title,
    spans_far,
    time_axis,
)
from charts.palette import Style, variant_styles
from metrics.digest import Digest
from recordings.recording import Recording, key_of
from stats.quantiles import Bucket, TailStep, tail


class Curve(NamedTuple):
    steps: list[TailStep]
    requests: int


Curves = dict[str, Curve]


def draw(recording: Recording, digests: list[Digest]) -> Chart | None:
    panels = _panels(recording, digests)
    if not panels:
        return None
    styles = variant_styles(recording.variants)
    shown = {
        name: style for name, style in styles.items() if any(name in curves for curves in panels.values())
    }
    across = 2 if len(panels) > 1 else 1
    down = -(-len(panels) // across)
    top = legend_space(list(shown)) + 0.22
    figure, rows = grid([1] * across, [2.1] * down, left=0.62, top=top, across=0.66, down=0.66)
    cells = [axes for row in rows for axes in row]
    for (workload, name), axes in zip(panels, cells):
        _draw_panel(axes, panels[workload, name], styles)
        panel_title(axes, name, f"requests of {workload}" if len(panels) > 1 else "requests")
    hide_rest(cells, len(panels))
    legend(figure, shown, left=0.62)
    return Chart(
        name="percentiles",
        title="Latency percentiles, a panel for each class of request",
        caption="At 99, the height of a curve is what 99 % of the requests took at most. Latency runs from "
        "when a request was due; all repetitions are pooled. A dotted end means at least: requests that "
        "failed would have taken longer.",
        description=_description(panels),
        figure=figure,
    )


def _panels(recording: Recording, digests: list[Digest]) -> dict[tuple[str, str], Curves]:
    pooled: dict[tuple[str, str], dict[str, list[Bucket]]] = {}
    for digest in digests:
        for run in digest.counted:
            for row in recording.latency_of(key_of(run)):
                if row.measure == "latency":
                    buckets = pooled.setdefault((digest.workload, row.class_), {})
                    bucket = Bucket(row.upper_us, row.requests, row.censored)
                    buckets.setdefault(digest.subject, []).append(bucket)
    return {
        panel: {name: Curve(tail(b), sum(bucket.count for bucket in b)) for name, b in curves.items()}
        for panel, curves in pooled.items()
    }


def _draw_panel(axes: Axes, curves: Curves, styles: dict[str, Style]) -> None:
    far = 2.0
    for variant, (steps, requests) in curves.items():
        style = styles[variant]
        exact = [step for step in steps if step.exact]
        bounds = [step for step in steps if not step.exact]
        # The last request has no share above it; drawing it half a request from the end keeps it on the axis.
        end = 1 - 0.5 / requests
        far = max(far, 1 / (1 - end))
        for part, dashes, alpha in ((exact, style.dashes, 1.0), (bounds, (0, (1, 2)), 0.9)):
            if part:
                x = [_stretched(q, end) for step in part for q in (step.from_q, step.to_q)]
                y = [step.value for step in part for _ in range(2)]
                axes.plot(x, y, color=style.colour, linestyle=dashes, linewidth=1.7, alpha=alpha)
    axes.set_xscale("log")
    axes.set_xlim(1, far * 1.1)
    ticks = [2.0] + [10.0**n for n in range(1, 7) if 10**n <= far]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * (1 - 1 / x):.6g}"))
    axes.set_xlabel("percentile")
    values = [step.value for curve in curves.values() for step in curve.steps]
    log = spans_far(values)
    if log:
        axes.set_ylim(max(1.0, min(values)) / 1.5, max(values) * 1.5)
    else:
        axes.set_ylim(0, max(values) * 1.1)
    time_axis(axes, log=log, which="y")
    axes.yaxis.set_minor_locator(NullLocator())


def _stretched(q: float, end: float) -> float:
    return 1 / (1 - min(q, end))


def _description(panels: dict[tuple[str, str], Curves]) -> str:
    parts = []
    for (workload, name), curves in panels.items():
        p99 = {variant: _at(curve.steps, 0.99) for variant, curve in curves.items()}
        parts.append(f"{name} requests of {workload}: {described(p99)}")
    return "The 99th percentiles of latency. " + "; ".join(parts) + "."


def _at(steps: list[TailStep], q: float) -> float:
    return next(step.value for step in steps if q <= step.to_q + 1e-12)
