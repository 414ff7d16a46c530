"""A git repository whose commits are compared: each in a worktree of its own, and built there.

The worktrees lie outside of the work tree, in $XDG_CACHE_HOME/sync-vs-async/NAME-HASH/COMMIT: paths of one
length, as they end up in what is built. What was built the same way before is not built again; the folder may
be removed at any time. What a build starts does not outlive it, nor us."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed
from cli.files import replace_json
from processes.kept_process import Interrupts, KeptProcess
from processes.machine import HOOK_VARIABLES, git

Tell = Callable[[str], None]

_MOST_BUILD_S = 3600.0
_TELLING = re.compile(r"error(\[\w+\])?:|CMake Error|\*\*\* ", re.IGNORECASE)


class BuildError(CommandFailed):
    """A side cannot be built: the flag, what was wrong, and the fix, in a line."""


@dataclass(frozen=True)
class Repository:
    """`top` is that of its work tree; `home` has the worktrees of its commits, and beside each what it was
    built by, and what the build said."""

    top: Path
    home: Path

    @staticmethod
    def around(folder: Path) -> "Repository":
        """The one that the folder is in. Raises BuildError where there is none."""
        top = top_around(folder)
        shared = git(top, "rev-parse", "--path-format=absolute", "--git-common-dir") if top else None
        if top is None or shared is None:
            raise BuildError(f"{folder} is in no git repository: go to the one whose refs are compared")
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        name = Path(shared).parent.name if Path(shared).name == ".git" else Path(shared).stem
        own = f"{name}-{hashlib.sha256(shared.encode()).hexdigest()[:12]}"
        return Repository(top, cache.absolute() / "sync-vs-async" / own)

    def commit(self, ref: str) -> str:
        """The whole hash. Raises BuildError."""
        commit = git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if commit is None:
            fix = "name a ref that `git rev-parse` knows (a shallow clone has few), or a folder that is built"
            raise BuildError(f"{ref!r} is neither a commit of {self.top} nor a folder: {fix}")
        return commit

    def worktree(self, commit: str) -> Path:
        """A folder that has the commit, and what was built there before. Raises BuildError."""
        tree = self.home / commit
        if (tree / ".git").exists() and git(tree, "rev-parse", "HEAD") == commit:
            return tree
        # One of a repository that is gone has files, but none of git's.
        shutil.rmtree(tree, ignore_errors=True)
        self._mark(commit).unlink(missing_ok=True)
        git(self.top, "worktree", "prune")
        # Hooks are for those who work there.
        add = ("-c", "core.hooksPath=/dev/null", "worktree", "add", "--force", "--detach")
        if git(self.top, *add, str(tree), commit) is None:
            raise BuildError(f"git cannot make a worktree in {tree}: remove what is there, or free space")
        return tree

    def build_with(self, commit: str, build_cmd: str | None, tell: Tell) -> Path:
        """The worktree, built by sh if there is a command. Raises BuildError."""
        tree, wanted = self.worktree(commit), {"commit": commit, "command": build_cmd}
        if not self.has_built(commit, wanted):
            git(tree, "reset", "--hard", "--quiet")
            git(tree, "clean", "-ffdxq")  # what another command built, or half of it
            commands = []
            if build_cmd is not None:
                tell(f"building {commit[:12]} in {tree}")
                commands = [["sh", "-c", f"unset {' '.join(HOOK_VARIABLES)}\n{build_cmd}"]]
            self.build(commit, commands, wanted)
        return tree

    def has_built(self, commit: str, wanted: dict[str, Any]) -> bool:
        """Whether just this was built in the commit's worktree, to its end."""
        with suppress(OSError, ValueError):
            return json.loads(self._mark(commit).read_text(encoding="utf-8")) == wanted
        return False

    def build(self, commit: str, commands: Sequence[list[str]], wanted: dict[str, Any]) -> None:
        """Runs the commands in the worktree, and notes what was built. Raises BuildError with what best says
        why not."""
        mark, log = self._mark(commit), self.home / f"{commit}.log"
        mark.unlink(missing_ok=True)
        log.unlink(missing_ok=True)  # an earlier build's errors must not be shown as this one's
        for command in commands:
            if fault := _fault(command, self.home / commit, log):
                raise BuildError(f"{commit[:12]} does not build: {fault}; the whole output is in {log}")
        replace_json(mark, wanted)

    def _mark(self, commit: str) -> Path:
        return self.home / f"{commit}.json"


def top_around(folder: Path) -> Path | None:
    return next((at for at in (folder, *folder.parents) if (at / ".git").exists()), None)


def _fault(command: list[str], folder: Path, log: Path) -> str | None:
    """None if the command succeeded, otherwise the line of its output that best says why it failed."""
    if shutil.which(command[0]) is None:
        return f"{command[0]} is not installed: scripts/setup installs it"
    with Interrupts() as interrupts, KeptProcess(command, log, interrupts, cwd=folder) as process:
        ended = process.wait(_MOST_BUILD_S)
    if ended is None:
        return f"it was not done within {_MOST_BUILD_S:g} s"
    if ended.exit_code == 0:
        return None
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    telling = [line for line in lines if _TELLING.search(line)] or lines[-1:]
    return telling[0].strip() if telling else f"{command[0]} {ended}"
