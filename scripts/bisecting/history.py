"""The commits between GOOD and BAD, as git has them: the line of first parents, the oldest first."""

from dataclasses import dataclass
from pathlib import Path

from cli.errors import UsageError
from processes.machine import git
from text.units import plural

_FORMAT = "%H%x00%P%x00%as%x00%an%x00%s"
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

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1


def commits_between(repository: Path, good: str, bad: str) -> list[Commit]:
    """GOOD, then each commit up to BAD, which is the last. Raises UsageError where there is no such line."""
    fix = "name a ref that `git rev-parse` knows (a shallow clone has few)"
    ends = {"GOOD": good, "BAD": bad}
    query = ("rev-parse", "--verify", "--quiet")
    first, last = names = [git(repository, *query, f"{ref}^{{commit}}") for ref in ends.values()]
    if None in names:
        missing = [end for end, name in zip(ends.items(), names) if name is None]
        raise UsageError(f"{flag}: {ref!r} is no commit of {repository}: {fix}" for flag, ref in missing)
    if first == last:
        raise UsageError(f"GOOD and BAD: {good} and {bad} are one commit: name two")
    if git(repository, "merge-base", "--is-ancestor", first, last) is None:
        fix = f"name an ancestor, such as {(git(repository, 'merge-base', first, last) or 'another')[:12]}"
        raise UsageError(f"GOOD: {good} is no ancestor of {bad}: {fix}")
    line = ("log", "--first-parent", "--reverse", f"--format={_FORMAT}", f"{first}..{last}")
    answers = [git(repository, "log", "-1", f"--format={_FORMAT}", first), git(repository, *line)]
    lines = [text.split("\0") for answer in answers for text in filter(None, (answer or "").split("\n"))]
    commits = [Commit(name, tuple(parents.split()), *more) for name, parents, *more in lines]
    if (count := len(commits) - 1) > MOST_COMMITS:
        fix = f"name one at most {MOST_COMMITS} before {bad}"
        raise UsageError(f"GOOD: {plural(count, 'commit')} lie between: {fix}")
    return commits
