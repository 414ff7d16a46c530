"""/db of both servers, against a private PostgreSQL: what it answers, who waits, and what a lost one does."""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from interrupts import Interrupts
from paths import ROOT
from server_process import ServerProcess
from waiting import until

BUILD = ROOT / "build" / "release" / "servers"
VARIANTS = {
    "thread-per-request": ["blocking_server", "--threads", "per-request"],
    "pool-8": ["blocking_server", "--threads", "8"],
    "async": ["async_server", "--threads", "1"],
    "async-2": ["async_server", "--threads", "2"],
}

needs_postgres = pytest.mark.skipif(
    postgres.missing() is not None, reason=f"{postgres.missing()} is not here: scripts/setup --databases"
)


@pytest.fixture(scope="module")
def interrupts() -> Iterator[Interrupts]:
    with Interrupts() as made:
        yield made


@pytest.fixture(scope="module")
def database(interrupts) -> Iterator[postgres.Postgres]:
    with postgres.Postgres(interrupts) as made:
        yield made


class Served:
    def __init__(self, address: str):
        self._address = address

    def get(self, path: str) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def get_all(self, path: str, count: int) -> list[int]:
        """The statuses of so many requests at once."""
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda: statuses.append(self.get(path)[0])) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(statuses)


@pytest.fixture(params=VARIANTS)
def serve(request, tmp_path: Path, interrupts):
    """Starts the variant with more flags; it must end in order, with every thread of it."""
    running: list[ServerProcess] = []

    def start(*flags: str) -> Served:
        program, *args = VARIANTS[request.param]
        command = [str(BUILD / program), *args, *flags, "--port", "0"]
        server = ServerProcess(command, tmp_path / "server.log", interrupts)
        running.append(server)
        return Served(server.wait_until_ready())

    yield start
    for server in running:
        ended = server.stop(10.0)
        assert ended.exit_code == 0 and not ended.killed, server.process.last_lines()


def test_without_a_database_the_route_says_so(serve):
    status, told = serve().get("/db?wait_ms=1")
    assert status == 501 and "--db" in told["error"]


def test_parameters_that_make_no_sense_are_refused(serve):
    served = serve()
    assert served.get("/db?wait_ms=soon")[0] == 400
    assert served.get("/db?cpu_ms=1") == (400, {"error": "unknown parameter 'cpu_ms'; known are wait_ms"})


@needs_postgres
def test_the_database_is_asked(serve, database):
    served = serve("--db", database.conninfo)
    assert served.get("/db?wait_ms=1") == (200, {"result": "Task Complete!"})
    assert served.get("/db") == (200, {"result": "Task Complete!"})


@needs_postgres
def test_more_requests_than_connections_wait_their_turn_and_are_all_answered(serve, database):
    served = serve("--db", database.conninfo, "--db-connections", "2")
    assert served.get_all("/db?wait_ms=20", 20) == [200] * 20


@needs_postgres
def test_who_finds_no_connection_in_time_is_answered_503(serve, database):
    served = serve("--db", database.conninfo, "--db-connections", "2", "--db-timeout", "100ms")
    statuses = served.get_all("/db?wait_ms=1000", 6)
    assert statuses == [200, 200, 503, 503, 503, 503]
    assert served.get("/db?wait_ms=1")[0] == 200


@needs_postgres
def test_a_connection_that_is_lost_is_answered_503_and_opened_again(serve, database):
    served = serve("--db", database.conninfo, "--db-connections", "2")
    assert served.get("/db?wait_ms=1")[0] == 200
    ask(database, "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
    statuses = {served.get("/db?wait_ms=1")[0] for _ in range(2)}
    assert statuses <= {200, 503}
    until(lambda: served.get_all("/db?wait_ms=1", 4) == [200] * 4, "the connections to be opened again")


@needs_postgres
def test_a_query_that_is_cut_off_is_answered_503(serve, database):
    served = serve("--db", database.conninfo, "--db-connections", "2")
    statuses: list[int] = []
    asking = threading.Thread(target=lambda: statuses.append(served.get("/db?wait_ms=20000")[0]))
    asking.start()
    sleeping = (
        "select count(*) from pg_stat_activity where state = 'active' and query like 'SELECT pg_sleep%'"
    )
    until(lambda: ask(database, sleeping) == "1", "the query to run")
    ask(
        database, "select pg_terminate_backend(pid) from pg_stat_activity where query like 'SELECT pg_sleep%'"
    )
    asking.join()
    assert statuses == [503]


@needs_postgres
def test_fewer_connections_than_event_loops_are_refused(database):
    command = [BUILD / "async_server", "--port", "0", "--threads", "2"]
    command += ["--db", database.conninfo, "--db-connections", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--db-connections: 1 are too few for 2 event loops")


@needs_postgres
def test_a_database_that_is_not_there_is_said_at_the_start(tmp_path, interrupts):
    for program in ("blocking_server", "async_server"):
        done = subprocess.run(
            [BUILD / program, "--port", "0", "--db", f"host={tmp_path} dbname=none"],
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 2 and done.stdout == ""
        assert done.stderr.startswith(f"--db: cannot connect to 'host={tmp_path} dbname=none': ")
        assert done.stderr.count("\n") == 1


@needs_postgres
def test_nothing_is_left_of_a_private_database(interrupts):
    with postgres.Postgres(interrupts) as made:
        folder = Path(made.conninfo.split()[0].removeprefix("host="))
        assert ask(made, "select 1") == "1"
        assert not list(Path(folder).glob("**/*.conf.sample"))
    assert not folder.exists()


def ask(database: postgres.Postgres, query: str) -> str:
    """What psql prints for the query."""
    done = subprocess.run(
        ["psql", "-X", "-At", "-d", database.conninfo, "-c", query],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
