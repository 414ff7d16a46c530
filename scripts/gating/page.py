"""The gate's page: the verdict, every block beside the margin and the interval, what the gate would have
seen, and the gates before it. Its charts lie beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from charts.canvas import TEMPLATES, Chart, grid, look, panel_title, save
from charts.palette import FAILED, MUTED, TEXT, SURFACE
from charts.tags import gid
from cli.files import replace_file
from gating.procedure import Decision
from gating.recorded import GateRecording
from gating.verdict import CellResult, MetricResult
from gating.words import blocks_text, change_text, headline, percent, slowdown_text, table_of
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from text.units import short_text

_HEIGHT = 1.35


def write_page(
    path: Path,
    decision: Decision,
    about: dict[str, Any],
    recording: GateRecording | None,
    history: Chart | None,
) -> None:
    """`recording` has the blocks, None where there are none; `history` is of the gates so far."""
    charts = []
    if recording and any(result.metrics for result in decision.results):
        with look():
            charts.append(save(_blocks(decision, recording), path.parent / "charts"))
    facts = [
        (name, about[name]) for name in ("baseline", "candidate", "layouts", "started_at") if about.get(name)
    ]
    if about.get("block_ms"):
        facts.append(("a block", short_text(about["block_ms"] / 1e3)))
    sides = [about[name] for name in ("baseline", "candidate") if about.get(name)]
    text = TEMPLATES.get_template("gate.html").render(
        page_title=f"Performance gate: {decision.verdict}",
        sentence=f"**{str(decision.verdict).capitalize()}**: {decision.reason}.",
        notes=[f"{name} is beyond the margin, and only shown" for name in decision.beyond_margin],
        charts=[*charts, *filter(None, [history])],
        elsewhere={history.name} if history else (),
        table=table_of(decision)._replace(title=f"Changes{': ' * bool(sides)}{' to '.join(sides)}"),
        facts=[*facts, ("blocks", blocks_text(decision)), ("verdict", headline(decision))],
    )
    replace_file(path, text)


def _blocks(decision: Decision, recording: GateRecording) -> Chart:
    panels = [(result, metric) for result in decision.results for metric in result.metrics.values()]
    figure, rows = grid([1, 1], -(-len(panels) // 2), _HEIGHT, left=0.5, top=0.35)
    cells = [axes for row in rows for axes in row]
    for axes, (result, metric) in zip(cells, panels):
        _draw_panel(axes, result, metric, _differences(recording, result, metric))
    for axes in cells[len(panels) :]:
        axes.set_visible(False)
    return Chart(
        name="blocks",
        title="Every block, and what they come to",
        caption="A dot is a block: one pair of fresh processes. The change is in %, below zero is worse. "
        "The line is the estimate over its interval; dashed is the margin, beyond which it is a regression.",
        opening="Changes with their intervals.",
        texts=[f"{r.cell} {m.name}: {change_text(m)}" for r, m in panels],
        figure=figure,
    )


def _differences(recording: GateRecording, result: CellResult, metric: MetricResult) -> list[float]:
    """In percent; those blocks that were judged."""
    blocks = recording.blocks(result.cell)[: result.blocks]
    return [percent(block.difference[metric.name]) for block in blocks if metric.name in block.difference]


def _draw_panel(axes: Axes, result: CellResult, metric: MetricResult, changes: Sequence[float]) -> None:
    colour = FAILED if metric.name in result.worse else TEXT
    ends = [percent(end) for end in metric.interval]
    most = max(map(abs, [*changes, percent(-metric.margin)])) * 1.25
    low, high = (max(min(end, most), -most) for end in ends)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.axhspan(low, high, color=colour, alpha=0.14, linewidth=0)
    seen = slowdown_text(metric.detectable)
    note = f"{result.cell}, {metric.name}: {change_text(metric)}, would have seen {seen}"
    at = len(changes) + 1
    axes.plot([1, at], [percent(metric.estimate)] * 2, color=colour, linewidth=1.5)
    axes.plot(at, percent(metric.estimate), "D", color=colour, markersize=4, gid=gid(note=note))
    axes.axhline(percent(-metric.margin), color=FAILED, linewidth=0.9, linestyle=(0, (4, 2)))
    for number, change in enumerate(changes, start=1):
        named = gid(note=f"{result.cell}, {metric.name}, block {number}: {change:+.1f} %")
        axes.plot(
            number, change, "o", color=MUTED, markersize=3.2, markeredgecolor=SURFACE, mew=0.4, gid=named
        )
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set(xlim=(0.3, at + 0.7), ylim=(-most, most))
    panel_title(
        axes, f"{result.cell}: {metric.name}", change_text(metric) if metric.can_fail else "shown only"
    )
