"""What came about in a run by when: requests answered, and what the server used, on the run's own clock."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, groupby
from operator import attrgetter
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from charts.canvas import Chart, Tick, marked, set_axis, spans_far, time_axis
from charts.figures import Panel, Styles, draw_line, mark_end, panels_figure
from charts.palette import MUTED
from metrics.digest import Digest
from recordings.recording import Recording, Row
from text.units import count_text, duration_text, plural, round_duration_text


MOST_STEPS = 200


class OverTime(NamedTuple):
    """Values of one run, and the times (us) at which they were reached."""

    times: Sequence[float]
    values: Sequence[float]
    digest: Digest


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    by_workload = {name: list(group) for name, group in groupby(digests, attrgetter("workload"))}
    yield from _completions(recording, by_workload)
    for workload, of_workload in by_workload.items():
        yield from _resources(recording, workload, of_workload)


def _completions(recording: Recording, by_workload: dict[str, list[Digest]]) -> Iterator[Chart]:
    panels, texts = [], []
    draw_panel = partial(_draw_panel, tick=count_text, drawstyle="steps-post")
    for workload, digests in by_workload.items():
        lines = {d.subject: line for d in digests if (line := _answered(recording, d)).values[-1]}
        if lines:
            offered = next(filter(None, (_offered(recording, d) for d in digests)), None)
            panels.append(Panel(workload, "", lines, partial(draw_panel, offered=offered)))
            most = count_text(max(line.values[-1] for line in lines.values()))
            ends = [f"{marked(line.digest)} {duration_text(line.times[-1])}" for line in lines.values()]
            share = f" of {count_text(round(offered.values[-1]))} offered" if offered else ""
            texts.append(f"{workload}, up to {most} answered{share}, the last after: {', '.join(ends)}")
    if panels:
        yield Chart(
            name="completions",
            title="Completions over time",
            caption="How many requests were answered by when, counted from the first one due. The steeper, "
            "the more served at once; the dotted line is what an open loop offers. The repetition with the "
            "median makespan is shown.",
            opening="Cumulative counts of answered requests.",
            texts=texts,
            figure=panels_figure(recording.subjects, panels, columns=3, height=2.0),
        )


def _answered(recording: Recording, digest: Digest) -> OverTime:
    """Counts after each request if there are rows of all, else after each interval."""
    run = digest.representative
    ok = [r for r in recording.requests_of(run) if r.outcome == "ok" and not run.rows_cut]
    steps = [(time, 1) for time in sorted(r.due_us + r.latency_us for r in ok)]
    steps = steps or [(_end_us(i), i.completed) for i in recording.throughput_of(run) if i.completed]
    times, counts = zip((0.0, 0), *steps)
    # More steps than a picture can show would only make the page large; the last is among those that stay.
    every = -(-len(times) // MOST_STEPS)
    return OverTime(times[::-1][::every][::-1], list(accumulate(counts))[::-1][::every][::-1], digest)


def _offered(recording: Recording, digest: Digest) -> OverTime | None:
    """What an open loop offered by when: the same to all."""
    rows = [row for row in recording.throughput_of(digest.representative) if row.offered_rps is not None]
    counts = accumulate(row.offered_rps * row.interval_ms / 1e3 for row in rows)
    return OverTime([0.0, *map(_end_us, rows)], [0, *counts], digest) if rows else None


def _resources(recording: Recording, workload: str, digests: list[Digest]) -> Iterator[Chart]:
    threads, memory, cpu, texts = {}, {}, {}, []
    for digest in digests:
        rows = recording.throughput_of(digest.representative)
        rows = [r for r in rows if None not in (r.server_threads, r.server_rss_kib, r.server_cpu_us)]
        if rows:
            times, name = list(map(_end_us, rows)), digest.subject
            threads[name] = OverTime(times, [r.server_threads for r in rows], digest)
            memory[name] = OverTime(times, [r.server_rss_kib / 1024 for r in rows], digest)
            cpu[name] = OverTime(times, list(accumulate(r.server_cpu_us for r in rows)), digest)
            texts.append(
                f"{marked(digest)}: at most {plural(max(threads[name].values), 'thread')} and "
                f"{_mebibytes(max(memory[name].values))}, {duration_text(cpu[name].values[-1])} of CPU time"
            )
    panels = [
        Panel("threads", "", threads, partial(_draw_panel, tick=count_text)),
        Panel("resident memory", "", memory, partial(_draw_panel, tick=_mebibytes, unit="MiB")),
        Panel("CPU time so far", "", cpu, partial(_draw_panel, tick=round_duration_text, unit="us")),
    ]
    if texts:
        yield Chart(
            name=f"resources-{workload}",
            title=f"What the server used under {workload}",
            caption="The server’s process tree, sampled during the repetition with the median makespan. "
            "A line ends with its run.",
            opening=f"Threads, memory and CPU time of the server over time under {workload}.",
            texts=texts,
            figure=panels_figure(recording.subjects, panels, columns=3, height=1.75),
            hint="linked",
        )


def _mebibytes(value: float) -> str:
    return f"{value:,.3g} MiB"


def _end_us(interval: Row) -> float:
    return (interval.elapsed_ms + interval.interval_ms) * 1e3


def _draw_panel(
    axes: Axes,
    lines: Mapping[str, OverTime],
    styles: Styles,
    tick: Tick,
    unit: str = "n",
    offered: OverTime | None = None,
    **look: Any,
) -> None:
    for subject, (times, values, digest) in lines.items():
        marker = styles[subject].marker if len(values) == 1 else None
        draw_line(axes, styles[subject], times, values, marker=marker, markersize=4, **look)
        mark_end(axes, digest, times[-1], values[-1])
    if offered:
        axes.plot(offered.times, offered.values, color=MUTED, linewidth=0.9, linestyle=(0, (1.5, 1.5)))
    ends = [line.times[-1] for line in lines.values()]
    first = min(time for line in lines.values() for time in line.times if time > 0)
    time_axis(axes.xaxis, first, max(ends), log=spans_far(ends), ticks=4)
    most = max(max(line.values) for line in lines.values()) or 1
    locator = MaxNLocator(5, steps=(1, 2, 2.5, 5, 10), integer=tick is count_text)
    words = {"tick": lambda value: tick(value) if value > 0 else "0", "unit": unit}
    set_axis(axes.yaxis, 0, most * 1.06, locator, log=False, **words)
