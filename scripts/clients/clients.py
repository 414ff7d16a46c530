"""All load generators by name: how each is asked for a workload, and what its output says of it. `exit_codes`
are those of a run that can be told of; one that `leaves_files` leaves CSVs as well."""

import csv
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cli.files import ROOT
from clients.output import OUTPUT, Figures, Reading, read_ab, read_bare_loop, read_h2load, read_hey, read_wrk
from plans.plan import Run
from plans.suite import OWN_CLIENT
from plans.toml_table import TomlTable
from plans.workload import Workload
from processes.machine import commit, json_answer, printed_version
from recordings.recording import TOLD_OF_A_RUN
from text.units import nearest
from wire.truth import OF_CONNECTION, OF_RUN

_CALIBRATION_LIMIT_S = 60.0  # it takes about three seconds
_ROWS_OF_MANY = 1000  # of requests.csv, where there are too many requests to draw each


class Asked(NamedTuple):
    """A run as it is asked of a client; without a folder of nobody: the command is to be shown."""

    program: str
    address: str  # of the server, HOST:PORT
    run: Run
    folder: Path | None = None  # for what it leaves
    server_pid: int | None = None
    seed: int = 0
    keys: Mapping[str, Any] = {}  # the columns that say which run it is
    launcher: tuple[str, ...] = ()  # of an MPI job, whose ranks make the run


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

    def program(self, build: Path) -> str:
        """There or not: it is built before anything is run."""
        return str(build / "loadgen" / "loadgen")

    def version(self, program: str) -> str | None:
        """The commit's, or, of what was built elsewhere, what the program says itself."""
        git = commit(ROOT)
        if git["commit"]:
            return git["commit"][:9] + ("-dirty" if git["dirty"] else "")
        loadgen = Path(program).with_name(OWN_CLIENT)  # beside bare_loop too
        return printed_version([str(loadgen), "--version"], r"loadgen (\S+)")

    def command(self, asked: Asked) -> list[str]:
        run, workload = asked.run, asked.run.workload
        program = ranks_program(asked.program, asked.launcher) if asked.launcher else asked.program
        words = [*asked.launcher, program, f"http://{asked.address}", *self.words]
        for c in workload.classes:
            target = run.variant.target(c.name, c.target, workload.wait_ms)
            words += ["--mix", f"{c.name}={c.weight}:{target}"]
        if workload.requests is not None:
            words += ["-n", str(workload.requests)]
        elif not workload.steps:
            words += ["-d", f"{workload.duration_ms}ms"]
        if workload.steps:
            words += ["--stages", workload.stages_text]
        elif workload.is_open:
            words += ["-R", workload.rate_text]
        words += ["--arrivals", str(workload.arrivals)] if workload.is_open else []
        words += ["--retries", str(workload.retries)] if workload.retries else []
        words += ["-c", str(workload.connections), "--connection-mode", workload.connection_mode]
        words += ["--method", workload.method] if workload.method else []
        words += [word for header in workload.headers for word in ("--header", header)]
        words += ["--body", workload.body] if workload.body is not None else []
        words += ["--warm-up", f"{workload.warm_up_ms}ms"] if workload.warm_up_ms else []
        if asked.folder is None:
            return words
        # The same sequence of requests for every variant, another one in the next repetition.
        words += ["--seed", str(asked.seed + run.repetition), "--timeout", f"{run.timeout_ms}ms"]
        # Of steps it is asked what became of each request, by when.
        if not workload.steps and (workload.duration_ms is not None or workload.curve is not None):
            words += ["--rows-cap", str(_ROWS_OF_MANY)]
        if run.ideal_ms is not None:
            words += ["--ideal", f"{run.ideal_ms}ms"]
        words += ["--server-pid", str(asked.server_pid)] if asked.server_pid else []
        words += ["--output", str(asked.folder), "--quiet"]
        keys = {**asked.keys, "client": self.name}
        return words + [word for name, value in keys.items() for word in ("--key", f"{name}={value}")]

    def reading(self, asked: Asked) -> Reading:
        """No column where it wrote no summary: the writer says what is missing. Its verdict is in its row."""
        path = asked.folder / "summary.csv"
        if not path.is_file():
            return Reading({})
        with path.open(newline="", encoding="utf-8") as file:
            return Reading(next(csv.DictReader(file), {}))


class Tool(NamedTuple):
    """One of others, as tools.toml has it."""

    name: str
    read: Callable[[str], Figures]
    version_command: Sequence[str]
    version_pattern: str
    remark: str
    closed_loop: str | None = None
    open_loop: str | None = None
    fixed_count: str | None = None
    is_ours: bool = False
    schedule: str = OF_CONNECTION
    installed_by: str = "scripts/setup --peers installs it"
    exit_codes: tuple[int, ...] = (0,)
    leaves_files: bool = False

    def words(self, workload: Workload) -> str | None:
        if workload.requests is not None:
            return None if workload.rate_rps else self.fixed_count
        return self.closed_loop if workload.rate_rps is None else self.open_loop

    def program(self, build: Path) -> str | None:
        return shutil.which(str(build / "loadgen" / self.name) if self.is_ours else self.name)

    def version(self, program: str) -> str | None:
        if self.is_ours:
            return Loadgen().version(program)
        # Where a tool does not tell, the package manager does, of the program that it installed.
        if self.version_command[0] == "dpkg-query" and not program.startswith("/usr/bin/"):
            return None
        return printed_version(self.version_command, self.version_pattern)

    def command(self, asked: Asked) -> list[str]:
        workload, variant = asked.run.workload, asked.run.variant
        [only] = workload.classes
        target = variant.target(only.name, only.target, workload.wait_ms)
        rate, connections = workload.rate_rps, workload.connections
        seconds = (workload.duration_ms or 0) // 1000
        figures = {"connections": connections, "seconds": seconds, "most_requests": 1_000_000 * seconds}
        figures |= {"rate": rate, "rate_each": rate and rate // connections}
        host, port = asked.address.split(":")
        figures |= {"host": host, "port": port, "target": target, "url": f"http://{asked.address}{target}"}
        figures |= {"requests": workload.requests, "connection_mode": workload.connection_mode}
        return [asked.program, *self.words(workload).format(**figures).split()]

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
            "ideal_ms": asked.run.ideal_ms,
            **figures.columns(),
        }
        fault = None if figures.requests > 0 else f"{self.name} completed no request"
        if figures.errors:
            fault = f"{self.name} counted {figures.errors} errors beside {figures.requests} requests"
        return Reading(row, fault)


_READERS = {
    "wrk": read_wrk,
    "wrk2": read_wrk,
    "h2load": read_h2load,
    "hey": read_hey,
    "ab": read_ab,
    "bare_loop": read_bare_loop,
}
_ENTRIES = tomllib.loads(Path(__file__).with_name("tools.toml").read_text(encoding="utf-8"))
TOOLS = {name: Tool(name, _READERS[name], **entry) for name, entry in _ENTRIES.items()}
Client = Loadgen | Tool
_LOADGENS = (Loadgen(), Loadgen("loadgen-by-read", ("--done-by", "read")))
CLIENTS: dict[str, Client] = {**{each.name: each for each in _LOADGENS}, **TOOLS}


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


def calibrate(loadgen: Path) -> dict[str, Any] | None:
    """What `loadgen --calibrate --json` finds; None where it cannot be run: a recording does without."""
    return json_answer([loadgen, "--calibrate", "--json"], _CALIBRATION_LIMIT_S)


def _cannot_be_asked(workload: Workload) -> Iterator[tuple[str, str]]:
    """What the other load generators do not have, or not all of them."""
    if workload.requests is not None:
        if workload.requests != workload.connections:
            yield "requests", "not as many as connections, and bare_loop sends all at once"
    elif workload.duration_ms is None or workload.duration_ms % 1000:
        yield "duration", "not whole seconds, and some of the tools take no others: write it as 2s"
    if workload.rate_rps and workload.rate_rps % workload.connections:
        each = f"for each of {workload.connections} connections"
        yield "rate", f"{workload.rate_rps} is not the same whole number {each}"
    if workload.connection_mode != "kept" and workload.requests is None:
        yield "connection_mode", "not kept, and the tools keep theirs"
    if workload.arrivals == "poisson":
        yield "arrivals", "not constant, and no tool but loadgen has others"
    for key in ("method", "headers", "body", "warm_up_ms", "timeout_ms", "capacity", "share"):
        if getattr(workload, key):
            yield key.removesuffix("_ms"), "not every tool has it: leave it out"
    if len(workload.classes) != 1:
        yield "weights", "not one class, and some of the tools ask for one target only"
