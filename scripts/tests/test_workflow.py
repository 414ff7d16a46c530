"""The workflow that gates pull requests: it parses, its shell does too, and its flags are the gate's own."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from gating.options import parse

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOW = ROOT / ".github/workflows/gate.yml"


def steps() -> dict[str, str]:
    """The shell of each step that has some, by the step's name; `${{ ... }}` filled in with a word."""
    text = re.sub(r"\$\{\{.*?\}\}", "filled-in", WORKFLOW.read_text(encoding="utf-8"))
    found, name, script, indent = {}, "", [], 0
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip())
        if script and line.strip() and depth <= indent:
            found[name], script = "\n".join(script), []
        if match := re.match(r"\s+- name: (.+)", line):
            name = match[1]
        if match := re.match(r"(\s+)run: (.*)", line):
            indent = len(match[1])
            script = [] if match[2] == "|" else [match[2]]
            script = script or ["set -e"]
        elif script and depth > indent:
            script.append(line.strip())
    return found | ({name: "\n".join(script)} if script else {})


def test_the_workflow_is_yaml_where_that_can_be_read():
    yaml = pytest.importorskip("yaml")
    read = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert [step.get("name") for step in read["jobs"]["gate"]["steps"]][-1] == "Pass on the verdict"


def test_its_shell_parses():
    assert len(steps()) == 4
    for name, script in steps().items():
        done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
        assert done.returncode == 0, f"{name}: {done.stderr}"


def test_it_calls_the_gate_with_flags_that_exist():
    script = steps()["Measure and judge"].replace("\\\n", " ")
    [command] = re.findall(r"scripts/gate\.py (.*?) \|\|", script)
    options = parse(command.replace('"$BASELINE"', "main").split())
    assert (options.mode, options.baseline, options.candidate) == ("gate", "main", "HEAD")
    assert options.markdown and options.junit and options.output


def test_an_inconclusive_gate_is_not_green_where_an_advisory_interval_is_beyond_the_margin():
    script = steps()["Pass on the verdict"]
    env = {"CODE": "3", "BEYOND": "p99 of async"}
    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True)
    assert done.returncode == 3 and "::error" in done.stdout and "p99 of async" in done.stdout


@pytest.mark.parametrize(
    ("verdict", "beyond"),
    [
        ('{"advisory_beyond_margin": ["p99 of async", "p50 of async"]}', "p99 of async, p50 of async"),
        ("", ""),
    ],
)
def test_what_is_beyond_the_margin_is_read_from_the_verdict(tmp_path, verdict, beyond):
    script = steps()["Measure and judge"].replace("scripts/gate.py", "./gate")
    (tmp_path / "gate").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "gate").chmod(0o755)
    (tmp_path / "results/gate").mkdir(parents=True)
    (tmp_path / "results/gate/verdict.json").write_text(verdict)
    output = tmp_path / "output"
    env = {**os.environ, "BASELINE": "main", "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": "/dev/null"}
    done = subprocess.run(["bash", "-ec", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert output.read_text() == f"code=3\nbeyond={beyond}\n"


@pytest.mark.parametrize(("code", "passed_on"), [("0", 0), ("1", 1), ("2", 2), ("3", 0)])
def test_only_an_inconclusive_gate_is_turned_into_a_warning(code, passed_on):
    script = steps()["Pass on the verdict"]
    done = subprocess.run(["bash", "-c", script], env={"CODE": code}, capture_output=True, text=True)
    assert done.returncode == passed_on
    assert ("::warning" in done.stdout) == (code == "3")
