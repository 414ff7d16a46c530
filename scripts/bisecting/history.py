"""The commits between GOOD and BAD, as git has them, the line of first parents, the oldest first; and what is
kept of each in a bisect's folder. Resumable: what is there of the same bisect is taken up."""

from dataclasses import dataclass
from functools import partial
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
    ask, ends = partial(git, repository), {"GOOD": good, "BAD": bad}
    names = {end: ask("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") for end, ref in ends.items()}
    if missing := [end for end, name in names.items() if name is None]:
        fix = "name a ref that `git rev-parse` knows (a shallow clone has few)"
        raise UsageError(f"{end}: {ends[end]!r} is no commit of {repository}: {fix}" for end in missing)
    first, last = names.values()
    if first == last:
        raise UsageError(f"GOOD and BAD: {good} and {bad} are one commit: name two")
    if (base := ask("merge-base", first, last)) != first:
        fix = f"name an ancestor, such as {(base or 'another')[:12]}"
        raise UsageError(f"GOOD: {good} is no ancestor of {bad}: {fix}")
    line = ("--first-parent", "--reverse", f"{first}..{last}")
    texts = [ask("log", _FORMAT, *which) or "" for which in (("-1", first), line)]
    rows = [row.split("\0") for text in texts for row in text.split("\n") if row]
    if (count := len(rows) - 1) > MOST_COMMITS:
        fix = f"name one at most {MOST_COMMITS} before {bad}"
        raise UsageError(f"GOOD: {plural(count, 'commit')} lie between: {fix}")
    return [Commit(name, tuple(parents.split()), *more) for name, parents, *more in rows]


class BisectFolder:
    """commits/NAME has a commit's blocks, kept as a gate keeps its own: `recordings`, by place; `skipped`:
    why one could not be measured. Raises UsageError where the folder is of a bisect with other settings."""

    def __init__(self, folder: Path, commits: list[Commit], settings: dict[str, Any]):
        keep_same(folder, settings, "blocks of a bisect")
        self.folder, self._commits, self._reasons = folder, commits, folder / "skipped.json"
        reasons = read_json(self._reasons, "remove it") if self._reasons.is_file() else {}
        self.skipped = {place: reasons[c.name] for place, c in enumerate(commits) if c.name in reasons}
        kept = [folder / "commits" / f"{place:04}-{commit.short}" for place, commit in enumerate(commits)]
        self.recordings = [GateRecording(path) for path in kept]
        for recording in self.recordings:
            recording.first_checked = recording.next_number

    def ratios(self, place: int, cell: str, metric: str) -> list[float]:
        """The log ratios of a commit's blocks in which the metric could be compared."""
        blocks = self.recordings[place].blocks.get(cell, [])
        return [block.difference[metric] for block in blocks if metric in block.difference]

    def skip(self, place: int, reason: str) -> None:
        self.skipped[place] = reason
        replace_json(self._reasons, {self._commits[at].name: why for at, why in self.skipped.items()})
