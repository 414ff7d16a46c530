"""A bisect's folder: commits/NAME has the blocks of a commit, kept as a gate keeps its own; posterior.json
what they come to. Resumable: what is there of the same bisect is taken up."""

import json
from pathlib import Path
from typing import Any

from bisecting.history import Commit
from cli.errors import UsageError
from cli.files import replace_file, replace_json
from gating.blocks import Block
from gating.recorded import GateRecording
from gating.words import finite
from recordings.csv_table import read_json
from recordings.description import SUMMARY


class BisectFolder:
    """`commits` by place, GOOD first. `settings`: whatever must be the same for blocks to be of one bisect.
    Raises UsageError where the folder is of another one."""

    def __init__(self, folder: Path, commits: list[Commit], settings: dict[str, Any]):
        self.folder = folder
        self._commits = commits
        self._recordings: dict[int, GateRecording] = {}
        path, self._settings = folder / "settings.json", json.loads(json.dumps(settings))
        if path.is_file():
            self._check_same(read_json(path, "name another folder"))
        else:
            replace_json(path, settings)

    def recording(self, place: int) -> GateRecording:
        if place not in self._recordings:
            folder = self.folder / "commits" / f"{place:04}-{self._commits[place].short}"
            folder.mkdir(parents=True, exist_ok=True)
            self._recordings[place] = recording = GateRecording(folder)
            recording.first_checked = recording.next_number
        return self._recordings[place]

    def samples(self, cell: str, metric: str) -> dict[int, list[float]]:
        """The log ratios there are already, by place."""
        samples = {place: ratios_of(self.recording(place).blocks(cell), metric) for place in self._places()}
        return {place: ratios for place, ratios in samples.items() if ratios}

    def skipped(self) -> dict[int, str]:
        """Why a commit could not be measured, by place."""
        path = self.folder / "skipped.json"
        skipped = read_json(path, "remove it") if path.is_file() else {}
        places = {commit.name: place for place, commit in enumerate(self._commits)}
        return {places[name]: reason for name, reason in skipped.items()}

    def keep_skipped(self, skipped: dict[int, str]) -> None:
        by_name = {self._commits[place].name: reason for place, reason in skipped.items()}
        replace_json(self.folder / "skipped.json", by_name)

    def keep_posterior(self, figures: dict[str, Any]) -> None:
        text = json.dumps(finite(figures), indent=2, ensure_ascii=False, allow_nan=False)
        replace_file(self.folder / "posterior.json", text + "\n")

    def _places(self) -> list[int]:
        return sorted(int(path.parent.name[:4]) for path in self.folder.glob(f"commits/*/{SUMMARY}"))

    def _check_same(self, before: dict[str, Any]) -> None:
        for name, value in self._settings.items():
            if before.get(name) != value:
                differs = f"has blocks of a bisect with {name} {before.get(name)!r}, not {value!r}"
                fix = "name another folder, or give the same flags"
                raise UsageError(f"--output: {self.folder} {differs}: {fix}")


def ratios_of(blocks: list[Block], metric: str) -> list[float]:
    """Those of the blocks in which the metric could be compared."""
    return [block.difference[metric] for block in blocks if metric in block.difference]
