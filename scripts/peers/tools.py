"""The load generators: how each is asked for a workload, and what its output says.

What each was asked and what it printed is all that is known of a tool; nothing is guessed: output that is not
what is written down here raises NotUnderstood with the part that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from peers.output import Asked, Figures, read_ab, read_h2load, read_hey, read_loadgen, read_wrk


@dataclass(frozen=True)
class Tool:
    """`open_loop` and `closed_loop`: which it truly has. `remark`: what to know of its figures."""

    name: str
    command: Callable[[Asked], list[str]]
    read: Callable[[str], Figures]
    version_command: tuple[str, ...]
    version_pattern: str
    closed_loop: bool = True
    open_loop: bool = False
    remark: str = ""

    def takes_part(self, rate_rps: int | None) -> bool:
        return self.closed_loop if rate_rps is None else self.open_loop

    def version_of(self, printed: str) -> str | None:
        match = re.search(self.version_pattern, printed)
        return match[1] if match else None


def _loadgen(asked: Asked) -> list[str]:
    rate = [] if asked.rate_rps is None else ["-R", str(asked.rate_rps)]
    load = ["-t", "1", "-c", str(asked.connections), "-d", f"{asked.duration_s}s"]
    return [asked.program, asked.url, *load, *rate, "--json"]


def _wrk(asked: Asked) -> list[str]:
    rate = [] if asked.rate_rps is None else ["-R", str(asked.rate_rps)]
    load = ["-t", "1", "-c", str(asked.connections), "-d", f"{asked.duration_s}s"]
    return [asked.program, *load, *rate, "--latency", asked.url]


def _h2load(asked: Asked) -> list[str]:
    load = ["-t", "1", "-c", str(asked.connections), "-D", str(asked.duration_s)]
    return [asked.program, "--h1", *load, asked.url]


def _hey(asked: Asked) -> list[str]:
    rate = [] if asked.rate_rps is None else ["-q", str(asked.rate_rps // asked.connections)]
    load = ["-cpus", "1", "-c", str(asked.connections), "-z", f"{asked.duration_s}s"]
    return [asked.program, *load, *rate, asked.url]


def _ab(asked: Asked) -> list[str]:
    # -t alone ends at 50,000 requests; -n after it is a limit that no ab comes near.
    load = [
        "-c",
        str(asked.connections),
        "-t",
        str(asked.duration_s),
        "-n",
        str(1_000_000 * asked.duration_s),
    ]
    return [asked.program, "-q", "-k", *load, asked.url]


_DEBIAN_VERSION = ("dpkg-query", "--show", "--showformat=${Version}")

TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "loadgen",
            _loadgen,
            read_loadgen,
            ("git", "describe", "--always", "--dirty"),
            r"(\S+)",
            open_loop=True,
        ),
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
