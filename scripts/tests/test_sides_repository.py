"""Anyone's repository: a worktree for each commit, outside of the caller's, built by the caller's command."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from foreign import ForeignRepository
from sides.repository import BuildError
from sides.repository import Repository
from waiting import is_running, noted_pids, until

SCRIPTS = Path(__file__).resolve().parent.parent
BUILD = "cat word > built && echo once >> ../builds"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def made(tmp_path: Path) -> ForeignRepository:
    repository = ForeignRepository(tmp_path / "their-server")
    repository.commit({"word": "one\n", "app/main": ""}, tag="one")
    repository.commit({"word": "two\n"}, tag="two")
    return repository


def built(repository: Repository, ref: str, command: str | None = BUILD) -> Path:
    return repository.build(repository.commit(ref), command, lines_of(command), print)


def lines_of(command: str | None) -> list[list[str]]:
    return [["sh", "-c", command]] if command else []


def builds(repository: Repository) -> int:
    return len((repository.home / "builds").read_text().splitlines())


def test_each_commit_is_built_in_a_folder_of_its_own_outside_of_the_repository(made, cache):
    repository = Repository.around(made.folder / "app")  # from anywhere within it
    one, two = built(repository, "one"), built(repository, "HEAD")
    assert [(tree / "built").read_text() for tree in (one, two)] == ["one\n", "two\n"]
    assert one.parent == two.parent and re.fullmatch("their-server-[0-9a-f]{12}", one.parent.name)
    assert one.parent.parent == cache / "sync-vs-async" and len(str(one)) == len(str(two))
    assert one.name == made.git("rev-parse", "one")


def test_the_callers_work_tree_and_branches_stay_as_they_were(made):
    (made.folder / "word").write_text("three, not committed\n")
    (made.folder / "staged").write_text("")
    made.git("add", "staged")

    def state() -> list[str]:
        return [made.git("status", "--porcelain"), made.git("for-each-ref"), made.git("diff", "--cached")]

    before = state()
    built(Repository.around(made.folder), "one")
    built(Repository.around(made.folder), "HEAD")
    assert state() == before and (made.folder / "word").read_text().startswith("three")


def test_a_commit_is_built_once_by_each_command(made):
    repository = Repository.around(made.folder)
    told: list[str] = []
    for _ in range(2):
        tree = repository.build(repository.commit("one"), BUILD, lines_of(BUILD), told.append)
    assert builds(repository) == 1 and len(told) == 1 and "building " in told[0]
    (tree / "half-built").write_text("")
    built(repository, "one", BUILD + '; test ! -e half-built; test -z "$(git status --porcelain word)"')
    assert builds(repository) == 2  # and nothing of the first is left
    assert (
        built(repository, "one", None) == tree and not (tree / "built").exists()
    )  # there is nothing to build


def test_worktrees_of_one_repository_share_what_is_built(made, tmp_path):
    made.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"), "one")
    assert Repository.around(tmp_path / "beside").home == Repository.around(made.folder).home


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            "echo working; echo 'x.c:3: error: no such thing' >&2; echo more; exit 2",
            "x.c:3: error: no such thing",
        ),
        ("echo the last word; false", "the last word"),
        ("exit 3", "sh exited with 3"),
        ("cd nowhere && make", "nowhere"),
        ("echo 'Traceback'; echo 'ModuleNotFoundError: none'; echo; exit 1", "ModuleNotFoundError: none"),
    ],
)
def test_a_build_that_fails_is_told_in_a_line_and_tried_again(made, command, told):
    repository = Repository.around(made.folder)
    for _ in range(2):
        with pytest.raises(BuildError) as failed:
            built(repository, "one", command)
        [line] = failed.value.mistakes
        assert line.startswith(f"{made.git('rev-parse', 'one')[:12]} does not build: ") and told in line
        log = re.search(r"; the whole output is in (\S+)$", line)
        assert log and Path(log[1]).is_file()
    assert (built(repository, "one") / "built").is_file()


def test_a_build_within_a_hook_is_of_its_own_worktree(made, monkeypatch):
    before = made.git("diff", "--cached", "--name-only")
    monkeypatch.setenv("GIT_DIR", str(made.folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(made.folder / ".git/index"))
    tree = built(Repository.around(made.folder), "one", "git rev-parse HEAD > built")
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert (tree / "built").read_text().strip() == tree.name
    assert made.git("diff", "--cached", "--name-only") == before


def test_hooks_of_the_repository_are_not_run(made, tmp_path):
    hook = made.folder / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    built(Repository.around(made.folder), "one")
    assert not (tmp_path / "hooked").exists()


def test_what_is_left_of_a_repository_that_went_is_made_anew(made, tmp_path):
    shutil.copytree(made.folder, tmp_path / "copy")
    tree = built(Repository.around(made.folder), "one")
    shutil.rmtree(made.folder)
    shutil.move(tmp_path / "copy", made.folder)  # as a fresh clone with an old cache
    (tree / "built").unlink()
    again = built(Repository.around(made.folder), "one")
    assert again == tree and (again / "built").is_file()


def test_a_worktree_that_went_is_built_again_whatever_was_noted(made):
    repository = Repository.around(made.folder)
    shutil.rmtree(built(repository, "one"))
    assert (built(repository, "one") / "built").is_file() and builds(repository) == 2


def test_what_is_no_commit_is_refused(made, tmp_path):
    for ref in ("nowhere", "--all", ""):
        with pytest.raises(BuildError, match="is neither a commit of .*their-server nor a folder"):
            Repository.around(made.folder).commit(ref)
    with pytest.raises(BuildError, match="is in no git repository"):
        Repository.around(tmp_path)


def test_what_a_build_leaves_running_ends_with_it(made):
    tree = built(Repository.around(made.folder), "one", "sleep 1000 & echo $! > built")
    pid = (tree / "built").read_text().strip()
    assert subprocess.run(["kill", "-0", pid], capture_output=True).returncode != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_build_ends_with_whoever_asked_for_it(made, tmp_path, number):
    pids = tmp_path / "pids"
    command = f"sleep 1000 & echo $! $$ > {pids}; wait"
    code = "import sys; from pathlib import Path; from sides.repository import Repository as R\n"
    code += "r = R.around(Path.cwd())\nr.build(r.commit('one'), '', [['sh', '-c', sys.argv[1]]], print)"
    asking = subprocess.Popen(
        [sys.executable, "-c", code, command],
        cwd=made.folder,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stderr=subprocess.DEVNULL,
    )
    try:
        running = until(lambda: noted_pids(pids), "the build")
        asking.send_signal(number)
        assert asking.wait(timeout=60) != 0
    finally:
        asking.kill()
    until(lambda: not any(is_running(pid) for pid in running), "the end of the build")
