"""Small suites for tests, in pieces of TOML, and a machine that has some of what they need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benching import prepared as prepared_module
from benching.prepared import Options, Prepared, prepare
from clients.clients import check
from plans.suite import find_suite, read_suite
from processes import machine
from processes.machine import Pins

parse = Options.parse

CLASSES = """
title = "made up"
wait = "20s"
repetitions = 3
pinned = true
[classes.long]
target = "/task?wait_ms={wait_ms}"
waits = true
[classes.short]
target = "/ping"
"""
CLOSED = """
[[workloads]]
name = "closed"
duration = "2s"
connections = 8
connection_mode = "kept"
weights = { short = 1 }
"""
OPEN = CLOSED.replace("closed", "open").replace("connections", "rate = 80\nconnections")
COUNT = """
[[workloads]]
name = "count"
requests = 8
connections = 8
connection_mode = "fresh"
weights = { long = 1 }
"""
ASYNC = '[[variants]]\nname = "async"\nserver = "async_server"\n'
ONCE = '[[variants]]\nname = "once"\nserver = "blocking_server"\nserves_at_once = 1\nrepetitions = 1\n'
TWICE = '[[variants]]\nname = "twice"\nserver = "async_server"\nrepetitions = 2\n'
OTHER = '[[variants]]\nname = "other"\ncommand = ["nowhere", "{port}"]\nrequires = ["nowhere"]\n'

ALL = CLASSES + CLOSED + OPEN + COUNT + ASYNC + ONCE + TWICE
THREE = '["loadgen", "wrk", "ab"]'


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def preparing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Prepared]:
    """Makes it of a suite's text, where there are wrk, mpirun, what is built of ours, and no more."""
    for name in ("bin/wrk", "bin/mpirun", "b/loadgen/loadgen", "b/servers/async_server"):
        program(tmp_path / name)
    program(tmp_path / "b/servers/blocking_server")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(prepared_module, "pins", lambda: Pins(0, 3))
    monkeypatch.setattr(machine, "siblings", lambda core: {0, 1})

    def make(text: str, *flags: str, clients: str = "", may_be_built: bool = False) -> Prepared:
        path = tmp_path / "mine.toml"
        path.write_text((f"clients = {clients}\n" if clients else "") + text)
        options = parse([str(path), "--build", str(tmp_path / "b"), "--no-calibration", *flags])
        return prepare(read_suite(find_suite(options.suite), options, check), 7, options, may_be_built)

    return make
