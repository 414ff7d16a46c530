"""The gate's page: the verdict, every block beside the margin and the interval, what the gate would have
seen, and the gates before it. Its charts lie beside it."""

import math
from datetime import datetime
from pathlib import Path

from charts.canvas import TEMPLATES, Chart, captioned, grid, look, panel_title, save
from charts.palette import FAILED, MUTED, SURFACE, TEXT
from charts.svg import gid
from cli.files import replace_file
from gating.blocks import METRICS, GateRecording
from gating.verdict import CAPACITY, THROUGHPUT, Decision
from gating.words import change_text, percent, read_history, slowdown_text
from matplotlib.ticker import MaxNLocator
from text.judgement import Judgement


def write_page(
    path: Path, decision: Decision, judgement: Judgement, recording: GateRecording, past: Chart | None
) -> None:
    """`recording` has the blocks; `past` is of the gates so far."""
    charts = [past] if past else []
    if any(result.metrics for result in decision.results):
        with look():
            charts.insert(0, save(_blocks(decision, recording), path.parent / "charts"))
    how = {"judgement": judgement, "charts": charts, "elsewhere": [past.name] if past else []}
    replace_file(path, TEMPLATES.get_template("gate.html").render(how))


def _blocks(decision: Decision, recording: GateRecording) -> Chart:
    panels = [(result, metric) for result in decision.results for metric in result.metrics.values()]
    figure, rows = grid([1, 1], -(-len(panels) // 2), 1.35, left=0.5, top=0.35)
    places = [axes for row in rows for axes in row]
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    texts, dot = [], {"color": MUTED, "markersize": 3.2, "markeredgecolor": SURFACE, "mew": 0.4}
    for axes, (result, metric) in zip(places, panels):
        blocks = recording.blocks[result.cell][: result.blocks]  # those that were judged
        sign = METRICS[metric.name].better  # a log ratio that is negative is worse, whatever the metric
        changes = [percent(sign * b.difference[metric.name]) for b in blocks if metric.name in b.difference]
        estimate, margin = percent(sign * metric.estimate), percent(-sign * metric.margin)
        most = 1.25 * max((abs(x) for x in [*changes, margin] if math.isfinite(x)), default=1.0)
        at = len(changes) + 1
        low, high = (max(min(percent(sign * end), most), -most) for end in metric.interval)
        colour = FAILED if metric.name in result.worse else TEXT
        name = f"{result.cell} {metric.name}"
        change = change_text(metric.name, metric.estimate, metric.interval)
        seen = gid(note=f"{name}: {change}, would have seen {slowdown_text(metric.detectable, metric.name)}")
        axes.axhline(0, color=MUTED, linewidth=0.8)
        axes.axhspan(low, high, color=colour, alpha=0.14, linewidth=0)
        axes.plot([1, at], [estimate, estimate], color=colour, linewidth=1.5)
        axes.plot(at, estimate, "D", color=colour, markersize=4, gid=seen)
        axes.axhline(margin, color=FAILED, linewidth=0.9, linestyle=(0, (4, 2)))
        for number, each in enumerate(changes, start=1):
            axes.plot(number, each, "o", gid=gid(note=f"{name}, block {number}: {each:+z.1f} %"), **dot)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set(xlim=(0.3, at + 0.7), ylim=(-most, most))
        panel_title(axes, name, change if metric.can_fail else "shown only")
        texts.append(f"{name}: {change}")
    return captioned("blocks", figure, texts)


def history_chart(path: Path) -> Chart | None:
    """Of all gates in the file, beside which it is written as NAME.svg and NAME.png: a panel for each metric
    of each cell. None where there is nothing to draw."""
    gates = [gate for gate in read_history(path) if gate["changes"]]
    names = dict.fromkeys(name for gate in gates for name in gate["changes"])
    names = [name for name in names if name.endswith((CAPACITY, THROUGHPUT))]
    if not names:
        return None
    starts = {at: gate.get("started_at") for at, gate in enumerate(gates)}
    days = {at: datetime.fromisoformat(start).strftime("%d %b") for at, start in starts.items() if start}
    with look():
        figure, rows = grid([1], len(names), 1.1, left=0.66, top=0.3)
        for name, [axes] in zip(names, rows):
            axes.axhline(0, color=TEXT, linewidth=1)
            for at, gate in enumerate(gates):
                if name in gate["changes"]:
                    estimate, *ends = (None if v is None else percent(v) for v in gate["changes"][name])
                    colour = FAILED if name in gate["worse"] else MUTED
                    if None not in ends:
                        axes.plot([at, at], ends, color=colour, linewidth=2)
                    axes.plot(at, estimate, "o", markersize=4, color=colour)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.xaxis.set_major_formatter(lambda at, _: days.get(round(at), ""))
            axes.set_xlim(-0.5, len(gates) - 0.5)
            panel_title(axes, name, "change in %, with its interval; negative is worse")
        words = [f"{len(gates)} gates, the last {gates[-1]['verdict']}"]
        return save(captioned("gates", figure, words, name=path.stem), path.parent)
