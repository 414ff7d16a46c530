"""What workloads and variants may say beyond a fixed number of requests to one of our servers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from plans.plan import planned, runs_of
from plans.suite import Choices, Suite, SuiteError, find_suite, read_suite
from plans.variant import Places, command_of, missing

CURVES = """
wait = "1s"
[classes.long]
target = "/task?wait_ms={wait_ms}"
waits = true
[classes.short]
target = "/ping"
[[workloads]]
name = "at-once"
requests = [1, 100]
connections = [1, 100]
connection_mode = "kept"
weights = { long = 1 }
[[workloads]]
name = "offered"
duration = "2s"
rate = [100, 1000]
arrivals = "poisson"
connections = 64
connection_mode = "kept"
pinned = true
weights = { short = 1 }
[[workloads]]
name = "closed"
duration = "500ms"
connections = 64
connection_mode = "kept"
wait = "20ms"
variants = ["mine"]
serves_at_once = { mine = 3 }
weights = { long = 1 }
[[variants]]
name = "mine"
server = "async_server"
[[variants]]
name = "other"
command = ["{python}", "{suite}/app.py", "--listen", "127.0.0.1:{port}"]
args = ["--build", "{build}"]
ready = "/up"
targets = { long = "/slow/{wait_ms}" }
environment = { MODE = "plain" }
requires = ["sh", "python:json"]
serves_at_once = 4
most_connections = 64
repetitions = 2
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_suite(text: str = CURVES) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write_suite


def workload(suite: Suite, name: str):
    return next(w for w in suite.workloads if w.name == name)


def test_a_list_makes_a_workload_of_each_number(write):
    suite = read_suite(write())
    assert [w.name for w in suite.workloads] == [
        "at-once-1", "at-once-100", "offered-100", "offered-1000", "closed",
    ]  # fmt: skip
    most = workload(suite, "at-once-100")
    assert (most.requests, most.connections, most.curve.name, most.curve.axis, most.curve.at) == (
        100, 100, "at-once", "connections", 100,
    )  # fmt: skip
    fast = workload(suite, "offered-1000")
    assert (fast.requests, fast.duration_ms, fast.rate_rps, fast.arrivals) == (None, 2000, 1000, "poisson")
    assert fast.curve.axis == "rate" and fast.pinned and not most.pinned


def test_a_curve_is_chosen_by_its_name(write):
    suite = read_suite(write(), Choices(workloads=("at-once", "offered-100")))
    assert [w.name for w in suite.workloads] == ["at-once-1", "at-once-100", "offered-100"]


def test_a_workload_may_have_a_wait_of_its_own_unless_the_command_line_says(write):
    assert workload(read_suite(write()), "closed").classes[0].target == "/task?wait_ms=20"
    asked = workload(read_suite(write(), Choices(wait_ms=7)), "closed")
    assert asked.classes[0].target == "/task?wait_ms=7" and asked.longest_ms == 7


def test_variants_meet_what_is_theirs_as_often_as_they_say(write):
    runs = runs_of(read_suite(write()), seed=1)
    assert planned(runs) == {
        "mine": {"at-once-1": 1, "at-once-100": 1, "offered-100": 1, "offered-1000": 1, "closed": 1},
        "other": {"at-once-1": 2, "offered-100": 2, "offered-1000": 2},
    }
    asked = runs_of(read_suite(write(), Choices(repetitions=3)), seed=1)
    assert set(planned(asked)["other"].values()) == {3}


def test_how_many_are_served_at_once_may_depend_on_the_workload(write):
    suite = read_suite(write())
    mine, other = suite.variants
    assert mine.at_once(workload(suite, "at-once-100")) is None
    assert mine.at_once(workload(suite, "closed")) == 3
    assert other.at_once(workload(suite, "at-once-1")) == 4


def test_the_placeholders_of_a_command_are_filled_in(write):
    mine, other = read_suite(write()).variants
    places = Places(Path("/suites/mine"), Path("/build"))
    assert command_of(mine, places) == [
        "/build/servers/async_server", "--address", "127.0.0.1", "--port", "0",
    ]  # fmt: skip
    assert command_of(other, places) == [
        sys.executable, "/suites/mine/app.py", "--listen", "127.0.0.1:{port}", "--build", "/build",
    ]  # fmt: skip
    assert other.target("long", "/task", 30) == "/slow/30" and other.target("short", "/ping", 30) == "/ping"
    assert dict(other.environment) == {"MODE": "plain"} and other.ready == "/up"


def test_what_is_not_installed_is_named(write, tmp_path):
    text = CURVES.replace(
        '"sh", "python:json"', '"no-such-program", "python:no_such.module", "file:{build}/x", "sh"'
    )
    other = read_suite(write(text)).variants[1]
    assert missing(other, Places(tmp_path, tmp_path)) == [
        "the program no-such-program", "the Python module no_such.module", f"the file {tmp_path}/x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("requests = [1, 100]", "requests = [1, 10, 100]", "the lists of a curve must be of one length"),
        ("requests = [1, 100]", "requests = [1, 1]", "expected one number, or 2 to 50 that differ"),
        ("rate = [100, 1000]", "", "workloads.offered.arrivals: a closed loop has none"),
        ('duration = "2s"', "", "workloads.offered.requests: say how much is asked"),
        ('duration = "2s"', 'duration = "11m"', "workloads.offered.duration: "),
        ('variants = ["mine"]', 'variants = ["min"]', "variants: no such variant: did you mean 'mine'?"),
        ("{ mine = 3 }", "{ mime = 3 }", "serves_at_once: no such variant: did you mean 'mine'?"),
        ('server = "async_server"', "", "variants.mine.server: missing: name one of our servers, or a"),
        ("127.0.0.1:{port}", "127.0.0.1:80", "variants.other.command: it is not told its port"),
        ("{suite}/app.py", "{siute}/app.py", "unknown placeholder {siute}: there is"),
        ('"python:json"', '"perl:json"', "variants.other.requires: expected"),
        ('ready = "/up"', 'ready = "up"', "variants.other.ready: expected a path"),
        ('MODE = "plain"', "MODE = 1", "variants.other.environment.MODE: expected a text"),
        ('variants = ["mine"]', 'reference = "mime"', "reference: no such variant: did you mean 'mine'?"),
    ],
)
def test_a_mistake_names_the_key_and_the_fix(write, right, wrong, says):
    with pytest.raises(SuiteError) as caught:
        read_suite(write(CURVES.replace(right, wrong, 1)))
    assert any(says in line for line in caught.value.mistakes), caught.value.mistakes


@pytest.mark.parametrize("name", ["scale", "sweep"])
def test_the_suites_of_curves_are_what_they_say(name):
    suite = read_suite(find_suite(name))
    assert all(w.curve and w.curve.axis == "connections" for w in suite.workloads)
    assert {v.name for v in suite.variants} >= {"sequential", "pool-8", "thread-per-request", "async"}
