"""The action that gates anyone's repository: its steps, as GitHub runs them, in one made for the test."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from foreign import CLEAN, ForeignRepository
from workflow_steps import ROOT, Runner, read

ACTION = ROOT / ".github/actions/gate"
FAST = "--block 200ms --warm-up 20ms --connections 4 --start-limit 5s"
SERVER = Path(__file__).parent / "broken_server.py"
BUILD = "test -f server.py && cp server.py built.py"
SERVE = f"cd . && {sys.executable} built.py --port {{port}} $(sh flags)"
# Slower each third time it is started.
UNSTEADY = "n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) >n; test $((n % 3)) != 0 || echo --cost-us 300"

needs_build = pytest.mark.skipif(
    not (ROOT / "build/release/loadgen/loadgen").is_file(), reason="build/release is not built"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> ForeignRepository:
    """Commits that are what their tags say, each against `first`."""
    repository = ForeignRepository(tmp_path_factory.mktemp("foreign") / "server")
    repository.commit({"server.py": SERVER.read_text(), "flags": ""}, tag="first")
    repository.commit({"README": "nothing that is served"}, tag="same")
    repository.commit({"flags": "echo --cost-us 300"}, tag="slower")
    repository.commit({"flags": UNSTEADY}, tag="unsteady")
    repository.git("rm", "--quiet", "server.py")
    repository.commit({"flags": ""}, tag="broken")
    return repository


@pytest.fixture
def run_action(made: ForeignRepository, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path):
    def run(action: Path = ACTION, **inputs: str) -> tuple[int, Runner]:
        """All steps but the one that installs; ends at the first that fails."""
        description = read(ACTION / "action.yml")
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(given) <= set(description["inputs"])
        usual = {name: each["default"] for name, each in description["inputs"].items()}
        environment = {
            **os.environ,
            **CLEAN,
            "GITHUB_ACTION_PATH": str(action),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "RUNNER_TEMP": str(tmp_path),
            # One for all tests, as on a machine of one's own: what was built once is built.
            "XDG_CACHE_HOME": str(tmp_path_factory.getbasetemp() / "action-cache"),
        }
        known = {f"inputs.{name}": value for name, value in {**usual, **given}.items()}
        runner, code = Runner(made.folder, environment, known, tmp_path / "output"), 0
        for step in description["runs"]["steps"][1:]:
            if code := runner.run(step):
                break
        outputs = {name: runner.filled(each["value"]) for name, each in description["outputs"].items()}
        runner.outputs = outputs
        return code, runner

    return run


@needs_build
@pytest.mark.parametrize(
    ("candidate", "margin", "budget", "code", "verdict", "says"),
    [
        ("same", "50%", "60s", 0, "not regressed", "Performance gate: not regressed"),
        ("slower", "20%", "60s", 1, "regressed", "capacity"),
        pytest.param(
            *("unsteady", "20%", "30s", 0, "inconclusive", "::warning title=Performance gate::inconclusive"),
            marks=pytest.mark.slow,
        ),
        ("broken", "20%", "60s", 2, "failed", "gate: --candidate: [0-9a-f]{12} does not build: "),
    ],
)
def test_each_verdict_ends_the_job_as_it_should(
    made, run_action, tmp_path, candidate, margin, budget, code, verdict, says
):
    before = made.git("status", "--porcelain", "--ignored")
    ended, runner = run_action(
        baseline="first",
        candidate=candidate,
        build_cmd=BUILD,
        serve_cmd=SERVE,
        margin=margin,
        flags=f"{FAST} --budget {budget} --seed 3",
    )
    assert (ended, runner.outputs["verdict"]) == (code, verdict), runner.said
    assert re.search(says, runner.said) and "runs through sh -c" in runner.said
    assert f"Performance gate: {verdict}" in (tmp_path / "summary.md").read_text()
    assert Path(runner.outputs["recording"], "gate.xml").is_file()
    assert made.git("status", "--porcelain", "--ignored") == before


# What the shell makes of how gate.py and costs.py end: in their place, programs that end so.


def ending(folder: Path, name: str, code: int, verdict: str | None = None) -> None:
    """A command that notes its flags and ends with the code, as if it had come to the verdict."""
    lines = [f'printf "%s\\n" "$@" > {folder}/{name}.flags', 'while [ "$1" != --markdown ]; do shift; done']
    lines += [f'echo "the report of {name}" > "$2"']
    if verdict:
        lines += [f"""printf '%s' '{verdict}' > "$(dirname "$2")/verdict.json" """]
    path = folder / f"scripts/{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, f"exit {code}"]))
    path.chmod(0o755)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The action, where it finds other scripts."""
    folder = tmp_path / "copy/.github/actions/gate"
    folder.parent.mkdir(parents=True)
    subprocess.run(["cp", "-r", str(ACTION), str(folder)], check=True)
    return folder


def beyond(*names: str) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return f'{{"verdict": "inconclusive", "advisory_beyond_margin": [{listed}]}}'


@pytest.mark.parametrize(
    ("verdict", "code", "says"),
    [
        (beyond(), 0, "::warning title=Performance gate::inconclusive"),
        (beyond("p99 of a", "p50 of a"), 3, "::error .*worse by more than the margin: p99 of a, p50 of a"),
    ],
)
def test_where_it_cannot_tell_it_is_green_unless_what_is_shown_is_worse(
    run_action, copied, verdict, code, says
):
    ending(copied.parents[2], "gate", 3, verdict)
    ended, runner = run_action(copied, baseline="first", serve_cmd="x {port}")
    assert ended == code and re.search(says, runner.said)


@pytest.mark.parametrize(
    ("in_time", "counted", "ends", "verdict"),
    [
        (0, 0, 0, "not regressed"),
        (0, 1, 1, "regressed"),
        (0, 2, 2, "failed"),
        (3, 1, 1, "regressed"),
        (3, 0, 0, "not regressed"),
        (1, 2, 1, "not regressed"),
        (2, 1, 2, "not regressed"),
    ],
)
def test_counts_that_rose_fail_what_did_not_take_longer(
    run_action, copied, tmp_path, in_time, counted, ends, verdict
):
    ending(tmp_path / "copy", "gate", in_time, '{"verdict": "not regressed", "advisory_beyond_margin": []}')
    ending(tmp_path / "copy", "costs", counted)
    flags = {
        "baseline": "first",
        "build_cmd": "make -j2",
        "serve_cmd": "a b {port}",
        "target": "/p",
        "costs": "true",
    }
    ended, runner = run_action(copied, **flags)
    assert (ended, runner.outputs["verdict"]) == (ends, verdict), runner.said
    assert (tmp_path / "summary.md").read_text() == "the report of gate\nthe report of costs\n"
    asked = (tmp_path / "copy/costs.flags").read_text().split("\n")
    assert asked[:8] == [
        "--baseline",
        "first",
        "--candidate",
        "HEAD",
        "--build-cmd",
        "make -j2",
        "--serve-cmd",
        "a b {port}",
    ]
    assert asked[8:10] == ["--target", "/p"]


def test_more_flags_are_words_as_a_shell_has_them(run_action, copied, tmp_path):
    ending(tmp_path / "copy", "gate", 0)
    run_action(copied, baseline="first", flags="--budget 5m --header 'X: y z'")
    assert "--budget\n5m\n--header\nX: y z\n" in (tmp_path / "copy/gate.flags").read_text()


def test_without_a_pull_request_the_baseline_is_the_last_tag(run_action, copied, tmp_path, made):
    ending(tmp_path / "copy", "gate", 0)
    run_action(copied)
    assert (tmp_path / "copy/gate.flags").read_text().startswith("--baseline\nbroken\n")
    untagged = ForeignRepository(tmp_path / "untagged")
    untagged.commit({"file": ""})
    made = Runner(untagged.folder, {**os.environ, "RUNNER_TEMP": str(tmp_path)}, {}, tmp_path / "output")
    step = read(ACTION / "action.yml")["runs"]["steps"][1] | {"env": {}}
    made.environment["GITHUB_ACTION_PATH"] = str(copied)
    assert (
        made.run(step) == 2
        and "::error title=Performance gate::baseline: this is no pull request" in made.said
    )


def test_what_it_installs_is_there():
    step = read(ACTION / "action.yml")["runs"]["steps"][0]
    assert step["run"] == 'bash "$GITHUB_ACTION_PATH/install.sh"'
    script = (ACTION / "install.sh").read_text()
    assert (ROOT / "scripts/setup").stat().st_mode & stat.S_IXUSR and "\nscripts/setup " in script
    for path in ACTION.glob("*.sh"):
        assert subprocess.run(["bash", "-n", str(path)]).returncode == 0
        assert path.stat().st_mode & stat.S_IXUSR
