"""From what was asked for to two servers that can be started, and what each comparison of them is. A side is
a command as it was given, a ref or folder of the caller's repository that a command serves, or a build of our
own servers: a folder, or a ref, built with the flags of the running checkout's release preset."""

import json
import shlex
from collections import ChainMap
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from cli.files import IS_INSTALLED, ROOT, portable
from plans.suite import find_suite
from plans.variant import Places, command_of
from sides.asked import ATTACHED, SHELL, AskedSides, our_variants
from sides.repository import BuildError, Repository, Tell, lacking

BASELINE, CANDIDATE = SIDES = "baseline", "candidate"
DEFAULT_CELLS = ("thread-per-request", "async")
_CLOSES = "sequential", "pool-8"  # these close a connection after each reply


@dataclass(frozen=True)
class Served:
    """How a server is started, from `cwd` if that is given; `{port}` in the words is its port."""

    command: tuple[str, ...]
    cwd: Path | None = None

    @property
    def attached(self) -> str | None:
        """The address of a server that runs already, which is not started."""
        match = ATTACHED.fullmatch(self.command[0])
        return match[1] if match else None


@dataclass(frozen=True)
class Cell:
    """One comparison. `sides`: by BASELINE and CANDIDATE; `rate_rps`: of an open loop, None where closed."""

    name: str
    sides: dict[str, Served]
    ready_path: str
    target: str
    connection_mode: str = "kept"
    rate_rps: int | None = None


Side = tuple[str, Path | Served]  # what it is called; a build folder of ours, or what serves any other


class Sides(NamedTuple):
    """What the two are called; the build folders by BASELINE and CANDIDATE, None if they are not ours."""

    names: tuple[str, str]
    builds: dict[str, Path] | None
    cells: list[Cell]


def sides_of(asked: AskedSides, tell: Tell) -> Sides:
    """Both, built where they have to be; one that is not named is the other. Raises CommandFailed."""
    tell_of_shells(asked, tell)
    if asked.are_commands:
        baseline = asked.baseline_cmd or asked.candidate_cmd
        commands = (baseline, asked.candidate_cmd or baseline)
        return pair(asked, *((shlex.join(words), Served((*words,))) for words in commands))
    baseline = asked.baseline or asked.candidate or (str(asked.build) if asked.are_ours else ".")
    named = {"--baseline": baseline, "--candidate": asked.candidate or baseline}
    return pair(asked, *(side_at(asked, flag, ref, tell) for flag, ref in named.items()))


def tell_of_shells(asked: AskedSides, tell: Tell) -> None:
    """Says before the first build what sh is to run."""
    for name in ("serve_cmd", "baseline_cmd", "candidate_cmd"):
        if (command := getattr(asked, name)) and command[:2] == SHELL:
            tell(f"--{name.replace('_', '-')}: runs through sh -c: {command[-1]}")


def pair(asked: AskedSides, *both: Side) -> Sides:
    """The baseline and the candidate beside each other."""
    names, places = zip(*both)
    by_side, target = dict(zip(SIDES, places)), asked.target or "/"
    if asked.are_ours:
        return Sides(names, by_side, build_cells(asked, by_side))
    return Sides(names, None, [Cell("command", by_side, asked.ready or target, target)])


def repository_of(asked: AskedSides) -> Repository:
    """The one whose refs are compared. Raises BuildError where there is none, or it could be one of two."""
    if not asked.are_ours:
        return Repository.around(Path.cwd())
    fault = "an installed copy has no sources to build a ref from" if IS_INSTALLED else ""
    with suppress(BuildError):  # in no repository this one is meant
        if (here := Repository.around(Path.cwd())).home != Repository.around(ROOT).home:
            fault = fault or f"without --serve-cmd refs are of {ROOT}, and you are in {here.top}"
    if fault:
        fix = "say how its server is started, --serve-cmd './server --port {port}', and built, --build-cmd"
        raise BuildError(f"{fault}: name build folders, or {fix}")
    return Repository(ROOT, Path(ROOT, "build/gate"))


def side_at(asked: AskedSides, flag: str, ref: str, tell: Tell) -> Side:
    """The side that a flag names: a commit, which is built first, or a folder as it is. Raises BuildError."""
    try:
        name, folder = (_our_side if asked.are_ours else _callers_side)(asked, ref, tell)
    except BuildError as error:
        raise BuildError(f"{flag}: {error}") from None
    return name, folder if asked.are_ours else Served((*(asked.serve_cmd or ()),), folder)


def _callers_side(asked: AskedSides, ref: str, tell: Tell) -> tuple[str, Path]:
    """A ref goes before a folder of that name; `.` is the work tree as it is."""
    try:
        repository = repository_of(asked)
        commit = repository.commit(ref)
    except BuildError:
        if not Path(ref).is_dir():
            raise
        if asked.build_cmd:
            tell(f"{ref}: is a folder: it is served as it is, and not built")
        return ref, Path(ref).resolve()
    commands = [["sh", "-c", asked.build_cmd]] if asked.build_cmd else []
    return f"{ref} ({commit[:12]})", repository.build(commit, asked.build_cmd, commands, tell)


def _our_side(asked: AskedSides, ref: str, tell: Tell) -> tuple[str, Path]:
    """A folder that has servers/ with those that are compared in it, or a commit."""
    servers = servers_of(asked)
    if Path(ref).is_dir():
        if missing := lacking([Path(ref, "servers", name) for name in servers]):
            fix = "name a build folder, as build/release, or a git ref"
            raise BuildError(f"{ref}: no program servers/{missing[0].name} in it: {fix}")
        return portable(ref), Path(ref).resolve()
    repository = repository_of(asked)
    commit = repository.commit(ref)
    try:
        cache = release_cache(ROOT / "CMakePresets.json")
    except (OSError, ValueError, KeyError) as error:
        raise BuildError(f"CMakePresets.json: no release preset can be read from it ({error!r})") from None
    folder = repository.home / commit / "build"
    configure = ["cmake", "--fresh", "-S", ".", "-B", "build", "-G", "Ninja"]
    configure += [f"-D{name}={value}" for name, value in cache.items()]
    make = ["cmake", "--build", "build", "--target", *servers]
    repository.build(commit, cache, [configure, make], tell, [folder / "servers" / name for name in servers])
    return f"{ref} ({commit[:12]})", folder


def release_cache(presets: Path) -> dict[str, str]:
    """The cache variables of the release preset, those it inherits included."""
    by_name = {p["name"]: p for p in json.loads(presets.read_text(encoding="utf-8"))["configurePresets"]}

    def variables(name: str) -> dict[str, str]:
        parents = by_name[name].get("inherits", [])
        inherited = map(variables, [parents] if isinstance(parents, str) else parents)
        return dict(ChainMap(by_name[name].get("cacheVariables", {}), *inherited))

    return variables("release")


def build_cells(asked: AskedSides, folders: dict[str, Path]) -> list[Cell]:
    """Those of two build folders, by side."""
    suite, variants, cells = find_suite("hundred"), our_variants(), []
    for name in asked.cells or DEFAULT_CELLS:
        variant, _, target = name.partition(":")
        places = {side: Places(suite.parent / suite.stem, folder) for side, folder in folders.items()}
        served = {side: Served((*command_of(variants[variant], at),)) for side, at in places.items()}
        mode = "fresh" if variant in _CLOSES else "kept"
        cells.append(Cell(name, served, asked.ready or "/health", target or asked.target or "/ping", mode))
    return cells


def servers_of(asked: AskedSides) -> list[str]:
    """The programs that those cells start."""
    names = (name.partition(":")[0] for name in asked.cells or DEFAULT_CELLS)
    return sorted({our_variants()[name].server for name in names})


def with_rate(cells: list[Cell], rate: int | None) -> list[Cell]:
    """Beside each cell one at the fixed rate, where there is one."""
    return cells + [replace(cell, name=f"{cell.name}@{rate}", rate_rps=rate) for cell in cells if rate]


def slowed(cell: Cell, ns: int) -> Cell:
    """With a candidate, of ours, that burns so many more in each request."""
    candidate = cell.sides[CANDIDATE]
    command = (*candidate.command, "--handicap-ns", str(ns))
    return replace(cell, sides=cell.sides | {CANDIDATE: replace(candidate, command=command)})
