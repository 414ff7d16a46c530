"""history.jsonl: a line for each gate, only ever added to; page.py draws all of them.

Small steps pass one by one and add up: of gates against one pinned release the chart shows where they lead.
"""

import json
from pathlib import Path
from typing import Any

from gating.procedure import Decision
from gating.words import finite
from recordings.csv_table import ResultsError


def add_to_history(path: Path, decision: Decision, about: dict[str, Any]) -> None:
    """When, what, the verdict, what is worse, and each change with its interval, as log ratios."""
    changes = {
        f"{result.cell} {metric.name}": [metric.estimate, metric.interval.low, metric.interval.high]
        for result in decision.results
        for metric in result.metrics.values()
    }
    worse = [f"{result.cell} {name}" for result in decision.results for name in result.worse]
    line = {name: about.get(name) for name in ("started_at", "baseline", "candidate")}
    line |= {"verdict": str(decision.verdict), "worse": worse, "changes": changes}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(finite(line), ensure_ascii=False) + "\n")


def read_history(path: Path) -> list[dict[str, Any]]:
    """Raises ResultsError for a line that is none of a gate's."""
    gates = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            gate = json.loads(line)
            gates.append(gate | {"changes": dict(gate["changes"]), "worse": list(gate["worse"])})
        except (ValueError, KeyError, TypeError):
            raise ResultsError([f"{path} line {number}: not a gate: correct or remove it"]) from None
    return gates
