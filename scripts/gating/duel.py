"""Baseline and candidate measured against each other: both servers up, one generator, slices in quads.

A source of quads for procedure.py. The servers share one core and the generator has another, where there are
two. They are started afresh for every quad: how a process happens to lie in memory makes it some percent
faster or slower for as long as it lives (measured here, thread-per-request: 3 %), and quads that shared a
process would share its luck. What was measured before is in gate.csv and is reused.
"""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gating.core_time import busy_share, load_1m, steal_share, times_of
from gating.gate_csv import GateCsv
from gating.options import GateOptions
from gating.procedure import TURN, BenchmarkFailed, InvalidMeasurement
from gating.quad import ATTEMPTS, BASELINE, CANDIDATE, ORDERS, Quad, Slice, invalid_text
from gating.slice_load import REQUEST_LIMIT_S, GateCell, generator_command, slice_figures
from processes.cores import Pins
from processes.interrupts import Interrupts
from processes.kept_process import KeptProcess
from recordings.recording import TOLD_OF_A_RUN
from processes.server_process import ServerFailed, ServerProcess

_GRACE_S = 5.0
_MOST_OF_OTHERS = 0.5  # share of the generator's core; above it a failure is blamed on the machine
_GENERATOR_SPARE_S = 15.0  # beyond the slice and the drain, before the generator is taken to hang


def turn_s(options: GateOptions) -> float:
    """What a turn takes, roughly: starting a process and opening 64 connections cost some 0.1 s."""
    starts = -(-TURN // options.quads_per_start)
    slices_s = 4 * TURN * (options.slice_ms / 1000 + 0.1)
    return starts * (0.5 + 2 * (options.warm_up_ms / 1000 + 0.1)) + slices_s


class Duel:
    """`deadline`: by time.monotonic(); a turn that would end later is not begun."""

    def __init__(
        self,
        cells: list[GateCell],
        options: GateOptions,
        scratch: Path,
        store: GateCsv,
        interrupts: Interrupts,
        rng: random.Random,
        deadline: float,
        cores: Pins | None,
    ):
        self._cells = {cell.name: cell for cell in cells}
        self._options = options
        self._scratch = scratch
        self._store = store
        self._interrupts = interrupts
        self._rng = rng
        self._deadline = deadline
        self._server_cpus, self._generator_cpus = ((core,) for core in cores) if cores else (None, None)

    def quads(self, cell: str, stage: str, first: int, count: int) -> list[Quad]:
        stored = self._store.quads(cell, stage)[first : first + count]
        if stored:
            return stored
        if self._deadline - time.monotonic() < turn_s(self._options):
            return []
        orders = ["ABBA", "BAAB"] * (count // 2) + self._rng.sample(["ABBA", "BAAB"], count % 2)
        self._rng.shuffle(orders)
        at_once = self._options.quads_per_start
        for done in range(0, count, at_once):
            self._measure_block(self._cells[cell], stage, first + done, orders[done : done + at_once])
        return self._store.quads(cell, stage)[first : first + count]

    def _measure_block(self, cell: GateCell, stage: str, first: int, orders: list[str]) -> None:
        """The quads of one pair of processes."""
        block = self._store.blocks + 1
        with ExitStack() as stack:
            servers = {
                side: stack.enter_context(self._start(cell, side))
                for side in self._rng.sample([BASELINE, CANDIDATE], 2)
            }
            addresses = {side: self._await(side, server, cell) for side, server in servers.items()}
            for side in servers:
                self._generate(cell, side, servers[side], addresses[side], self._options.warm_up_ms / 1000)
            for number, order in enumerate(orders, start=first + 1):
                place = {"stage": stage, "cell": cell.name, "quad": number, "order": order, "block": block}
                self._measure_quad(cell, servers, addresses, place)
            for server in servers.values():
                server.stop(_GRACE_S)

    def _start(self, cell: GateCell, side: str) -> ServerProcess:
        log = self._scratch / f"{side}.log"
        log.unlink(missing_ok=True)
        command, cpus = cell.commands[side], self._server_cpus
        return ServerProcess(command, log, self._interrupts, ready_path=cell.ready_path, cpus=cpus)

    def _await(self, side: str, server: ServerProcess, cell: GateCell) -> str:
        before = times_of(self._generator_core)
        try:
            return server.wait_until_ready(self._options.start_limit_ms / 1000)
        except ServerFailed as failure:
            busy = self._busy_text(before, 0.0)
            raise BenchmarkFailed(f"{cell.name}: the {side} did not start: {failure}{busy}") from None

    @property
    def _generator_core(self) -> int | None:
        return self._generator_cpus[0] if self._generator_cpus else None

    def _busy_text(self, before: list[int] | None, own: float) -> str:
        """Says so if other programs used the core meanwhile: then the server may not be at fault.

        `own` is the share of the core that the generator itself had.
        """
        busy = busy_share(before, times_of(self._generator_core))
        if self._generator_core is None or busy is None or busy - own <= _MOST_OF_OTHERS:
            return ""
        others = f"other programs had {busy - own:.0%} of core {self._generator_core}"
        return f"; the machine is too busy, {others}: that alone may be the reason"

    def _measure_quad(
        self,
        cell: GateCell,
        servers: dict[str, ServerProcess],
        addresses: dict[str, str],
        place: dict[str, Any],
    ) -> None:
        """Four slices, and those that had to be repeated; they are kept when the quad is complete."""
        slices: list[Slice] = []
        try:
            for position, side in enumerate(ORDERS[place["order"]], start=1):
                for attempt in range(1, ATTEMPTS + 1):
                    figures = self._generate(
                        cell, side, servers[side], addresses[side], self._options.slice_ms / 1000
                    )
                    used = figures["verdict"] == "valid"
                    at = {"position": position, "side": side, "attempt": attempt, "used": used}
                    slices.append(Slice(**place, **at, **figures))
                    if used:
                        break
                else:
                    raise InvalidMeasurement(invalid_text(cell.name, slices[-1]))
        finally:
            self._store.add(slices)

    def _generate(
        self, cell: GateCell, side: str, server: ServerProcess, address: str, length_s: float
    ) -> dict[str, Any]:
        """Runs the generator once; the figures of its slice. Raises BenchmarkFailed."""
        log = self._scratch / "loadgen.json"
        log.unlink(missing_ok=True)
        core = self._server_cpus[0] if self._server_cpus else None
        before, generator_before = times_of(core), times_of(self._generator_core)
        began = time.monotonic()
        command = generator_command(
            self._options.build / "loadgen" / "loadgen", cell, address, server.process.pid, length_s
        )
        with KeptProcess(command, log, self._interrupts, self._generator_cpus) as generator:
            limit_s = length_s + 2 * REQUEST_LIMIT_S + _GENERATOR_SPARE_S
            ended = generator.wait(limit_s)
            words = generator.said()
        steal = steal_share(before, times_of(core))
        used = (ended.cpu_s or 0.0) / (time.monotonic() - began) if ended else 0.0
        who = f"{cell.name}: the {side}"
        if server.has_ended:
            raise BenchmarkFailed(
                f"{who} {server.process.ended} while it was measured{server.process.said()}"
            )
        if ended is None:
            raise BenchmarkFailed(f"{who}: loadgen did not end within {limit_s:g} s and was killed")
        if ended.exit_code not in TOLD_OF_A_RUN:
            raise BenchmarkFailed(f"{who} could not be loaded: loadgen {ended}{words}")
        try:
            figures = slice_figures(log, who)
        except BenchmarkFailed as failure:
            raise BenchmarkFailed(f"{failure}{self._busy_text(generator_before, used)}") from None
        return figures | {"steal_share": steal, "load_1m": load_1m()}
