"""A git repository whose commits are compared: each in a worktree of its own, and built there.

The worktrees lie outside of the work tree, which is left as it is, in
$XDG_CACHE_HOME/sync-vs-async/NAME-HASH/COMMIT: paths of one length, as they end up in what is built. A
commit that was built by the same command before is not built again; the folder may be removed at any time.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from processes.machine import HOOK_VARIABLES, git
from sides.building import BuildError, build, is_built

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Repository:
    """`top` is that of its work tree; `home` has the worktrees of its commits."""

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

    def git(self, *arguments: str) -> str | None:
        """What git answers there; None where it fails."""
        return git(self.top, *arguments)

    def commit(self, ref: str) -> str:
        """The whole hash. Raises BuildError."""
        commit = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
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
        self.git("worktree", "prune")
        # Hooks are for those who work there.
        add = ("-c", "core.hooksPath=/dev/null", "worktree", "add", "--force", "--detach")
        if self.git(*add, str(tree), commit) is None:
            raise BuildError(f"git cannot make a worktree in {tree}: remove what is there, or free space")
        return tree

    def build_with(self, commit: str, build_cmd: str | None, tell: Tell) -> Path:
        """The worktree, built by sh if there is a command. Raises BuildError."""
        tree, mark = self.worktree(commit), self._mark(commit)
        wanted = {"commit": commit, "command": build_cmd}
        if is_built(mark, wanted):
            return tree
        git(tree, "reset", "--hard", "--quiet")
        git(tree, "clean", "-ffdxq")  # what another command built, or half of it
        commands = []
        if build_cmd is not None:
            tell(f"building {commit[:12]} in {tree}")
            commands = [["sh", "-c", f"unset {' '.join(HOOK_VARIABLES)}\n{build_cmd}"]]
        try:
            build(commands, tree, self.home / f"{commit}.log", mark, wanted)
        except BuildError as error:
            raise BuildError(f"{commit[:12]} {error}") from None
        return tree

    def _mark(self, commit: str) -> Path:
        """Says what was built in the commit's worktree, beside which it lies."""
        return self.home / f"{commit}.json"


def top_around(folder: Path) -> Path | None:
    """The work tree that the folder is in."""
    return next((at for at in (folder, *folder.parents) if (at / ".git").exists()), None)
