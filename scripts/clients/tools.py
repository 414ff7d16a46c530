"""The load generators of others: how each is asked for a workload, and what its output says.

What each was asked and what it printed is all that is known of a tool; nothing is guessed: output that is not
what is written down here raises NotUnderstood with the part that is missing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clients.client import OUTPUT, Asked, Reading, printed_version
from clients.output import Figures, read_ab, read_h2load, read_hey, read_wrk


@dataclass(frozen=True)
class Load:
    """What is asked of a tool, of which all take the same: one target over kept connections, one thread."""

    program: str
    url: str
    connections: int
    duration_s: int
    rate_rps: int | None


@dataclass(frozen=True)
class Tool:
    """`open_loop` and `closed_loop`: which it truly has. `remark`: what to know of its figures."""

    name: str
    load: Callable[[Load], list[str]]
    read: Callable[[str], Figures]
    version_command: tuple[str, ...]
    version_pattern: str
    closed_loop: bool = True
    open_loop: bool = False
    remark: str = ""
    installed_by: str = "scripts/setup --peers installs it"
    exit_codes: tuple[int, ...] = (0,)
    leaves_files: bool = False

    def takes_part(self, rate_rps: int | None) -> bool:
        return self.closed_loop if rate_rps is None else self.open_loop

    def program(self, build: Path) -> str | None:
        return shutil.which(self.name)

    def version(self, program: str) -> str | None:
        # Where a tool does not tell, the package manager does, of the program that it installed.
        if self.version_command[0] == "dpkg-query" and not program.startswith("/usr/bin/"):
            return None
        return printed_version(self.version_command, self.version_pattern)

    def command(self, asked: Asked) -> list[str]:
        workload, variant = asked.run.workload, asked.run.variant
        [only] = workload.classes
        url = f"http://{asked.address}{variant.target(only.name, only.target, workload.wait_ms)}"
        seconds = workload.duration_ms // 1000
        return self.load(Load(asked.program, url, workload.connections, seconds, workload.rate_rps))

    def reading(self, asked: Asked) -> Reading:
        """What was asked, as loadgen's rows have it, and the tool's own figures."""
        workload = asked.run.workload
        figures = self.read((asked.folder / OUTPUT).read_text(encoding="utf-8", errors="replace"))
        row = {
            **asked.keys,
            "connections": workload.connections,
            "connection_mode": workload.connection_mode,
            "arrivals": workload.arrivals or "closed",
            "offered_rps": workload.rate_rps,
            "generator_threads": 1,
            "verdict": "valid",
            **figures.columns(),
        }
        if figures.errors:
            return Reading(
                row, f"{self.name} counted {figures.errors} errors beside {figures.requests} requests"
            )
        return Reading(row, None if figures.requests > 0 else f"{self.name} completed no request")


def _wrk(load: Load) -> list[str]:
    rate = [] if load.rate_rps is None else ["-R", str(load.rate_rps)]
    words = ["-t", "1", "-c", str(load.connections), "-d", f"{load.duration_s}s"]
    return [load.program, *words, *rate, "--latency", load.url]


def _h2load(load: Load) -> list[str]:
    words = ["-t", "1", "-c", str(load.connections), "-D", str(load.duration_s)]
    return [load.program, "--h1", *words, load.url]


def _hey(load: Load) -> list[str]:
    rate = [] if load.rate_rps is None else ["-q", str(load.rate_rps // load.connections)]
    words = ["-cpus", "1", "-c", str(load.connections), "-z", f"{load.duration_s}s"]
    return [load.program, *words, *rate, load.url]


def _ab(load: Load) -> list[str]:
    # -t alone ends at 50,000 requests; -n after it is a limit that no ab comes near.
    amount = ["-t", str(load.duration_s), "-n", str(1_000_000 * load.duration_s)]
    return [load.program, "-q", "-k", "-c", str(load.connections), *amount, load.url]


_DEBIAN_VERSION = ("dpkg-query", "--show", "--showformat=${Version}")

TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "wrk",
            _wrk,
            read_wrk,
            ("wrk", "-v"),
            r"^wrk (\S+)",
            remark="Its latency is from the actual send.",
        ),
        Tool(
            "wrk2",
            _wrk,
            read_wrk,
            ("wrk2", "-v"),
            r"^wrk2? (\S+)",
            closed_loop=False,
            open_loop=True,
            remark="It sets its first 10 s aside to calibrate; a run that is shorter is all calibration.",
            installed_by="build it and put it on the PATH if you want it",  # in no package of Debian
        ),
        Tool(
            "h2load",
            _h2load,
            read_h2load,
            ("h2load", "--version"),
            r"nghttp2/(\S+)",
            remark="Asked for HTTP/1.1. It prints no percentiles.",
        ),
        Tool(
            "hey",
            _hey,
            read_hey,
            (*_DEBIAN_VERSION, "hey"),
            r"(\S+)",
            open_loop=True,
            remark="Its open loop is each connection's own ticker, which waits while a reply is awaited.",
        ),
        Tool(
            "ab",
            _ab,
            read_ab,
            ("ab", "-V"),
            r"Version (\S+)",
            remark="It speaks HTTP/1.0 with Keep-Alive, prints percentiles in whole milliseconds, "
            "and its mean is computed from the rate.",
        ),
    )
}
