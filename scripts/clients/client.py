"""What the bench knows of a load generator: the loops it has, how it is started for a run, how it is read."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from plans.plan import Run

OUTPUT = "client.log"  # what it prints in a run, in the run's folder


class NotUnderstood(Exception):
    """The client's output is not as its known versions print it."""


@dataclass(frozen=True)
class Asked:
    """A run as it is asked of a client.

    `keys` are the columns that say which run it is. Without a folder it is asked of nobody: the command is to
    be shown.
    """

    program: str
    address: str  # of the server, HOST:PORT
    run: Run
    folder: Path | None = None  # for what it leaves
    server_pid: int | None = None
    seed: int = 0
    keys: Mapping[str, Any] = field(default_factory=dict)


class Reading(NamedTuple):
    """What a client says of a run, by column of summary.csv, and what it holds against it."""

    row: Mapping[str, Any]
    fault: str | None = None


class Client(Protocol):
    """`exit_codes`: of a run that can be told of. `leaves_files`: CSVs, not only what it prints."""

    name: str
    exit_codes: tuple[int, ...]
    leaves_files: bool
    remark: str
    installed_by: str

    def takes_part(self, rate_rps: int | None) -> bool:
        """Whether it has the loop: an open one if there is a rate, otherwise a closed one."""

    def program(self, build: Path) -> str | None:
        """Where it is; None where it is not there."""

    def version(self, program: str) -> str | None:
        ...

    def command(self, asked: Asked) -> list[str]:
        ...

    def reading(self, asked: Asked) -> Reading:
        """What it left of the run. Raises NotUnderstood."""


def printed_version(command: Sequence[str], pattern: str, path: str | None = None) -> str | None:
    """What the pattern finds in what the command prints, whatever it exits with; None if nothing."""
    environment = None if path is None else {"PATH": path}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(pattern, done.stdout + done.stderr)
    return match[1] if match else None
