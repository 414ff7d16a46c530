"""The server that all load generators meet: nginx, one worker that gives every request the same small body.

It lives in a folder of its own, writes nothing elsewhere, listens on the loopback only and needs no root.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from plans.suite import SUITES

READY_PATH = "/"

_CONFIGURATION = SUITES / "servers" / "nginx.conf"


def find() -> str | None:
    """nginx's path. Debian keeps it where the PATH of an ordinary user does not lead."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


def command(program: str, folder: Path, port: int) -> list[str]:
    """Writes the configuration into the folder; the command that serves by it."""
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.read_text(encoding="utf-8").replace("PORT", str(port)))
    # -e: until it has read its configuration it would log where only root may.
    return [program, "-e", "stderr", "-p", f"{folder}/", "-c", str(configuration)]


def version(program: str) -> str | None:
    try:
        done = subprocess.run([program, "-v"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"nginx/(\S+)", done.stdout + done.stderr)
    return match[1] if match else None
