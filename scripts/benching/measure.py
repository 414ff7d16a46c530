"""One run: a fresh server, one invocation of a load generator against it, and what came of both.

Whatever goes wrong here is the run's result and never the bench's end; only an interrupt passes through.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benching.prepared import Prepared
from clients.client import OUTPUT, Asked, NotUnderstood, Reading
from clients.clients import CLIENTS, Client
from plans.plan import Run
from plans.variant import Places, command_of
from processes.cores import Pins
from processes.interrupts import Interrupts
from processes.kept_process import Ended, KeptProcess
from processes.server_process import ServerFailed, ServerProcess
from recordings.writer import now

_GRACE_S = 5.0  # beside the longest task: what a server may take to drain
_CLIENT_SPARE_S = 30.0  # beside the timeout of a request: after that the client hangs
_TICK_S = 1.0  # rare, so that showing progress takes no time from what is measured


@dataclass(frozen=True)
class Measured:
    """How a run went. The CSVs of a client that leaves such are in the run's folder, failed or not.

    `row` is what another client told, None where that was nothing. `changes` are what the bench knows of the
    run beside what its client says; both by column of summary.csv.
    """

    fault: str | None
    row: Mapping[str, Any] | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    started: bool = True  # false where the server never came to answer


@dataclass(frozen=True)
class Bench:
    """What all runs of a recording share; `versions` are the clients'."""

    prepared: Prepared
    places: Places
    recording: str
    versions: Mapping[str, str | None]

    def pins(self, run: Run) -> Pins | None:
        """None where the run is not to be pinned, or there are no two cores."""
        return self.prepared.pins if run.workload.pinned else None

    def keys(self, run: Run) -> dict[str, Any]:
        return {
            "recording": self.recording,
            "suite": self.prepared.suite.name,
            "variant": run.variant.name,
            "workload": run.workload.name,
            "repetition": run.repetition,
            "pinned": int(self.pins(run) is not None),
        }


def measure(
    run: Run, bench: Bench, folder: Path, interrupts: Interrupts, tick: Callable[[], None]
) -> Measured:
    """Makes the run, its files in the empty `folder`. Calls `tick` about once a second meanwhile."""
    grace_s = run.workload.longest_ms / 1000 + _GRACE_S
    pins = bench.pins(run)
    places = replace(bench.places, scratch=folder)
    client, program = CLIENTS[run.client], bench.prepared.programs[run.client]
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
            return Measured(str(failure), started=False)
        seed = bench.prepared.seed
        asked = Asked(program, address, run, folder, server.process.pid, seed, bench.keys(run))
        started_at = now()
        ended, reading = _run_client(client, asked, interrupts, tick, pins)
        died = server.has_ended
        server_ended = server.stop(grace_s)
    faults = [_server_fault(server, server_ended, died, grace_s, run.variant.is_ours), reading.fault]
    changes = {
        "server_context_switches": server_ended.context_switches,
        "client": client.name,
        "client_version": bench.versions[client.name],
        "client_cpu_us_per_request": _cpu_us_per_request(ended, reading.row),
    }
    row = {**reading.row, "started_at": started_at} if reading.row and not client.leaves_files else None
    return Measured("; ".join(filter(None, faults)) or None, row, changes)


def _run_client(
    client: Client, asked: Asked, interrupts: Interrupts, tick: Callable[[], None], pins: Pins | None
) -> tuple[Ended, Reading]:
    """Runs the client to its end: how it ended, and what it says of the run or what was wrong with it."""
    limit_s = asked.run.asked_s + asked.run.timeout_ms / 1000 + _CLIENT_SPARE_S
    cpus = [pins.client] if pins else None
    waited_s, fault = 0.0, None
    with KeptProcess(client.command(asked), asked.folder / OUTPUT, interrupts, cpus) as process:
        while not process.wait(_TICK_S) and not fault:
            waited_s += _TICK_S
            if waited_s > limit_s:
                fault = f"{client.name} did not end within {limit_s:g} s and was killed"
            tick()
        ended = process.kill()
    if not fault and ended.exit_code not in client.exit_codes:
        fault = f"{client.name} {ended}{process.said()}"
    if fault and not client.leaves_files:
        return ended, Reading({}, fault)
    try:
        reading = client.reading(asked)
    except NotUnderstood as error:
        last = " | ".join(process.last_lines()) or "nothing"
        fault = f"{client.name}'s output was not understood, it has not {error}; it ends with: {last}"
        return ended, Reading({}, fault)
    return ended, Reading(reading.row, fault or reading.fault)


def _cpu_us_per_request(ended: Ended, row: Mapping[str, Any]) -> float | None:
    """User and system time of the client's whole life, its start included."""
    requests = int(row.get("requests") or 0)
    return round(ended.cpu_s * 1e6 / requests, 6) if requests and ended.cpu_s is not None else None


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
