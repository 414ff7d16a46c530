"""What the gate measures, blocks, and the folder that keeps them. A block is one pair of fresh processes
under one `loadgen --versus`, which drives both in turn, in slices. It is the only sample: how a process lies
in memory makes it some percent faster or slower for as long as it lives, so slices are not independent."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed, UsageError
from cli.files import replace_file, replace_json
from metrics import metrics
from metrics.metrics import done_by
from recordings.csv_table import ANOTHER_VERSION, SUMMARY, ResultsError, Row, grouped, read_json, read_table
from recordings.csv_table import table_schema, todays_resources, write_description
from sides.sides import SIDES

# The summary is the last: a block that is in it is there as a whole.
_FILES = ("slices.csv", "classes.csv", "latency.csv", SUMMARY)
ATTEMPTS = 4  # at a block: the first, and three more while it is invalid


class BenchmarkFailed(CommandFailed):
    """A side could not be measured: which, and what happened, in a line."""


class InvalidMeasurement(CommandFailed):
    """The generator called block after block invalid: of which cell, and why."""


# What one core of the server can serve: requests that are answered in a second of its CPU.
_CAPACITY = metrics.Metric("capacity", "capacity", "", "{:,.0f} req/s of CPU".format, +1)
METRICS = {"capacity": _CAPACITY} | {name: metrics.METRICS[name] for name in ("throughput", "p50", "p99")}


@dataclass(frozen=True)
class Block:
    """`difference` by metric: log(candidate / baseline), signed so that negative is worse. `client_bound`:
    the generator was the limit on both sides. `is_open`: the load came at a fixed rate."""

    difference: dict[str, float]
    level: dict[str, tuple[float, float]]  # by metric: baseline and candidate
    requests: tuple[int, int]
    failed: tuple[int, int]
    client_bound: bool
    is_open: bool


def block_of(rows: Sequence[Row]) -> Block | None:
    """The block of its two rows of summary.csv, if the generator kept its promise on both sides; without
    latencies where they end by different clocks."""
    if len(rows) != len(SIDES) or any(row.verdict != "valid" for row in rows):
        return None
    before, after = pair = sorted(rows, key=lambda row: SIDES.index(row.variant))
    are_alike, levels = done_by(before) == done_by(after), {}
    for name, metric in METRICS.items():
        both = tuple(_level(name, row) for row in pair)
        if all(both) and (are_alike or not metric.is_latency):
            levels[name] = both
    difference = {n: METRICS[n].better * math.log(last / first) for n, (first, last) in levels.items()}
    requests, failed = zip(*((row.requests, row.requests - row.ok) for row in pair))
    client_bound = bool(before.client_bound and after.client_bound)
    return Block(difference, levels, requests, failed, client_bound, is_open=before.offered_rps is not None)


def _level(name: str, row: Row) -> float | None:
    if name != "capacity":
        return figure.value if (figure := METRICS[name].read(row)) else None
    cpu_us = row.server_cpu_us_per_request
    return row.ok / row.requests / cpu_us * 1e6 if cpu_us and row.requests else None


class GateRecording:
    """The CSVs of blocks, one after the other, as loadgen wrote them: summary.csv has two rows a block, of
    which `variant` is the side, `workload` the cell, `repetition` the block's number. `blocks`: the valid
    ones by cell, as they were measured. `first_checked`: invalid ones before this number are of another time,
    and forgiven. `handed_out`: how many of each cell next_block has given, first those that were there."""

    def __init__(self, folder: Path):
        self.folder, self.first_checked = folder, 1
        self.handed_out: Counter[str] = Counter()
        self._read()

    def add(self, block_folder: Path) -> None:
        """Keeps what one block wrote. Raises ResultsError where its columns are others than before."""
        for name in _FILES:
            header, _, rows = (block_folder / name).read_bytes().partition(b"\n")
            path = self.folder / name
            kept = path.read_bytes() if path.is_file() else header + b"\n"
            if kept.partition(b"\n")[0] != header:
                raise ResultsError([f"{path}: has other columns than this loadgen writes: {ANOTHER_VERSION}"])
            replace_file(path, kept + rows)
        write_description(self.folder, {"title": "gate"})
        self._read()

    def next_block(self, cell: str) -> Block | None:
        """The first that was not handed out. Raises InvalidMeasurement where instead of one the last blocks
        were invalid, one after the other."""
        if len(blocks := self.blocks.get(cell, [])) > self.handed_out[cell]:
            self.handed_out[cell] += 1
            return blocks[self.handed_out[cell] - 1]
        checked = [rows for rows in self._measured.get(cell, []) if rows[0].repetition >= self.first_checked]
        last = checked[-ATTEMPTS:]
        if len(last) == ATTEMPTS and not any(map(block_of, last)):
            reason = next((row.reasons for row in last[-1] if row.verdict != "valid"), "a side is missing")
            blame = "the machine is too busy: no side is to blame"
            raise InvalidMeasurement(f"{cell}: {ATTEMPTS} blocks in a row were invalid: {reason}: {blame}")

    def _read(self) -> None:
        path, faults = self.folder / SUMMARY, []
        rows = read_rows(path) if path.is_file() else []
        for at, row in enumerate(rows, start=1):
            figures = (row.ok, row.throughput_rps, row.server_cpu_us_per_request)
            is_complete = row.verdict != "valid" or min(each or 0 for each in figures) > 0
            checks = {
                f"variant {row.variant!r} is neither {SIDES[0]} nor {SIDES[1]}": row.variant in SIDES,
                "repetition, the block's number, is empty": row.repetition is not None,
                "a valid side needs answers, a throughput and CPU time above zero": is_complete,
            }
            wrong = [fault for fault, is_right in checks.items() if not is_right]
            faults += [f"{path} row {at}: {fault}: measure again, or correct the file" for fault in wrong]
        if faults:
            raise ResultsError(faults[:10])
        number, cells = attrgetter("repetition"), grouped(rows, attrgetter("workload")).items()
        self._measured = {c: [*grouped(sorted(each, key=number), number).values()] for c, each in cells}
        self.blocks = {c: [*filter(None, map(block_of, each))] for c, each in self._measured.items()}
        self.next_number = max(map(number, rows), default=0) + 1


def read_rows(path: Path) -> list[Row]:
    return read_table(path, table_schema(todays_resources()[SUMMARY]))


def keep_same(folder: Path, settings: dict[str, Any], kind: str) -> None:
    """Notes the settings of what is in the folder. Raises UsageError where it has some of other settings."""
    path = folder / "settings.json"
    if not path.is_file():
        replace_json(path, settings)
    before = read_json(path, "name another folder")
    for name, value in json.loads(json.dumps(settings)).items():
        if before.get(name) != value:
            differs = f"has {kind} with {name} {before.get(name)!r}, not {value!r}"
            raise UsageError(f"--output: {folder} {differs}: name another folder, or give the same flags")
