"""Gates measured, each into a folder of its own, of which what is there is reused. For a block both servers
are started afresh beside one generator; they share one core and it has another, where there are two. Of gates
--repeat makes many, so that wrong verdicts can be counted; --check-machine says what one here would see."""

import math
import os
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from cli.errors import UsageError
from cli.files import replace_file, replace_json
from gating.blocks import BenchmarkFailed, Block, GateRecording, keep_same, read_rows
from gating.layouts import SHUFFLED, Layouts, layouts_of
from gating.options import REQUESTED, BlockOptions, GateOptions
from gating.trials_report import machine_report, repeat_report
from gating.verdict import CAPACITY, CellResult, Decision, Rule, Verdict, decide
from gating.words import so_far, verdict_figures
from processes.kept_process import Interrupts, KeptProcess
from processes.machine import loadgen_json, machine, pins
from processes.server_process import AttachedServer, ServerFailed, ServerProcess
from recordings.csv_table import SUMMARY, read_json
from recordings.recording import OUTCOMES, TOLD_OF_A_RUN
from recordings.writer import now
from sides.sides import BASELINE, CANDIDATE, SIDES, Cell, Served, Sides, slowed
from text.table import say
from text.units import short_text

_ABOUT = ("block_ms", "slice_ms", "warm_up_ms", "connections", "rate", *REQUESTED)
_PILOT_BLOCKS, _MACHINE_S, _UNBOUNDED_S = 10, 60.0, 86_400.0
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
class Measuring(ExitStack):
    """The source of the cells' blocks, those that the recording has first. `deadline`: by time.monotonic(); a
    block that would end later is not begun. `builds`, `padded`: as Layouts have them."""

    cells: dict[str, Cell]
    options: BlockOptions
    builds: dict[str, Path] | None
    recording: GateRecording
    interrupts: Interrupts
    seed: int
    deadline: float
    padded: str | None = None

    def __post_init__(self) -> None:
        super().__init__()
        self.cores = pins()  # the servers' and the generator's
        self.scratch = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="gate-")))
        is_shuffled = layouts_of(self.options, self.builds) == SHUFFLED
        self.layouts = Layouts(self.builds, self.scratch, self.padded) if is_shuffled else None

    def block(self, cell: str) -> Block | None:
        while (block := self.recording.next_block(cell)) is None:
            if self.deadline - time.monotonic() < block_s(self.options):
                return None
            try:
                self._measure(self.cells[cell])
            except BenchmarkFailed as failure:
                raise BenchmarkFailed(f"{cell}: {failure}") from None
        return block

    def _measure(self, cell: Cell) -> None:
        rng, sides, urls = random.Random(f"{self.seed} {self.recording.next_number}"), dict(cell.sides), {}
        if self.layouts is not None:
            seeds, programs = [rng.randrange(2**31) for _ in SIDES], [sides[s].command[0] for s in SIDES]
            with ThreadPoolExecutor() as pool:  # a core for each
                for side, new in zip(SIDES, pool.map(self.layouts.link, SIDES, programs, seeds)):
                    sides[side] = replace(sides[side], command=(new, *sides[side].command[1:]))
        with ExitStack() as stack:
            order = rng.sample(SIDES, 2)
            servers = {side: stack.enter_context(self._start(cell, side, sides[side])) for side in order}
            for side, server in servers.items():
                try:
                    address = server.wait_until_ready(self.options.start_limit_ms / 1000)
                except ServerFailed as failure:
                    load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
                    doubt = f": the machine is busy (load {load:.1f}), which alone may be the reason"
                    fault = f"did not start: {failure}{doubt if load > cores else ''}"
                    raise BenchmarkFailed(f"the {side} {fault}") from None
                if server.pid is None:
                    fault = f"the {side}: whose port {address} is cannot be seen, nor its CPU time"
                    raise BenchmarkFailed(f"{fault}: run as its user, or as root")
                urls[side] = f"http://{address}{cell.target}"
            self._load(cell, servers, urls, rng.randrange(2**31))
            for server in servers.values():
                server.stop(_GRACE_S)

    def _start(self, cell: Cell, side: str, served: Served) -> ServerProcess:
        if served.attached:
            return AttachedServer(served.attached, self.interrupts, cell.ready_path)
        how = {"ready_path": cell.ready_path, "cpus": self.cores and self.cores[:1], "cwd": served.cwd}
        return ServerProcess([*served.command], self.scratch / f"{side}.log", self.interrupts, **how)

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
                raise BenchmarkFailed(f"the {side} {server.ended} while it was measured{server.said()}")
        if ended is None:
            raise BenchmarkFailed(f"loadgen did not end within {limit_s:.0f} s and was killed")
        if ended.exit_code not in TOLD_OF_A_RUN or not (folder / SUMMARY).is_file():
            raise BenchmarkFailed(f"could not be loaded: loadgen {ended}{words}")
        for row in read_rows(folder / SUMMARY):
            # A server that leaves half of its requests unanswered is broken and not slow.
            if row.requests and row.ok * 2 < row.requests:
                failed = [f"{name} {n}" for name in OUTCOMES if name != "ok" and (n := getattr(row, name))]
                doubt = "" if row.verdict == "valid" else f"; the generator calls it invalid: {row.reasons}"
                answered = f"answered {row.ok} of {row.requests} requests: {', '.join(failed)}{doubt}"
                raise BenchmarkFailed(f"the {row.variant} {answered}")
            if row.ok and not row.server_cpu_us_per_request:
                raise BenchmarkFailed(f"the CPU time of the {row.variant} cannot be read")
        if ended.exit_code:  # the generator says which side was lost, and how
            raise BenchmarkFailed(words.replace(": loadgen: ", ": ").lstrip(":, "))
        self.recording.add(folder)


@dataclass(frozen=True)
class Gates:
    """What the gates of one invocation share. `builds`: the folder of each side, None for commands."""

    options: GateOptions
    rule: Rule
    console: Any  # rich's, which --help does without
    interrupts: Interrupts
    builds: dict[str, Path] | None
    about: dict[str, Any]

    def run(self, cells: list[Cell], folder: Path, seed: int, padded: str | None = None) -> Decision:
        """A gate in the folder, which may have blocks of it already; writes its verdict.json."""
        deadline = (began := time.monotonic()) + self.options.budget_s

        def tell(results: Sequence[CellResult]) -> None:
            say(self.console, f"{so_far(results)} ({short_text(deadline - time.monotonic())} at most left)")

        how = (self.options, self.builds, GateRecording(folder), self.interrupts, seed, deadline, padded)
        with Measuring({cell.name: cell for cell in cells}, *how) as source:
            decision = decide([*source.cells], self.rule, source.block, tell)
        took = {"seed": seed, "finished_at": now(), "took_s": round(time.monotonic() - began, 1)}
        replace_json(folder / "verdict.json", verdict_figures(decision, self.rule, self.about | took))
        return decision


def about(options: GateOptions, sides: Sides) -> dict[str, Any]:
    """What verdict.json says beside the verdict; paths below the repository as seen from there."""
    what = dict(zip(SIDES, sides.names)) | {"layouts": layouts_of(options, sides.builds)}
    what |= {"machine": machine(), "build": loadgen_json(options.build, "--build-info"), "started_at": now()}
    return what | {name: getattr(options, name) for name in _ABOUT}


def run_trials(gates: Gates, cells: list[Cell], folder: Path) -> str:
    """What they come to, as Markdown, which the folder has too. Raises CommandFailed where a side failed."""
    options, each_s = gates.options, block_s(gates.options)
    settings = {name: getattr(options, name) for name in ("mode", "margin", "target", "handicap", *_ABOUT)}
    settings |= {"cells": options.cells or (), **{side: gates.about[side] for side in SIDES}}
    keep_same(folder, settings, "trials")  # those of other sides, cells or margins are not mixed with these
    if options.repeat:
        text, figures = _repeat(gates, cells, folder)
    else:
        blocks = _measured(gates, cells, folder, math.ceil(_MACHINE_S / len(cells) / each_s))
        text, figures = machine_report(blocks, each_s, gates.rule)
    replace_file(folder / "trials.md", text)
    replace_json(folder / "trials.json", {**figures, "about": gates.about})
    return text


def _repeat(gates: Gates, cells: list[Cell], folder: Path) -> tuple[str, dict[str, Any]]:
    """Where both sides are one build, every second candidate has functions that nobody calls."""
    options, builds, share = gates.options, gates.builds, gates.options.handicap
    is_one_build = builds is not None and builds[BASELINE] == builds[CANDIDATE]
    verdicts, blocks, burnt = [], {}, {}
    # What a request needs differs from hour to hour: a gate is given a share of what the last one measured.
    last = _measured(gates, cells, folder / "pilot", _PILOT_BLOCKS) if share else {}
    for number in range(1, options.repeat + 1):
        run = folder / "runs" / f"{number:03}"
        # In nanoseconds: the share of the CPU per request of a server that is slower by it.
        handicaps = {cell: round(_cpu_ns(each) * share / (1 - share)) for cell, each in last.items()}
        if not (run / "verdict.json").is_file():
            seed = random.Random(f"{options.seed or 1} {number}").randrange(2**31)
            padded = CANDIDATE if is_one_build and number % 2 == 0 else None
            slow = [slowed(cell, handicaps[cell.name]) for cell in cells] if share else cells
            decision = gates.run(slow, run, seed, padded)
            if decision.verdict is Verdict.FAILED:
                (run / "verdict.json").unlink()  # it is no trial of a gate
                raise BenchmarkFailed(decision.reason)
            say(gates.console, f"gate {number}: {decision.verdict}")
        verdicts.append(read_json(run / "verdict.json", "remove it"))
        for cell, each in GateRecording(run).blocks.items():
            blocks.setdefault(cell, []).extend(each)
            if each and handicaps:
                last[cell] = each
                burnt.setdefault(cell, []).extend([handicaps[cell] / _cpu_ns(each)] * len(each))
    return repeat_report(verdicts, blocks, gates.rule, share, {c: mean(each) for c, each in burnt.items()})


def _measured(gates: Gates, cells: list[Cell], folder: Path, count: int) -> dict[str, list[Block]]:
    """So many blocks of each cell, however long they take."""
    options, rule = replace(gates.options, budget_s=_UNBOUNDED_S), replace(gates.rule, looks=(count,))
    decision = replace(gates, rule=rule, options=options).run(cells, folder, seed=1)
    if decision.verdict in (Verdict.FAILED, Verdict.INVALID):
        raise BenchmarkFailed(decision.reason)
    return GateRecording(folder).blocks


def _cpu_ns(blocks: list[Block]) -> float:
    return mean(1e9 / block.level[CAPACITY][0] for block in blocks)
