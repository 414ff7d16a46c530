"""This project's own servers: a folder that is built already, or a git ref built in its own worktree.

A worktree is build/gate/COMMIT, so that both paths are equally long (they end up in the binaries), and is
built with the flags of the running checkout's release preset whatever the commit's own preset says. A commit
that was built with the same flags before is not built again.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.home import IS_INSTALLED
from processes.machine import git
from sides.building import BuildError, build, is_built
from sides.repository import Repository, Tell, top_around


@dataclass(frozen=True)
class Build:
    """`folder` has servers/ in it. `commit` is None for a folder that was given as such."""

    folder: Path
    commit: str | None


def find_build(name: str, servers: Sequence[str], root: Path, tell: Tell) -> Build:
    """The build of that name with those servers in it; a git ref is built first. Raises BuildError."""
    folder = Path(name)
    if folder.is_dir():
        if lacking := _lacking(folder, servers):
            fix = "name a build folder, as build/release, or a git ref"
            raise BuildError(f"{name}: no program servers/{lacking} in it: {fix}")
        return Build(folder.resolve(), None)
    repository = own_repository(root)
    commit = repository.commit(name)
    return Build(_built(repository, commit, servers, tell), commit)


def own_repository(root: Path) -> Repository:
    return Repository(root, root / "build" / "gate")


def refuse_another_repository(name: str, root: Path, here: Path) -> None:
    """Raises BuildError for a ref where the caller stands in a repository that is not this one, or where this
    is none, but an installed copy."""
    if IS_INSTALLED and not Path(name).is_dir():
        fix = (
            "name build folders, or say how the server of that ref is started, --serve-cmd './server {port}'"
        )
        raise BuildError(f"{name!r}: an installed copy has no sources to build it from: {fix}")
    top = top_around(here)
    query = ("rev-parse", "--path-format=absolute", "--git-common-dir")  # what its worktrees share
    if top is not None and not Path(name).is_dir() and git(top, *query) != git(root, *query):
        fix = "say how its server is started, --serve-cmd './server --port {port}', and built, --build-cmd"
        raise BuildError(f"{name!r}: without --serve-cmd refs are of {root}, and you are in {top}: {fix}")


def release_cache(presets: Path) -> dict[str, str]:
    """The cache variables of the release preset, those it inherits included."""
    by_name = {p["name"]: p for p in json.loads(presets.read_text(encoding="utf-8"))["configurePresets"]}

    def variables(name: str) -> dict[str, str]:
        preset = by_name[name]
        parents = preset.get("inherits", [])
        inherited: dict[str, str] = {}
        for parent in reversed([parents] if isinstance(parents, str) else parents):
            inherited |= variables(parent)
        return inherited | preset.get("cacheVariables", {})

    return variables("release")


def _built(repository: Repository, commit: str, servers: Sequence[str], tell: Tell) -> Path:
    """The build folder of a commit; reused if it was built with the same flags and has those servers."""
    folder = repository.home / commit / "build"
    mark, log = folder / "gate.json", repository.home / f"{commit}.log"
    try:
        cache = release_cache(repository.top / "CMakePresets.json")
    except (OSError, ValueError, KeyError) as error:
        raise BuildError(f"CMakePresets.json: no release preset can be read from it ({error!r})") from None
    wanted = {"commit": commit, "cache": cache}
    if is_built(mark, wanted) and not _lacking(folder, servers):
        return folder
    tree = repository.worktree(commit)
    tell(f"building {commit[:12]} in {folder} (some minutes)")
    settings = [f"-D{name}={value}" for name, value in cache.items()]
    configure = ["cmake", "--fresh", "-S", str(tree), "-B", str(folder), "-G", "Ninja", *settings]
    make = ["cmake", "--build", str(folder), "--target", *servers]
    try:
        build([configure, make], None, log, mark, wanted)
    except BuildError as error:
        raise BuildError(f"{commit[:12]} {error}") from None
    return folder


def _lacking(folder: Path, servers: Sequence[str]) -> str | None:
    """The first of those servers that the build folder has not."""
    return next((name for name in servers if not os.access(folder / "servers" / name, os.X_OK)), None)
