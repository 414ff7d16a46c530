"""The scripts a newcomer types: what they say before they do anything that takes long."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench_sandbox import SUITE, Sandbox

SCRIPTS = Path(__file__).resolve().parent.parent


def run(*command: str, cwd: Path = SCRIPTS) -> subprocess.CompletedProcess[str]:
    command = (str(SCRIPTS / command[0]), *command[1:])
    return subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


def test_setup_changes_nothing_where_all_is_there():
    done = run("setup")
    assert (done.returncode, done.stdout) == (0, "scripts/setup: everything is there\n"), done.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (
            ["setup", "--test"],
            "scripts/setup: --test: unknown flag: there is --tests, --machines, "
            "--peers, --servers, --frameworks, --runtimes, --databases, --costs and --mpi\n",
        ),
        (["test", "--quick"], "scripts/test: --quick: unknown flag: there is --fast and --all\n"),
        (["bench", "--wiat", "5s"], "bench: --wiat: unknown flag: did you mean '--wait'?\n"),
        (["bench", "hundrd"], "bench: hundrd: no such file or suite: did you mean 'hundred'?\n"),
        (
            ["bench", "--variants", "asink"],
            "bench: --variants: 'asink' is not in the suite hundred: did you mean",
        ),
    ],
)
def test_a_wrong_flag_is_told_before_anything_is_installed_or_built(command, says):
    done = run(*command)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.startswith(says)


@pytest.mark.parametrize("command", ["setup", "test", "bench"])
def test_help_says_what_it_does(command):
    done = run(command, "--help")
    assert done.returncode == 0 and f"scripts/{command}" in done.stdout and done.stderr == ""


def test_a_dry_run_needs_no_build_and_works_from_any_folder(tmp_path):
    variants = ("--variants", "sequential,async")
    done = run("bench", "--dry-run", "--repetitions", "1", *variants, cwd=tmp_path)
    assert done.returncode == 0 and "runs       6, 1 of each kind" in done.stdout


@pytest.fixture
def tools(tmp_path):
    """A PATH on which cmake is a fake that notes what it is asked, and a Python that notes where it is.

    GOES_ON in the environment makes it Python after that, OLD_PYTHON one without tomllib; CMAKE_FAILS makes
    cmake fail.
    """
    (tmp_path / "bin").mkdir()
    for name, code in {
        "cmake": """[ "$1" = --version ] && echo "cmake version 3.25.1" && exit
            echo "$PWD $*" >>"$NOTES/cmake"; [ -z "$CMAKE_FAILS" ]""",
        "python": """[ -n "$OLD_PYTHON" ] && [ "$2" = "import tomllib" ] && exit 1
            [ "$1" = -c ] && exec /usr/bin/python3 "$@"
            echo "$PWD ${*:2}" >>"$NOTES/python"
            [ -z "$GOES_ON" ] || exec /usr/bin/python3 "$@" """,
    }.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/usr/bin/env bash\n{code}\n")
        program.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHON": str(tmp_path / "bin/python"), "NOTES": str(tmp_path)}


def bench(tmp_path: Path, tools: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    """`scripts/bench mine.toml` in the folder `there`, with fakes of the servers and the generator."""
    sandbox, there = Sandbox(tmp_path / "sandbox"), tmp_path / "there"
    there.mkdir()
    (there / "mine.toml").write_text(SUITE.format(pids=sandbox.pids, fault=""))
    flags = ["--output", "out", "--build", str(sandbox.folder / "build")]
    command = [str(SCRIPTS / "bench"), "mine.toml", *flags]
    env = {**tools, "PYTHONPATH": str(SCRIPTS), **environment}
    return subprocess.run(command, cwd=there, env=env, capture_output=True, text=True, timeout=120)


def test_the_bench_checks_builds_and_runs_where_it_was_called_from(tmp_path, tools):
    done = bench(tmp_path, tools, GOES_ON="yes")
    assert done.returncode == 0, done.stderr
    there = tmp_path / "there"
    checks, runs = (tmp_path / "python").read_text().splitlines()
    assert checks.startswith(f"{there} --before-runs install mine.toml --output out --build ")
    assert runs == checks.replace("--before-runs install ", "")
    build = f"{SCRIPTS.parent} --workflow --preset release"
    assert (tmp_path / "cmake").read_text().splitlines()[-1] == build
    assert (there / "out/latest/report.html").is_file()
    said = [line.split(":")[0].split()[0] for line in done.stdout.splitlines()[:3]]
    assert said == ["scripts/setup", "scripts/bench", "suite"]


def test_nothing_runs_without_a_build(tmp_path, tools):
    done = bench(tmp_path, tools, GOES_ON="yes", CMAKE_FAILS="yes")
    assert done.returncode == 1 and "failed: build" in done.stderr
    assert not (tmp_path / "there/out").exists()


def test_without_a_python_that_can_read_suites_setup_comes_first_and_once(tmp_path, tools):
    done = bench(tmp_path, tools, OLD_PYTHON="yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "scripts/setup: everything is there\n"
    [line] = (tmp_path / "python").read_text().splitlines()
    assert " --before-runs build mine.toml " in line


def test_a_dry_run_needs_no_package_of_python():
    command = [sys.executable, "-S", str(SCRIPTS / "bench.py"), "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def sourced(code: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    code = f"source {SCRIPTS}/machine/quietly.sh; {code}"
    return subprocess.run(["bash", "-c", code], cwd=cwd, env=env, capture_output=True, text=True, timeout=60)


def test_a_build_folder_that_was_moved_is_begun_afresh(tmp_path, tools):
    cache = tmp_path / "build/release/CMakeCache.txt"
    cache.parent.mkdir(parents=True)
    cache.write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={tmp_path}\n")
    assert sourced("afresh_if_moved release", tmp_path, tools).returncode == 0
    assert not (tmp_path / "cmake").exists()
    cache.write_text("CMAKE_HOME_DIRECTORY:INTERNAL=/where/it/was\n")
    assert sourced("afresh_if_moved release", tmp_path, tools).returncode == 0
    assert (tmp_path / "cmake").read_text() == f"{tmp_path} --fresh --preset release\n"


def test_an_old_log_is_never_shown_as_the_reason(tmp_path, tools):
    log = tmp_path / "log"
    log.write_text("the old reason\n")
    done = sourced("quietly log sh -c 'echo the new one; exit 3'", tmp_path, tools)
    assert done.returncode == 1 and "the new one" in done.stderr and "the old reason" not in done.stderr
    log.unlink()
    (log / "full").mkdir(parents=True)
    done = sourced("quietly log false", tmp_path, tools)
    assert done.returncode == 1 and "log cannot be written" in done.stderr
