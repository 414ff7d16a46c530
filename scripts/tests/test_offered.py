"""Loads that are relative: to a variant's own capacity, or of a core; as they are read, asked and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from benching.measure import capacity_of
from clients.clients import CLIENTS, Asked
from plans.suite import Choices, Run, Suite, SuiteError, find_suite, read_suite, runs_of
from plans.workload import Workload

SUITE = """
[classes.work]
target = "/task?cpu_ms=10"
cpu = "10ms"
[classes.short]
target = "/ping"
[[workloads]]
name = "capacity"
duration = "1s"
connections = 4
connection_mode = "fresh"
weights = { work = 1 }
[[workloads]]
name = "offered"
duration = "1s"
load = [50, 300]
capacity = "capacity"
arrivals = "poisson"
timeout = "100ms"
retries = 2
connections = 8
connection_mode = "fresh"
weights = { work = 1 }
[[workloads]]
name = "recover"
steps = ["1s:50%", "500ms:200%", "2s:50%"]
capacity = "capacity"
connections = 8
connection_mode = "fresh"
weights = { work = 1 }
[[workloads]]
name = "beside"
duration = "1s"
rate = 200
share = [0, 40]
connections = 8
connection_mode = "kept"
weights = { short = 1, work = 1 }
[[variants]]
name = "mine"
server = "async_server"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def suite_of(path: Path, text: str = SUITE, choices: Choices = Choices()) -> Suite:
    path.write_text(text)
    return read_suite(path, choices)


def workload(suite: Suite, name: str) -> Workload:
    return next(w for w in suite.workloads if w.name == name)


def command(suite: Suite, asked: Workload) -> str:
    run = Run(suite.variants[0], asked, 1)
    return " ".join(CLIENTS["loadgen"].command(Asked("loadgen", "127.0.0.1:1", run, Path("out"))))


def summary(rps: float, **changes: str) -> dict[str, str]:
    row = {"verdict": "valid", "ok": "9", "requests": "9", "throughput_rps": str(rps)}
    return row | {"server_cpu_us_per_request": "1050"} | changes


def test_a_load_is_so_much_of_what_the_variant_was_measured_to_serve(path: Path):
    suite = suite_of(path)
    three_times = workload(suite, "offered-300")
    assert three_times.curve.axis == "load" and three_times.curve.at == 300 and three_times.is_open
    assert "-R 300% --arrivals poisson --retries 2" in command(suite, three_times)
    assert "-d 1000ms -R 2700 --arrivals" in command(suite, three_times.at_capacity(900.1))


def test_steps_are_stages_of_the_rates_that_they_come_to_and_each_request_is_kept(path: Path):
    suite = suite_of(path)
    recover = workload(suite, "recover")
    assert recover.duration_ms == 3500
    asked = command(suite, recover.at_capacity(100))
    assert "--stages 1000ms:50,500ms:200,2000ms:50 --arrivals constant" in asked
    assert " -d " not in asked and "--rows-cap" not in asked
    assert "--rows-cap" in command(suite, workload(suite, "offered-50"))


def test_a_share_of_a_core_is_taken_beside_the_same_rate_of_short_requests(path: Path):
    suite = suite_of(path)
    alone, beside = workload(suite, "beside-0"), workload(suite, "beside-40")
    assert [(c.name, c.weight) for c in alone.classes] == [("short", 200)] and alone.rate_rps == 200
    assert [(c.name, c.weight) for c in beside.classes] == [("short", 200), ("work", 40)]
    assert beside.rate_rps == 240 and beside.curve.axis == "share"


def test_the_capacity_is_measured_also_where_only_what_needs_it_is_asked_for(path: Path):
    suite = suite_of(path, choices=Choices(workloads=("recover",)))
    assert [w.name for w in suite.workloads] == ["capacity", "recover"]


def test_a_capacity_is_the_median_of_the_sound_runs_of_the_same_variant(path: Path):
    suite = suite_of(path)
    needs = Run(suite.variants[0], workload(suite, "offered-50"), 1)
    measures = needs._replace(workload=workload(suite, "capacity"))
    assert capacity_of(needs, []) == (None, {})
    done = [(measures, summary(100, verdict="invalid"))]
    rps, columns = capacity_of(needs, done)
    assert rps == 100 and set(columns.values()) == {None}, "it is offered, and not told"
    for row in (summary(800), summary(900), summary(100, ok="8"), summary(100, verdict="failed"), {}):
        done.append((measures, row))
    done.append((needs, summary(50)))
    assert capacity_of(needs, done)[1] == {"capacity_rps": 850, "capacity_cpu_us_per_request": 1050}
    assert capacity_of(measures, done) == (None, {})


@pytest.mark.parametrize(
    ("line", "instead", "says"),
    [
        ('capacity = "capacity"\n', "", "offered.capacity: goes with load or steps, which goes with it"),
        (
            'capacity = "capacity"',
            'capacity = "recover"',
            "offered.capacity: no such closed loop before it: ",
        ),
        (
            "load = [50, 300]\n",
            "load = [50, 300]\nrate = 9\n",
            "offered.rate: only one of it and load or steps ",
        ),
        (
            'load = [50, 300]\ncapacity = "capacity"\narrivals = "poisson"\n',
            "",
            "offered.retries: goes with rate or load or steps",
        ),
        ('"500ms:200%"', '"500ms:200"', 'recover.steps: expected a step as "1s:50%", found'),
        ("rate = 200\n", "", "beside.share: goes with rate"),
        ('cpu = "10ms"', 'cpu = "7ms"', "beside.share: 40 % of a core are no whole number of "),
        ("{ short = 1, work = 1 }", "{ short = 1 }", "beside.share: needs two classes, of which one "),
    ],
)
def test_what_does_not_fit_together_is_said(path: Path, line: str, instead: str, says: str):
    assert line in SUITE
    with pytest.raises(SuiteError) as caught:
        suite_of(path, SUITE.replace(line, instead, 1))
    assert any(mistake.startswith(f"{path}: workloads.{says}") for mistake in caught.value.mistakes)


@pytest.mark.parametrize("name", ["overload", "fair", "cold"])
def test_a_suite_of_a_hard_question_has_all_models_and_takes_less_than_ten_minutes(name: str):
    suite = read_suite(find_suite(name))
    models = {"pool-8", "pool-keep-8", "thread-per-request", "fiber", "async", "async-uring"}
    assert models <= {v.name for v in suite.variants}
    assert sum(run.expected_s for run in runs_of(suite, 1)) < 9 * 60
