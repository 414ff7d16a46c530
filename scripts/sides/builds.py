"""This project's own servers: a folder that is built already, or a git ref built in its own worktree.

A worktree is build/gate/COMMIT, so that both paths are equally long (they end up in the binaries), and is
built with the flags of the running checkout's release preset whatever the commit's own preset says. A commit
that was built with the same flags before is not built again.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from cli.home import IS_INSTALLED
from processes.machine import git
from sides.repository import BuildError, Repository, Tell, top_around


def find_build(name: str, servers: Sequence[str], root: Path, tell: Tell) -> tuple[Path, str | None]:
    """The folder of that name, which has servers/ with those in it; of a git ref, which is built first, also
    the commit. Raises BuildError."""
    folder = Path(name)
    if folder.is_dir():
        if lacking := _lacking(folder, servers):
            fix = "name a build folder, as build/release, or a git ref"
            raise BuildError(f"{name}: no program servers/{lacking} in it: {fix}")
        return folder.resolve(), None
    repository = own_repository(root)
    commit = repository.commit(name)
    try:
        cache = release_cache(root / "CMakePresets.json")
    except (OSError, ValueError, KeyError) as error:
        raise BuildError(f"CMakePresets.json: no release preset can be read from it ({error!r})") from None
    tree, wanted = repository.worktree(commit), {"commit": commit, "cache": cache}
    folder = tree / "build"
    if not repository.has_built(commit, wanted) or _lacking(folder, servers):
        tell(f"building {commit[:12]} in {folder} (some minutes)")
        settings = [f"-D{name}={value}" for name, value in cache.items()]
        configure = ["cmake", "--fresh", "-S", str(tree), "-B", str(folder), "-G", "Ninja", *settings]
        make = ["cmake", "--build", str(folder), "--target", *servers]
        repository.build(commit, [configure, make], wanted)
    return folder, commit


def own_repository(root: Path) -> Repository:
    return Repository(root, root / "build" / "gate")


def refuse_another_repository(name: str, root: Path, here: Path) -> None:
    """Raises BuildError for a ref where the caller stands in a repository that is not this one, or where this
    is none, but an installed copy."""
    if Path(name).is_dir():
        return
    if IS_INSTALLED:
        fix = (
            "name build folders, or say how the server of that ref is started, --serve-cmd './server {port}'"
        )
        raise BuildError(f"{name!r}: an installed copy has no sources to build it from: {fix}")
    top = top_around(here)
    query = ("rev-parse", "--path-format=absolute", "--git-common-dir")  # what its worktrees share
    if top is not None and git(top, *query) != git(root, *query):
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


def _lacking(folder: Path, servers: Sequence[str]) -> str | None:
    """The first of those servers that the build folder has not."""
    return next((name for name in servers if not os.access(folder / "servers" / name, os.X_OK)), None)
