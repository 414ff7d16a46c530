"""One run: a fresh server, one invocation of the load generator against it, and what came of both.

Whatever goes wrong here is the run's result and never the bench's end; only an interrupt passes through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from interrupts import Interrupts
from kept_process import Ended, KeptProcess
from plan import Run
from server_process import ServerFailed, ServerProcess
from suite import Variant

_GRACE_S = 5.0  # beside the longest task: what a server may take to drain
_GENERATOR_SPARE_S = 30.0  # beside the timeout of a request: after that the generator hangs
_TICK_S = 1.0  # rare, so that showing progress takes no time from what is measured


@dataclass(frozen=True)
class Measured:
    """How a run went. Its CSVs, where the generator wrote them, are in its folder, failed or not."""

    fault: str | None
    context_switches: int | None  # of the server's whole life


@dataclass(frozen=True)
class Bench:
    """What all runs of a recording share."""

    build: Path  # the folder with servers/ and loadgen/
    recording: str
    suite: str
    wait_ms: int | None
    seed: int


def measure(
    run: Run, bench: Bench, folder: Path, interrupts: Interrupts, tick: Callable[[], None]
) -> Measured:
    """Makes the run, its files in the empty `folder`. Calls `tick` about once a second meanwhile."""
    grace_s = (bench.wait_ms or 0) / 1000 + _GRACE_S
    with ServerProcess(server_command(run.variant, bench.build), folder / "server.log", interrupts) as server:
        try:
            address = server.wait_until_ready()
        except ServerFailed as failure:
            return Measured(str(failure), None)
        command = generator_command(run, bench, address, server.process.pid, folder)
        fault = _generate(command, run, folder, interrupts, tick)
        died = server.has_ended
        ended = server.stop(grace_s)
    faults = [fault, _server_fault(ended, died, grace_s)]
    return Measured("; ".join(filter(None, faults)) or None, ended.context_switches)


def server_command(variant: Variant, build: Path) -> list[str]:
    return [str(build / "servers" / variant.server), *variant.args, "--address", "127.0.0.1", "--port", "0"]


def generator_command(run: Run, bench: Bench, address: str, server_pid: int, folder: Path) -> list[str]:
    workload = run.workload
    keys = {
        "recording": bench.recording,
        "suite": bench.suite,
        "variant": run.variant.name,
        "workload": workload.name,
        "repetition": run.repetition,
        "pinned": 0,
    }
    command = [str(bench.build / "loadgen" / "loadgen"), f"http://{address}"]
    for c in workload.classes:
        command += ["--mix", f"{c.name}={c.weight}:{c.target}"]
    command += ["-n", str(workload.requests), "-c", str(workload.connections)]
    command += ["--connection-mode", workload.connection_mode]
    # The same sequence of requests for every variant, another one in the next repetition.
    command += ["--seed", str(bench.seed + run.repetition)]
    command += ["--timeout", f"{run.timeout_ms}ms"]
    if run.ideal_ms is not None:
        command += ["--ideal", f"{run.ideal_ms}ms"]
    command += ["--server-pid", str(server_pid), "--output", str(folder), "--quiet"]
    for name, value in keys.items():
        command += ["--key", f"{name}={value}"]
    return command


def _generate(
    command: list[str], run: Run, folder: Path, interrupts: Interrupts, tick: Callable[[], None]
) -> str | None:
    """Runs the generator to its end; what was wrong with it, if anything."""
    limit_s = run.timeout_ms / 1000 + _GENERATOR_SPARE_S
    with KeptProcess(command, folder / "loadgen.log", interrupts) as generator:
        waited_s = 0.0
        while not generator.wait(_TICK_S):
            waited_s += _TICK_S
            if waited_s > limit_s:
                return f"loadgen did not end within {limit_s:g} s and was killed"
            tick()
        if generator.ended.exit_code == 0:
            return None
        return f"loadgen {generator.ended}: {' | '.join(generator.last_lines()) or 'without a word'}"


def _server_fault(ended: Ended, died: bool, grace_s: float) -> str | None:
    if died:
        return f"the server {ended} during the run"
    if ended.killed:
        return f"the server did not end within {grace_s:g} s of SIGTERM and was killed"
    return None if ended.exit_code == 0 else f"the server {ended} on SIGTERM"
