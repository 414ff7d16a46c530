"""What the server used while it ran: threads, resident memory, CPU time so far, on the run's own clock."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from charts.canvas import Chart, grid, legend, legend_space, panel_title, spans_far, time_axis
from charts.palette import Style, variant_styles
from metrics.digest import Digest
from recordings.recording import Recording, Row, key_of
from text.units import count_text, duration_text, plural, round_duration_text


class Measure(NamedTuple):
    title: str
    values: Callable[[list[Row]], list[float]]
    tick: Callable[[float], str]


def _mebibytes(value: float) -> str:
    return f"{value:,.3g} MiB"


MEASURES = (
    Measure("threads", lambda rows: [r.server_threads for r in rows], count_text),
    Measure("resident memory", lambda rows: [r.server_rss_kib / 1024 for r in rows], _mebibytes),
    Measure(
        "CPU time so far", lambda rows: list(accumulate(r.server_cpu_us for r in rows)), round_duration_text
    ),
)


def draw(recording: Recording, digests: list[Digest], workload: str) -> Chart | None:
    series = {d.subject: rows for d in digests if d.workload == workload and (rows := _sampled(recording, d))}
    if not series:
        return None
    styles = {v: s for v, s in variant_styles(recording.variants).items() if v in series}
    top = legend_space(list(styles)) + 0.22
    figure, [cells] = grid([1] * len(MEASURES), [1.75], top=top, left=0.62, across=0.72, bottom=0.32)
    for measure, axes in zip(MEASURES, cells):
        _draw_panel(axes, measure, series, styles)
        panel_title(axes, measure.title)
    legend(figure, styles, left=0.62)
    return Chart(
        name=f"resources-{workload}",
        title=f"What the server used under {workload}",
        caption="The server’s process tree, sampled during the repetition with the median makespan. A line "
        "ends with its run.",
        description=_description(workload, series),
        figure=figure,
    )


def _sampled(recording: Recording, digest: Digest) -> list[Row]:
    rows = recording.throughput_of(key_of(digest.representative))
    return [r for r in rows if None not in (r.server_threads, r.server_rss_kib, r.server_cpu_us)]


def _draw_panel(axes: Axes, measure: Measure, series: dict[str, list[Row]], styles: dict[str, Style]) -> None:
    ends = {v: [(r.elapsed_ms + r.interval_ms) * 1e3 for r in rows] for v, rows in series.items()}
    log = spans_far([times[-1] for times in ends.values()])
    highest = 0.0
    for variant, rows in series.items():
        style, values = styles[variant], measure.values(rows)
        highest = max(highest, *values)
        axes.plot(
            ends[variant],
            values,
            color=style.colour,
            linestyle=style.dashes,
            linewidth=1.7,
            marker=style.marker if len(values) == 1 else None,
            markersize=4,
            solid_capstyle="round",
        )
    first = min(times[0] for times in ends.values())
    last = max(times[-1] for times in ends.values())
    axes.set_xlim(first / 1.2 if log else 0, last * (1.3 if log else 1.03))
    axes.set_ylim(0, (highest or 1) * 1.08)
    time_axis(axes, log=log, ticks=4)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10), integer=measure.title == "threads"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: measure.tick(value) if value > 0 else "0"))


def _description(workload: str, series: dict[str, list[Row]]) -> str:
    parts = []
    for variant, rows in series.items():
        threads, memory, cpu_us = (max(measure.values(rows)) for measure in MEASURES)
        parts.append(
            f"{variant}: at most {plural(int(threads), 'thread')} and {_mebibytes(memory)}, "
            f"{duration_text(cpu_us)} of CPU time"
        )
    return f"Threads, memory and CPU time of the server over time under {workload}. " + ". ".join(parts) + "."
