"""Where a recording was made: processor, memory, kernel, distribution, the commit it was built from, and how.

A figure that cannot be had is None; nothing here fails.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    return {
        "cpu": _first_match(Path("/proc/cpuinfo"), r"^model name\s*:\s*(.+)$") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_kib": _whole(_first_match(Path("/proc/meminfo"), r"^MemTotal:\s*(\d+) kB$")),
        "kernel": platform.release(),
        "os": _first_match(Path("/etc/os-release"), r'^PRETTY_NAME="?(.*?)"?$'),
    }


def commit(repository: Path) -> dict[str, Any]:
    """The commit checked out and whether files differ from it; None for both outside a git checkout."""
    head = git(repository, "rev-parse", "HEAD")
    if head is None:
        return {"commit": None, "dirty": None}
    changes = git(repository, "status", "--porcelain")
    return {"commit": head, "dirty": None if changes is None else changes != ""}


def build_info(build: Path) -> dict[str, Any] | None:
    """Compiler, flags and libraries, from the generator; the servers are built the same way."""
    try:
        done = subprocess.run([build / "loadgen/loadgen", "--build-info"], capture_output=True, timeout=30)
        return json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def git(repository: Path, *arguments: str) -> str | None:
    """What git answers; None where it fails, or is not there."""
    # git refuses a checkout that another user owns; we only read it.
    command = ["git", "-c", f"safe.directory={repository}", "-C", str(repository), *arguments]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _first_match(path: Path, pattern: str) -> str | None:
    try:
        match = re.search(pattern, path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    except OSError:
        return None
    return match[1].strip() if match else None


def _whole(text: str | None) -> int | None:
    return int(text) if text else None
