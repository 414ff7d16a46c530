"""All load generators by name, as tools.toml has them: how each is asked for a workload, and what it says of
it: ours in its CSVs, one of others in its output, which is read strictly."""

import csv
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cli.files import ROOT
from cli.flags import as_words
from plans.suite import OWN_CLIENT, Run
from plans.toml_table import TomlTable
from plans.workload import Workload
from processes.machine import commit, printed_version
from recordings.recording import TOLD_OF_A_RUN
from wire.truth import OF_CONNECTION

OUTPUT = "client.log"  # what it prints in a run, in the run's folder
_UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6, "h": 3600e6, "1": 1.0}
_COUNTS = ("requests", "errors", "http_error")
_ROWS_OF_MANY = 1000  # of requests.csv, where there are too many requests to draw each


class NotUnderstood(Exception):
    """Names what the output lacks, unlike that of the client's known versions: no figure is made up."""


class Reading(NamedTuple):
    """What a client says of a run, by column of summary.csv, and what it holds against it."""

    row: Mapping[str, Any]
    fault: str | None = None


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

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


@dataclass(frozen=True)
class Tool:
    """One of others. `exit_codes`: of a run that can be told of; `leaves_files`: CSVs, and not only words."""

    exit_codes = (0,)
    leaves_files = False

    name: str
    version_command: Sequence[str] = ()
    version_pattern: str = ""
    remark: str = ""
    prints: Mapping[str, str] | None = None
    may_print: Sequence[str] = ()
    prints_like: str = ""  # another one
    unit: str = ""
    loops: Mapping[str, str] | None = None
    is_ours: bool = False
    schedule: str = OF_CONNECTION
    installed_by: str = "scripts/setup --peers installs it"
    always: tuple[str, ...] = ()  # asked with

    def words(self, load: Workload) -> str | None:
        """In which it is asked; None for a loop that it does not have."""
        if self.loops is None:
            return ""  # ours has all of them
        if load.requests is not None:
            return None if load.rate_rps else self.loops.get("fixed")
        return self.loops.get("closed" if load.rate_rps is None else "open")

    def program(self, build: Path) -> str | None:
        return shutil.which(str(build / "loadgen" / self.name) if self.is_ours else self.name)

    def version(self, program: str) -> str | None:
        if self.is_ours:  # the commit's; of what was built elsewhere, what loadgen says, which is beside it
            git, loadgen = commit(ROOT), Path(program).with_name(OWN_CLIENT)
            version = git["commit"] and git["commit"][:9] + ("-dirty" if git["dirty"] else "")
            return version or printed_version([str(loadgen), "--version"], r"loadgen (\S+)")
        # Where a tool does not tell, the package manager does, of the program that it installed.
        if self.version_command[0] == "dpkg-query" and not program.startswith("/usr/bin/"):
            return None
        return printed_version(self.version_command, self.version_pattern)

    def command(self, asked: Asked) -> list[str]:
        load = asked.run.workload
        [only] = load.classes
        target = asked.run.variant.target(only.name, only.target, load.wait_ms)
        seconds = (load.duration_ms or 0) // 1000
        host, port = asked.address.split(":")
        figures = {"seconds": seconds, "most_requests": 1_000_000 * seconds, "host": host, "port": port}
        figures |= {"rate": load.rate_rps, "rate_each": load.rate_rps and load.rate_rps // load.connections}
        figures |= {"target": target, "url": f"http://{asked.address}{target}"}
        return [asked.program, *self.words(load).format(**vars(load) | figures).split()]

    def reading(self, asked: Asked) -> Reading:
        """What was asked, as loadgen's rows have it, and the tool's own figures."""
        load = asked.run.workload
        figures = self.read((asked.folder / OUTPUT).read_text(encoding="utf-8", errors="replace"))
        row = {**asked.keys, "connections": load.connections, "connection_mode": load.connection_mode}
        row |= {"arrivals": load.arrivals or "closed", "offered_rps": load.rate_rps}
        row |= {"generator_threads": 1, "verdict": "valid", "ideal_ms": asked.run.ideal_ms}
        requests, errors = figures["requests"], figures.pop("errors")
        counted = f"counted {errors} errors beside {requests} requests" if errors else "completed no request"
        return Reading(row | figures, None if requests and not errors else f"{self.name} {counted}")

    def read(self, text: str) -> dict[str, Any]:
        """What patterns find, as tools.toml has them (`prints`: those that must be there, by what is missing
        otherwise), by column of summary.csv, and the `errors`: replies other than 2xx among them, and they
        among the requests where the tool counts them so. Raises NotUnderstood."""
        alike = TOOLS.get(self.prints_like, self)
        figures: dict[str, Any] = dict.fromkeys(_COUNTS, 0)
        for missing, pattern in [*alike.prints.items(), *(("", pattern) for pattern in alike.may_print)]:
            matches = list(re.finditer(pattern, text, re.MULTILINE))
            if missing and not matches:
                raise NotUnderstood(missing)
            for name, figure in (group for match in matches for group in match.groupdict().items()):
                if name in _COUNTS:
                    figures[name] += int(figure)
                elif name.startswith("latency"):  # of nothing hey writes NaN, and wrk2 `-nanus`
                    figures[f"{name}_us"] = None if "nan" in figure.lower() else _figure(figure, alike.unit)
                else:
                    is_time = name == "duration_s"
                    figures[name] = _figure(figure, "s") / 1e6 if is_time else _figure(figure, "1")
        if makespan_ms := figures.get("makespan_ms"):
            figures["duration_s"] = makespan_ms / 1e3
            figures["throughput_rps"] = figures["requests"] / makespan_ms * 1e3
        return figures | {"ok": max(figures["requests"] - figures["errors"], 0)}


def _figure(text: str, unit: str) -> float:
    """A duration in microseconds, written as `342.00us`, `1.39ms`, or in the unit; of the unit 1 a number."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)?", text)
    if not match or not (match[2] or unit) or (match[2] and unit == "1"):
        raise NotUnderstood(f"a {'number' if unit == '1' else 'duration'} in {text!r}")
    return float(match[1]) * _UNITS_US[match[2] or unit]


class Loadgen(Tool):
    """Our own: it keeps each request's times and writes the CSVs of a run into its folder."""

    exit_codes = TOLD_OF_A_RUN
    leaves_files = True

    def program(self, build: Path) -> str:
        return str(build / "loadgen" / OWN_CLIENT)  # there or not: it is built before anything is run

    def command(self, asked: Asked) -> list[str]:
        run, load = asked.run, asked.run.workload
        targets = [run.variant.target(c.name, c.target, load.wait_ms) for c in load.classes]
        flags = {"--mix": [f"{c.name}={c.weight}:{target}" for c, target in zip(load.classes, targets)]}
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
            flags |= {
                "--rows-cap": is_many and _ROWS_OF_MANY,
                "--ideal": run.ideal_ms and f"{run.ideal_ms}ms",
            }
            flags |= {"--server-pid": asked.server_pid, "--output": asked.folder, "--quiet": True}
            flags |= {"--key": [f"{name}={value}" for name, value in asked.keys.items()]}
        program = ranks_program(asked.program, asked.launcher) if asked.launcher else asked.program
        return [*asked.launcher, program, f"http://{asked.address}", *self.always, *as_words(flags)]

    def reading(self, asked: Asked) -> Reading:
        """No column where it wrote no summary: the writer says what is missing. Its verdict is in its row."""
        path = asked.folder / "summary.csv"
        with suppress(FileNotFoundError), path.open(newline="", encoding="utf-8") as file:
            return Reading(next(csv.DictReader(file), {}))
        return Reading({})


_ENTRIES = tomllib.loads(Path(__file__).with_name("tools.toml").read_text(encoding="utf-8"))
TOOLS = {name: Tool(name, **entry) for name, entry in _ENTRIES.items() if not name.startswith(OWN_CLIENT)}
CLIENTS = {name: TOOLS.get(name) or Loadgen(name, **entry) for name, entry in _ENTRIES.items()}


def ranks_program(loadgen: str, launcher: Sequence[str]) -> str:
    """loadgen-mpi, beside loadgen; launchers and program of Debian's MPICH have names of their own."""
    is_mpich = Path(launcher[0]).name in ("mpirun.mpich", "mpiexec.mpich", "mpiexec.hydra")
    default = Path(loadgen).with_name("loadgen-mpi")
    for_mpich = default.with_name("loadgen-mpi.mpich")
    return str(for_mpich if is_mpich and for_mpich.is_file() else default)


def takes_part(client: str, load: Workload) -> bool:
    return CLIENTS[client].words(load) is not None


def check(table: TomlTable, clients: Sequence[str], workloads: Sequence[Workload]) -> None:
    """Blames the suite's table for what does not exist, or cannot be asked of all its clients."""
    for name in clients:
        table.blame_unknown("clients", "load generator", name, CLIENTS)
    tools = [name for name in clients if name in TOOLS]
    for load in (load for load in workloads if any(takes_part(name, load) for name in tools)):
        limits = {
            "requests": (load.requests in (None, load.connections), "as many as connections"),
            "duration": (load.requests or not (load.duration_ms or 1) % 1000, "whole seconds, as 2s"),
            "rate": (not (load.rate_rps or 0) % load.connections, "the same for each connection"),
            "connection_mode": (load.requests or load.connection_mode == "kept", "kept"),
            "arrivals": (load.arrivals != "poisson", "constant"),
            "weights": (len(load.classes) == 1, "one class"),
        }
        unknown = ("method", "headers", "body", "warm_up_ms", "timeout_ms", "capacity", "share")
        limits |= {field.removesuffix("_ms"): (not getattr(load, field), "none") for field in unknown}
        for key, (is_met, limit) in limits.items():
            if not is_met:
                fault = f"expected {limit}, as not each of {', '.join(tools)} can be asked for another"
                table.blame(f"workloads.{load.name}.{key}", fault)
