"""From what was asked for to two servers that can be started, and what each comparison of them is.

A side is one of three: a command as it was given, a ref or folder of the caller's repository that a command
serves, or a build of this project's own servers: a folder that is built already, or a git ref built in a
worktree of its own. That is build/gate/COMMIT, so that both paths are equally long (they end up in the
binaries), built with the flags of the running checkout's release preset whatever the commit's own says.
"""

import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli.files import ROOT, portable
from cli.home import IS_INSTALLED
from processes.machine import git
from sides.asked import AskedSides
from sides.cells import SIDES, CellsOf, Served, build_cells, command_cells, servers_of
from sides.command import runs_through_a_shell
from sides.repository import BuildError, Repository, Tell, top_around


@dataclass(frozen=True)
class Side:
    """One that can be started: a build folder of ours, or what serves any other."""

    name: str
    build: Path | None = None
    served: Served | None = None


@dataclass(frozen=True)
class Sides:
    """What the two are called; the build folders by BASELINE and CANDIDATE, None if they are not ours."""

    names: tuple[str, str]
    builds: dict[str, Path] | None
    cells: CellsOf


def sides_of(asked: AskedSides, tell: Tell) -> Sides:
    """Both, built where they have to be; one that is not named is the other. Raises CommandFailed."""
    check(asked, tell)
    if asked.are_commands:
        baseline = asked.baseline_cmd or asked.candidate_cmd
        pairs = (baseline, asked.candidate_cmd or baseline)
        return pair(asked, *(Side(shlex.join(command), served=Served((*command,))) for command in pairs))
    baseline = asked.baseline or asked.candidate or (str(asked.build) if asked.are_ours else ".")
    named = {"--baseline": baseline, "--candidate": asked.candidate or baseline}
    return pair(asked, *(side_at(asked, flag, ref, tell) for flag, ref in named.items()))


def check(asked: AskedSides, tell: Tell) -> None:
    """What there is to refuse and to say before the first build. Raises UsageError for a wrong variant."""
    if asked.are_ours:
        build_cells(asked, dict.fromkeys(SIDES, Path()))
    for name in ("serve_cmd", "baseline_cmd", "candidate_cmd"):
        if (command := getattr(asked, name)) and runs_through_a_shell(command):
            tell(f"--{name.replace('_', '-')}: runs through sh -c: {command[-1]}")


def side_at(asked: AskedSides, flag: str, ref: str, tell: Tell) -> Side:
    """The side that a flag names: a ref, which is built first, or a folder as it is. Raises BuildError."""
    try:
        return _our_side(asked, ref, tell) if asked.are_ours else _callers_side(asked, ref, tell)
    except BuildError as error:
        raise BuildError(f"{flag}: {error}") from None


def repository_of(asked: AskedSides) -> Repository:
    """The one whose refs are compared. Raises BuildError."""
    return _own_repository(ROOT) if asked.are_ours else Repository.around(Path.cwd())


def pair(asked: AskedSides, baseline: Side, candidate: Side) -> Sides:
    both, names = dict(zip(SIDES, (baseline, candidate))), (baseline.name, candidate.name)
    if asked.are_ours:
        builds = {side: each.build for side, each in both.items()}
        return Sides(names, builds, partial(build_cells, asked, builds))
    cells = command_cells(asked, {side: each.served for side, each in both.items()})
    return Sides(names, None, lambda _handicaps: cells)


def _our_side(asked: AskedSides, ref: str, tell: Tell) -> Side:
    refuse_another_repository(ref, ROOT, Path.cwd())
    build, commit = find_build(ref, servers_of(asked), ROOT, tell)
    return Side(_ref_name(ref, commit) if commit else portable(ref), build)


def _callers_side(asked: AskedSides, ref: str, tell: Tell) -> Side:
    """A ref goes before a folder of that name; `.` is the work tree as it is."""
    command, folder = (*(asked.serve_cmd or ()),), Path(ref)
    try:
        repository = Repository.around(Path.cwd())
        commit = repository.commit(ref)
    except BuildError:
        if not folder.is_dir():
            raise
        if asked.build_cmd:
            tell(f"{ref}: is a folder: it is served as it is, and not built")
        return Side(ref, served=Served(command, folder.resolve()))
    tree = repository.build_with(commit, asked.build_cmd, tell)
    return Side(_ref_name(ref, commit), served=Served(command, tree))


def _ref_name(ref: str, commit: str) -> str:
    return f"{ref} ({commit[:12]})"


def _own_repository(root: Path) -> Repository:
    return Repository(root, root / "build" / "gate")


def find_build(name: str, servers: Sequence[str], root: Path, tell: Tell) -> tuple[Path, str | None]:
    """The folder of that name, which has servers/ with those in it; of a git ref, which is built first, also
    the commit. Raises BuildError."""
    folder = Path(name)
    if folder.is_dir():
        if lacking := _lacking(folder, servers):
            fix = "name a build folder, as build/release, or a git ref"
            raise BuildError(f"{name}: no program servers/{lacking} in it: {fix}")
        return folder.resolve(), None
    repository = _own_repository(root)
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


def refuse_another_repository(name: str, root: Path, here: Path) -> None:
    """Raises BuildError for a ref where the caller stands in a repository that is not this one, or where this
    is none, but an installed copy."""
    if Path(name).is_dir():
        return
    if IS_INSTALLED:
        fix = "say how the server of that ref is started, --serve-cmd './server {port}'"
        none = f"{name!r}: an installed copy has no sources to build it from"
        raise BuildError(f"{none}: name build folders, or {fix}")
    top = top_around(here)
    query = ("rev-parse", "--path-format=absolute", "--git-common-dir")  # what its worktrees share
    if top is not None and git(top, *query) != git(root, *query):
        fix = "say how its server is started, --serve-cmd './server --port {port}', and built, --build-cmd"
        raise BuildError(f"{name!r}: without --serve-cmd refs are of {root}, and you are in {top}: {fix}")


def release_cache(presets: Path) -> dict[str, str]:
    """The cache variables of the release preset, those it inherits included."""
    by_name = {p["name"]: p for p in json.loads(presets.read_text(encoding="utf-8"))["configurePresets"]}

    def variables(name: str) -> dict[str, str]:
        parents, own = by_name[name].get("inherits", []), by_name[name].get("cacheVariables", {})
        inherited: dict[str, str] = {}
        for parent in reversed([parents] if isinstance(parents, str) else parents):
            inherited |= variables(parent)
        return inherited | own

    return variables("release")


def _lacking(folder: Path, servers: Sequence[str]) -> str | None:
    """The first of those servers that the build folder has not."""
    return next((name for name in servers if not os.access(folder / "servers" / name, os.X_OK)), None)
