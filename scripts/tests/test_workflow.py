"""Workflows of this repository, and those that others may copy: what they call is there, with its flags."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from foreign import ForeignRepository
from gating.options import GateOptions
from processes.kept_process import Interrupts
from processes.server_process import ServerProcess
from sides.sides import sides_of
from workflow_steps import ROOT, read

parse = GateOptions.parse

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / ".github/examples").glob("*/gate.yml"))
ACTION = read(ROOT / ".github/actions/gate/action.yml")


def steps(path: Path) -> list[dict[str, Any]]:
    [job] = read(path)["jobs"].values()
    return job["steps"]


def gate_inputs(path: Path) -> dict[str, str]:
    [step] = [step for step in steps(path) if "actions/gate" in step.get("uses", "")]
    return step["with"]


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_its_shell_parses(path):
    for step in steps(path):
        assert ("run" in step) != ("uses" in step)
        done = subprocess.run(["bash", "-n"], input=step.get("run", ""), capture_output=True, text=True)
        assert done.returncode == 0, f"{step['name']}: {done.stderr}"


def test_the_tests_are_run_on_the_distribution_they_are_written_for():
    [job] = read(ROOT / ".github/workflows/test.yml")["jobs"].values()
    assert job["container"]["image"] == "debian:12"
    [run] = [step["run"] for step in job["steps"] if step.get("name") == "Test"]
    assert os.access(ROOT / run, os.X_OK)


def test_this_repository_is_gated_by_the_action_that_others_are_offered():
    path = ROOT / ".github/workflows/gate.yml"
    assert [s["uses"] for s in steps(path) if "gate" in s.get("uses", "")] == ["./.github/actions/gate"]
    assert set(gate_inputs(path)) <= set(ACTION["inputs"])
    [kept] = [step["with"]["path"] for step in steps(path) if "upload" in step.get("uses", "")]
    assert kept == "${{ steps.gate.outputs.recording }}" and "recording" in ACTION["outputs"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_builds_serves_and_gives_the_gate_flags_that_it_has(path, tmp_path, monkeypatch):
    assert read(path)["jobs"]["gate"]["container"] == "debian:12"
    inputs = gate_inputs(path)
    assert set(inputs) <= set(ACTION["inputs"])
    more = shlex.split(inputs.get("flags", ""))
    named = [word for name in inputs if name != "flags" for word in (f"--{name}", inputs[name])]
    options = parse(["--baseline", "HEAD", "--candidate", "HEAD", *named, *more])
    program = options.serve_cmd[0]
    if not options.build_cmd and shutil.which(program) is None:
        pytest.skip(f"no {program} here")
    made = ForeignRepository(tmp_path / "copy")
    made.commit({file.name: file.read_text() for file in path.parent.iterdir()})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(made.folder)
    [cell] = sides_of(options, print).cells
    served = cell.sides["candidate"]
    with Interrupts() as interrupts:
        how = {"ready_path": cell.ready_path, "cwd": served.cwd}
        with ServerProcess([*served.command], tmp_path / "log", interrupts, **how) as server:
            assert server.wait_until_ready().startswith("127.0.0.1:")
