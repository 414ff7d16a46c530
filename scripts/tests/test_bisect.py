"""scripts/bisect.py as a whole, in a small repository: real servers, exit codes, nothing left running."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import slow_history
from waiting import is_running, noted_pids, until

TESTS = Path(__file__).resolve().parent
SCRIPTS = TESTS.parent
RELEASE = SCRIPTS.parent / "build" / "release"
FAST = "--block 200ms --slice 20ms --warm-up 20ms --connections 4 --start-limit 5s --batch 2".split()
FAST += ["--budget", "5m", "--seed", "5", "--margin", "20%", "--no-costs"]

needs_build = pytest.mark.skipif(
    not (RELEASE / "loadgen/loadgen").is_file(), reason="build/release is not built"
)


class History:
    """A repository whose commits have a server, what it burns in each request, and how its build ends."""

    def __init__(self, folder: Path):
        self.top, self.pids = folder / "repository", folder / "pids"
        self.top.mkdir()
        self.git("init", "--quiet", "--initial-branch", "main")
        shutil.copy(TESTS / "broken_server.py", self.top / "server.py")
        self.names = []

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@localhost", "-c", "core.hooksPath=/dev/null")
        command = ["git", "-C", str(self.top), *who, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, subject: str, **files: str) -> str:
        """Adds a commit that changes these files, or a line of the README."""
        with (self.top / "README").open("a") as readme:
            readme.write(f"{subject}\n")
        for name, text in files.items():
            (self.top / name).write_text(text)
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", subject)
        self.names.append(self.git("rev-parse", "HEAD"))
        return self.names[-1]

    def command(self, *flags: str | Path, batch: tuple[str, ...] = ()) -> list[str]:
        serve = f"{sys.executable} server.py --port {{port}} --pids {self.pids} --cost-us $(cat cost)"
        how = ["--build-cmd", "cat build && sh build", "--serve-cmd", serve, *FAST]
        return [sys.executable, str(SCRIPTS / "bisect.py"), *how, *map(str, flags)]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "XDG_CACHE_HOME": str(self.top.parent / "cache")}

    def bisect(self, *flags: str | Path) -> subprocess.CompletedProcess[str]:
        streams = {"capture_output": True, "text": True, "timeout": 240}
        done = subprocess.run(self.command(*flags), cwd=self.top, env=self.environment, **streams)
        assert "Traceback" not in done.stderr, done.stderr
        assert not any(is_running(pid) for pid in noted_pids(self.pids))
        return done


@pytest.fixture
def history(tmp_path) -> History:
    made = History(tmp_path)
    made.commit("A server", cost="100", build="exit 0")
    return made


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [*csv.DictReader(file)]


@needs_build
def test_the_commit_is_named_and_those_that_cannot_be_measured_are_skipped(tmp_path, history):
    history.commit("Say hello")
    history.commit("Say goodbye")
    slow = history.commit("Count to a million | twice", cost="500")
    history.commit("Forget a semicolon", build="echo 'server.c:3: error: expected ;' && exit 1")
    history.commit("Forget what it costs", build="exit 0", cost="nothing")
    history.commit("Remember both", cost="500")
    page, out = tmp_path / "bisect.md", tmp_path / "out"
    good, bad = history.names[0], history.names[-1]
    done = history.bisect(good, bad, "--markdown", page, "--output", out)
    assert done.returncode == 0, done.stdout + done.stderr
    chance = re.search(rf"{slow[:12]} made it slower, with a probability of (> )?0\.9\d", done.stdout)
    assert chance, done.stdout
    assert re.search(r"Count to a million \| twice \(Ada, \d{4}-\d\d-\d\d\)", done.stdout)
    assert re.search(r"\ncapacity -[5-9]\d\.\d % \[-[5-9]\d\.\d, -[4-9]\d\.\d\]\n", done.stdout)
    found = json.loads((out / "posterior.json").read_text())
    assert found["suspects"][0]["commits"] == [slow] and found["exit_code"] == 0
    skipped = {commit["commit"]: commit["skipped"] for commit in found["commits"] if commit["skipped"]}
    assert set(skipped) <= set(history.names[4:6])
    assert all(re.search("error: expected ;|did not start", reason) for reason in skipped.values())
    assert f"history `{good[:12]}..{bad[:12]}`; metric `capacity of command`" in page.read_text()
    assert f"**{slow[:12]}**" in page.read_text() and "Count to a million \\| twice" in page.read_text()
    # What is there is enough: nothing is measured again.
    started = len(noted_pids(history.pids))
    again = history.bisect(good, bad, "--output", out)
    assert (again.returncode, len(noted_pids(history.pids))) == (0, started)
    other = history.bisect(good, bad, "--output", out, "--connections", "5")
    assert other.returncode == 2 and "has blocks of a bisect with connections 4, not 5" in other.stderr


@needs_build
def test_where_the_culprit_does_not_build_its_neighbours_are_named_with_it(tmp_path, history):
    broken = history.commit("Slower, and broken", cost="600", build="exit 1")
    mended = history.commit("Mended", build="exit 0")
    history.commit("Say hello")
    done = history.bisect(history.names[0], "HEAD", "--output", tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "one of 2 commits made it slower" in done.stdout
    assert "all but the last of them were skipped: nothing tells them from it" in done.stdout
    found = json.loads((tmp_path / "out/posterior.json").read_text())
    assert found["suspects"][0]["commits"] == [broken, mended]


@needs_build
def test_where_nothing_became_slower_it_says_so_and_looks_for_nothing(tmp_path, history):
    for subject in ("Say hello", "Say goodbye", "Say nothing"):
        history.commit(subject)
    done = history.bisect(history.names[0], "main", "--output", tmp_path / "out")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "nothing became slower by 20.0 % or more, with a probability of" in done.stdout
    measured = [path.parent.name for path in (tmp_path / "out").glob("commits/*/summary.csv")]
    assert measured == [f"0003-{history.names[-1][:12]}"]


@needs_build
def test_an_interrupted_bisect_leaves_nothing_running_and_goes_on_from_there(tmp_path, history):
    history.commit("Say hello")
    slow = history.commit("Slower", cost="600")
    out = tmp_path / "out"
    flags = (history.names[0], "HEAD", "--output", out)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(history.command(*flags), cwd=history.top, env=history.environment, **streams)
    try:
        summary = until(lambda: [*out.glob("commits/*/summary.csv")], "the first block")[0]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "interrupted; no server is left running; the same command with --output" in errors
    assert not any(is_running(pid) for pid in noted_pids(history.pids))
    before = rows(summary)
    done = history.bisect(*flags)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{slow[:12]} made it slower" in done.stdout
    assert rows(summary)[: len(before)] == before


@pytest.mark.slow
@needs_build
def test_it_ends_with_what_a_request_costs_before_the_commit_and_after_it(tmp_path):
    made = slow_history.make(tmp_path / "repository", seed=1)
    page = tmp_path / "bisect.md"
    ends = made.names[made.begin - 1 : made.begin + 1]
    how = ["--build-cmd", slow_history.BUILD, "--serve-cmd", slow_history.SERVE, "--budget", "5m"]
    command = [sys.executable, str(SCRIPTS / "bisect.py"), *ends, *how, "--markdown", str(page)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    streams = {"capture_output": True, "text": True, "timeout": 300}
    done = subprocess.run(command, cwd=made.top, env=environment, **streams)
    assert done.returncode == 0, done.stdout + done.stderr
    costs = page.read_text().partition("### ❌ Costs per request: grew")[2]
    assert f"baseline `{ends[0][:12]}`; candidate `{ends[1][:12]}`" in costs
    assert re.search(r"\| \*\*instructions\*\* \|.*\+[4-7]\.\d\d %", costs), costs
    assert re.search(r"churn|reply_to", costs)


@needs_build
@pytest.mark.parametrize(
    ("build", "says"), [("exit 1", "does not build"), ("echo nothing > cost", "did not start")]
)
def test_without_a_bad_that_can_be_measured_there_is_nothing_to_look_for(tmp_path, history, build, says):
    history.commit("Say hello")
    history.commit("Broken", build=build)
    done = history.bisect(history.names[0], "HEAD", "--output", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("bisect: BAD: ") and says in done.stderr and done.stderr.count("\n") == 1


@needs_build
def test_wrong_ends_are_a_line_that_names_them(history):
    first = history.names[0]
    history.git("checkout", "--quiet", "-b", "aside")
    history.commit("Aside")
    history.git("checkout", "--quiet", "main")
    history.commit("Ahead")
    for ends, says in (
        (("no-such-ref", "HEAD"), "GOOD: 'no-such-ref' is no commit of "),
        (("HEAD", "HEAD"), "GOOD and BAD: HEAD and HEAD are one commit: name two"),
        (("aside", "main"), f"GOOD: aside is no ancestor of main: name an ancestor, such as {first[:12]}"),
        (("HEAD", first), f"GOOD: HEAD is no ancestor of {first}"),
        ((first,), "GOOD and BAD: name both"),
        ((first, "HEAD", "x"), "'x': name GOOD and BAD, and nothing else"),
        ((first, "HEAD", "--confidence", "1"), "--confidence: '1' is not a probability"),
        ((first, "HEAD", "--metric", "p98"), "--metric: 'p98': did you mean 'p99'?"),
        ((first, "HEAD", "--cells", "async"), "--cells: names variants of ours"),
        ((first, "HEAD", "--markdown", history.top), "--markdown: "),
    ):
        done = history.bisect(*ends)
        assert (done.returncode, done.stdout) == (2, ""), done.stdout
        assert says in done.stderr, done.stderr
