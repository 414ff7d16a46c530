"""What the gate measures: blocks, and the folder that keeps them.

A block is one pair of fresh server processes under one `loadgen --versus`, which drives baseline and
candidate in turn, in slices shorter than the machine's drift. It is the only sample: how a process lies in
memory makes it some percent faster or slower for as long as it lives, so slices are not independent."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from cli.errors import CommandFailed, UsageError
from cli.files import replace_file, replace_json
from metrics.soundness import done_by
from recordings.csv_table import ANOTHER_VERSION, ResultsError, Row, read_json, read_table
from recordings.description import SUMMARY, table_schema, todays_resources, write_description
from sides.cells import SIDES

# The summary is the last: a block that is in it is there as a whole.
_FILES = ("slices.csv", "classes.csv", "latency.csv", SUMMARY)
ATTEMPTS = 4  # at a block: the first, and three more while it is invalid


class BenchmarkFailed(CommandFailed):
    """A side could not be measured: which, and what happened, in a line."""


class InvalidMeasurement(CommandFailed):
    """The generator called block after block invalid: of which cell, and why."""


class GateMetric(NamedTuple):
    """`read` takes a side's row of summary.csv; `sign` is +1 where more is better."""

    unit: str
    sign: int
    read: Callable[[Row], float | None]


def _capacity(row: Row) -> float | None:
    """Requests answered in a second of the server's CPU: what one core of this server can serve."""
    cpu_us = row.server_cpu_us_per_request
    return row.ok / row.requests / cpu_us * 1e6 if cpu_us and row.requests else None


METRICS = {
    "capacity": GateMetric("req/s of CPU", +1, _capacity),
    "throughput": GateMetric("req/s", +1, lambda row: row.throughput_rps),
    "p50": GateMetric("µs", -1, lambda row: row.latency_p50_us or row.latency_p50_at_least_us),
    "p99": GateMetric("µs", -1, lambda row: row.latency_p99_us or row.latency_p99_at_least_us),
}


@dataclass(frozen=True)
class Block:
    """`difference` by metric: log(candidate / baseline), signed so that negative is worse.

    `client_bound`: the generator was the limit on both sides. `is_open`: the load came at a fixed rate.
    """

    difference: dict[str, float]
    level: dict[str, tuple[float, float]]  # by metric: baseline and candidate
    requests: tuple[int, int]
    failed: tuple[int, int]
    client_bound: bool
    is_open: bool


def is_valid(rows: Sequence[Row]) -> bool:
    """Whether the generator kept its promise on both sides."""
    return len(rows) == len(SIDES) and all(row.verdict == "valid" for row in rows)


def block_of(rows: Iterable[Row]) -> Block:
    """The block of its two rows of summary.csv; without latencies where they end by different clocks."""
    before, after = sorted(rows, key=lambda row: SIDES.index(row.variant))
    are_alike = done_by(before) == done_by(after)
    levels = {name: (metric.read(before), metric.read(after)) for name, metric in METRICS.items()}
    levels = {n: both for n, both in levels.items() if all(both) and (are_alike or METRICS[n].unit != "µs")}
    difference = {n: METRICS[n].sign * math.log(last / first) for n, (first, last) in levels.items()}
    requests, ok = (before.requests, after.requests), (before.ok, after.ok)
    failed = (requests[0] - ok[0], requests[1] - ok[1])
    client_bound = bool(before.client_bound and after.client_bound)
    return Block(difference, levels, requests, failed, client_bound, is_open=before.offered_rps is not None)


class GateRecording:
    """The CSVs of blocks, one after the other, as loadgen wrote them: summary.csv has two rows a block, of
    which `variant` is the side, `workload` the cell, `repetition` the block's number.

    `first_checked`: invalid blocks before this one are of another time, and forgiven. `handed_out`: how many
    blocks of each cell next_block has given; those that were there are given first."""

    def __init__(self, folder: Path):
        self.folder, self.first_checked = folder, 1
        self.handed_out: Counter[str] = Counter()
        self.rows: list[Row] = []
        if (folder / SUMMARY).is_file():
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

    @property
    def cells(self) -> list[str]:
        return list(dict.fromkeys(row.workload for row in self.rows))

    @property
    def next_number(self) -> int:
        return max((row.repetition for row in self.rows), default=0) + 1

    def blocks(self, cell: str) -> list[Block]:
        """The valid ones, in the order in which they were measured."""
        return [block_of(rows) for rows in self._rows_by_block(cell) if is_valid(rows)]

    def next_block(self, cell: str) -> Block | None:
        """The first that was not handed out. Raises InvalidMeasurement where instead of one the last blocks
        were invalid, one after the other."""
        if len(blocks := self.blocks(cell)) > self.handed_out[cell]:
            self.handed_out[cell] += 1
            return blocks[self.handed_out[cell] - 1]
        checked = [rows for rows in self._rows_by_block(cell) if rows[0].repetition >= self.first_checked]
        last = checked[-ATTEMPTS:]
        if len(last) == ATTEMPTS and not any(map(is_valid, last)):
            reason = next((row.reasons for row in last[-1] if row.verdict != "valid"), "a side is missing")
            blame = "the machine is too busy: no side is to blame"
            raise InvalidMeasurement(f"{cell}: {ATTEMPTS} blocks in a row were invalid: {reason}: {blame}")

    def _rows_by_block(self, cell: str) -> list[list[Row]]:
        number = attrgetter("repetition")
        rows = sorted((row for row in self.rows if row.workload == cell), key=number)
        return [list(block) for _, block in groupby(rows, number)]

    def _read(self) -> None:
        path, faults = self.folder / SUMMARY, []
        self.rows = read_rows(path)
        for at, row in enumerate(self.rows, start=1):
            figures = (row.ok, row.throughput_rps or 0, row.server_cpu_us_per_request or 0)
            fault = ""
            if row.variant not in SIDES:
                fault = f"variant {row.variant!r} is neither {SIDES[0]} nor {SIDES[1]}"
            elif row.repetition is None:
                fault = "repetition, the block's number, is empty"
            elif row.verdict == "valid" and min(figures) <= 0:
                fault = "a valid side needs answers, a throughput and CPU time above zero"
            if fault:
                faults.append(f"{path} row {at}: {fault}: measure again, or correct the file")
        if faults:
            raise ResultsError(faults[:10])


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
