"""The two sides, as they are asked for: of the caller's repository, of commands, of our own builds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sides.repository
import sides.sides

from cli.errors import UsageError
from cli.files import ROOT
from foreign import ForeignRepository
from gating.options import GateOptions
from sides.repository import BuildError, Repository
from sides.asked import AskedSides
from sides.sides import Served, pair, release_cache, repository_of, side_at, sides_of, slowed

parse = GateOptions.parse

SERVE = ("--serve-cmd", "./server --port {port}")
SERVER = ("./server", "--port", "{port}")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ForeignRepository:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repository = ForeignRepository(tmp_path / "server")
    repository.commit({"word": "one\n"}, tag="one")
    repository.commit({"word": "two\n"}, tag="two")
    (repository.folder / "below").mkdir()
    monkeypatch.chdir(repository.folder / "below")
    return repository


def asked(baseline: str, candidate: str, *flags: str):
    return parse(["--baseline", baseline, "--candidate", candidate, *flags])


def test_refs_of_the_callers_repository_are_built_and_served_from_where_they_lie(made):
    told: list[str] = []
    flags = ("--build-cmd", "cp word built", "--target", "/ping", "--ready", "/up")
    sides = sides_of(asked("one", "HEAD", *SERVE, *flags), told.append)
    one, two = made.git("rev-parse", "one"), made.git("rev-parse", "two")
    assert sides.names == (f"one ({one[:12]})", f"HEAD ({two[:12]})") and sides.builds is None
    [cell] = sides.cells
    assert (cell.name, cell.target, cell.ready_path) == ("command", "/ping", "/up")
    baseline, candidate = cell.sides["baseline"], cell.sides["candidate"]
    assert baseline.command == candidate.command == SERVER
    assert [(s.cwd / "built").read_text() for s in (baseline, candidate)] == ["one\n", "two\n"]
    assert len(told) == 2 and all("building" in line for line in told)


def test_what_a_shell_runs_is_said(made):
    told: list[str] = []
    serve = ("--serve-cmd", "cd below && ./server {port}")
    [cell] = sides_of(asked("one", "two", *serve), told.append).cells
    assert told == ["--serve-cmd: runs through sh -c: cd below && exec ./server {port}"]
    assert cell.sides["baseline"].command == ("sh", "-c", "cd below && exec ./server {port}")
    commands = parse(["--baseline-cmd", "a {port}", "--candidate-cmd", "X=1 b {port}"])
    assert sides_of(commands, told.append).names == ("a '{port}'", "sh -c 'X=1 exec b {port}'")
    assert told[1:] == ["--candidate-cmd: runs through sh -c: X=1 exec b {port}"]


def test_a_folder_is_served_as_it_is_and_a_ref_goes_before_it(made, tmp_path):
    (made.folder / "below/one").mkdir()
    told: list[str] = []
    sides = sides_of(asked("one", ".", *SERVE, "--build-cmd", "true"), told.append)
    [cell] = sides.cells
    assert cell.sides["baseline"].cwd.parent.parent == tmp_path / "cache/sync-vs-async"
    assert cell.sides["candidate"] == Served(SERVER, made.folder / "below")
    assert told[-1] == ".: is a folder: it is served as it is, and not built"


def test_folders_need_no_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    [cell] = sides_of(asked("old", ".", *SERVE), print).cells
    assert [cell.sides[side].cwd for side in ("baseline", "candidate")] == [tmp_path / "old", tmp_path]
    with pytest.raises(BuildError, match="--baseline: .* is in no git repository"):
        sides_of(asked("main", ".", *SERVE), print)


def test_one_side_alone_is_both(made):
    sides = sides_of(parse(["--check-machine", *SERVE]), print)
    [cell] = sides.cells
    assert cell.sides["baseline"] == cell.sides["candidate"] == Served(SERVER, made.folder / "below")


@pytest.mark.parametrize("flag", ["--baseline", "--candidate"])
def test_the_side_that_cannot_be_built_is_named(made, flag):
    refs = {"--baseline": "one", "--candidate": "one", flag: "two"}
    build = ("--build-cmd", "grep -q one word || { echo 'no: error: not that one'; exit 1; }")
    with pytest.raises(BuildError) as failed:
        sides_of(asked(*refs.values(), *SERVE, *build), print)
    commit = made.git("rev-parse", "two")
    [line] = failed.value.mistakes
    assert line.startswith(f"{flag}: {commit[:12]} does not build: no: error: not that one; the whole output")
    with pytest.raises(BuildError, match=f"{flag}: 'three' is neither a commit of"):
        sides_of(asked(*{**refs, flag: "three"}.values(), *SERVE), print)


def test_any_commits_can_be_put_beside_each_other(made):
    options = asked("one", "two", *SERVE)
    assert repository_of(options).top == made.folder
    first, second = made.git("rev-list", "--reverse", "HEAD").split()
    good, other = (side_at(options, "GOOD", commit, print) for commit in (first, second))
    assert (good[0], other[0]) == (f"{first} ({first[:12]})", f"{second} ({second[:12]})")
    [cell] = pair(options, good, other).cells
    assert [cell.sides[s].cwd.name for s in ("baseline", "candidate")] == [first, second]


class UnbuiltRepository(Repository):
    """Stands for the one with our servers: its only commit has a worktree."""

    def commit(self, ref: str) -> str:
        return "0123456789abcdef" if ref == "main" else "?"


@pytest.mark.parametrize(
    ("has_built", "is_there", "is_built"),
    [(True, True, False), (False, True, True), (True, False, True)],
)
def test_a_ref_of_ours_is_built_where_it_was_not_or_lacks_a_server(
    tmp_path, monkeypatch, has_built, is_there, is_built
):
    monkeypatch.chdir(tmp_path)
    ran: list[list[str]] = []
    repository = UnbuiltRepository(tmp_path, tmp_path / "build/gate")
    monkeypatch.setattr(sides.repository, "git", lambda *_: "0123456789abcdef")
    monkeypatch.setattr(sides.repository, "_fault", lambda command, *_: ran.append(command))
    monkeypatch.setattr(sides.sides, "repository_of", lambda _asked: repository)
    monkeypatch.setattr(sides.sides, "servers_of", lambda _asked: ["one", "two"])
    monkeypatch.setattr(sides.sides, "ROOT", tmp_path)
    write_presets(tmp_path)
    folder = tmp_path / "build/gate/0123456789abcdef/build"
    (folder / "servers").mkdir(parents=True)
    (folder.parent / ".git").touch()
    (tmp_path / "build/gate/0123456789abcdef.json").write_text(
        json.dumps(["0123456789abcdef", CACHE if has_built else {"TYPE": "Debug"}])
    )
    for name in ("one", "two") if is_there else ("one",):
        (folder / "servers" / name).touch(mode=0o755)
    told: list[str] = []
    side = side_at(AskedSides(), "--candidate", "main", told.append)
    assert side == ("main (0123456789ab)", folder)
    assert told == ([f"building 0123456789ab in {folder.parent}"] if is_built else [])
    if is_built:
        configure, make = ran
        assert {*configure[-3:]} == {"-DTYPE=Release", "-DFLAGS=-O2", "-DLTO=on"}
        assert make[-4:] == ["build", "--target", "one", "two"]
        told.clear()
        (folder / "servers/two").touch(mode=0o755)
        assert side_at(AskedSides(), "--candidate", "main", told.append) == side and not told
    else:
        assert not ran


def test_refs_of_ours_are_of_this_checkout_and_built_beneath_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert repository_of(asked("one", "two")) == Repository(ROOT, ROOT / "build/gate")


CACHE = {"TYPE": "Release", "FLAGS": "-O2", "LTO": "on"}


def write_presets(folder: Path) -> Path:
    presets = [
        {"name": "common", "cacheVariables": {"TYPE": "Debug", "FLAGS": "-O0"}},
        {"name": "fast", "inherits": "common", "cacheVariables": {"FLAGS": "-O2"}},
        {"name": "linked", "cacheVariables": {"FLAGS": "-O1", "LTO": "on"}},
        {"name": "release", "inherits": ["fast", "linked"], "cacheVariables": {"TYPE": "Release"}},
    ]
    path = folder / "CMakePresets.json"
    path.write_text(json.dumps({"configurePresets": presets}))
    return path


def test_a_preset_inherits_from_all_of_its_parents_and_the_first_goes_before_the_others(tmp_path):
    assert release_cache(write_presets(tmp_path)) == CACHE


def test_presets_that_cannot_be_read_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sides.sides, "repository_of", lambda _asked: UnbuiltRepository(tmp_path, tmp_path))
    monkeypatch.setattr(sides.sides, "ROOT", tmp_path)
    with pytest.raises(BuildError, match="^X: CMakePresets.json: no release preset can be read from it"):
        side_at(AskedSides(), "X", "main", print)


def test_a_build_folder_has_the_servers_that_are_compared(tmp_path, monkeypatch):
    (tmp_path / "servers").mkdir()
    (tmp_path / "servers/one").touch(mode=0o755)
    (tmp_path / "servers/two").touch(mode=0o644)  # not to be run
    monkeypatch.setattr(sides.sides, "servers_of", lambda _asked: ["one"])
    assert side_at(AskedSides(), "X", str(tmp_path), print) == (str(tmp_path), tmp_path)
    monkeypatch.setattr(sides.sides, "servers_of", lambda _asked: ["one", "two"])
    fault = f"^X: {tmp_path}: no program servers/two in it: name a build folder,"
    with pytest.raises(BuildError, match=fault):
        side_at(AskedSides(), "X", str(tmp_path), print)


def test_builds_of_ours_are_called_by_their_folders_and_each_variant_is_a_cell(tmp_path):
    (tmp_path / "servers").mkdir()
    for name in ("async_server", "blocking_server"):
        (tmp_path / "servers" / name).touch(mode=0o755)
    made = sides_of(parse(["--build", str(tmp_path), "--check-machine", "--cells", "async"]), print)
    assert made.names == (str(tmp_path), str(tmp_path))
    assert made.builds == {"baseline": tmp_path, "candidate": tmp_path}
    [cell] = made.cells
    slow = slowed(cell, 7)
    assert slow.sides["candidate"].command == (*cell.sides["baseline"].command, "--handicap-ns", "7")
    with pytest.raises(BuildError, match="^--baseline: .*: no program servers/fiber_server in it"):
        sides_of(parse(["--build", str(tmp_path), "--check-machine", "--cells", "fiber"]), print)


def test_a_ref_without_a_way_to_serve_it_is_refused_in_anothers_repository(made):
    with pytest.raises(BuildError, match="--baseline: without --serve-cmd refs are of .*, or say how"):
        sides_of(asked("one", "two"), print)


def test_a_wrong_variant_is_refused_before_anything_is_built(made):
    with pytest.raises(UsageError, match="--cells: 'asink' is no variant"):
        sides_of(asked("no-such-ref", "two", "--cells", "asink"), print)
