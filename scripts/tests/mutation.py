"""A mutant: one small change to one source file, and how a program is run against it within a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
import time
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


@dataclass(frozen=True)
class Ended:
    """`code` is None where it had to be stopped; `cpu_s` is what it and its children used."""

    code: int | None
    cpu_s: float


def run(
    command: Sequence[str], folder: Path, limit_s: float, environment: Mapping[str, str] | None = None
) -> Ended:
    """What it started and left running is stopped with it."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    over = time.monotonic() + limit_s
    while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        if time.monotonic() > over:
            break
        time.sleep(0.02)
    is_late = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None
    os.killpg(process.pid, signal.SIGKILL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Ended(None if is_late else process.returncode, used.ru_utime + used.ru_stime)
