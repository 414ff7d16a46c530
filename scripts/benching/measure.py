"""One run: a fresh server, one invocation of the load generator against it, and what came of both.

Whatever goes wrong here is the run's result and never the bench's end; only an interrupt passes through.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from processes.cores import Pins
from processes.interrupts import Interrupts
from processes.kept_process import Ended, KeptProcess
from plans.plan import Run
from recordings.recording import TOLD_OF_A_RUN
from processes.server_process import ServerFailed, ServerProcess
from plans.variant import Places, command_of

_GRACE_S = 5.0  # beside the longest task: what a server may take to drain
_GENERATOR_SPARE_S = 30.0  # beside the timeout of a request: after that the generator hangs
_ROWS_OF_MANY = 1000  # of requests.csv, where there are too many requests to draw each
_TICK_S = 1.0  # rare, so that showing progress takes no time from what is measured


@dataclass(frozen=True)
class Measured:
    """How a run went. Its CSVs, where the generator wrote them, are in its folder, failed or not."""

    fault: str | None
    context_switches: int | None  # of the server's whole life
    started: bool = True  # false where the server never came to answer


@dataclass(frozen=True)
class Bench:
    """What all runs of a recording share."""

    places: Places
    recording: str
    suite: str
    seed: int
    pins: Pins | None  # for the workloads that are pinned; None where there are no two cores


def measure(
    run: Run, bench: Bench, folder: Path, interrupts: Interrupts, tick: Callable[[], None]
) -> Measured:
    """Makes the run, its files in the empty `folder`. Calls `tick` about once a second meanwhile."""
    grace_s = run.workload.longest_ms / 1000 + _GRACE_S
    pins = bench.pins if run.workload.pinned else None
    places = replace(bench.places, scratch=folder)
    server = ServerProcess(
        command_of(run.variant, places),
        folder / "server.log",
        interrupts,
        ready_path=run.variant.ready,
        cpus=[pins.server] if pins else None,
        environment={name: places.fill(value) for name, value in run.variant.environment.items()},
    )
    with server:
        try:
            address = server.wait_until_ready()
        except ServerFailed as failure:
            return Measured(str(failure), None, started=False)
        command = generator_command(run, bench, address, server.process.pid, folder)
        fault = _generate(command, run, folder, interrupts, tick, pins)
        died = server.has_ended
        ended = server.stop(grace_s)
    faults = [fault, _server_fault(server, ended, died, grace_s, run.variant.is_ours)]
    return Measured("; ".join(filter(None, faults)) or None, ended.context_switches)


def generator_command(run: Run, bench: Bench, address: str, server_pid: int, folder: Path) -> list[str]:
    workload, variant = run.workload, run.variant
    keys = {
        "recording": bench.recording,
        "suite": bench.suite,
        "variant": variant.name,
        "workload": workload.name,
        "repetition": run.repetition,
        "pinned": int(workload.pinned and bench.pins is not None),
    }
    command = [str(bench.places.build / "loadgen" / "loadgen"), f"http://{address}"]
    for c in workload.classes:
        command += ["--mix", f"{c.name}={c.weight}:{variant.target(c.name, c.target, workload.wait_ms)}"]
    if workload.requests is not None:
        command += ["-n", str(workload.requests)]
    else:
        command += ["-d", f"{workload.duration_ms}ms"]
    if workload.rate_rps is not None:
        command += ["-R", str(workload.rate_rps), "--arrivals", str(workload.arrivals)]
    command += ["-c", str(workload.connections), "--connection-mode", workload.connection_mode]
    # The same sequence of requests for every variant, another one in the next repetition.
    command += ["--seed", str(bench.seed + run.repetition)]
    command += ["--timeout", f"{run.timeout_ms}ms"]
    if workload.duration_ms is not None or workload.curve is not None:
        command += ["--rows-cap", str(_ROWS_OF_MANY)]
    if run.ideal_ms is not None:
        command += ["--ideal", f"{run.ideal_ms}ms"]
    command += ["--server-pid", str(server_pid), "--output", str(folder), "--quiet"]
    for name, value in keys.items():
        command += ["--key", f"{name}={value}"]
    return command


def _generate(
    command: list[str],
    run: Run,
    folder: Path,
    interrupts: Interrupts,
    tick: Callable[[], None],
    pins: Pins | None,
) -> str | None:
    """Runs the generator to its end; what was wrong with it, if anything."""
    limit_s = run.asked_s + run.timeout_ms / 1000 + _GENERATOR_SPARE_S
    cpus = [pins.client] if pins else None
    with KeptProcess(command, folder / "loadgen.log", interrupts, cpus) as generator:
        waited_s = 0.0
        while not generator.wait(_TICK_S):
            waited_s += _TICK_S
            if waited_s > limit_s:
                return f"loadgen did not end within {limit_s:g} s and was killed"
            tick()
        if generator.ended.exit_code in TOLD_OF_A_RUN:
            return None
        return f"loadgen {generator.ended}{generator.said()}"


def _server_fault(
    server: ServerProcess, ended: Ended, died: bool, grace_s: float, is_ours: bool
) -> str | None:
    """What was wrong with the server's end. What somebody else's exits with on SIGTERM is its own affair."""
    # Its connections close a moment before its end can be told; but nobody ends by SIGKILL on SIGTERM.
    if died or (ended.signal == signal.SIGKILL and not ended.killed):
        words = "" if is_ours else f"{server.process.said()}"  # ours have told where they listen and no more
        return f"the server {ended} during the run{words}"
    if ended.killed:
        return f"the server did not end within {grace_s:g} s of SIGTERM and was killed"
    return f"the server {ended} on SIGTERM" if is_ours and ended.exit_code != 0 else None
