"""The commits between GOOD and BAD, as git has them, the line of first parents, the oldest first; and what is
kept of each in a bisect's folder. Resumable: what is there of the same bisect is taken up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.errors import UsageError
from cli.files import replace_json
from gating.blocks import GateRecording, keep_same
from processes.machine import git
from recordings.csv_table import read_json
from text.units import plural

_FORMAT = "--format=%H%x00%P%x00%as%x00%an%x00%s"
MOST_COMMITS = 4096


@dataclass(frozen=True)
class Commit:
    """`date`: when its author made it."""

    name: str
    parents: tuple[str, ...]
    date: str
    author: str
    subject: str

    @property
    def short(self) -> str:
        return self.name[:12]

    def __str__(self) -> str:
        return f"{self.short} {self.subject} ({self.author}, {self.date})"


def commits_between(repository: Path, good: str, bad: str) -> list[Commit]:
    """GOOD, then each commit up to BAD, which is the last. Raises UsageError where there is no such line."""
    ends = {"GOOD": good, "BAD": bad}
    names = [
        git(repository, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") for ref in ends.values()
    ]
    if None in names:
        fix = "name a ref that `git rev-parse` knows (a shallow clone has few)"
        missing = [end for end, name in zip(ends.items(), names) if name is None]
        raise UsageError(f"{flag}: {ref!r} is no commit of {repository}: {fix}" for flag, ref in missing)
    first, last = names
    if first == last:
        raise UsageError(f"GOOD and BAD: {good} and {bad} are one commit: name two")
    if git(repository, "merge-base", "--is-ancestor", first, last) is None:
        fix = f"name an ancestor, such as {(git(repository, 'merge-base', first, last) or 'another')[:12]}"
        raise UsageError(f"GOOD: {good} is no ancestor of {bad}: {fix}")
    line = ("--first-parent", "--reverse", f"{first}..{last}")
    answers = [git(repository, "log", _FORMAT, *which) for which in (("-1", first), line)]
    lines = [text.split("\0") for answer in answers for text in filter(None, (answer or "").split("\n"))]
    commits = [Commit(name, tuple(parents.split()), *more) for name, parents, *more in lines]
    if (count := len(commits) - 1) > MOST_COMMITS:
        fix = f"name one at most {MOST_COMMITS} before {bad}"
        raise UsageError(f"GOOD: {plural(count, 'commit')} lie between: {fix}")
    return commits


class BisectFolder:
    """commits/NAME has a commit's blocks, kept as a gate keeps its own: `recordings`, by place. Raises
    UsageError where the folder is of a bisect with other settings."""

    def __init__(self, folder: Path, commits: list[Commit], settings: dict[str, Any]):
        self.folder, self._commits = folder, commits
        keep_same(folder, settings, "blocks of a bisect")
        kept = [folder / "commits" / f"{place:04}-{commit.short}" for place, commit in enumerate(commits)]
        self.recordings = [GateRecording(path) for path in kept]
        for recording in self.recordings:
            recording.first_checked = recording.next_number

    def ratios(self, place: int, cell: str, metric: str) -> list[float]:
        """The log ratios of a commit's blocks in which the metric could be compared."""
        blocks = self.recordings[place].blocks.get(cell, [])
        return [block.difference[metric] for block in blocks if metric in block.difference]

    def skipped(self) -> dict[int, str]:
        """Why a commit could not be measured, by place."""
        path = self.folder / "skipped.json"
        skipped = read_json(path, "remove it") if path.is_file() else {}
        return {place: skipped[c.name] for place, c in enumerate(self._commits) if c.name in skipped}

    def keep_skipped(self, skipped: dict[int, str]) -> None:
        by_name = {self._commits[place].name: reason for place, reason in skipped.items()}
        replace_json(self.folder / "skipped.json", by_name)
