"""The load generators of others: how each is asked for a workload, and what its output says of it."""

import shutil
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clients.client import OUTPUT, Asked, Reading
from clients.output import Figures, read_ab, read_h2load, read_hey, read_wrk
from processes.machine import printed_version


@dataclass(frozen=True)
class Tool:
    """As tools.toml has it."""

    name: str
    read: Callable[[str], Figures]
    version_command: Sequence[str]
    version_pattern: str
    remark: str
    closed_loop: str | None = None
    open_loop: str | None = None
    installed_by: str = "scripts/setup --peers installs it"
    exit_codes: tuple[int, ...] = (0,)
    leaves_files: bool = False

    def words(self, rate_rps: int | None) -> str | None:
        return self.closed_loop if rate_rps is None else self.open_loop

    def takes_part(self, rate_rps: int | None) -> bool:
        return self.words(rate_rps) is not None

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
        rate_rps, seconds = workload.rate_rps, workload.duration_ms // 1000
        figures = {
            "connections": workload.connections,
            "seconds": seconds,
            "most_requests": 1_000_000 * seconds,
            "rate": rate_rps,
            "rate_each": rate_rps and rate_rps // workload.connections,
        }
        return [asked.program, *self.words(rate_rps).format(**figures).split(), url]

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
        fault = None if figures.requests > 0 else f"{self.name} completed no request"
        if figures.errors:
            fault = f"{self.name} counted {figures.errors} errors beside {figures.requests} requests"
        return Reading(row, fault)


_READERS = {"wrk": read_wrk, "wrk2": read_wrk, "h2load": read_h2load, "hey": read_hey, "ab": read_ab}
_ENTRIES = tomllib.loads(Path(__file__).with_name("tools.toml").read_text(encoding="utf-8"))
TOOLS = {name: Tool(name, _READERS[name], **entry) for name, entry in _ENTRIES.items()}
