"""Made-up blocks for tests of the gate, and a gate's folder made of them.

Nothing here is a measurement: a block is a rate, a change, and seeded noise.
"""

from __future__ import annotations

import csv
import json
import random
from collections import namedtuple
from pathlib import Path

from cli.files import ROOT
from gating.blocks import Block, block_of
from gating.verdict import Decision
from gating.words import _rows
from recordings.csv_table import SUMMARY, read_table, table_schema, todays_resources
from sides.sides import CANDIDATE, SIDES

RATE = 20_000.0
Line = namedtuple("Line", "cell metric baseline candidate change margin finding would_have_seen kind")


def lines(decision: Decision) -> list[Line]:
    """Those of the table of a gate's judgement, with the columns in which nobody has anything."""
    return [Line(*row) for row in _rows(decision)]


def rows(
    count: int,
    slowdown: float = 0.0,
    noise: float = 0.01,
    seed: int = 1,
    cell: str = "async",
    failed_share: float = 0.0,
    client_bound: bool = False,
    rate_rps: float | None = None,
    verdict: str = "valid",
    first: int = 1,
    changes: dict[str, float] | None = None,
) -> list[dict[str, str]]:
    """Two rows of summary.csv for each block, as cells; `changes`: factors of the candidate's own cells."""
    draw = random.Random(seed)
    made = []
    for number in range(first, first + count):
        for side in SIDES:
            rate = RATE * (1 + draw.gauss(0, noise / 2**0.5))
            failed = 0
            if side == CANDIDATE:
                rate *= 1 - slowdown
                failed = round(10_000 * failed_share)
            row: dict[str, float | str] = {
                "requests": 10_000,
                "ok": 10_000 - failed,
                "http_error": failed,
                "throughput_rps": rate * (1 - failed / 10_000),
                "server_cpu_us_per_request": 1e6 * 0.98 / rate,
                "latency_p50_us": 64e6 / rate,
                "latency_p99_us": 110e6 / rate,
                "client_bound": int(client_bound),
                "offered_rps": rate_rps or "",
                "verdict": verdict,
                "reasons": "" if verdict == "valid" else "the generator was late",
            }
            for name, factor in (changes or {}).items():
                row[name] = float(row[name]) * (factor if side == CANDIDATE else 1)
            keys = {"suite": "gate", "variant": side, "workload": cell, "repetition": number}
            made.append({name: str(value) for name, value in (keys | row).items()})
    return made


def write_gate(folder: Path, made: list[dict[str, str]]) -> Path:
    """A folder as a gate leaves it, with the summary alone; returns it."""
    schema = json.loads((ROOT / "results/schema.json").read_text())
    [summary] = [each for each in schema["resources"] if each["path"] == SUMMARY]
    names = [field["name"] for field in summary["schema"]["fields"]]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / SUMMARY).open("w", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(made)
    return folder


def blocks(folder: Path, count: int, **changes) -> list[Block]:
    path = write_gate(folder, rows(count, **changes)) / SUMMARY
    read = read_table(path, table_schema(todays_resources()[SUMMARY]))
    return [block_of(read[at : at + 2]) for at in range(0, len(read), 2)]
