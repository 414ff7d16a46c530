"""history.jsonl: a line for each gate, only ever added to, and beside it a chart of all of them.

Small steps pass one by one and add up: of gates against one pinned release the chart shows where they lead.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gating.procedure import Decision
from gating.verdict import CAPACITY, THROUGHPUT
from gating.words import finite, percent
from recordings.csv_table import ResultsError

if TYPE_CHECKING:
    from charts.canvas import Chart


def add(path: Path, decision: Decision, about: dict[str, Any]) -> None:
    """When, what, the verdict, what is worse, and each change with its interval, as log ratios."""
    changes = {
        f"{result.cell} {metric.name}": [metric.estimate, metric.interval.low, metric.interval.high]
        for result in decision.results
        for metric in result.metrics.values()
    }
    names = ("started_at", "baseline", "candidate")
    worse = [f"{result.cell} {name}" for result in decision.results for name in result.worse]
    line = {name: about.get(name) for name in names}
    line |= {"verdict": str(decision.verdict), "worse": worse, "changes": changes}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(finite(line), ensure_ascii=False) + "\n")


def read(path: Path) -> list[dict[str, Any]]:
    """Raises ResultsError for a line that is none of a gate's."""
    gates = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            gate = json.loads(line)
            gates.append(gate | {"changes": dict(gate["changes"]), "worse": list(gate["worse"])})
        except (ValueError, KeyError, TypeError):
            raise ResultsError([f"{path} line {number}: not a gate: correct or remove it"]) from None
    return gates


def draw(path: Path) -> "Chart | None":
    """Writes the chart beside the file, as NAME.svg and NAME.png: a panel for each metric of each cell. None
    where there is nothing to draw."""
    from charts.canvas import Chart, grid, look, panel_title, save
    from charts.palette import FAILED, MUTED, TEXT
    from matplotlib.ticker import MaxNLocator

    gates = [gate for gate in read(path) if gate["changes"]]
    names = list(dict.fromkeys(name for gate in gates for name in gate["changes"]))
    names = [name for name in names if name.endswith((CAPACITY, THROUGHPUT))]
    if not names:
        return None
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
            axes.xaxis.set_major_formatter(lambda value, _: _day(gates, value))
            axes.set_xlim(-0.5, len(gates) - 0.5)
            panel_title(axes, name, "change in %, with its interval; negative is worse")
        words = [f"{len(gates)} gates, the last {gates[-1]['verdict']}"]
        return save(Chart(path.stem, "Gates so far", "", "Changes.", words, figure), path.parent)


def _day(gates: list[dict[str, Any]], place: float) -> str:
    at = round(place)
    started = gates[at].get("started_at") if 0 <= at < len(gates) else None
    return datetime.fromisoformat(started).strftime("%d %b") if started else ""
