"""The private PostgreSQL: where it is, what it leaves behind, and how a suite asks for it."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from processes import postgres
from plans import variant
from plans.variant import Places, Variant

SCRIPTS = postgres.ROOT / "scripts"
needs_postgres = pytest.mark.skipif(postgres.programs() is None, reason=f"no PostgreSQL: {postgres.INSTALL}")


def folder_of(conninfo: str) -> Path:
    return Path(conninfo.split()[0].removeprefix("host="))


@needs_postgres
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_leaves_nothing_behind_when_it_is_ended(number: int) -> None:
    script = subprocess.Popen([sys.executable, SCRIPTS / "postgres.py"], stdout=subprocess.PIPE, text=True)
    word, _, conninfo = script.stdout.readline().strip().partition(" ")
    assert word == "ready"
    folder = folder_of(conninfo)
    server = int((folder / "data/postmaster.pid").read_text().split()[0])
    script.send_signal(number)
    assert script.wait(30) == 0
    script.stdout.close()
    assert not folder.exists()
    assert not Path(f"/proc/{server}").exists()


@needs_postgres
def test_it_ends_with_whoever_started_it_even_killed() -> None:
    starter = (
        "from processes.postgres import running_postgres;"
        "p = running_postgres(); print(p.__enter__(), flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", starter],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    folder = folder_of(process.stdout.readline())
    server = os.pidfd_open(int((folder / "data/postmaster.pid").read_text().split()[0]))
    process.kill()
    process.communicate()
    assert select.select([server], [], [], 30)[0]  # readable once it has ended
    os.close(server)


@needs_postgres
def test_it_listens_on_no_network_address_and_is_not_root() -> None:
    with postgres.running_postgres() as conninfo:
        data = folder_of(conninfo) / "data"
        lines = (data / "postmaster.pid").read_text().splitlines()
        assert lines[5].strip() == ""  # its listen address
        assert data.stat().st_uid != 0


def test_a_variant_that_names_it_is_skipped_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asks = Variant("db", "async_server", ("--db", "{postgres}"), 10)
    monkeypatch.setattr(variant.postgres, "programs", lambda: None)
    assert variant.missing(asks, Places(Path("s"), Path("b"))) == ["PostgreSQL"]
    assert variant.missing(Variant("plain", "async_server", (), None), Places(Path("s"), Path("b"))) == []


def test_its_placeholder_becomes_the_connection_string() -> None:
    asks = Variant("db", "async_server", ("--db", "{postgres}"), 10)
    told = variant.command_of(asks, Places(Path("s"), Path("b"), postgres="host=/tmp/x user=bench"))
    assert told[2] == "host=/tmp/x user=bench"
