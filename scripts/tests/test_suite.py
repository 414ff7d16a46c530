"""What a suite file may say, and what is said about one that is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from text.units import parse_duration_ms, short_text
from cli.files import ROOT
from plans.plan import OVERHEAD_S, expected_s, ideal_ms, runs_of
from plans.suite import Choices, SuiteError, find_suite, read_suite, suite_names
from plans.workload import Workload

GOOD = """
wait = "50ms"
repetitions = 3
[classes.long]
target = "/task?wait_ms={wait_ms}"
target_at = { "5s" = "/async-task" }
waits = true
[classes.short]
target = "/ping"
[[workloads]]
name = "mixed"
requests = 100
connections = 100
connection_mode = "fresh"
weights = { long = 20, short = 80 }
[[variants]]
name = "pool-8"
server = "blocking_server"
args = ["--threads", "8"]
serves_at_once = 8
[[variants]]
name = "async"
server = "async_server"
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_suite(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write_suite


def mistakes_of(path: Path, choices: Choices = Choices()) -> list[str]:
    with pytest.raises(SuiteError) as caught:
        read_suite(path, choices)
    return caught.value.mistakes


def test_the_suite_hundred_is_what_the_readme_says():
    suite = read_suite(find_suite("hundred"))
    assert [v.name for v in suite.variants] == [
        "sequential",
        "pool-8",
        "thread-per-request",
        "fiber",
        "async",
        "async-2",
        "async-uring",
    ]
    assert [w.name for w in suite.workloads] == ["all-long", "mixed", "all-short"]
    assert [w.waiting_requests for w in suite.workloads] == [100, 20, 0]
    assert {(w.requests, w.connections, w.connection_mode) for w in suite.workloads} == {(100, 100, "fresh")}
    assert (suite.wait_ms, suite.repetitions) == (50, 12)


def test_a_suite_of_scripts_is_found_by_name_and_any_other_by_path(write):
    path = write(GOOD)
    assert find_suite(str(path)) == path
    assert find_suite("hundred").name == "hundred.toml"
    assert "hundred" in suite_names()
    with pytest.raises(SuiteError, match="did you mean 'hundred'"):
        find_suite("hundreds")
    with pytest.raises(SuiteError, match="no such file"):
        find_suite("nowhere/to/be/found.toml")


def test_the_wait_is_filled_into_the_target(write):
    long, short = read_suite(write(GOOD)).workloads[0].classes
    assert (long.target, long.weight, long.waits) == ("/task?wait_ms=50", 20, True)
    assert (short.target, short.weight, short.waits) == ("/ping", 80, False)


def test_at_five_seconds_the_articles_own_route_is_asked(write):
    suite = read_suite(write(GOOD), Choices(wait_ms=5000))
    assert [c.target for c in suite.workloads[0].classes] == ["/async-task", "/ping"]


def test_the_command_line_chooses(write):
    suite = read_suite(write(GOOD), Choices(repetitions=1, variants=("async",), workloads=("mixed",)))
    assert suite.repetitions == 1
    assert [v.name for v in suite.variants] == ["async"]


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("repetitions", "repetitons", "repetitons: unknown key: did you mean 'repetitions'?"),
        (
            'server = "async_server"',
            'server = "async_server"\nattach = "127.0.0.1:80"',
            "variants.async.attach: a server that runs already is not started: leave server and command out",
        ),
        (
            "connection_mode =",
            'method = "post"\nconnection_mode =',
            "method: expected an HTTP method as POST, found 'post'",
        ),
        (
            "connections =",
            "conections =",
            "workloads.mixed.conections: unknown key: did you mean 'connections'?",
        ),
        ("waits = true", "waits = 1", "classes.long.waits: expected true or false, found 1"),
        ("requests = 100", "requests = 0", "workloads.mixed.requests: expected a whole number from 1"),
        ("requests = 100", "requests = 99", "weights.long: 20 in 100 does not divide 99 exactly"),
        ("short = 80", "shrt = 80", "weights.shrt: no such class: did you mean 'short'?"),
        ('"fresh"', '"new"', "connection_mode: expected fresh or kept, found 'new'"),
        ('wait = "50ms"', "wait = 50", "wait: expected a duration"),
        ('wait = "50ms"', "", "workloads.mixed.weights.long: the suite has no wait"),
        ('"5s" =', '"five" =', "classes.long.target_at.five: 'five' is not a duration"),
        ("={wait_ms}", "={wait}", "classes.long.target: unknown placeholder {wait}"),
        ('"/ping"', '"ping"', "classes.short.target: expected a path"),
        ('name = "async"', 'name = "pool-8"', "variants: 'pool-8' is there 2 times"),
        ('name = "async"', 'name = "Async!"', "variants.Async!.name: expected a name"),
        ('name = "async"', "", "variants.[2].name: missing"),
        ('["--threads", "8"]', '"--threads 8"', "variants.pool-8.args: expected a list of texts"),
        ("serves_at_once = 8", "serves_at_once = true", "serves_at_once: expected a whole number"),
        (
            'name = "async"\n',
            'name = "async"\ntargets = { shrot = "/" }\n',
            "variants.async.targets.shrot: no such class: did you mean 'short'?",
        ),
        ('server = "async_server"', 'command = ["PORT={port}", "x"]', "is no program: put it into `environ"),
        ("[[workloads]]", "[workloads]", "workloads: expected tables, each under a double-bracket header"),
    ],
)
def test_a_mistake_is_a_line_that_names_the_file_the_key_and_the_fix(write, right, wrong, says):
    path = write(GOOD.replace(right, wrong, 1))
    mistakes = mistakes_of(path)
    assert any(line.startswith(f"{path}: ") and says in line for line in mistakes), mistakes
    assert not any("\n" in line for line in mistakes)


def test_every_mistake_is_reported_at_once(write):
    text = GOOD.replace("repetitions", "repetitons").replace("waits = true", "wait = true")
    assert len(mistakes_of(write(text))) == 2


def test_what_is_not_toml_is_said_with_its_line(write):
    assert "line 2" in mistakes_of(write("\nwait = = 5"))[0]


def test_an_empty_file_lacks_workloads_and_variants(write):
    mistakes = mistakes_of(write(""))
    assert len(mistakes) == 2 and "workloads" in mistakes[0] and "variants" in mistakes[1]


def test_a_choice_that_is_not_there_names_the_nearest(write):
    mistakes = mistakes_of(write(GOOD), Choices(variants=("asink",), workloads=("mixd",)))
    assert any(
        "--variants: 'asink' is not in the suite mine: did you mean 'async'?" == line for line in mistakes
    )
    assert any(
        "--workloads: 'mixd' is not in the suite mine: did you mean 'mixed'?" == line for line in mistakes
    )


def test_a_wait_for_a_suite_that_waits_for_nothing_is_refused(write):
    text = GOOD.replace('wait = "50ms"', "").replace("long = 20, ", "")
    text = text[: text.index("[classes.long]")] + text[text.index("[classes.short]") :]
    assert read_suite(write(text)).wait_ms is None
    assert "--wait" in mistakes_of(write(text), Choices(wait_ms=50))[0]


@pytest.mark.parametrize(
    ("text", "ms"), [("1ms", 1), ("50ms", 50), ("0.5s", 500), ("5s", 5000), ("2m", 120_000)]
)
def test_durations_are_whole_milliseconds(text, ms):
    assert parse_duration_ms(text) == ms


@pytest.mark.parametrize(
    "text", ["", "50", "50 ms", "-5s", "500us", "0ms", "0.5ms", "11m", "1e3ms", "nan", "٥s"]
)
def test_what_is_not_a_duration_is_refused(text):
    with pytest.raises(ValueError, match="write it as|out of range"):
        parse_duration_ms(text)


def test_times_to_wait_are_written_as_people_plan():
    assert [short_text(s) for s in (-1, 40.4, 99.4, 100, 720, 3900)] == [
        "0 s", "40 s", "99 s", "2 min", "12 min", "1 h 5 min",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("serves_at_once", "connections", "ideal"),
    [(1, 100, 1000), (8, 100, 150), (None, 100, 50), (None, 10, 100), (8, 4, 250), (100, 100, 50)],
)
def test_the_ideal_makespan_is_the_number_of_turns_times_the_wait(write, serves_at_once, connections, ideal):
    mixed = read_suite(write(GOOD)).workloads[0]
    workload = Workload("w", 100, connections, "fresh", mixed.classes, wait_ms=50)
    assert ideal_ms(workload, serves_at_once) == ideal


def test_there_is_no_ideal_where_nothing_waits():
    short = read_suite(find_suite("hundred")).workloads[2]
    assert ideal_ms(short, 1) is None


def test_each_repetition_and_workload_meets_every_variant_in_its_own_order():
    suite = read_suite(find_suite("hundred"))
    runs = runs_of(suite, seed=1)
    assert len(runs) == 252
    blocks = [runs[i : i + 7] for i in range(0, 252, 7)]
    for block in blocks:
        assert {run.variant.name for run in block} == {v.name for v in suite.variants}
        assert len({(run.workload.name, run.repetition) for run in block}) == 1
    assert len({tuple(run.variant.name for run in block) for block in blocks}) > 5


def test_the_seed_decides_the_order():
    suite = read_suite(find_suite("hundred"))
    assert runs_of(suite, seed=1) == runs_of(suite, seed=1) != runs_of(suite, seed=2)


def test_the_expected_time_is_the_ideals_and_what_each_run_costs_beside():
    suite = read_suite(find_suite("hundred"))
    runs = runs_of(suite, seed=1)
    assert expected_s(runs) == pytest.approx(87.6 + 252 * OVERHEAD_S, rel=0.01)
    assert expected_s(runs) < 180


def test_a_request_may_take_twice_the_ideal_and_ten_seconds():
    runs = runs_of(read_suite(find_suite("hundred"), Choices(wait_ms=5000)), seed=1)
    by_name = {(run.workload.name, run.variant.name): run for run in runs}
    assert by_name["all-long", "sequential"].timeout_ms == 2 * 500_000 + 10_000
    assert by_name["all-short", "async"].timeout_ms == 10_000


@pytest.mark.parametrize(
    ("readme", "workloads", "flags"),
    [("README.md", "fresh-1, fresh-4", []), ("scripts/suites/README.md", "fresh-1, fresh-10", ["--dry-run"])],
)
def test_an_example_of_the_readmes_runs(tmp_path, readme, workloads, flags):
    text = (ROOT / readme).read_text(encoding="utf-8")
    [example] = re.findall(r"<!-- a test runs this one -->\n```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine.toml").write_text(example)
    flags = [*flags, "--no-calibration", "--output", str(tmp_path / "results")]
    if not (ROOT / "build/release/loadgen/loadgen").is_file():
        flags = ["--dry-run"]
    command = [sys.executable, str(ROOT / "scripts/bench.py"), "mine.toml", *flags]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert workloads in done.stdout and "skipped" not in done.stdout
