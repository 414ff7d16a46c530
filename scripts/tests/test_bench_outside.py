"""scripts/bench.py with servers that are not ours: commands that are told their port, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench_sandbox import TESTS, Sandbox

OUTSIDE = """
[[variants]]
name = "outside"
command = ["{python}", "TESTS/fake_server.py", "--port", "{port}", "--pids", "PIDS"MORE]
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path)
    yield made
    if made.started:
        made.started.kill()
        made.started.communicate(timeout=30)


def outside(sandbox: Sandbox, *args: str, more: str = "") -> str:
    words = "".join(f', "{arg}"' for arg in args)
    suite = OUTSIDE.replace("TESTS", str(TESTS)).replace("PIDS", str(sandbox.pids)).replace("MORE", words)
    return suite + more


def notes(sandbox: Sandbox) -> list[str]:
    return [run["note"] for run in sandbox.about["runs"] if run["variant"] == "outside"]


def test_any_command_that_serves_on_the_port_it_is_told_is_a_variant(sandbox):
    done = sandbox.run("--repetitions", "2", more=outside(sandbox))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [row["ok"] for row in sandbox.rows("summary") if row["variant"] == "outside"] == ["4", "4"]
    assert "{port}" in sandbox.about["variants"][2]["command"]
    assert sandbox.nothing_is_left()


def test_it_may_end_as_it_likes_when_asked_to(sandbox):
    assert sandbox.run(more=outside(sandbox, "--fault", "exits-badly")).returncode == 0
    assert notes(sandbox) == [""] and sandbox.nothing_is_left()


def test_it_gets_the_environment_that_its_variant_declares(sandbox):
    more = """
[[variants]]
name = "outside"
command = ["sh", "-c", "exec {python} $FAKE --port {port} --pids $PIDS_FILE"]
environment = { FAKE = "%s/fake_server.py", PIDS_FILE = "%s" }
""" % (
        TESTS,
        sandbox.pids,
    )
    done = sandbox.run(more=more)
    assert done.returncode == 0 and notes(sandbox) == [""], done.stdout


def test_one_that_is_not_installed_is_named_and_skipped_and_the_others_run(sandbox):
    more = outside(
        sandbox, more='requires = ["no-such-program"]\ninstalled_by = "scripts/setup --frameworks"'
    )
    done = sandbox.run(more=more)
    why = "the program no-such-program not found: scripts/setup --frameworks"
    assert done.returncode == 0 and f"skipped    outside: {why}" in done.stdout
    assert sandbox.about["skipped"] == {"outside": why}
    assert [v["name"] for v in sandbox.about["variants"]] == ["first", "second"]
    assert "was skipped" in (sandbox.recording / "report.html").read_text()


def test_a_suite_of_which_nothing_is_installed_is_refused(sandbox):
    done = sandbox.run("--variants", "outside", more=outside(sandbox, more='requires = ["no-such-program"]'))
    assert (done.returncode, done.stderr) == (2, "bench: outside: the program no-such-program not found\n")


def test_one_that_exits_at_once_fails_with_its_last_words_and_is_not_tried_for_ever(sandbox):
    done = sandbox.run("--repetitions", "4", more=outside(sandbox, "--fault", "dies-at-once"))
    assert done.returncode == 1
    told = "the server exited with 3 before it was ready: fake_server: cannot find my configuration"
    assert notes(sandbox) == [told, told] + ["not tried: 2 starts failed"] * 2
    assert f"FAILED: {told}" in done.stdout
    assert sum(row["variant"] == "first" for row in sandbox.rows("summary")) == 4


def test_a_program_that_cannot_be_started_fails_and_says_so(sandbox):
    more = '[[variants]]\nname = "outside"\ncommand = ["/no/such/program", "{port}"]\n'
    assert sandbox.run(more=more).returncode == 1
    [note] = notes(sandbox)
    assert "/no/such/program" in note and "No such file" in note


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('["/no/such/program", "{port}"]', "the program /no/such/program not found"),
        ('["{python}", "{suite}/app.py", "{port}"]', "the file FOLDER/small/app.py not found"),
        ('["{python}", "{outside}/app.py", "{port}"]', "the file ROOT/servers/outside/app.py not found"),
    ],
)
def test_a_dry_run_refuses_what_cannot_start(sandbox, words, told):
    done = sandbox.run("--dry-run", more=f'[[variants]]\nname = "outside"\ncommand = {words}\n')
    told = told.replace("FOLDER", str(sandbox.folder)).replace("ROOT", str(TESTS.parent.parent))
    assert (done.returncode, done.stderr) == (2, f"bench: variants.outside.command: {told}\n")


def test_a_dry_run_refuses_a_server_that_is_neither_built_nor_ours_to_build(sandbox):
    more = '[[variants]]\nname = "outside"\nserver = "{}"\n'
    done = sandbox.run("--dry-run", more=more.format("asink_server"))
    assert done.returncode == 2 and "asink_server: no such program" in done.stderr
    assert sandbox.run("--dry-run", more=more.format("async_server")).returncode == 0
