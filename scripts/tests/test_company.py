"""A run's company: what a suite says of it, the clients themselves against a server of one socket, and what
is said of what they cost."""

import json
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from clients import crowd
from metrics.curves import Curve, CurveLine, Point
from plans.workload import DRAWN
from plans.suite import SUITES, SuiteError, read_suite, runs_of
from benching.company import footprint, unnoticed
from words.curve_words import sentences

SUITE = """
[classes.short]
target = "/task?wait_ms={wait_ms}"
[[workloads]]
name = "beside"
duration = "1s"
wait = "10ms"
connections = 10
connection_mode = "kept"
weights = { short = 1 }
COMPANY
[[variants]]
name = "keeps"
server = "async_server"
[[variants]]
name = "closes"
server = "blocking_server"
keeps_none = "it closes each"
most_companions = 8
"""


def suite_with(tmp_path, company, drawn=""):
    path = tmp_path / "own.toml"
    text = SUITE.replace("COMPANY", company).replace('{wait_ms}"', '{wait_ms}"\n' + drawn)
    path.write_text(text)
    return read_suite(path)


@pytest.mark.parametrize("shape", DRAWN)
def test_the_parts_of_a_distribution_grow_and_have_its_mean(shape):
    parts = DRAWN[shape]
    assert sum(parts) / len(parts) == pytest.approx(1)
    assert list(parts) == sorted(parts)


def test_a_drawn_class_becomes_one_for_each_part(tmp_path):
    suite = suite_with(tmp_path, "", 'drawn = "exponential"')
    targets = [c.target for c in suite.workloads[0].classes]
    assert len(targets) == len(DRAWN["exponential"])
    assert targets[0] == "/task?wait_ms=0" and targets[-1] == "/task?wait_ms=38"


def test_companions_are_a_curve_that_may_begin_with_none(tmp_path):
    suite = suite_with(tmp_path, 'company = "leaves"\ncompanions = [0, 4, 16]\ncompany_time = "50ms"')
    assert [(w.name, w.curve.axis, w.companions) for w in suite.workloads] == [
        ("beside-0", "companions", 0), ("beside-4", "companions", 4), ("beside-16", "companions", 16)
    ]  # fmt: skip
    met = [(run.variant.name, run.workload.companions) for run in runs_of(suite, 1)]
    assert ("keeps", 16) in met and ("closes", 4) in met and ("closes", 16) not in met


def test_who_keeps_no_connection_meets_no_idle_ones(tmp_path):
    suite = suite_with(tmp_path, 'company = "idle"\ncompanions = [0, 4]')
    assert {run.variant.name for run in runs_of(suite, 1)} == {"keeps"}


@pytest.mark.parametrize(
    "company, fault",
    [('company = "idle"', "companions"), ("companions = 3", "companions"),
     ('company = "reads"\ncompanions = 3', "company_time"), ('company = "naps"\ncompanions = 3', "company")],
)  # fmt: skip
def test_company_that_is_half_described_is_refused(tmp_path, company, fault):
    with pytest.raises(SuiteError, match=f"beside.{fault}: "):
        suite_with(tmp_path, company)


@pytest.mark.parametrize("name", ["abandon", "clients", "idle"])
def test_suites_with_company_take_less_than_ten_minutes(name):
    suite = read_suite(SUITES / f"{name}.toml")
    assert sum(run.expected_s for run in runs_of(suite, 1)) < 600


REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + b"x" * 40


@pytest.mark.parametrize("kind", ["idle", "leaves", "reads", "sends"])
def test_each_client_has_its_turn_and_then_says_so(kind):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        words = [kind, server.getsockname()[1], 1, "/ping", 0.02]
        command = [sys.executable, crowd.__file__, *map(str, words)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            connection, _ = server.accept()
            connection.settimeout(10)
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(4096)
            assert request == b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            if kind == "leaves":
                assert connection.recv(1) == b""  # without a reply
            else:
                connection.sendall(REPLY)
            assert json.loads(process.stdout.readline()) == {"there": 1}
            if kind != "idle":
                server.accept()[0].close()  # it comes again
            process.terminate()
            assert json.loads(process.stdout.readline()).keys() == {"turns", "failed"}
            assert process.wait(10) == 0
            connection.close()


def test_a_connection_whose_client_has_closed_is_seen_until_the_server_closes_it():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        held, _ = server.accept()
        assert unnoticed(port) == 0
        client.close()
        assert unnoticed(port) == 1
        held.close()
        assert unnoticed(port) == 0


def test_a_footprint_has_all_that_a_process_takes():
    before = footprint(os.getpid())
    assert before["user"] > 1000 and before["all"] > before["user"]
    assert all(before[name] > 0 for name in ("kernel_stacks", "slab", "cpu_ns", "switches"))
    filled = bytearray(os.urandom(8 << 20))
    assert footprint(os.getpid())["user"] - before["user"] > len(filled) / 1024 / 2


class Told(SimpleNamespace):
    """A digest, as far as the sentences look at it."""

    counts, failures = True, {}

    def __getitem__(self, key):
        return self.figures.get(key)

    sound = __getitem__


def told(p99_us, **figures):
    values = {"p99": p99_us, **figures}
    spreads = {k: SimpleNamespace(median=v, low=v, high=v, at_least=False) for k, v in values.items()}
    return Told(figures=spreads)


def curve_of(company, **lines):
    made = [CurveLine(name, [Point(at, d) for at, d in points.items()]) for name, points in lines.items()]
    return Curve("beside", "companions", made, {"company": company})


def test_what_is_held_for_whom_has_left_is_told_beside_what_others_wait():
    curve = curve_of(
        "leaves",
        blocked={0: told(6e3), 8: told(7e3), 64: told(30e3, held=128, let_go=9e5)},
        noticing={0: told(6e3), 64: told(7e3, held=0)},
    )
    blocked, noticing = sentences(curve)
    assert "64 clients that leave: p99 of the others 30.0 ms (6.00 ms with none)" in blocked
    assert "abandoned, still held 128; let go after 900 ms" in blocked
    assert noticing.endswith("abandoned, still held 0.")


def test_what_an_idle_connection_takes_is_told():
    figures = {"idle_memory": 40.0, "idle_user": 14.0, "idle_cpu": 4.0}
    [first] = sentences(curve_of("idle", threads={0: told(500), 1000: told(600, **figures)}))
    own = "memory per idle connection 40.0 KiB; of it the server's own 14.0 KiB"
    assert f"{own}; CPU per idle second 4.00 µs." in first
