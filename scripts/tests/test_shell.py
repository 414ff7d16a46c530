"""The scripts a newcomer types: what they say before they do anything that takes long."""

from __future__ import annotations

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
            "scripts/setup: --test: unknown flag: there is --tests, "
            "--peers, --servers, --frameworks and --databases\n",
        ),
        (["test", "--quick"], "scripts/test: --quick: unknown flag: the only one is --fast\n"),
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
