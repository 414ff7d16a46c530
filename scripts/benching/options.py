"""The flags of scripts/bench: what they are called, what they take, and what is said when they are wrong."""

import argparse
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from benching.objective import Objective, parse_objective
from cli.flags import Flags, argument, flag, one_of, switch, whole
from cli.files import portable, results_folder
from cli.home import BUILD
from clients.clients import check
from plans.suite import SUITES, Choices, SuiteError, read_suite, suite_names

_SEED = "orders the runs, shuffles the requests; default: new"
_OBJECTIVE = "load: after the runs, find each variant's highest rate that meets it"
_LAUNCHER = "loadgen as ranks of an MPI job: 'mpirun -n 4 --hostfile hosts'; not pinned"
_CALIBRATION = "leave out the 3 s that find the load generator's highest rate, for the head-room"


def launcher_words(text: str) -> tuple[str, ...]:
    """Raises ValueError that says how to write one."""
    words = tuple(shlex.split(text))
    if not words or not shutil.which(words[0]):
        fix = "write it as 'mpirun -n 4 --hostfile hosts'; scripts/setup --mpi installs mpirun"
        raise ValueError(f"{text!r} names no command that is here: {fix}")
    return words


@dataclass(frozen=True)
class Options(Choices, Flags):
    """Run a suite: every variant under every workload, interleaved, a fresh server per run."""

    COMMAND = "scripts/bench"
    USAGE = "[SUITE] [flags]"
    UNEXPECTED = "one suite at a time"

    suite: str = argument("SUITE", "one below, or a .toml file; default hundred", default="hundred")
    objective: Objective | None = flag("p99<50ms", _OBJECTIVE, parse_objective)
    seed: int | None = flag("N", _SEED, whole(0, 2**31 - 1))
    output: Path | None = flag("DIR", "where recordings go; default results", Path)
    build: Path = flag("DIR", f"default {portable(BUILD)}", Path, BUILD)
    launcher: tuple[str, ...] | None = flag("COMMAND", _LAUNCHER, launcher_words)
    calibration: bool = switch(_CALIBRATION, default=True)
    dry_run: bool = switch("check everything, say what would run, and end")
    # What scripts/bench wants done between the checks and the runs.
    before_runs: str | None = flag("STEP", argparse.SUPPRESS, one_of("install", "build"))

    @property
    def results(self) -> Path:
        return self.output or results_folder()

    @staticmethod
    def epilog() -> str:
        lines = ["suites:"]
        for name in suite_names():
            try:
                title = read_suite(SUITES / f"{name}.toml", check=check).title
            except SuiteError as error:
                title = f"broken: {error.mistakes[0]}"
            lines.append(f"  {name:<16} {title}")
        return "\n".join(lines)
