"""A repository that is not this one, made for a test: its commits are trees of files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# No matter what the one who runs the tests has set.
CLEAN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
WHO = ("-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "init.defaultBranch=main")


class ForeignRepository:
    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet")

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *WHO, *arguments]
        done = subprocess.run(command, env=os.environ | CLEAN, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, files: dict[str, str], tag: str | None = None) -> str:
        """Writes the files and commits all there is; the commit's hash."""
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", tag or "a change")
        if tag:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD")
