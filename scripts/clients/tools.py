"""The load generators of others, as tools.toml has them: how each is asked for a workload, and what its
output says of it, read strictly: a tool's own count over its own time, errors, latencies."""

import math
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from cli.files import ROOT
from plans.plan import Run
from plans.suite import OWN_CLIENT
from plans.workload import Workload
from processes.machine import commit, printed_version
from wire.truth import OF_CONNECTION

OUTPUT = "client.log"  # what it prints in a run, in the run's folder
_UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6, "h": 3600e6}
_COUNTS = ("requests", "errors", "http_error")


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


class Tool(NamedTuple):
    name: str
    version_command: Sequence[str]
    version_pattern: str
    remark: str
    prints: Mapping[str, str] = {}
    may_print: Sequence[str] = ()
    prints_like: str = ""  # another one
    unit: str = ""
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
            return own_version(program)
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
        host, port = asked.address.split(":")
        figures = {"seconds": seconds, "most_requests": 1_000_000 * seconds, "host": host, "port": port}
        figures |= {"rate": rate, "rate_each": rate and rate // connections}
        figures |= {"target": target, "url": f"http://{asked.address}{target}"}
        return [asked.program, *self.words(workload).format(**vars(workload) | figures).split()]

    def reading(self, asked: Asked) -> Reading:
        """What was asked, as loadgen's rows have it, and the tool's own figures."""
        workload = asked.run.workload
        figures = self.read((asked.folder / OUTPUT).read_text(encoding="utf-8", errors="replace"))
        row = {**asked.keys, "connections": workload.connections, "connection_mode": workload.connection_mode}
        row |= {"arrivals": workload.arrivals or "closed", "offered_rps": workload.rate_rps}
        row |= {"generator_threads": 1, "verdict": "valid", "ideal_ms": asked.run.ideal_ms}
        requests, errors = figures["requests"], figures.pop("errors")
        fault = None if requests else f"{self.name} completed no request"
        if errors:
            fault = f"{self.name} counted {errors} errors beside {requests} requests"
        return Reading(row | figures, fault)

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
                    figures[f"{name}_us"] = None if "nan" in figure.lower() else _us(figure, alike.unit)
                else:
                    figures[name] = _us(figure, "s") / 1e6 if name == "duration_s" else _number(figure)
        if makespan_ms := figures.get("makespan_ms"):
            figures["duration_s"] = makespan_ms / 1e3
            figures["throughput_rps"] = figures["requests"] / makespan_ms * 1e3
        return figures | {"ok": max(figures["requests"] - figures["errors"], 0)}


def _us(text: str, unit: str) -> float:
    """A duration as wrk and h2load write it, `342.00us`, `1.39ms`, `1.10s`; or a number of the unit."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)?", text)
    if match is None or not (match[2] or unit):
        raise NotUnderstood(f"a duration in {text!r}")
    return float(match[1]) * _UNITS_US[match[2] or unit]


def _number(text: str) -> float:
    with suppress(ValueError):
        if math.isfinite(number := float(text)):
            return number
    raise NotUnderstood(f"a number in {text!r}")


def own_version(program: str) -> str | None:
    """The commit's, or, of what was built elsewhere, what loadgen says, which is beside the program."""
    git = commit(ROOT)
    if git["commit"]:
        return git["commit"][:9] + ("-dirty" if git["dirty"] else "")
    return printed_version([str(Path(program).with_name(OWN_CLIENT)), "--version"], r"loadgen (\S+)")


_ENTRIES = tomllib.loads(Path(__file__).with_name("tools.toml").read_text(encoding="utf-8"))
TOOLS = {name: Tool(name, **entry) for name, entry in _ENTRIES.items()}
