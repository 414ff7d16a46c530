"""One build: its commands run where it lies, what they said kept in a log, and what is done remembered.

What they start does not outlive them, nor us.
"""

import contextlib
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cli.errors import CommandFailed
from cli.files import replace_json
from processes.interrupts import Interrupts
from processes.kept_process import KeptProcess

_MOST_BUILD_S = 3600.0
_TELLING = re.compile(r"error(\[\w+\])?:|CMake Error|\*\*\* ", re.IGNORECASE)


class BuildError(CommandFailed):
    """A side cannot be built: the flag, what was wrong, and the fix, in a line."""


def is_built(mark: Path, wanted: dict[str, Any]) -> bool:
    """Whether the file says that just this was built, to its end."""
    with contextlib.suppress(OSError, ValueError):
        return json.loads(mark.read_text(encoding="utf-8")) == wanted
    return False


def build(
    commands: Sequence[list[str]], folder: Path | None, log: Path, mark: Path, wanted: dict[str, Any]
) -> None:
    """Runs the commands in the folder; writes the mark. Raises BuildError with what best says why not."""
    mark.unlink(missing_ok=True)
    log.unlink(missing_ok=True)  # an earlier build's errors must not be shown as this one's
    for command in commands:
        if fault := _run(command, folder, log):
            raise BuildError(f"does not build: {fault}; the whole output is in {log}")
    replace_json(mark, wanted)


def _run(command: list[str], folder: Path | None, log: Path) -> str | None:
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
