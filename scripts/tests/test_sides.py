"""The two sides, as they are asked for: of the caller's repository, of commands, of our own builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import UsageError
from foreign import ForeignRepository
from gating.options import parse
from sides.repository import BuildError
from sides.cells import Served
from sides.sides import pair, repository_of, side_at, sides_of

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
    [cell] = sides.cells({})
    assert (cell.name, cell.target, cell.ready_path) == ("command", "/ping", "/up")
    baseline, candidate = cell.sides["baseline"], cell.sides["candidate"]
    assert baseline.command == candidate.command == SERVER
    assert [(s.cwd / "built").read_text() for s in (baseline, candidate)] == ["one\n", "two\n"]
    assert len(told) == 2 and all("building" in line for line in told)


def test_what_a_shell_runs_is_said(made):
    told: list[str] = []
    serve = ("--serve-cmd", "cd below && ./server {port}")
    [cell] = sides_of(asked("one", "two", *serve), told.append).cells({})
    assert told == ["--serve-cmd: runs through sh -c: cd below && exec ./server {port}"]
    assert cell.sides["baseline"].command == ("sh", "-c", "cd below && exec ./server {port}")
    commands = parse(["--baseline-cmd", "a {port}", "--candidate-cmd", "X=1 b {port}"])
    assert sides_of(commands, told.append).names == ("a '{port}'", "sh -c 'X=1 exec b {port}'")
    assert told[1:] == ["--candidate-cmd: runs through sh -c: X=1 exec b {port}"]


def test_a_folder_is_served_as_it_is_and_a_ref_goes_before_it(made, tmp_path):
    (made.folder / "below/one").mkdir()
    told: list[str] = []
    sides = sides_of(asked("one", ".", *SERVE, "--build-cmd", "true"), told.append)
    [cell] = sides.cells({})
    assert cell.sides["baseline"].cwd.parent.parent == tmp_path / "cache/sync-vs-async"
    assert cell.sides["candidate"] == Served(SERVER, made.folder / "below")
    assert told[-1] == ".: is a folder: it is served as it is, and not built"


def test_folders_need_no_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    [cell] = sides_of(asked("old", ".", *SERVE), print).cells({})
    assert [cell.sides[side].cwd for side in ("baseline", "candidate")] == [tmp_path / "old", tmp_path]
    with pytest.raises(BuildError, match="--baseline: .* is in no git repository"):
        sides_of(asked("main", ".", *SERVE), print)


def test_one_side_alone_is_both(made):
    sides = sides_of(parse(["--check-machine", *SERVE]), print)
    [cell] = sides.cells({})
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
    assert (good.name, other.name) == (f"{first} ({first[:12]})", f"{second} ({second[:12]})")
    [cell] = pair(options, good, other).cells({})
    assert [cell.sides[s].cwd.name for s in ("baseline", "candidate")] == [first, second]


def test_a_ref_without_a_way_to_serve_it_is_refused_in_anothers_repository(made):
    with pytest.raises(BuildError, match="--baseline: 'one': without --serve-cmd refs are of .*: say how"):
        sides_of(asked("one", "two"), print)


def test_a_wrong_variant_is_refused_before_anything_is_built(made):
    with pytest.raises(UsageError, match="--cells: 'asink' is no variant"):
        sides_of(asked("no-such-ref", "two", "--cells", "asink"), print)
