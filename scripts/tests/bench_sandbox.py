"""A build folder with fakes of the server and the generator, a small suite, a results folder: for tests that
run scripts/bench.py as a whole."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from waiting import is_running, noted_pids

TESTS = Path(__file__).resolve().parent
SCRIPTS = TESTS.parent

SUITE = """
title = "a small one"
wait = "5ms"
[classes.long]
target = "/task?wait_ms={{wait_ms}}"
waits = true
[[workloads]]
name = "all-long"
requests = 4
connections = 4
connection_mode = "fresh"
weights = {{ long = 1 }}
[[variants]]
name = "first"
server = "fake_server"
args = ["--pids", "{pids}"]
[[variants]]
name = "second"
server = "fake_server"
args = ["--pids", "{pids}"{fault}]
"""


class Sandbox:
    """A build folder with the fakes, a suite of two variants (one may have a fault), a results folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.started: subprocess.Popen[str] | None = None
        self.pids = folder / "pids"
        self.results = folder / "results"
        for program, fake in (("servers/fake_server", "fake_server"), ("loadgen/loadgen", "fake_loadgen")):
            path = folder / "build" / program
            path.parent.mkdir(parents=True)
            path.write_text(f'#!/bin/sh\nexec {sys.executable} {TESTS / fake}.py "$@"\n')
            path.chmod(0o755)

    def start(
        self, *flags: str, fault: str = "", generator: str = "", more: str = ""
    ) -> subprocess.Popen[str]:
        suite = self.folder / "small.toml"
        extra = f', "--fault", "{fault}"' if fault else ""
        suite.write_text(SUITE.format(pids=self.pids, fault=extra) + more)
        return self.bench(str(suite), *flags, FAKE_LOADGEN=generator)

    def bench(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(SCRIPTS / "bench.py"), "--build", str(self.folder / "build")]
        self.started = subprocess.Popen(
            [*command, "--output", str(self.results), *arguments],
            env={
                **os.environ,
                "FAKE_PIDS": str(self.pids),
                "PYTHONPATH": str(SCRIPTS),
                "TMPDIR": str(self.folder),  # a killed bench cannot clear up its scratch folder
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.started

    def run(self, *flags: str, **how: str) -> subprocess.CompletedProcess[str]:
        """As `start`, to its end; `more` is added to the suite."""
        process = self.start(*flags, **how)
        output, errors = process.communicate(timeout=120)
        assert "Traceback" not in errors, errors
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    @property
    def recording(self) -> Path:
        [folder] = (path for path in self.results.iterdir() if not path.is_symlink())
        return folder

    @property
    def about(self) -> dict:
        return json.loads((self.recording / "run.json").read_text())

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.recording / f"{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def nothing_is_left(self) -> bool:
        pids = noted_pids(self.pids)
        return bool(pids) and not any(is_running(pid) for pid in pids)
