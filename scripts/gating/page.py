"""The gate's page: the verdict, every block beside the margin and the interval, what the gate would have
seen, and the gates before it. Its charts lie beside it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from charts.canvas import TEMPLATES, Chart, grid, look, panel_title, save
from charts.palette import FAILED, MUTED, TEXT, SURFACE
from charts.svg import gid
from cli.files import replace_file
from gating.procedure import Decision
from gating.history import read_history
from gating.recorded import GateRecording
from gating.verdict import CAPACITY, THROUGHPUT, CellResult, MetricResult
from gating.words import blocks_text, change_text, headline, percent, slowdown_text, table_of
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from text.units import short_text

_HEIGHT = 1.35
_CAPTION = (
    "A dot is a block: one pair of fresh processes. The change is in %, below zero is worse. "
    "The line is the estimate over its interval; dashed is the margin, beyond which it is a regression."
)


def write_page(
    path: Path, decision: Decision, about: dict[str, Any], recording: GateRecording, past: Chart | None
) -> None:
    """`recording` has the blocks; `past` is of the gates so far."""
    charts = []
    if any(result.metrics for result in decision.results):
        with look():
            charts.append(save(_blocks(decision, recording), path.parent / "charts"))
    names = ("baseline", "candidate", "layouts", "started_at")
    facts = [(name, about[name]) for name in names if about.get(name)]
    if about.get("block_ms"):
        facts.append(("a block", short_text(about["block_ms"] / 1e3)))
    sides = [about[name] for name in names[:2] if about.get(name)]
    text = TEMPLATES.get_template("gate.html").render(
        page_title=f"Performance gate: {decision.verdict}",
        sentence=f"**{str(decision.verdict).capitalize()}**: {decision.reason}.",
        notes=[f"{name} is beyond the margin, and only shown" for name in decision.beyond_margin],
        charts=[*charts, *filter(None, [past])],
        elsewhere={past.name} if past else (),
        table=table_of(decision)._replace(title=f"Changes{': ' * bool(sides)}{' to '.join(sides)}"),
        facts=[*facts, ("blocks", blocks_text(decision)), ("verdict", headline(decision))],
    )
    replace_file(path, text)


def _blocks(decision: Decision, recording: GateRecording) -> Chart:
    panels = [(result, metric) for result in decision.results for metric in result.metrics.values()]
    figure, rows = grid([1, 1], -(-len(panels) // 2), _HEIGHT, left=0.5, top=0.35)
    cells = [axes for row in rows for axes in row]
    for axes, (result, metric) in zip(cells, panels):
        blocks = recording.blocks(result.cell)[: result.blocks]  # those that were judged
        changes = [percent(b.difference[metric.name]) for b in blocks if metric.name in b.difference]
        _draw_panel(axes, result, metric, changes)
    for axes in cells[len(panels) :]:
        axes.set_visible(False)
    texts = [f"{r.cell} {m.name}: {change_text(m)}" for r, m in panels]
    title, opening = "Every block, and what they come to", "Changes with their intervals."
    return Chart("blocks", title, _CAPTION, opening, texts, figure)


def _draw_panel(axes: Axes, result: CellResult, metric: MetricResult, changes: Sequence[float]) -> None:
    colour = FAILED if metric.name in result.worse else TEXT
    most = max(map(abs, [*changes, percent(-metric.margin)])) * 1.25
    low, high = (max(min(percent(end), most), -most) for end in metric.interval)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.axhspan(low, high, color=colour, alpha=0.14, linewidth=0)
    name, at = f"{result.cell}, {metric.name}", len(changes) + 1
    note = f"{name}: {change_text(metric)}, would have seen {slowdown_text(metric.detectable)}"
    axes.plot([1, at], [percent(metric.estimate)] * 2, color=colour, linewidth=1.5)
    axes.plot(at, percent(metric.estimate), "D", color=colour, markersize=4, gid=gid(note=note))
    axes.axhline(percent(-metric.margin), color=FAILED, linewidth=0.9, linestyle=(0, (4, 2)))
    dot = {"color": MUTED, "markersize": 3.2, "markeredgecolor": SURFACE, "mew": 0.4}
    for number, change in enumerate(changes, start=1):
        axes.plot(number, change, "o", gid=gid(note=f"{name}, block {number}: {change:+z.1f} %"), **dot)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set(xlim=(0.3, at + 0.7), ylim=(-most, most))
    subtitle = change_text(metric) if metric.can_fail else "shown only"
    panel_title(axes, f"{result.cell}: {metric.name}", subtitle)


def history_chart(path: Path) -> Chart | None:
    """Of all gates in the file, beside which it is written as NAME.svg and NAME.png: a panel for each metric
    of each cell. None where there is nothing to draw."""
    gates = [gate for gate in read_history(path) if gate["changes"]]
    names = list(dict.fromkeys(name for gate in gates for name in gate["changes"]))
    names = [name for name in names if name.endswith((CAPACITY, THROUGHPUT))]
    if not names:
        return None

    def day(value: float, _position: int) -> str:
        at = round(value)
        started = gates[at].get("started_at") if 0 <= at < len(gates) else None
        return datetime.fromisoformat(started).strftime("%d %b") if started else ""

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
            axes.xaxis.set_major_formatter(day)
            axes.set_xlim(-0.5, len(gates) - 0.5)
            panel_title(axes, name, "change in %, with its interval; negative is worse")
        words = [f"{len(gates)} gates, the last {gates[-1]['verdict']}"]
        return save(Chart(path.stem, "Gates so far", "", "Changes.", words, figure), path.parent)
