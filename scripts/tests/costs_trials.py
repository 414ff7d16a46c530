#!/usr/bin/python3
"""How exact scripts/costs.py is: scripts/tests/costs_trials.py [--times N] [--keep] [NAME...]

Nothing changed, ten times each model of ours: how far apart two counts of one build are, and that nothing is
said to have grown. Then one thing more, ten times each: whether it is caught, and the right function named.
Real servers, some minutes each; what is done is in results/costs-trials/NAME and is not done again. --keep
puts the table and its figures into results/reference/costs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cli.files import ROOT, replace_file, replace_json  # noqa: E402
from costs_servers import HANDICAPS, cpp_server, python_server  # noqa: E402
from text.table import TableCell, Column, make_table, markdown  # noqa: E402
from trial_flags import TrialParser  # noqa: E402

OUT = ROOT / "results" / "costs-trials"
KEPT = ROOT / "results" / "reference" / "costs"
MODELS = ("sequential", "pool-8", "thread-per-request", "async", "async-2")
COUNTS = ("instructions", "allocations", "system calls")
GROWS = {"instructions": "instructions", "allocation": "allocations", "call": "system calls"}
NAMED_IN = {"instructions": "functions", "allocation": "allocations", "call": "system_calls"}


@dataclass(frozen=True)
class Trial:
    """`flags` are made in a folder for what they need. `grows`: the count that has to be caught, if any;
    `function`: what has to be named first."""

    flags: Callable[[Path], Sequence[str]]
    grows: str | None = None
    named_in: str = ""
    function: str = ""


def trials() -> dict[str, Trial]:
    made = {f"same-{model}": Trial(partial(_models, model, ())) for model in MODELS}
    for model in ("thread-per-request", "async"):
        made[f"same-{model}-16"] = Trial(partial(_models, model, ("--connections", "16")))
    for handicap, function in HANDICAPS.items():
        flags = partial(_sides, cpp_server, (), (handicap,))
        made[f"more-{handicap}"] = Trial(flags, GROWS[handicap], NAMED_IN[handicap], function)
    made["same-python"] = Trial(partial(_sides, python_server, (0,), (0,)))
    made["more-python-dumps"] = Trial(partial(_sides, python_server, (0,), (1,)), "instructions")
    return made


def _models(model: str, more: Sequence[str], _scratch: Path) -> Sequence[str]:
    return ("--baseline", "build/release", "--candidate", "build/release", "--cells", model, *more)


def _sides(
    server: Callable[..., str], before: tuple[Any, ...], after: tuple[Any, ...], scratch: Path
) -> Sequence[str]:
    return ("--baseline-cmd", server(scratch, *before), "--candidate-cmd", server(scratch, *after))


def main(argv: list[str]) -> int:
    every = trials()
    parser = TrialParser(__doc__, every)
    parser.add_argument("--times", type=int, default=10, metavar="N", help="of each; default 10")
    options = parser.read(argv)
    for name in options.names or every:
        for number in range(1, options.times + 1):
            run(every[name], OUT / name / f"{number:02}")
    rows = [row_of(name, trial) for name, trial in every.items() if (OUT / name).is_dir()]
    table = table_of(rows)
    for folder in (OUT, KEPT) if options.keep else (OUT,):
        replace_json(folder / "trials.json", rows)
        replace_file(folder / "trials.md", table + "\n")
    print(table)
    return int(not all(row["as_it_should"] for row in rows))


def run(trial: Trial, folder: Path) -> None:
    if (folder / "costs.json").is_file():
        return
    print(f"== {folder.parent.name} {folder.name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="costs-trials-") as scratch:
        command = [sys.executable, "scripts/costs.py", *trial.flags(Path(scratch)), "--output", str(folder)]
        if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL).returncode == 2:
            raise SystemExit("costs_trials: it could not be counted")


def row_of(name: str, trial: Trial) -> dict[str, Any]:
    """How often it came out as it should, and the largest difference of each count."""
    done = [json.loads(path.read_text()) for path in sorted((OUT / name).glob("*/costs.json"))]
    row: dict[str, Any] = {"trial": name, "times": len(done), "caught": 0, "named": 0}
    row["most_s_a_side"] = max(each["took_s"] / 2 for each in done)
    for each in done:
        grown = [line["count"] for line in each["grew"]]
        row["caught"] += trial.grows in grown if trial.grows else bool(grown)
        if trial.function:
            [first, *_] = each["cells"][0]["growth"][trial.named_in] or [{"callers": []}]
            names = [first.get("function", ""), *(caller["function"] for caller in first["callers"][:1])]
            row["named"] += any(trial.function in word for word in names)
    for count in COUNTS:
        pairs = [
            [cell[side]["counts"][count]["value"] for side in ("baseline", "candidate")]
            for each in done
            for cell in each["cells"]
            if count in cell["baseline"]["counts"]
        ]
        row[count] = pairs[0][0]
        row[f"{count}_difference"] = max((abs(after - before) for before, after in pairs), default=0.0)
    row["instructions_share"] = row["instructions_difference"] / row["instructions"]
    wanted = len(done) if trial.grows else 0
    row["as_it_should"] = row["caught"] == wanted and (not trial.function or row["named"] == wanted)
    return row


def table_of(rows: list[dict[str, Any]]) -> str:
    def figure(name: str, form: str) -> Column:
        heading = name.replace("_", " ")
        return Column(heading, lambda row: TableCell(format(row[name], form)))

    columns = [
        Column("trial", lambda row: row["trial"], is_words=True),
        figure("times", "d"),
        Column("said to have grown", lambda row: str(row["caught"])),
        Column("function named", lambda row: str(row["named"]) if "more-" in row["trial"] else ""),
        figure("instructions", ",.1f"),
        Column("largest difference", lambda row: f"{row['instructions_share'] * 100:.3f} %"),
        Column("allocations", lambda row: f"{row['allocations']:.2f} ± {row['allocations_difference']:.4f}"),
        Column(
            "system calls", lambda row: f"{row['system calls']:.2f} ± {row['system calls_difference']:.4f}"
        ),
        Column("a side took at most", lambda row: f"{row['most_s_a_side']:.1f} s"),
    ]
    return markdown(make_table("", columns, rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
