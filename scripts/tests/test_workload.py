"""What workloads and variants may say beyond a fixed number of requests to one of our servers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plans.suite import Choices, Run, Suite, SuiteError, find_suite, planned, read_suite, runs_of
from plans.variant import Variant
from plans.workload import RequestClass, Workload

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
    most, closed = workload(suite, "at-once-100"), replace(workload(suite, "closed"), requests=100)
    assert Run(mine, most, 1).ideal_ms == 1000 and Run(other, most, 1).ideal_ms == 25_000, "none; 4"
    assert Run(mine, closed, 1).ideal_ms == 34 * 20 and Run(other, closed, 1).ideal_ms == 25 * 20, "3; 4"


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("requests = [1, 100]", "requests = [1, 10, 100]", "the lists of a curve must be of one length"),
        (
            "requests = [1, 100]",
            "requests = [1, 1]",
            "expected one number, or 2 to 50 that differ",
        ),
        ("rate = [100, 1000]", "", "workloads.offered.arrivals: goes with rate or load or steps: add"),
        ('duration = "2s"', "", "workloads.offered.requests: missing: give it, or duration or steps"),
        ('duration = "2s"', 'duration = "11m"', "workloads.offered.duration: "),
        ('variants = ["mine"]', 'variants = ["min"]', "variants: no such variant: did you mean 'mine'?"),
        ("{ mine = 3 }", "{ mime = 3 }", "serves_at_once.mime: no such variant: did you mean 'mine'?"),
        ('server = "async_server"', "", "variants.mine.server: missing: give it, or command or attach"),
        ("127.0.0.1:{port}", "127.0.0.1:80", "variants.other.command: it is not told its port"),
        (
            "{suite}/app.py",
            "{siute}/app.py",
            "variants.other.command: no such placeholder: did you mean '{suite}'?",
        ),
        ('"python:json"', '"perl:json"', "variants.other.requires: expected"),
        ('ready = "/up"', 'ready = "up"', "variants.other.ready: expected a path"),
        ('MODE = "plain"', "MODE = 1", "variants.other.environment.MODE: expected a text"),
        (
            'variants = ["mine"]',
            'reference = "mime"',
            "reference: no such variant or client: did you mean 'mine'?",
        ),
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
    every = {"sequential", "pool-8", "pool-keep-8", "thread-per-request", "fiber", "async", "async-uring"}
    assert {v.name for v in suite.variants} >= every


LONG, SHORT = RequestClass("long", 1, "/task?wait_ms=50", True), RequestClass("short", 3, "/ping", False)
MIXED = Workload("mixed", 100, 10, "kept", (LONG, SHORT), wait_ms=50)


def test_what_waits_is_its_share_of_the_requests():
    assert (MIXED.waiting_requests, MIXED.longest_ms) == (25, 50)
    assert replace(MIXED, classes=(LONG, LONG, SHORT)).waiting_requests == 40
    assert replace(MIXED, requests=None).waiting_requests == 0
    prompt = replace(MIXED, classes=(SHORT,))
    assert (prompt.waiting_requests, prompt.longest_ms) == (0, 0)
    assert replace(MIXED, wait_ms=None).longest_ms == 0


def test_without_a_list_every_variant_meets_a_workload():
    variants = [Variant(name) for name in ("a", "b", "c")]
    assert all(variant.meets(MIXED) for variant in variants)
    assert [v.meets(replace(MIXED, variants=("a", "b"))) for v in variants] == [True, True, False]


def test_a_rate_is_constant_unless_it_is_said_to_be_poisson(write):
    suite = read_suite(write(CURVES.replace('arrivals = "poisson"\n', "")))
    assert workload(suite, "offered-100").arrivals == "constant"
    assert workload(suite, "closed").arrivals is None and workload(suite, "at-once-1").arrivals is None


def test_of_two_lists_a_point_takes_what_stands_at_the_same_place(write):
    text = CURVES.replace("requests = [1, 100]", "requests = [5, 7]").replace(
        "connections = 64", "connections = [3, 4]", 1
    )
    suite = read_suite(write(text.replace("rate = [100, 1000]", "rate = [200, 400]")))
    assert [(w.name, w.requests, w.connections, w.rate_rps) for w in suite.workloads[:4]] == [
        ("at-once-1", 5, 1, None),
        ("at-once-100", 7, 100, None),
        ("offered-200", None, 3, 200),
        ("offered-400", None, 4, 400),
    ]
    assert [w.curve.axis for w in suite.workloads[:4]] == ["connections"] * 2 + ["rate"] * 2
    longer = CURVES.replace("connections = [1, 100]", "connections = 9")
    assert [(w.name, w.curve.axis, w.connections) for w in read_suite(write(longer)).workloads[:2]] == [
        ("at-once-1", "requests", 9),
        ("at-once-100", "requests", 9),
    ]


def listing(count: int) -> str:
    return "requests = [" + ", ".join(str(n) for n in range(1, count + 1)) + "]\nconnections = 1"


@pytest.mark.parametrize(
    ("right", "wrong", "is_right"),
    [
        ("requests = [1, 100]\nconnections = [1, 100]", listing(50), True),
        ("requests = [1, 100]\nconnections = [1, 100]", listing(51), False),
        ("requests = [1, 100]\nconnections = [1, 100]", listing(1), False),
        ("requests = [1, 100]", "requests = [1, 10_000_000]", True),
        ("requests = [1, 100]", "requests = [1, 10_000_001]", False),
        ("requests = [1, 100]", "requests = [0, 1]", False),
        ("connections = [1, 100]", "connections = [1, 100_000]", True),
        ("connections = [1, 100]", "connections = [1, 100_001]", False),
        ("rate = [100, 1000]", "rate = [1, 10_000_000]", True),
        ("rate = [100, 1000]", "rate = [1, 10_000_001]", False),
        ("weights = { long = 1 }", "weights = { long = 1_000_000 }\n", True),
        ("weights = { long = 1 }", "weights = { long = 1_000_001 }\n", False),
        ("weights = { long = 1 }", "weights = { long = 0 }\n", False),
        ("weights = { long = 1 }", "weights = {}\n", False),
        ("{ mine = 3 }", "{ mine = 1_000_000 }", True),
        ("{ mine = 3 }", "{ mine = 1_000_001 }", False),
        ("{ mine = 3 }", "{ mine = 0 }", False),
        ('duration = "2s"', 'duration = "10m"', True),
        ('wait = "20ms"', 'wait = "10m"', True),
    ],
)
def test_numbers_have_bounds_and_may_be_as_much(write, right, wrong, is_right):
    assert right in CURVES
    text = CURVES.replace(right, wrong, 1)
    if is_right:
        read_suite(write(text))
    else:
        with pytest.raises(SuiteError):
            read_suite(write(text))


def test_weights_divide_the_requests_exactly(write):
    with pytest.raises(SuiteError) as caught:
        read_suite(write(CURVES.replace("weights = { long = 1 }", "weights = { long = 1, short = 2 }", 1)))
    assert "workloads.at-once.weights.long: 1 in 3 does not divide 1 exactly" in str(caught.value.mistakes)
    read_suite(write(CURVES.replace("weights = { short = 1 }", "weights = { short = 1, long = 2 }", 1)))


def test_a_class_may_have_another_target_at_some_waits(write):
    text = CURVES.replace("waits = true", 'waits = true\ntarget_at = { "20ms" = "/other" }', 1)
    suite = read_suite(write(text))
    assert workload(suite, "closed").classes[0].target == "/other"
    assert workload(suite, "at-once-1").classes[0].target == "/task?wait_ms=1000"
    with pytest.raises(SuiteError) as caught:
        read_suite(write(text.replace('"20ms" =', '"20" =')))
    assert "classes.long.target_at.20: '20' is not a duration" in str(caught.value.mistakes)


def test_a_class_that_waits_needs_a_wait_and_one_that_does_not_needs_none(write):
    text = CURVES.replace('wait = "1s"\n', "", 1)
    with pytest.raises(SuiteError) as caught:
        read_suite(write(text))
    told = str(caught.value.mistakes)
    assert "at-once.weights.long: the suite has no wait: add" in told and "offered" not in told
    with pytest.raises(SuiteError):
        read_suite(write(text.replace("waits = true\n", "", 1)))
    with pytest.raises(SuiteError):
        read_suite(write(text.replace('"/task?wait_ms={wait_ms}"', '"/task"', 1)))


@pytest.mark.parametrize("target", ["ping", "", "/a b", "/\u00e9", "/{wait}", "/{wait_ms", "/{}"])
def test_a_target_is_a_path_with_nothing_to_fill_in_but_the_wait(write, target):
    with pytest.raises(SuiteError) as caught:
        read_suite(write(CURVES.replace('target = "/ping"', f'target = "{target}"')))
    assert "classes.short.target: " in str(caught.value.mistakes)
