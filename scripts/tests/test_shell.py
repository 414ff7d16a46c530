"""The scripts a newcomer types: what they say before they do anything that takes long."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

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
            "--peers, --servers, --frameworks and --databases\n",
        ),
        (["test", "--quick"], "scripts/test: --quick: unknown flag: there is --fast and --all\n"),
        (["bench", "--wiat", "5s"], "bench: --wiat: unknown flag: did you mean '--wait'?\n"),
        (["bench", "hundrd"], "bench: suite 'hundrd': unknown: did you mean 'hundred'?\n"),
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
    done = run("bench", "--dry-run", "--repetitions", "1", cwd=tmp_path)
    assert done.returncode == 0 and "runs       15, 1 of each kind" in done.stdout


@pytest.fixture
def tools(tmp_path):
    """A PATH on which cmake is a fake that notes what it is asked, and a Python that notes where it is."""
    (tmp_path / "bin").mkdir()
    for name, code in {
        "cmake": '[ "$1" = --version ] && echo "cmake version 3.25.1" || echo "$PWD $*" >>"$NOTES/cmake"',
        "python": '[ "$1" = -c ] && exec /usr/bin/python3 "$@"; echo "$PWD ${*:2}" >>"$NOTES/python"',
    }.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/usr/bin/env bash\n{code}\n")
        program.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHON": str(tmp_path / "bin/python"), "NOTES": str(tmp_path)}


def test_the_bench_runs_where_it_was_called_from(tmp_path, tools):
    there = tmp_path / "there"
    there.mkdir()
    command = [str(SCRIPTS / "bench"), "mine.toml", "--output", "out"]
    done = subprocess.run(command, cwd=there, env=tools, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "python").read_text().splitlines() == [
        f"{there} --dry-run mine.toml --output out",
        f"{there} mine.toml --output out",
    ]
    assert (tmp_path / "cmake").read_text().splitlines()[
        -1
    ] == f"{SCRIPTS.parent} --workflow --preset release"


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
