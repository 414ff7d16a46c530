"""The two builds a gate compares: a folder that is built already, or a git ref built in its own worktree.

A worktree is build/gate/COMMIT, so that both paths are equally long (they end up in the binaries), and is
built with the flags of the running checkout's release preset whatever the commit's own preset says. A commit
that was built with the same flags before is not built again.
"""

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandFailed
from processes.machine import git

SERVERS = ("blocking_server", "async_server")

_MOST_BUILD_S = 3600.0


class BuildError(CommandFailed):
    """A side cannot be built: the flag, what was wrong, and the fix, in a line."""


@dataclass(frozen=True)
class Build:
    """`folder` has servers/ in it. `commit` is None for a folder that was given as such."""

    name: str
    folder: Path
    commit: str | None


def find_build(flag: str, name: str, root: Path, say: Callable[[str], None]) -> Build:
    """The build that a flag names; a git ref is built first. Raises BuildError."""
    folder = Path(name)
    if folder.is_dir():
        if missing := [s for s in SERVERS if not os.access(folder / "servers" / s, os.X_OK)]:
            fix = "name a build folder, as build/release, or a git ref"
            raise BuildError(f"{flag}: {name}: no program servers/{missing[0]} in it: {fix}")
        return Build(name, folder.resolve(), None)
    commit = git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if commit is None:
        fix = "name a ref that `git rev-parse` knows (a shallow clone has few), or a build folder"
        raise BuildError(f"{flag}: {name!r} is neither a commit of this repository nor a build folder: {fix}")
    return Build(name, _built(flag, commit, root, say), commit)


def refuse_another_repository(flag: str, name: str, root: Path, here: Path) -> None:
    """Raises BuildError for a ref where the caller stands in a repository that is not this one."""
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    query = ("rev-parse", "--path-format=absolute", "--git-common-dir")  # what its worktrees share
    if top is not None and not Path(name).is_dir() and git(top, *query) != git(root, *query):
        fix = "gate two commands there, --baseline-cmd and --candidate-cmd"
        raise BuildError(f"{flag}: {name!r}: refs are of {root}, and you are in {top}: {fix}")


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


def _built(flag: str, commit: str, root: Path, say: Callable[[str], None]) -> Path:
    """The build folder of a commit; reused if it was built with the same flags."""
    tree = root / "build" / "gate" / commit
    build = tree / "build"
    try:
        cache = release_cache(root / "CMakePresets.json")
    except (OSError, ValueError, KeyError) as error:
        raise BuildError(f"CMakePresets.json: no release preset can be read from it ({error!r})") from None
    wanted = {"commit": commit, "cache": cache}
    done, servers = build / "gate.json", [build / "servers" / name for name in SERVERS]
    with contextlib.suppress(OSError, ValueError):  # it was not built before, or not to its end
        was = json.loads(done.read_text(encoding="utf-8"))
        if was == wanted and all(os.access(server, os.X_OK) for server in servers):
            return build
    if not (tree / ".git").exists():
        git(root, "worktree", "prune")
        if git(root, "worktree", "add", "--force", "--detach", str(tree), commit) is None:
            fix = "remove what is there, or free space"
            raise BuildError(f"{flag}: git cannot make a worktree in {tree}: {fix}")
    say(f"building {commit[:12]} in {build} (some minutes)")
    done.unlink(missing_ok=True)
    log = root / "build" / "gate" / f"{commit}.log"
    settings = [f"-D{name}={value}" for name, value in cache.items()]
    for command in (
        ["cmake", "--fresh", "-S", str(tree), "-B", str(build), "-G", "Ninja", *settings],
        ["cmake", "--build", str(build), "--target", *SERVERS],
    ):
        if (words := _run(command, log)) is not None:
            raise BuildError(f"{flag}: {commit[:12]} does not build: {words}; the whole output is in {log}")
    done.write_text(json.dumps(wanted), encoding="utf-8")
    return build


def _run(command: list[str], log: Path) -> str | None:
    """None if the command succeeded, otherwise the line of its output that best says why it failed."""
    try:
        log.unlink(missing_ok=True)  # an earlier build's errors must not be shown as this one's
        with log.open("wb") as file:
            streams = {"stdin": subprocess.DEVNULL, "stdout": file, "stderr": subprocess.STDOUT}
            done = subprocess.run(command, timeout=_MOST_BUILD_S, **streams)
    except OSError as error:
        if error.filename == command[0]:
            return f"{command[0]} is not installed: scripts/setup installs it"
        return f"{log}: {error.strerror}"
    except subprocess.TimeoutExpired:
        return f"it was not done within {_MOST_BUILD_S:g} s"
    if done.returncode == 0:
        return None
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    telling = [line for line in lines if re.search(r"error:|CMake Error", line)] or lines[-1:]
    return telling[0].strip() if telling else f"{command[0]} exited with {done.returncode}"
