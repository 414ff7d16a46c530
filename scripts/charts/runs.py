"""What runs did, in lines: percentiles of latency, the tail stretched; by when requests were answered and
what servers used; and p99 before, during and after overload."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain, groupby
from math import inf
from operator import attrgetter
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from charts.canvas import TICKS, Chart, Tick, marked, set_axis, spans_far
from charts.figures import DASHED, Mark, Marks, Panel, Styles, draw_line, draw_marks, panels_chart
from charts.palette import MUTED
from charts.svg import gid
from metrics.curves import single_digests
from metrics.digest import Digest, Spread
from metrics.overload import Recovery, recoveries
from metrics.metrics import MARK
from recordings.csv_table import grouped
from recordings.recording import Recording, Row
from stats.quantiles import tail
from text.units import count_text, duration_text
from words.findings import recovery_text

MOST_STEPS = 200
BOUND = {"linestyle": (0, (1, 2)), "alpha": 0.9}


class Line(NamedTuple):
    """Of one subject: by when, or up to which percentile, what was reached; the last points, but for as many
    as are `exact`, are at least that."""

    x: Sequence[float]
    y: Sequence[float]
    digest: Digest
    exact: int | None = None


Lines = Mapping[str, Line]


def draw_lines(axes: Axes, lines: Lines, styles: Styles) -> None:
    for subject, (x, y, digest, exact) in lines.items():
        style, split = styles[subject], len(x) if exact is None else exact
        alone = {"marker": style.marker, "markersize": 4} if len(x) == 1 else {}
        for some, values, changes in ((x[:split], y[:split], alone), (x[split:], y[split:], BOUND)):
            if some:
                draw_line(axes, style, some, values, **changes)
        if not digest.counts:
            look = {"color": MUTED, "annotation_clip": False, "gid": gid(series=digest.subject)}
            axes.annotate(MARK, (x[-1], y[-1]), (1, 1), textcoords="offset points", **look)


def draw_percentiles(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    yield from panels_chart("percentiles", recording, tail_panels(recording, digests), height=2.1)


def tail_panels(recording: Recording, digests: list[Digest]) -> Iterator[Panel]:
    groups: dict[tuple[str, str], list[tuple[Digest, list[Row]]]] = {}
    for digest in digests:
        rows = (r for run in digest.counted for r in recording.latency_of(run) if r.measure == "latency")
        for name, of_class in grouped(rows, attrgetter("class_")).items():
            groups.setdefault((name, f"requests of {digest.workload}"), []).append((digest, of_class))
    for (name, rest), group in groups.items():
        lines, texts = {}, []
        for digest, rows in group:
            steps = tail((row.upper_us, row.requests, row.censored) for row in rows)
            # The last request has no share above it: half a request from the end keeps it on the axis.
            end = 1 - 0.5 / sum(row.requests for row in rows)
            x = [1 / (1 - min(q, end)) for step in steps for q in (step.from_q, step.to_q)]
            values = [step.value for step in steps for _ in range(2)]
            lines[digest.subject] = Line(x, values, digest, 2 * sum(step.exact for step in steps))
            p99_us = next(step.value for step in steps if 0.99 <= step.to_q + 1e-12)
            texts.append(f"{marked(digest)} {duration_text(p99_us)}")
        yield Panel(name, rest, lines, _draw_tails, f"{name} {rest}: {', '.join(texts)}")


def _draw_tails(axes: Axes, lines: Lines, styles: Styles) -> None:
    """90, 99 and 99.9 are evenly apart."""
    draw_lines(axes, lines, styles)
    far = max(2.0, *(line.x[-1] for line in lines.values()))
    set_axis(axes.xaxis, [1, far], lambda x: f"{100 * (1 - 1 / x):.6g}", log=True, unit="percentile")
    axes.xaxis.set_major_locator(FixedLocator([2.0] + [10.0**n for n in range(1, 7) if 10**n <= far]))
    axes.set(xlabel="percentile", xlim=(1, far * 1.1))
    set_axis(axes.yaxis, [max(value, 1.0) for line in lines.values() for value in line.y], unit="us")


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    groups = [list(group) for _, group in groupby(digests, attrgetter("workload"))]
    completions = chain.from_iterable(_completions(recording, group) for group in groups)
    yield from panels_chart("completions", recording, completions, columns=3)
    for group in groups:
        panels, words = _resources(recording, group), {"workload": group[0].workload}
        yield from panels_chart("resources", recording, panels, words, columns=3)


def _completions(recording: Recording, digests: list[Digest]) -> Iterator[Panel]:
    """One, or none where nobody answered."""
    if lines := {d.subject: line for d in digests if (line := _answered(recording, d)).y[-1]}:
        offered = next(filter(None, (_offered(recording, digest) for digest in digests)), None)
        most = count_text(max(line.y[-1] for line in lines.values()))
        share = f" of {count_text(round(offered.y[-1]))} offered" if offered else ""
        ends = [f"{marked(line.digest)} {duration_text(line.x[-1])}" for line in lines.values()]
        workload, after = digests[0].workload, f"the last after: {', '.join(ends)}"
        draw_panel = partial(_draw_over_time, count_text, "n", offered)
        yield Panel(workload, "", lines, draw_panel, f"{workload}, up to {most} answered{share}, {after}")


def _answered(recording: Recording, digest: Digest) -> Line:
    """Counts after each request if there are rows of all, else after each interval."""
    run = digest.representative
    ok = [r for r in recording.requests_of(run) if r.outcome == "ok" and not run.rows_cut]
    steps = [(time, 1) for time in sorted(r.due_us + r.latency_us for r in ok)]
    steps = steps or [(_end_us(i), i.completed) for i in recording.throughput_of(run) if i.completed]
    times, counts = zip((0.0, 0), *steps)
    # More steps than a picture can show would only make the page large; the last is among those that stay.
    every = -(-len(times) // MOST_STEPS)
    steps = [*zip(times, accumulate(counts))][(len(times) - 1) % every :: every]
    x, y = zip(*(step for step in steps for _ in range(2)))
    return Line(x[1:], y[:-1], digest)


def _offered(recording: Recording, digest: Digest) -> Line | None:
    """What an open loop offered by when: the same to all."""
    rows = [row for row in recording.throughput_of(digest.representative) if row.offered_rps is not None]
    counts = accumulate(row.offered_rps * row.interval_ms / 1e3 for row in rows)
    return Line([0.0, *map(_end_us, rows)], [0, *counts], digest) if rows else None


def _resources(recording: Recording, digests: list[Digest]) -> Iterator[Panel]:
    """Of the intervals of which all three are known."""
    columns: tuple[dict[str, Line], ...] = ({}, {}, {})
    for digest in digests:
        rows = recording.throughput_of(digest.representative)
        samples = [(_end_us(r), r.server_threads, r.server_rss_kib, r.server_cpu_us) for r in rows]
        if samples := [sample for sample in samples if None not in sample]:
            times, threads, kib, cpu_us = zip(*samples)
            for lines, values in zip(columns, (threads, [n / 1024 for n in kib], [*accumulate(cpu_us)])):
                lines[digest.subject] = Line(times, values, digest)
    names, units = ("threads", "resident memory", "CPU time so far"), ("n", "MiB", "us")
    texts = (count_text, "{:,.4g} MiB".format, duration_text)
    for lines, name, text, unit in zip(columns if columns[0] else (), names, texts, units):
        most = ", ".join(f"{marked(line.digest)} {text(max(line.y))}" for line in lines.values())
        draw_panel = partial(_draw_over_time, TICKS.get(text, text), unit, None)
        yield Panel(name, "", lines, draw_panel, f"{name}, at most: {most}")


def _end_us(interval: Row) -> float:
    return (interval.elapsed_ms + interval.interval_ms) * 1e3


def _draw_over_time(
    tick: Tick, unit: str, offered: Line | None, axes: Axes, lines: Lines, styles: Styles
) -> None:
    draw_lines(axes, lines, styles)
    if offered:
        axes.plot(offered.x, offered.y, **DASHED)
    ends = [line.x[-1] for line in lines.values()]
    first = min(time for line in lines.values() for time in line.x if time > 0)
    set_axis(axes.xaxis, [first, *ends], log=spans_far(ends), unit="us")
    set_axis(axes.yaxis, [max(line.y) for line in lines.values()], tick, log=False, unit=unit)


def draw_recovery(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    """Of runs that were overloaded for a while: the first valid repetition of each."""
    panels = []
    for workload, group in groupby(single_digests(recording, digests), attrgetter("workload")):
        if every := {digest.subject: made for digest in group if (made := recoveries(recording, digest))}:
            lines: dict[str, list[Mark]] = {}
            for name, (run, *_) in every.items():
                levels = [(w.start_ms * 1e3, max(w.at_least_us, 1.0), w.p99_us == inf) for w in run.windows]
                lines[name] = [Mark(at, Spread(us, us, us), "", is_bound) for at, us, is_bound in levels]
            ends = ", ".join(f"{name} {recovery_text(made)}" for name, made in every.items())
            text = f"{workload}, as before after: {ends}"
            panels.append(Panel(workload, "p99", lines, partial(_draw_recovery, run), text))
    yield from panels_chart("recovery", recording, panels, columns=1, height=2.4)


def _draw_recovery(run: Recovery, axes: Axes, lines: Marks, styles: Styles) -> None:
    for subject, marks in lines.items():
        draw_marks(axes, styles[subject], marks)
    for edge_ms in (run.begin_ms, run.back_ms):
        axes.axvline(edge_ms * 1e3, **DASHED)
    set_axis(axes.xaxis, [(run.back_ms + run.watched_ms) * 1e3], log=False)
    set_axis(axes.yaxis, [mark.spread.median for marks in lines.values() for mark in marks], log=True)
