"""A server that is not used yet: its start, its memory at rest, and a burst of connections after silence."""

from collections.abc import Iterator

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from charts.canvas import Chart, Tick, marked, panel_title, set_axis
from charts.curves import memory_tick
from charts.figures import Rows, draw_bar
from charts.palette import SURFACE, subject_styles
from metrics.digest import Digest, figure_text
from metrics.metrics import METRICS
from metrics.soundness import counts
from recordings.recording import Recording
from text.units import round_duration_text
from words.findings import silent_groups

_PANELS: tuple[tuple[str, str, str, Tick], ...] = (
    ("start", "start", "to the first reply", round_duration_text),
    ("rest", "memory", "at rest", memory_tick),
    ("makespan", "burst", "all answered", round_duration_text),
)


def draw(recording: Recording, digests: list[Digest]) -> Iterator[Chart]:
    group = [digest for some in silent_groups(recording, digests) for digest in some if digest["rest"]]
    if group:
        texts = [
            f"{marked(d)}: {', '.join(f'{n} {figure_text(METRICS[k], d[k])}' for k, n, _, _ in _PANELS)}"
            for d in group
        ]
        yield Chart(
            name="cold",
            title="From a cold start",
            caption="From the start of the process to its first reply; its memory before the first one; "
            "and how long a burst of connections takes after silence. A dot for each repetition, hollow if "
            "it does not count, a bar at the median.",
            opening="Start, memory at rest, burst.",
            texts=texts,
            figure=_figure(recording, group),
        )


def _figure(recording: Recording, group: list[Digest]) -> Figure:
    rows = Rows([(digest.workload, marked(digest)) for digest in group], len(_PANELS), right=0.2, top=0.58)
    styles = subject_styles(recording.subjects)
    for axes, (metric, title, rest, tick) in zip(rows.axes, _PANELS):
        most = 0.0
        for y, digest in zip(rows.places, group):
            style = styles[digest.subject]
            colour = style.colour
            for run in digest.runs:
                if figure := METRICS[metric].read(run):
                    face = colour if counts(run) else SURFACE
                    axes.plot(figure.value, y, "o", markersize=4, color=colour, markerfacecolor=face)
                    most = max(most, figure.value)
            draw_bar(axes, y, digest[metric].median, style)
        set_axis(axes.xaxis, 0, most * 1.06, MaxNLocator(4, steps=(1, 2, 5, 10)), tick, log=False)
        panel_title(axes, title, rest)
    rows.key("median")
    return rows.figure
