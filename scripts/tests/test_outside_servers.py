"""The servers of others in the suite `servers`: each answers as ours do, and ends when asked to."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from processes.kept_process import Interrupts
from cli.files import ROOT
from processes.server_process import ServerProcess
from plans.suite import SUITES, find_suite, read_suite
from plans.variant import Places, Variant, command_of, missing

SUITE = read_suite(find_suite("servers"))


@pytest.mark.parametrize("variant", SUITE.variants, ids=lambda v: v.name)
def test_a_server_answers_and_ends(variant: Variant, tmp_path: Path):
    places = Places(SUITES / "servers", ROOT / "build" / "release", tmp_path)
    if lacking := missing(variant, places):
        pytest.skip(f"{' and '.join(lacking)} not found: {variant.installed_by}")
    with (
        Interrupts() as interrupts,
        ServerProcess(command_of(variant, places), tmp_path / "log", interrupts) as server,
    ):
        address = server.wait_until_ready()
        for _ in range(2):
            with urllib.request.urlopen(f"http://{address}/ping", timeout=30) as reply:
                assert (reply.status, reply.read()) == (200, b'{"result":"pong"}')
                assert reply.headers["Content-Type"] == "application/json"
        assert not server.stop(10.0).killed


def test_ours_are_held_against_servers_of_their_own_model():
    references = {w.name: (w.reference, w.pinned) for w in SUITE.workloads}
    assert references == {
        "waiting-loop": ("async", True),
        "thread-each": ("thread-per-request", True),
        "two-cores": ("async-2", False),
    }
