"""A git repository whose commits are compared: each in a worktree of its own, and built there, by what does
not outlive us. They lie in $XDG_CACHE_HOME/sync-vs-async/NAME-HASH/COMMIT, paths of one length, as they end
up in what is built; the folder may be removed at any time."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
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
    """`top` is that of its work tree; `home` has the worktrees of its commits, and beside each how it was
    built, and what the build said."""

    top: Path
    home: Path

    @staticmethod
    def around(folder: Path) -> "Repository":
        """The one that the folder is in. Raises BuildError where there is none."""
        top = next((at for at in (folder, *folder.parents) if (at / ".git").exists()), None)
        shared = top and git(top, "rev-parse", "--path-format=absolute", "--git-common-dir")
        if not shared:
            raise BuildError(f"{folder} is in no git repository: go to the one whose refs are compared")
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute()
        name = Path(shared).parent.name if Path(shared).name == ".git" else Path(shared).stem
        digest = hashlib.sha256(shared.encode()).hexdigest()[:12]
        return Repository(top, cache / "sync-vs-async" / f"{name}-{digest}")

    def commit(self, ref: str) -> str:
        """The whole hash. Raises BuildError."""
        commit = git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if commit is None:
            fix = "name a ref that `git rev-parse` knows (a shallow clone has few), or a folder that is built"
            raise BuildError(f"{ref!r} is neither a commit of {self.top} nor a folder: {fix}")
        return commit

    def build(
        self, commit: str, how: Any, commands: Sequence[list[str]], tell: Tell, programs: Sequence[Path] = ()
    ) -> Path:
        """The commit's worktree, where the commands have run, unless it was built just so (`how`) before.
        `programs` have to come of it: then what an earlier build left is gone on with, otherwise nothing of
        it is kept. Raises BuildError with what best says why not."""
        tree, mark, log = (self.home / f"{commit}{end}" for end in ("", ".json", ".log"))
        if not (tree / ".git").exists() or git(tree, "rev-parse", "HEAD") != commit:
            # One of a repository that is gone has files, but none of git's.
            shutil.rmtree(tree, ignore_errors=True)
            mark.unlink(missing_ok=True)
            git(self.top, "worktree", "prune")
            # Hooks are for those who work there.
            add = ("-c", "core.hooksPath=/dev/null", "worktree", "add", "--force", "--detach")
            if git(self.top, *add, str(tree), commit) is None:
                raise BuildError(f"git cannot make a worktree in {tree}: remove what is there, or free space")
        noted = json.loads(mark.read_text(encoding="utf-8")) if mark.is_file() else None
        if noted != [commit, how] or lacking(programs):
            mark.unlink(missing_ok=True)
            log.unlink(missing_ok=True)  # an earlier build's errors must not be shown as this one's
            if not programs:
                git(tree, "reset", "--hard", "--quiet")
                git(tree, "clean", "-ffdxq")
            if commands:
                tell(f"building {commit[:12]} in {tree}")
            for command in commands:
                if fault := _fault(command, tree, log):
                    raise BuildError(f"{commit[:12]} does not build: {fault}; the whole output is in {log}")
            replace_json(mark, [commit, how])
        return tree


def lacking(programs: Sequence[Path]) -> list[Path]:
    return [program for program in programs if not os.access(program, os.X_OK)]


def _fault(command: list[str], folder: Path, log: Path) -> str | None:
    """None if the command succeeded, otherwise the line of its output that best says why it failed."""
    if shutil.which(command[0]) is None:
        return f"{command[0]} is not installed: scripts/setup installs it"
    words = ["env", *(f"--unset={name}" for name in HOOK_VARIABLES), *command]
    with Interrupts() as interrupts, KeptProcess(words, log, interrupts, cwd=folder) as process:
        ended = process.wait(_MOST_BUILD_S)
    if ended is None:
        return f"it was not done within {_MOST_BUILD_S:g} s"
    if ended.exit_code == 0:
        return None
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    telling = [line for line in lines if _TELLING.search(line)] or lines[-1:]
    return telling[0].strip() if telling else f"{command[0]} {ended}"
