"""Waiting for what another process does: by looking again until a deadline, never by a fixed sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], what: str, deadline_s: float = 20.0) -> T:
    """The condition's first true value. Fails the test when the time is up."""
    deadline = time.monotonic() + deadline_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {deadline_s:g} s"
        time.sleep(0.002)
    return value


def is_running(pid: int) -> bool:
    """Whether the process is there and has not ended (one that nobody has waited for has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def noted_pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.is_file() else []
