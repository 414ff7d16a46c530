"""Builds by git ref: flags of the running checkout, one worktree a commit, failures in a line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sides.asked import AskedSides
from sides.repository import BuildError
from sides.sides import release_cache, repository_of, side_at

SERVERS = ("blocking_server", "async_server")
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
foreach(name blocking_server async_server)
    file(WRITE ${PROJECT_BINARY_DIR}/${name}.cpp "int main() { return RESULT; }")
    add_executable(${name} ${PROJECT_BINARY_DIR}/${name}.cpp)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/servers)
endforeach()
"""
PRESETS = {
    "version": 6,
    "configurePresets": [
        {"name": "base", "hidden": True, "cacheVariables": {"CMAKE_CXX_FLAGS": "-DRESULT=0"}},
        {"name": "release", "inherits": "base", "cacheVariables": {"CMAKE_BUILD_TYPE": "Release"}},
    ],
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of this one, from within."""
    monkeypatch.setattr("sides.sides.ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    (tmp_path / ".gitignore").write_text("/build/\n")
    (tmp_path / "CMakeLists.txt").write_text(CMAKE)
    (tmp_path / "CMakePresets.json").write_text(json.dumps(PRESETS))
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "works")
    git("tag", "works")
    (tmp_path / "CMakeLists.txt").write_text(CMAKE.replace("return RESULT", "return nonsense"))
    git("commit", "--quiet", "--all", "--message", "broken")
    return tmp_path


def built(ref: str | Path, *cells: str, tell: Callable[[str], None] = print) -> Path:
    """The build of those cells; of the gate's own where none is named."""
    name, place = side_at(AskedSides(cells=cells or None), "--candidate", str(ref), tell)
    assert name.startswith(str(ref))
    return place


def test_a_ref_is_built_once_with_the_flags_of_the_running_checkout(repository):
    said: list[str] = []
    folder = built("works", tell=said.append)
    assert all((folder / "servers" / name).is_file() for name in SERVERS)
    query = ["git", "-C", str(repository), "rev-parse", "works"]
    commit = subprocess.run(query, check=True, capture_output=True, text=True).stdout.strip()
    assert folder == repository / "build/gate" / commit / "build"
    assert "-DRESULT=0" in (folder / "CMakeCache.txt").read_text()
    side = side_at(AskedSides(), "--candidate", "works", said.append)
    assert side == (f"works ({commit[:12]})", folder)
    assert len(said) == 1
    # Other flags are another build.
    other = json.loads(json.dumps(PRESETS).replace("RESULT=0", "RESULT=1"))
    (repository / "CMakePresets.json").write_text(json.dumps(other))
    built("works", tell=said.append)
    assert len(said) == 2
    assert subprocess.run([folder / "servers/async_server"]).returncode == 1


def test_only_the_servers_that_are_compared_are_built_and_others_when_they_are(repository):
    programs = built("works", "thread-per-request") / "servers"
    assert (programs / "blocking_server").is_file() and not (programs / "async_server").exists()
    assert built("works", "async") == programs.parent
    assert all((programs / name).is_file() for name in SERVERS)
    with pytest.raises(BuildError, match="fiber_server"):
        built("works", "fiber")


def test_a_worktree_that_was_removed_is_made_again(repository):
    folder = built("works")
    subprocess.run(["rm", "-rf", str(folder.parent)], check=True)
    assert built("works") == folder


def test_a_commit_that_does_not_build_is_told_in_a_line(repository):
    fault = r"^--candidate: [0-9a-f]{12} does not build: .*nonsense.*output is in"
    with pytest.raises(BuildError, match=fault):
        built("HEAD")


def test_a_folder_is_a_build_if_the_servers_are_in_it(tmp_path):
    with pytest.raises(BuildError, match="no program servers/async_server in it"):
        built(tmp_path)
    (tmp_path / "servers").mkdir()
    for name in SERVERS:
        (tmp_path / "servers" / name).touch(mode=0o755)
    assert built(tmp_path) == tmp_path


def test_presets_inherit():
    root = Path(__file__).resolve().parent.parent.parent
    cache = release_cache(root / "CMakePresets.json")
    assert cache["CMAKE_BUILD_TYPE"] == "Release" and "SVA_WARNINGS_AS_ERRORS" in cache


def test_a_ref_is_refused_from_within_another_repository(repository, tmp_path_factory, monkeypatch):
    outside = tmp_path_factory.mktemp("outside")
    other = outside / "other"
    for folder in (other / "below", repository / "servers"):
        folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    for here in (outside, repository / "servers"):  # in none: this one is meant
        monkeypatch.chdir(here)
        assert repository_of(AskedSides()).top == repository
    monkeypatch.chdir(other / "below")
    with pytest.raises(BuildError, match=f"{other}: no program servers/"):  # a folder is what it is
        built(other)
    fault = f"--candidate: without --serve-cmd refs are of {repository}, and you are in {other}"
    with pytest.raises(BuildError, match=fault):
        built("HEAD")
