"""The gate's page: the verdict, every block beside the margin and the interval, what the gate would have
seen, and the gates before it. Its charts lie beside it."""

from datetime import datetime
from pathlib import Path
from typing import Any

from charts.canvas import TEMPLATES, Chart, grid, look, panel_title, save
from charts.palette import FAILED, MUTED, TEXT, SURFACE
from charts.svg import gid
from cli.files import replace_file
from gating.blocks import METRICS, GateRecording
from gating.verdict import CAPACITY, THROUGHPUT, Decision
from gating.words import blocks_text, change_text, percent, read_history, slowdown_text, table_of
from matplotlib.ticker import MaxNLocator
from sides.sides import SIDES
from text.units import short_text

_CAPTION = (
    "A dot is a block: one pair of fresh processes. The change is in %: of a latency, above zero is worse. "
    "The line is the estimate over its interval; dashed is the margin, beyond which it is a regression."
)


def write_page(
    path: Path, decision: Decision, about: dict[str, Any], recording: GateRecording, past: Chart | None
) -> None:
    """`recording` has the blocks; `past` is of the gates so far."""
    charts = [past] if past else []
    if any(result.metrics for result in decision.results):
        with look():
            charts.insert(0, save(_blocks(decision, recording), path.parent / "charts"))
    facts = {name: about.get(name) for name in ("baseline", "candidate", "layouts", "started_at")}
    facts["a block"] = short_text(about["block_ms"] / 1e3) if about.get("block_ms") else None
    facts = {name: fact for name, fact in facts.items() if fact}
    sides = " to ".join(facts[side] for side in SIDES if side in facts)
    facts |= {"blocks": blocks_text(decision), "verdict": str(decision)}
    text = TEMPLATES.get_template("gate.html").render(
        page_title=f"Performance gate: {decision.verdict}",
        sentence=f"**{str(decision.verdict).capitalize()}**: {decision.reason}.",
        notes=[f"{name} is beyond the margin, and only shown" for name in decision.beyond_margin],
        charts=charts,
        elsewhere={past.name} if past else (),
        table=table_of(decision)._replace(title=": ".join(filter(None, ("Changes", sides)))),
        facts=facts.items(),
    )
    replace_file(path, text)


def _blocks(decision: Decision, recording: GateRecording) -> Chart:
    panels = [(result, metric) for result in decision.results for metric in result.metrics.values()]
    figure, rows = grid([1, 1], -(-len(panels) // 2), 1.35, left=0.5, top=0.35)
    places = [axes for row in rows for axes in row]
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    texts = [f"{result.cell} {metric.name}: {change_text(metric)}" for result, metric in panels]
    dot = {"color": MUTED, "markersize": 3.2, "markeredgecolor": SURFACE, "mew": 0.4}
    for axes, (result, metric) in zip(places, panels):
        blocks = recording.blocks[result.cell][: result.blocks]  # those that were judged
        sign = METRICS[metric.name].better  # a log ratio that is negative is worse, whatever the metric
        changes = [percent(sign * b.difference[metric.name]) for b in blocks if metric.name in b.difference]
        estimate, margin = percent(sign * metric.estimate), percent(-sign * metric.margin)
        most, at = max(map(abs, [*changes, margin])) * 1.25, len(changes) + 1
        low, high = (max(min(percent(sign * end), most), -most) for end in metric.interval)
        colour = FAILED if metric.name in result.worse else TEXT
        axes.axhline(0, color=MUTED, linewidth=0.8)
        axes.axhspan(low, high, color=colour, alpha=0.14, linewidth=0)
        name, change = f"{result.cell}, {metric.name}", change_text(metric)
        seen = gid(note=f"{name}: {change}, would have seen {slowdown_text(metric.detectable, metric.name)}")
        axes.plot([1, at], [estimate, estimate], color=colour, linewidth=1.5)
        axes.plot(at, estimate, "D", color=colour, markersize=4, gid=seen)
        axes.axhline(margin, color=FAILED, linewidth=0.9, linestyle=(0, (4, 2)))
        for number, each in enumerate(changes, start=1):
            axes.plot(number, each, "o", gid=gid(note=f"{name}, block {number}: {each:+z.1f} %"), **dot)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set(xlim=(0.3, at + 0.7), ylim=(-most, most))
        panel_title(axes, f"{result.cell}: {metric.name}", change if metric.can_fail else "shown only")
    words = ("Every block, and what they come to", _CAPTION, "Changes with their intervals.")
    return Chart("blocks", *words, texts, figure)


def history_chart(path: Path) -> Chart | None:
    """Of all gates in the file, beside which it is written as NAME.svg and NAME.png: a panel for each metric
    of each cell. None where there is nothing to draw."""
    gates = [gate for gate in read_history(path) if gate["changes"]]
    names = dict.fromkeys(name for gate in gates for name in gate["changes"])
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
