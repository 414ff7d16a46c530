"""Builds by git ref: flags of the running checkout, one worktree a commit, failures in a line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from sides.repository import BuildError
from sides.sides import find_build, refuse_another_repository, release_cache

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
def repository(tmp_path: Path) -> Path:
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


def test_a_ref_is_built_once_with_the_flags_of_the_running_checkout(repository):
    said: list[str] = []
    folder, commit = find_build("works", SERVERS, repository, said.append)
    assert all((folder / "servers" / name).is_file() for name in SERVERS)
    assert commit and folder == repository / "build/gate" / commit / "build"
    assert "-DRESULT=0" in (folder / "CMakeCache.txt").read_text()
    assert find_build("works", SERVERS, repository, said.append) == (folder, commit)
    assert len(said) == 1
    # Other flags are another build.
    other = json.loads(json.dumps(PRESETS).replace("RESULT=0", "RESULT=1"))
    (repository / "CMakePresets.json").write_text(json.dumps(other))
    find_build("works", SERVERS, repository, said.append)
    assert len(said) == 2
    assert subprocess.run([folder / "servers/async_server"]).returncode == 1


def test_only_the_servers_that_are_compared_are_built_and_others_when_they_are(repository):
    one, other = ((name,) for name in SERVERS)
    programs = find_build("works", one, repository, print)[0] / "servers"
    assert not (programs / "async_server").exists()
    assert find_build("works", other, repository, print)[0] == programs.parent
    assert all((programs / name).is_file() for name in SERVERS)
    with pytest.raises(BuildError, match="fiber_server"):
        find_build("works", ("fiber_server",), repository, print)


def test_a_worktree_that_was_removed_is_made_again(repository):
    folder, _ = find_build("works", SERVERS, repository, print)
    subprocess.run(["rm", "-rf", str(folder.parent)], check=True)
    assert find_build("works", SERVERS, repository, print)[0] == folder


def test_a_commit_that_does_not_build_is_told_in_a_line(repository):
    with pytest.raises(BuildError, match=r"^[0-9a-f]{12} does not build: .*nonsense.*output is in"):
        find_build("HEAD", SERVERS, repository, print)


def test_a_folder_is_a_build_if_the_servers_are_in_it(tmp_path):
    with pytest.raises(BuildError, match="no program servers/blocking_server in it"):
        find_build(str(tmp_path), SERVERS, tmp_path, print)
    (tmp_path / "servers").mkdir()
    for name in SERVERS:
        (tmp_path / "servers" / name).touch(mode=0o755)
    assert find_build(str(tmp_path), SERVERS, tmp_path, print) == (tmp_path, None)


def test_presets_inherit():
    root = Path(__file__).resolve().parent.parent.parent
    cache = release_cache(root / "CMakePresets.json")
    assert cache["CMAKE_BUILD_TYPE"] == "Release" and "SVA_WARNINGS_AS_ERRORS" in cache


def test_a_ref_is_refused_from_within_another_repository(repository, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    other = outside / "other"
    (other / "below").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    refuse_another_repository("HEAD", repository, outside)  # in none: this one is meant
    refuse_another_repository("HEAD", repository, repository / "servers")
    refuse_another_repository(str(other), repository, other)  # a folder is what it is
    with pytest.raises(
        BuildError, match=f"'HEAD': without --serve-cmd refs are of {repository}, and you are in {other}"
    ):
        refuse_another_repository("HEAD", repository, other / "below")
