"""From what was asked for to two servers that can be started, and what each comparison of them is.

A side is one of three: a command as it was given, a ref or folder of the caller's repository that a command
serves, or a build of this project's own servers: a folder that is built already, or a git ref built in a
worktree of its own. That is build/gate/COMMIT, so that both paths are equally long (they end up in the
binaries), built with the flags of the running checkout's release preset whatever the commit's own says."""

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from cli.files import IS_INSTALLED, ROOT, portable
from processes.machine import git
from sides.asked import AskedSides
from sides.cells import SIDES, Cell, Served, build_cells, servers_of
from sides.command import SHELL
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
    cells: list[Cell]


def sides_of(asked: AskedSides, tell: Tell) -> Sides:
    """Both, built where they have to be; one that is not named is the other. Raises CommandFailed."""
    check(asked, tell)
    if asked.are_commands:
        baseline = asked.baseline_cmd or asked.candidate_cmd
        commands = (baseline, asked.candidate_cmd or baseline)
        return pair(asked, *(Side(shlex.join(words), served=Served((*words,))) for words in commands))
    baseline = asked.baseline or asked.candidate or (str(asked.build) if asked.are_ours else ".")
    named = {"--baseline": baseline, "--candidate": asked.candidate or baseline}
    return pair(asked, *(side_at(asked, flag, ref, tell) for flag, ref in named.items()))


def check(asked: AskedSides, tell: Tell) -> None:
    """What there is to refuse and to say before the first build. Raises UsageError for a wrong variant."""
    if asked.are_ours:
        servers_of(asked)
    for name in ("serve_cmd", "baseline_cmd", "candidate_cmd"):
        if (command := getattr(asked, name)) and command[:2] == SHELL:
            tell(f"--{name.replace('_', '-')}: runs through sh -c: {command[-1]}")


def repository_of(asked: AskedSides) -> Repository:
    """The one whose refs are compared. Raises BuildError."""
    return Repository(ROOT, Path(ROOT, "build/gate")) if asked.are_ours else Repository.around(Path.cwd())


def pair(asked: AskedSides, baseline: Side, candidate: Side) -> Sides:
    both, names = dict(zip(SIDES, (baseline, candidate))), (baseline.name, candidate.name)
    if asked.are_ours:
        builds = {side: each.build for side, each in both.items()}
        return Sides(names, builds, build_cells(asked, builds))
    served, target = {side: each.served for side, each in both.items()}, asked.target or "/"
    return Sides(names, None, [Cell("command", served, asked.ready or target, target)])


def side_at(asked: AskedSides, flag: str, ref: str, tell: Tell) -> Side:
    """The side that a flag names: a ref, which is built first, or a folder as it is. Raises BuildError."""
    try:
        return _our_side(asked, ref, tell) if asked.are_ours else _callers_side(asked, ref, tell)
    except BuildError as error:
        raise BuildError(f"{flag}: {error}") from None


def _callers_side(asked: AskedSides, ref: str, tell: Tell) -> Side:
    """A ref goes before a folder of that name; `.` is the work tree as it is."""
    command = (*(asked.serve_cmd or ()),)
    try:
        repository = repository_of(asked)
        commit = repository.commit(ref)
    except BuildError:
        if not Path(ref).is_dir():
            raise
        if asked.build_cmd:
            tell(f"{ref}: is a folder: it is served as it is, and not built")
        return Side(ref, served=Served(command, Path(ref).resolve()))
    tree = repository.build_with(commit, asked.build_cmd, tell)
    return Side(f"{ref} ({commit[:12]})", served=Served(command, tree))


def _our_side(asked: AskedSides, ref: str, tell: Tell) -> Side:
    """A folder that has servers/ with those that are compared in it, or a commit."""
    servers, folder = servers_of(asked), Path(ref)

    def lacking() -> str | None:
        return next((name for name in servers if not os.access(folder / "servers" / name, os.X_OK)), None)

    if folder.is_dir():
        if missing := lacking():
            fix = "name a build folder, as build/release, or a git ref"
            raise BuildError(f"{ref}: no program servers/{missing} in it: {fix}")
        return Side(portable(ref), folder.resolve())
    refuse_another_repository(ref)
    repository = repository_of(asked)
    commit = repository.commit(ref)
    try:
        cache = release_cache(ROOT / "CMakePresets.json")
    except (OSError, ValueError, KeyError) as error:
        raise BuildError(f"CMakePresets.json: no release preset can be read from it ({error!r})") from None
    tree, wanted = repository.worktree(commit), {"commit": commit, "cache": cache}
    folder = tree / "build"
    if not repository.has_built(commit, wanted) or lacking():
        tell(f"building {commit[:12]} in {folder} (some minutes)")
        settings = [f"-D{name}={value}" for name, value in cache.items()]
        configure = ["cmake", "--fresh", "-S", str(tree), "-B", str(folder), "-G", "Ninja", *settings]
        make = ["cmake", "--build", str(folder), "--target", *servers]
        repository.build(commit, [configure, make], wanted)
    return Side(f"{ref} ({commit[:12]})", folder)


def refuse_another_repository(ref: str) -> None:
    """Raises BuildError for a ref that is named from within another repository, or by an installed copy."""
    if Path(ref).is_dir():
        return
    if IS_INSTALLED:
        fix = (
            "name build folders, or say how the server of that ref is started, --serve-cmd './server {port}'"
        )
        raise BuildError(f"{ref!r}: an installed copy has no sources to build it from: {fix}")
    top, query = top_around(Path.cwd()), ("rev-parse", "--path-format=absolute", "--git-common-dir")
    if top is not None and git(top, *query) != git(ROOT, *query):  # worktrees share it
        fix = "say how its server is started, --serve-cmd './server --port {port}', and built, --build-cmd"
        raise BuildError(f"{ref!r}: without --serve-cmd refs are of {ROOT}, and you are in {top}: {fix}")


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
