"""One run of a load generator and what came of it: its own figures, and what the kernel says of its process.

Whatever goes wrong here is the run's result and never the bench's end; only an interrupt passes through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from processes.interrupts import Interrupts
from processes.kept_process import KeptProcess
from processes.cores import Pins
from peers.output import Asked, Figures, NotUnderstood
from peers.suite import PeerRun, PeerSuite

_SPARE_S = 30.0  # beside its duration: after that a tool hangs
_TICK_S = 1.0  # rare, so that showing progress takes no time from what is measured


@dataclass(frozen=True)
class Peers:
    """What all runs of a recording share: the suite, the programs that are there by name, the cores."""

    suite: PeerSuite
    programs: dict[str, str]
    versions: dict[str, str | None]
    nginx: str
    pins: Pins | None


@dataclass(frozen=True)
class Measured:
    """A run whose output was understood: the tool's own figures, and the CPU time the kernel counted."""

    figures: Figures
    cpu_s: float | None

    @property
    def cpu_us_per_request(self) -> float | None:
        if self.cpu_s is None or not self.figures.requests:
            return None
        return self.cpu_s * 1e6 / self.figures.requests


def measure(
    run: PeerRun,
    peers: Peers,
    address: str,
    output: Path,
    interrupts: Interrupts,
    tick: Callable[[], None],
) -> tuple[Measured | None, str | None]:
    """Runs the tool once: its figures, where its output was understood, and what went wrong, if anything."""
    name, program = run.tool.name, peers.programs[run.tool.name]
    asked = Asked(
        program, f"http://{address}/", run.workload.connections, int(run.duration_s), run.workload.rate_rps
    )
    limit_s = run.duration_s + _SPARE_S
    with KeptProcess(
        run.tool.command(asked), output, interrupts, [peers.pins.client] if peers.pins else None
    ) as process:
        waited_s = 0.0
        while not process.wait(_TICK_S):
            waited_s += _TICK_S
            if waited_s > limit_s:
                return None, f"{name} did not end within {limit_s:g} s and was killed"
            tick()
        ended = process.ended
    if ended.exit_code != 0:
        return None, f"{name} {ended}{process.said()}"
    try:
        figures = run.tool.read(output.read_text(encoding="utf-8", errors="replace"))
    except NotUnderstood as error:
        last = " | ".join(process.last_lines()) or "nothing"
        return None, f"{name}'s output was not understood, it has not {error}; it ends with: {last}"
    return Measured(figures, ended.cpu_s), _fault(name, figures)


def _fault(name: str, figures: Figures) -> str | None:
    if figures.fault:
        return figures.fault
    if figures.errors:
        return f"{name} counted {figures.errors} errors beside {figures.requests} requests"
    return None if figures.requests > 0 else f"{name} completed no request"
