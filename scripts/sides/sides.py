"""From what was asked for to two servers that can be started, and what each comparison of them is.

A side is one of three: a command as it was given, a ref or folder of the caller's repository that a command
serves, or a build of this project's own servers.
"""

import shlex
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli.files import ROOT, portable
from sides.asked import AskedSides
from sides.builds import find_build, own_repository, refuse_another_repository
from sides.cells import SIDES, CellsOf, Served, build_cells, command_cells, servers_of
from sides.command import runs_through_a_shell
from sides.repository import BuildError, Repository, Tell


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
    return own_repository(ROOT) if asked.are_ours else Repository.around(Path.cwd())


def pair(asked: AskedSides, baseline: Side, candidate: Side) -> Sides:
    """Two sides of one kind, as what is compared."""
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
