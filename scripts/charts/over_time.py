"""What came about in a run by when, on its own clock: requests answered, what the server used, and p99
before, during and after overload."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain, groupby
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator

from charts.canvas import Chart, Tick, marked, set_axis, spans_far, time_axis
from charts.figures import DASHED, Panel, Styles, draw_dot, draw_line, mark_end, panels_chart
from charts.palette import MUTED
from metrics.curves import single_digests
from metrics.digest import Digest
from metrics.overload import Recovery, recoveries
from recordings.recording import Recording, Row
from text.units import count_text, duration_text, plural, round_duration_text
from words.findings import recovery_text

MOST_STEPS = 200
Scale = tuple[Tick, str]  # and the page's name for its unit
COUNTS: Scale = (count_text, "n")


class OverTime(NamedTuple):
    """Values of one run, and the times (us) at which they were reached."""

    times: Sequence[float]
    values: Sequence[float]
    digest: Digest


Lines = Mapping[str, OverTime]


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    groups = [list(group) for _, group in groupby(digests, attrgetter("workload"))]
    completions, look = (_completions(recording, group) for group in groups), {"columns": 3, "bottom": 0.35}
    yield from panels_chart("completions", recording, chain(*completions), height=2.0, **look)
    for group in groups:
        panels, words = _resources(recording, group), {"workload": group[0].workload}
        yield from panels_chart("resources", recording, panels, words, height=1.75, **look)


def draw_recovery(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of runs that were overloaded for a while: the first valid repetition of each."""
    panels = []
    for workload, group in groupby(single_digests(recording, digests), attrgetter("workload")):
        if lines := {digest.subject: made for digest in group if (made := recoveries(recording, digest))}:
            ends = [f"{name} {recovery_text(made)}" for name, made in lines.items()]
            text = f"{workload}, as before after: {', '.join(ends)}"
            panels.append(Panel(workload, "p99", lines, _draw_recovery, text))
    yield from panels_chart("recovery", recording, panels, columns=1, height=2.4)


def _completions(recording: Recording, digests: list[Digest]) -> Iterator[Panel]:
    """One, or none where nobody answered."""
    if lines := {d.subject: line for d in digests if (line := _answered(recording, d)).values[-1]}:
        offered = next(filter(None, (_offered(recording, digest) for digest in digests)), None)
        most = count_text(max(line.values[-1] for line in lines.values()))
        share = f" of {count_text(round(offered.values[-1]))} offered" if offered else ""
        ends = [f"{marked(line.digest)} {duration_text(line.times[-1])}" for line in lines.values()]
        workload, after = digests[0].workload, f"the last after: {', '.join(ends)}"
        draw_panel = partial(_draw_panel, COUNTS, offered, drawstyle="steps-post")
        yield Panel(workload, "", lines, draw_panel, f"{workload}, up to {most} answered{share}, {after}")


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


def _resources(recording: Recording, digests: list[Digest]) -> list[Panel]:
    lines, texts = ({}, {}, {}), []
    for digest in digests:
        rows = recording.throughput_of(digest.representative)
        samples = [(_end_us(r), r.server_threads, r.server_rss_kib, r.server_cpu_us) for r in rows]
        if samples := [sample for sample in samples if None not in sample]:
            times, threads, kib, cpu_us = zip(*samples)
            memory, cpu = [value / 1024 for value in kib], list(accumulate(cpu_us))
            for line, values in zip(lines, (threads, memory, cpu)):
                line[digest.subject] = OverTime(times, values, digest)
            most = f"{plural(max(threads), 'thread')} and {_mebibytes(max(memory))}"
            texts.append(f"{marked(digest)}: at most {most}, {duration_text(cpu[-1])} of CPU time")
    names = ("threads", "resident memory", "CPU time so far")
    scales = (COUNTS, (_mebibytes, "MiB"), (round_duration_text, "us"))
    each = zip(names, lines, scales, ("; ".join(texts), "", ""))
    panels = [Panel(n, "", line, partial(_draw_panel, scale, None), text) for n, line, scale, text in each]
    return panels if texts else []


def _mebibytes(value: float) -> str:
    return f"{value:,.3g} MiB"


def _end_us(interval: Row) -> float:
    return (interval.elapsed_ms + interval.interval_ms) * 1e3


def _draw_panel(
    scale: Scale, offered: OverTime | None, axes: Axes, lines: Lines, styles: Styles, **look: Any
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
    text, unit = scale
    locator = MaxNLocator(5, steps=(1, 2, 2.5, 5, 10), integer=scale is COUNTS)
    words = {"tick": lambda value: text(value) if value > 0 else "0", "unit": unit}
    set_axis(axes.yaxis, 0, most * 1.06, locator, log=False, **words)


def _draw_recovery(axes: Axes, lines: Mapping[str, list[Recovery]], styles: Styles) -> None:
    firsts = {subject: made[0] for subject, made in lines.items()}
    for subject, run in firsts.items():
        style, places = styles[subject], [(w.start_ms * 1e3, w.at_least_us) for w in run.windows]
        draw_line(axes, style, *zip(*places), linewidth=1.2)
        for (x, y), window in zip(places, run.windows):
            draw_dot(axes, x, y, style, window.p99_us == inf, marker=style.marker, markersize=3)
    first = next(iter(firsts.values()))
    for edge_ms in (first.begin_ms, first.back_ms):
        axes.axvline(edge_ms * 1e3, **DASHED)
    end_us = (first.back_ms + first.watched_ms) * 1e3
    set_axis(axes.xaxis, 0, end_us * 1.04, MaxNLocator(8), round_duration_text, log=False)
    values = [max(window.at_least_us, 1.0) for run in firsts.values() for window in run.windows]
    locator, low, high = LogLocator(10, numticks=9), min(values) / 1.5, max(values) * 1.5
    set_axis(axes.yaxis, low, high, locator, round_duration_text, log=True)
