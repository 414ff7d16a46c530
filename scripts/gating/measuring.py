"""The source of a gate's blocks: both servers started afresh, one generator, the rows kept in the recording.
The servers share one core and the generator has another, where there are two."""

import os
import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from cli.errors import UsageError
from gating.blocks import BenchmarkFailed, Block, GateRecording, read_rows
from gating.layouts import Layouts
from gating.options import BlockOptions
from processes.kept_process import Interrupts, KeptProcess
from processes.machine import pins
from processes.server_process import AttachedServer, ServerFailed, ServerProcess
from recordings.description import SUMMARY
from recordings.recording import OUTCOMES, TOLD_OF_A_RUN
from sides.cells import BASELINE, CANDIDATE, SIDES, Cell

_GRACE_S = 5.0
_REQUEST_LIMIT_S = 2.0  # of one request, and how long a slice waits at its end for those in flight
_START_S = 0.4  # what both servers take to start and be linked, roughly
_SPARE_S = 15.0  # before a generator is taken to hang
_MOST_SLICES_S = 4.0  # a slice is at least twenty times the server's p50, so a block may take longer


def loadgen_of(build: Path) -> str:
    """The generator of a build. Raises UsageError where it is not built."""
    program = build / "loadgen" / "loadgen"
    if not os.access(program, os.X_OK):
        raise UsageError(f"{program}: no such program: build it with: cmake --workflow --preset release")
    return str(program)


def block_s(options: BlockOptions) -> float:
    """What a block takes, roughly."""
    return _START_S + 2 * options.warm_up_ms / 1000 + 1.15 * options.block_ms / 1000


@dataclass
class Measuring:
    """`deadline`: by time.monotonic(); a block that would end later is not begun. Blocks that the recording
    has already are handed out first."""

    cells: dict[str, Cell]
    options: BlockOptions
    scratch: Path
    recording: GateRecording
    interrupts: Interrupts
    seed: int
    deadline: float
    layouts: Layouts | None
    cores: tuple[int, int] | None = field(default_factory=pins)  # the servers' and the generator's

    def block(self, cell: str) -> Block | None:
        while (block := self.recording.next_block(cell)) is None:
            if self.deadline - time.monotonic() < block_s(self.options):
                return None
            self._measure(self.cells[cell])
        return block

    def _measure(self, cell: Cell) -> None:
        rng, urls = random.Random(f"{self.seed} {self.recording.next_number}"), {}
        if self.layouts is not None:
            seeds = [rng.randrange(2**31) for _ in SIDES]
            served = [cell.sides[side] for side in SIDES]
            with ThreadPoolExecutor() as pool:  # a core for each
                programs = pool.map(self.layouts.link, SIDES, (each.command[0] for each in served), seeds)
                linked = [replace(s, command=(new, *s.command[1:])) for s, new in zip(served, programs)]
            cell = replace(cell, sides=dict(zip(SIDES, linked)))
        with ExitStack() as stack:
            servers = {side: stack.enter_context(self._start(cell, side)) for side in rng.sample(SIDES, 2)}
            for side, server in servers.items():
                try:
                    address = server.wait_until_ready(self.options.start_limit_ms / 1000)
                except ServerFailed as failure:
                    fault = f"did not start: {failure}{_busy_text()}"
                    raise BenchmarkFailed(f"{cell.name}: the {side} {fault}") from None
                if server.pid is None:
                    fault = f"whose port {address} is cannot be seen, nor its CPU time"
                    fix = "run as its user, or as root"
                    raise BenchmarkFailed(f"{cell.name}: the {side}: {fault}: {fix}")
                urls[side] = f"http://{address}{cell.target}"
            self._load(cell, servers, urls, rng.randrange(2**31))
            for server in servers.values():
                server.stop(_GRACE_S)

    def _start(self, cell: Cell, side: str) -> ServerProcess:
        served, log = cell.sides[side], self.scratch / f"{side}.log"
        if served.attached:
            return AttachedServer(served.attached, self.interrupts, cell.ready_path)
        how = {"ready_path": cell.ready_path, "cpus": self.cores and self.cores[:1], "cwd": served.cwd}
        return ServerProcess([*served.command], log, self.interrupts, **how)

    def _load(self, cell: Cell, servers: dict[str, ServerProcess], urls: dict[str, str], seed: int) -> None:
        """Runs the generator and keeps what it wrote. Raises BenchmarkFailed."""
        folder, options, limit = self.scratch / "block", self.options, f"{_REQUEST_LIMIT_S:g}s"
        shutil.rmtree(folder, ignore_errors=True)
        command = [loadgen_of(options.build), urls[BASELINE], "--versus", urls[CANDIDATE]]
        command += (
            f"-d {options.block_ms}ms --slice {options.slice_ms}ms --warm-up {options.warm_up_ms}ms --quiet "
            f"--seed {seed} -c {options.connections} --connection-mode {cell.connection_mode} "
            f"--drain {limit} --server-pid {servers[BASELINE].pid} --versus-pid {servers[CANDIDATE].pid} "
            f"--key suite=gate --key repetition={self.recording.next_number}"
        ).split()
        command += [] if "--timeout" in options.request_flags[::2] else ["--timeout", limit]
        command += ["-R", str(cell.rate_rps)] if cell.rate_rps else []
        command += ["--busy-poll"] if self.cores else []  # else it would take the servers' core from them
        command += [*options.request_flags, "--key", f"workload={cell.name}", "--output", str(folder)]
        limit_s = _MOST_SLICES_S * block_s(options) + 2 * _REQUEST_LIMIT_S + _SPARE_S
        log, cores = self.scratch / "loadgen.log", self.cores and self.cores[1:]
        with KeptProcess(command, log, self.interrupts, cores) as generator:
            ended, words = generator.wait(limit_s), generator.said()
        for side, server in servers.items():
            if server.has_ended:
                how = f"{server.ended} while it was measured{server.said()}"
                raise BenchmarkFailed(f"{cell.name}: the {side} {how}")
        if ended is None:
            raise BenchmarkFailed(f"{cell.name}: loadgen did not end within {limit_s:.0f} s and was killed")
        if ended.exit_code not in TOLD_OF_A_RUN or not (folder / SUMMARY).is_file():
            raise BenchmarkFailed(f"{cell.name}: could not be loaded: loadgen {ended}{words}")
        for row in read_rows(folder / SUMMARY):
            # A server that leaves half of its requests unanswered is broken and not slow.
            if row.requests and row.ok * 2 < row.requests:
                failed = [f"{name} {n}" for name in OUTCOMES if name != "ok" and (n := getattr(row, name))]
                answered = f"answered {row.ok} of {row.requests} requests: {', '.join(failed)}"
                doubt = "" if row.verdict == "valid" else f"; the generator calls it invalid: {row.reasons}"
                raise BenchmarkFailed(f"{cell.name}: the {row.variant} {answered}{doubt}")
            if row.ok and not row.server_cpu_us_per_request:
                raise BenchmarkFailed(f"{cell.name}: the CPU time of the {row.variant} cannot be read")
        if ended.exit_code:  # the generator says which side was lost, and how
            raise BenchmarkFailed(f"{cell.name}{words.replace(': loadgen: ', ': ')}")
        self.recording.add(folder)


def _busy_text() -> str:
    """Says so if more programs wanted to run than there are cores: then no side may be at fault."""
    load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    return "" if load <= cores else f"; the machine is busy (load {load:.1f}): that alone may be the reason"
