"""A gate's folder: the CSVs of its blocks, one after the other, as `loadgen --versus` wrote them.

summary.csv has two rows a block: `variant` is the side, `workload` the cell, `repetition` the block's number.
Resumable: the blocks of a folder that is there are reused.
"""

import json
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from cli.errors import UsageError
from cli.files import replace_file, replace_json
from gating.blocks import Block, block_of, is_valid
from gating.procedure import InvalidMeasurement, Source
from recordings.csv_table import ANOTHER_VERSION, ResultsError, Row, read_json, read_table
from recordings.description import SUMMARY, table_schema, todays_resources, write_description
from sides.cells import SIDES

# The summary is the last: a block that is in it is there as a whole.
_FILES = ("slices.csv", "classes.csv", "latency.csv", SUMMARY)
ATTEMPTS = 4  # at a block: the first, and three more while it is invalid


class GateRecording:
    def __init__(self, folder: Path):
        self.folder = folder
        self.first_checked = 1  # invalid blocks before this one are of another time, and forgiven
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

    def check_valid(self, cell: str) -> None:
        """Raises InvalidMeasurement when the last blocks of the cell were invalid, one after the other."""
        blocks = [rows for rows in self._rows_by_block(cell) if rows[0].repetition >= self.first_checked]
        last = blocks[-ATTEMPTS:]
        if len(last) == ATTEMPTS and not any(map(is_valid, last)):
            reason = next((row.reasons for row in last[-1] if row.verdict != "valid"), "a side is missing")
            blame = "the machine is too busy: no side is to blame"
            raise InvalidMeasurement(f"{cell}: {ATTEMPTS} blocks in a row were invalid: {reason}: {blame}")

    def _rows_by_block(self, cell: str) -> list[list[Row]]:
        number = attrgetter("repetition")
        rows = sorted((row for row in self.rows if row.workload == cell), key=number)
        return [list(block) for _, block in groupby(rows, number)]

    def _read(self) -> None:
        path = self.folder / SUMMARY
        self.rows = read_rows(path)
        faults = [f"row {at}: {fault}" for at, row in enumerate(self.rows, start=1) if (fault := _fault(row))]
        if faults:
            raise ResultsError(f"{path} {text}: measure again, or correct the file" for text in faults[:10])


def read_rows(path: Path) -> list[Row]:
    return read_table(path, table_schema(todays_resources()[SUMMARY]))


def replayed(recording: GateRecording) -> Source:
    """A source of the blocks that a recording has, in the order in which they were measured."""
    left = {cell: iter(recording.blocks(cell)) for cell in recording.cells}

    def next_block(cell: str) -> Block | None:
        if (block := next(left[cell], None)) is None:
            recording.check_valid(cell)
        return block

    return next_block


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


def _fault(row: Row) -> str | None:
    """The first thing wrong with a row."""
    if row.variant not in SIDES:
        return f"variant {row.variant!r} is neither {SIDES[0]} nor {SIDES[1]}"
    if row.repetition is None:
        return "repetition, the block's number, is empty"
    figures = (row.ok, row.throughput_rps or 0, row.server_cpu_us_per_request or 0)
    if row.verdict == "valid" and min(figures) <= 0:
        return "a valid side needs answers, a throughput and CPU time above zero"
    return None
