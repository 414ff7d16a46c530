"""A mutant: one small change to one source file, and how a program is run against it within a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Mutant:
    """`before`, at `start`, is replaced by `after`. `path` is relative to the repository."""

    path: Path
    start: int
    before: str
    after: str

    def applied(self) -> str:
        source = (ROOT / self.path).read_text()
        return source[: self.start] + self.after + source[self.start + len(self.before) :]

    def __str__(self) -> str:
        """`file:line: the line as it is  ->  as it would be`."""
        source = (ROOT / self.path).read_text()
        begin = source.rfind("\n", 0, self.start) + 1
        end = source.find("\n", self.start + len(self.before))
        old = source[begin : end if end >= 0 else None]
        new = source[begin : self.start] + self.after + old[self.start - begin + len(self.before) :]
        line = source.count("\n", 0, self.start) + 1
        return f"{self.path}:{line}: {' '.join(old.split())}  ->  {' '.join(new.split())}"


def exit_code(
    command: Sequence[str], folder: Path, limit_s: float, environment: Mapping[str, str] | None = None
) -> int | None:
    """None when it had to be stopped. What it started is stopped with it."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
