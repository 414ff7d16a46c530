"""A run as a load generator is asked for it, and what it says of the run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

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
