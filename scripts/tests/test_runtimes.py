"""The servers of the suite `runtimes`, each in its own language, keep one contract: that of our servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cli.files import ROOT
from plans.suite import SUITES, find_suite, read_suite, runs_of
from plans.variant import Places, Variant, command_of, missing, program_path
from processes.kept_process import Interrupts
from processes.machine import printed_version
from processes.server_process import ServerProcess, listeners
from recordings.recording import Recording
from synthetic import MODELS, Spec, build
from words.claims import Judged, claim_answers

SUITE = read_suite(find_suite("runtimes"))
PLACES = Places(SUITES / "runtimes", ROOT / "build" / "release")
OUTSIDE = [v for v in SUITE.variants if not v.server]
DONE = {"result": "Task Complete!"}
LONGEST_MS = 600_000
AT_ONCE = 100
LIMIT_S = 30


def name_of(variant: Variant) -> str:
    return variant.name


def skip_without(variant: Variant) -> None:
    if lacking := missing(variant, PLACES):
        pytest.skip(f"{' and '.join(lacking)} not found: {variant.installed_by}")


@pytest.fixture(params=SUITE.variants, ids=name_of)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    variant = request.param
    skip_without(variant)
    environment = {name: PLACES.fill(value) for name, value in variant.environment.items()}
    command = command_of(variant, PLACES)
    with (
        Interrupts() as interrupts,
        ServerProcess(command, tmp_path / "log", interrupts, environment=environment) as started,
    ):
        yield started


def connect(address: str) -> closing[HTTPConnection]:
    return closing(HTTPConnection(address, timeout=LIMIT_S))


def status_of(connection: HTTPConnection, target: str) -> int:
    connection.request("GET", target)
    return connection.getresponse().status


def get(connection: HTTPConnection, target: str, **headers: str) -> dict[str, str]:
    connection.request("GET", target, headers=headers)
    reply = connection.getresponse()
    body = reply.read()
    assert (reply.status, reply.version) == (200, 11)
    assert reply.headers["Content-Type"] == "application/json" and reply.headers["Date"]
    assert reply.headers["Content-Length"] == str(len(body))
    return json.loads(body)


def test_it_answers_what_our_own_servers_answer_over_a_connection_that_is_kept(server):
    with connect(server.wait_until_ready(60)) as connection:
        assert get(connection, "/health") == {"status": "ok"}
        kept = connection.sock
        assert get(connection, "/ping") == {"result": "pong"}
        for wait in ("", "?wait_ms=0", "?wait_ms=1", "?wait_ms=20"):
            assert get(connection, f"/task{wait}") == DONE
        assert kept is not None and connection.sock is kept


def test_it_refuses_what_makes_no_sense_and_goes_on(server):
    address = server.wait_until_ready(60)
    refused = {"/nowhere": 404} | {f"/task?wait_ms={w}": 400 for w in ("soon", -1, LONGEST_MS + 1)}
    for target, status in refused.items():
        with connect(address) as connection:
            assert status_of(connection, target) == status, target
    with connect(address) as connection:
        assert get(connection, "/ping") == {"result": "pong"}


def test_it_closes_a_connection_when_the_client_asks_for_that(server):
    with connect(server.wait_until_ready(60)) as connection:
        connection.connect()
        with connection.sock.dup() as socket:
            socket.settimeout(LIMIT_S)
            assert get(connection, "/ping", Connection="close") == {"result": "pong"}
            assert socket.recv(1) == b""


# Ours wait for requests in flight before they end, and for so long a one until their own limit.
@pytest.mark.parametrize("server", OUTSIDE, indirect=True, ids=name_of)
def test_requests_that_wait_hold_up_nobody_and_it_ends_in_the_middle_of_them(server):
    address = server.wait_until_ready(60)
    with ExitStack() as stack:
        for _ in range(AT_ONCE):
            waits = stack.enter_context(connect(address))
            waits.request("GET", f"/task?wait_ms={LONGEST_MS}")
        with connect(address) as connection:
            assert get(connection, "/ping") == {"result": "pong"}
            assert get(connection, "/task?wait_ms=1") == DONE
        # Whose CPU time and threads are told is the server itself, and no shell around it.
        assert {*listeners(int(address.rpartition(":")[2]))} == {server.pid}
        assert not server.stop(LIMIT_S).killed


@pytest.mark.parametrize("variant", OUTSIDE, ids=name_of)
def test_it_says_its_version(variant: Variant):
    skip_without(variant)
    command = [PLACES.fill(word) for word in variant.version]
    assert printed_version(command, r"(\d+\.\d+)", program_path()), command


def test_each_source_has_less_than_sixty_lines():
    sources = [path for path in (ROOT / "servers/outside/runtimes").iterdir() if path.is_file()]
    assert len(sources) > len(OUTSIDE)
    assert [path.name for path in sources if len(path.read_text().splitlines()) >= 60] == []


def test_the_suite_says_what_installs_each_that_does_not_come_with_the_bench_itself():
    wanting = [v for v in OUTSIDE if v.command[0] != "{python}"]
    assert {v.name for v in wanting} == {"go", "node", "java-threads", "java-nio"}
    assert all(v.requires and v.installed_by.startswith("scripts/setup --runtimes") for v in wanting)


def test_the_suite_takes_less_than_ten_minutes():
    assert sum(run.expected_s for run in runs_of(SUITE, seed=7)) < 600


def test_every_variant_is_held_against_our_server_of_its_kind_once_warm():
    warm = [w for w in SUITE.workloads if w.warm_up_ms]
    assert [w.reference for w in warm] == ["thread-per-request", "async"]
    assert sorted(name for w in warm for name in w.variants) == sorted(v.name for v in SUITE.variants)


def recorded(folder: Path, *names: str) -> Recording:
    """Of a recording in which each has the model of ours that is of its kind."""
    loops = ("go", "node", "java-nio", "cpython-asyncio", "async")
    models = {name: MODELS["async" if name in loops else "thread-per-request"] for name in names}
    build(folder, Spec(models=models, workloads={"all-long": {"long": 100}}))
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(about | {"suite": "runtimes"}))
    return Recording.load(folder)


def test_what_was_measured_decides_what_becomes_of_a_claim(tmp_path):
    recording = recorded(tmp_path / "made", *map(name_of, SUITE.variants))
    turns, fraction, needs_async = [a for a in claim_answers(recording) if isinstance(a, Judged)]
    assert turns.verdict == "does not hold" and "Not of: `go` 5" in turns.measured
    assert fraction.verdict == "holds" and "`cpython-asyncio` 5" in fraction.measured
    assert needs_async.verdict == "does not hold"


@pytest.mark.parametrize("name", ["java-threads", "cpython-threads"])
def test_that_java_17_has_no_virtual_threads_is_told_where_java_was_measured(tmp_path, name):
    sentences = map(str, claim_answers(recorded(tmp_path / "made", name, "async")))
    told = [text for text in sentences if text.startswith("Java 17 has no virtual threads")]
    assert bool(told) == (name == "java-threads")
    assert all("`java-threads` had 101 threads" in text for text in told)
