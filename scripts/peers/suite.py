"""A suite of kind `peers`: which load generators take turns under which workloads, read and checked.

Pure apart from reading the file, as suite.py is for suites whose servers vary.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plans import toml_table
from peers.tools import TOOLS, Tool
from plans.suite import Choices, SuiteError, check_names, read_toml
from plans.toml_table import Table, nearest

OVERHEAD_S = 0.3  # of a run: starting the tool, its own summing up, writing the row


@dataclass(frozen=True)
class Workload:
    """A closed loop over `connections`, or an open one where `rate_rps` is given. One thread, always kept."""

    name: str
    connections: int
    rate_rps: int | None


@dataclass(frozen=True)
class PeerSuite:
    name: str
    title: str
    repetitions: int
    duration_ms: int
    workloads: tuple[Workload, ...]
    tools: tuple[Tool, ...]


@dataclass(frozen=True)
class PeerRun:
    tool: Tool
    workload: Workload
    repetition: int
    duration_s: float

    @property
    def expected_s(self) -> float:
        return self.duration_s + OVERHEAD_S

    def __str__(self) -> str:
        return f"{self.workload.name}, {self.tool.name}, repetition {self.repetition}"


def read_peer_suite(path: Path, choices: Choices = Choices()) -> PeerSuite:
    """The suite as it is to run. Raises SuiteError with every mistake in the file and in the choices."""
    mistakes: list[str] = []
    table = Table(str(path), mistakes, read_toml(path))
    table.take("kind", toml_table.one_of(("peers",)))
    title = table.take("title", toml_table.text, path.stem)
    repetitions = table.take("repetitions", toml_table.whole(1, 1000), 1)
    duration_ms = table.take("duration", toml_table.duration) or 1000
    names = table.take("clients", _tools) or ()
    workloads = [_workload(entry) for entry in table.listed("workloads")]
    table.done()
    check_names(table, "workloads", [workload.name for workload in workloads])
    if duration_ms % 1000:
        table.blame("duration", "not whole seconds, and some of the tools take no others: write it as 2s")
    for flag, value in (("--wait", choices.wait_ms), ("--variants", choices.variants)):
        if value is not None:
            mistakes.append(
                f"{flag}: the suite {path.stem} has none, its server is always nginx: leave it out"
            )
    for key, known, chosen in (
        ("workloads", [workload.name for workload in workloads], choices.workloads),
        ("clients", names, choices.clients),
    ):
        mistakes += [
            f"--{key}: {name!r} is not in the suite {path.stem}: {nearest(name, known)}"
            for name in chosen or ()
            if name not in known
        ]
    if mistakes:
        raise SuiteError(mistakes)
    return PeerSuite(
        name=path.stem,
        title=title,
        repetitions=choices.repetitions or repetitions,
        duration_ms=duration_ms,
        workloads=tuple(w for w in workloads if choices.workloads is None or w.name in choices.workloads),
        tools=tuple(TOOLS[n] for n in names if choices.clients is None or n in choices.clients),
    )


def runs_of(suite: PeerSuite, tools: list[Tool], seed: int) -> list[PeerRun]:
    """All runs: in each repetition each workload once, each tool that can do it once, in a new random order.

    So that a machine that slows down slows all of them, and a tool and ours are compared within a repetition.
    """
    rng = random.Random(seed)
    runs = []
    for repetition in range(1, suite.repetitions + 1):
        for workload in suite.workloads:
            able = [tool for tool in tools if tool.takes_part(workload.rate_rps)]
            runs += [
                PeerRun(tool, workload, repetition, suite.duration_ms / 1000)
                for tool in rng.sample(able, len(able))
            ]
    return runs


def _workload(table: Table) -> Workload:
    name = table.take("name", toml_table.name)
    connections = table.take("connections", toml_table.whole(1, 1000)) or 1
    rate_rps = table.take("rate_rps", toml_table.whole(1, 1_000_000), None)
    table.done()
    if rate_rps and rate_rps % connections:
        table.blame(
            "rate_rps", f"{rate_rps} is not the same whole number for each of {connections} connections"
        )
    return Workload(name, connections, rate_rps)


def _tools(value: Any) -> tuple[str, ...]:
    names = toml_table.texts(value)
    for name in names:
        if name not in TOOLS:
            raise ValueError(f"{name!r} is no load generator known here: {nearest(name, TOOLS)}")
    if not names or len(set(names)) < len(names):
        raise ValueError("expected each of them once, and at least one")
    return names
