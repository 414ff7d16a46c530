"""A bisect's folder: commits/NAME has the blocks of a commit, kept as a gate keeps its own; posterior.json
what they come to. Resumable: what is there of the same bisect is taken up."""

from pathlib import Path
from typing import Any

from bisecting.history import Commit
from cli.files import replace_json
from gating.blocks import Block, GateRecording, keep_same
from gating.words import finite
from recordings.csv_table import read_json
from recordings.description import SUMMARY


class BisectFolder:
    """`commits` by place, GOOD first. `settings`: whatever must be the same for blocks to be of one bisect.
    Raises UsageError where the folder is of another one."""

    def __init__(self, folder: Path, commits: list[Commit], settings: dict[str, Any]):
        self.folder, self._commits = folder, commits
        self._recordings: dict[int, GateRecording] = {}
        keep_same(folder, settings, "blocks of a bisect")

    def recording(self, place: int) -> GateRecording:
        if place not in self._recordings:
            folder = self.folder / "commits" / f"{place:04}-{self._commits[place].short}"
            folder.mkdir(parents=True, exist_ok=True)
            self._recordings[place] = recording = GateRecording(folder)
            recording.first_checked = recording.next_number
        return self._recordings[place]

    def samples(self, cell: str, metric: str) -> dict[int, list[float]]:
        """The log ratios there are already, by place."""
        places = sorted(int(path.parent.name[:4]) for path in self.folder.glob(f"commits/*/{SUMMARY}"))
        samples = {place: ratios_of(self.recording(place).blocks(cell), metric) for place in places}
        return {place: ratios for place, ratios in samples.items() if ratios}

    def skipped(self) -> dict[int, str]:
        """Why a commit could not be measured, by place."""
        path = self.folder / "skipped.json"
        skipped = read_json(path, "remove it") if path.is_file() else {}
        return {place: skipped[c.name] for place, c in enumerate(self._commits) if c.name in skipped}

    def keep_skipped(self, skipped: dict[int, str]) -> None:
        by_name = {self._commits[place].name: reason for place, reason in skipped.items()}
        replace_json(self.folder / "skipped.json", by_name)

    def keep_posterior(self, figures: dict[str, Any]) -> None:
        replace_json(self.folder / "posterior.json", finite(figures))


def ratios_of(blocks: list[Block], metric: str) -> list[float]:
    """Those of the blocks in which the metric could be compared."""
    return [block.difference[metric] for block in blocks if metric in block.difference]
