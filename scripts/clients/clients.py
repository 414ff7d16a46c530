"""All load generators by name, and ours among them: how it is asked for a workload, and what it says of it.
`exit_codes` are those of a run that can be told of; one that `leaves_files` leaves CSVs as well."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.flags import as_words
from clients.tools import TOOLS, Asked, Reading, Tool, own_version
from plans.suite import OWN_CLIENT
from plans.toml_table import TomlTable
from plans.workload import Workload
from recordings.recording import TOLD_OF_A_RUN
from text.units import nearest
from wire.truth import OF_RUN

_ROWS_OF_MANY = 1000  # of requests.csv, where there are too many requests to draw each


@dataclass(frozen=True)
class Loadgen:
    """Our own: it keeps each request's times and writes the CSVs of a run into its folder."""

    name: str = OWN_CLIENT
    words: tuple[str, ...] = ()  # that it is always asked with
    exit_codes = TOLD_OF_A_RUN
    leaves_files = True
    remark = ""
    schedule = OF_RUN
    installed_by = "cmake --workflow --preset release builds it"
    version = staticmethod(own_version)

    def program(self, build: Path) -> str:
        """There or not: it is built before anything is run."""
        return str(build / "loadgen" / "loadgen")

    def command(self, asked: Asked) -> list[str]:
        run, load = asked.run, asked.run.workload
        program = ranks_program(asked.program, asked.launcher) if asked.launcher else asked.program
        targets = ((c, run.variant.target(c.name, c.target, load.wait_ms)) for c in load.classes)
        flags: dict[str, Any] = {"--mix": [f"{c.name}={c.weight}:{target}" for c, target in targets]}
        flags |= {"-n": load.requests, "-d": not (load.requests or load.steps) and f"{load.duration_ms}ms"}
        # Where they are not known as rates, in per cent.
        stages = load.stages or ",".join(f"{step.ms}ms:{step.percent}%" for step in load.steps)
        rate = load.is_open and not load.steps and (load.rate_rps or f"{load.load}%")
        flags |= {"--stages": stages or None, "-R": rate, "--arrivals": load.is_open and load.arrivals}
        flags |= {
            "--retries": load.retries,
            "-c": load.connections,
            "--connection-mode": load.connection_mode,
        }
        flags |= {"--method": load.method, "--header": load.headers, "--body": load.body}
        flags |= {"--warm-up": load.warm_up_ms and f"{load.warm_up_ms}ms"}
        if asked.folder is not None:
            # The same sequence of requests for every variant, another one in the next repetition.
            flags |= {"--seed": asked.seed + run.repetition, "--timeout": f"{run.timeout_ms}ms"}
            # Of steps it is asked what became of each request, by when.
            is_many = not load.steps and (load.duration_ms is not None or load.curve is not None)
            flags |= {"--rows-cap": is_many and _ROWS_OF_MANY}
            flags |= {"--ideal": run.ideal_ms and f"{run.ideal_ms}ms"}
            flags |= {"--server-pid": asked.server_pid, "--output": asked.folder, "--quiet": True}
            flags |= {"--key": [f"{name}={value}" for name, value in asked.keys.items()]}
        return [*asked.launcher, program, f"http://{asked.address}", *self.words, *as_words(flags)]

    def reading(self, asked: Asked) -> Reading:
        """No column where it wrote no summary: the writer says what is missing. Its verdict is in its row."""
        path = asked.folder / "summary.csv"
        if not path.is_file():
            return Reading({})
        with path.open(newline="", encoding="utf-8") as file:
            return Reading(next(csv.DictReader(file), {}))


CLIENTS: dict[str, Loadgen | Tool] = {OWN_CLIENT: Loadgen()}
CLIENTS |= {"loadgen-by-read": Loadgen("loadgen-by-read", ("--done-by", "read")), **TOOLS}


def ranks_program(loadgen: str, launcher: Sequence[str]) -> str:
    """loadgen-mpi, beside loadgen; launchers and program of Debian's MPICH have names of their own."""
    is_mpich = Path(launcher[0]).name in ("mpirun.mpich", "mpiexec.mpich", "mpiexec.hydra")
    default = Path(loadgen).with_name("loadgen-mpi")
    for_mpich = default.with_name("loadgen-mpi.mpich")
    return str(for_mpich if is_mpich and for_mpich.is_file() else default)


def takes_part(client: str, workload: Workload) -> bool:
    return client not in TOOLS or TOOLS[client].words(workload) is not None


def check(table: TomlTable, clients: Sequence[str], workloads: Sequence[Workload]) -> None:
    """Blames the suite's table for what does not exist or cannot be asked of all its clients."""
    for name in clients:
        if name not in CLIENTS:
            table.blame("clients", f"{name!r} is no load generator known here: {nearest(name, CLIENTS)}")
    tools = [name for name in clients if name in TOOLS]
    for workload in workloads:
        if any(takes_part(name, workload) for name in tools):
            for key, fault in _cannot_be_asked(workload):
                table.blame(f"workloads.{workload.name}.{key}", fault)


def _cannot_be_asked(load: Workload) -> Iterator[tuple[str, str]]:
    """What the other load generators do not have, or not all of them."""
    if load.requests not in (None, load.connections):
        yield "requests", "not as many as connections, and bare_loop sends all at once"
    if load.requests is None and (load.duration_ms or 1) % 1000:
        yield "duration", "not whole seconds, and some of the tools take no others: write it as 2s"
    if (load.rate_rps or 0) % load.connections:
        each = f"for each of {load.connections} connections"
        yield "rate", f"{load.rate_rps} is not the same whole number {each}"
    if load.connection_mode != "kept" and load.requests is None:
        yield "connection_mode", "not kept, and the tools keep theirs"
    if load.arrivals == "poisson":
        yield "arrivals", "not constant, and no tool but loadgen has others"
    for key in ("method", "headers", "body", "warm_up_ms", "timeout_ms", "capacity", "share"):
        if getattr(load, key):
            yield key.removesuffix("_ms"), "not every tool has it: leave it out"
    if len(load.classes) != 1:
        yield "weights", "not one class, and some of the tools ask for one target only"
