"""What a suite file may say, and what is said about one that is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benching.prepared import Options
from cli.errors import UsageError
from cli.files import ROOT
from plans.suite import Choices, SuiteError, find_suite, read_suite, suite_names

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
    names = "sequential pool-8 thread-per-request fiber async async-2 async-uring"
    assert [v.name for v in suite.variants] == names.split()
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
        ("repetitions", "repetitons", "repetitons: no such key: did you mean 'repetitions'?"),
        (
            'server = "async_server"',
            'server = "async_server"\nattach = "127.0.0.1:80"',
            "variants.async.attach: only one of it and server or command may be there: leave the others out",
        ),
        (
            "connection_mode =",
            'method = "post"\nconnection_mode =',
            "method: expected an HTTP method as POST, found 'post'",
        ),
        ("connections =", "conections =", "mixed.conections: no such key: did you mean 'connections'?"),
        ("waits = true", "waits = 1", "classes.long.waits: expected true or false, found 1"),
        ("requests = 100", "requests = 0", "workloads.mixed.requests: expected a whole number from 1"),
        ("requests = 100", "requests = 99", "weights.long: 20 in 100 does not divide 99 exactly"),
        ("short = 80", "shrt = 80", "weights.shrt: no such class: did you mean 'short'?"),
        ('"fresh"', '"new"', "connection_mode: expected fresh or kept, found 'new'"),
        ('wait = "50ms"', "wait = 50", "wait: expected a duration"),
        ('wait = "50ms"', "", "workloads.mixed.weights.long: the suite has no wait"),
        ('"5s" =', '"five" =', "classes.long.target_at.five: 'five' is not a duration"),
        ("={wait_ms}", "={wait}", "classes.long.target: expected a path as"),
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
        ("[[workloads]]", "[workloads]", "workloads: expected tables, each under a [[header]] of its own"),
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


LOADS = """
clients = ["loadgen", "wrk"]
[classes.short]
target = "/ping"
[[workloads]]
name = "fixed"
requests = 9
connections = 3
connection_mode = "kept"
weights = { short = 1 }
[[workloads]]
name = "most"
duration = "1s"
connections = [3, 4]
connection_mode = "kept"
weights = { short = 1 }
[[workloads]]
name = "half"
duration = "1s"
load = 50
capacity = "most-3"
connections = 3
connection_mode = "kept"
weights = { short = 1 }
[[variants]]
name = "async"
server = "async_server"
repetitions = 5
[[variants]]
name = "fiber"
server = "fiber_server"
"""


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ('"most-3"', '"fixed"', "workloads.half.capacity: no such closed loop before it: there is most-3, "),
        ('"most-3"', '"half"', "workloads.half.capacity: no such closed loop before it: there is most-3, "),
        (
            "3, 4]",
            '3, 4]\nvariants = ["x"]',
            "workloads.most.variants: no such variant: there is async, fiber",
        ),
        ("3, 4]", '3, 4]\nreference = "x"', "workloads.most.reference: no such variant or client: there is "),
        ('["loadgen", "wrk"]', "[]", "clients: expected a list of texts, each once"),
        ('["loadgen", "wrk"]', '["wrk", "wrk"]', "clients: expected a list of texts, each once"),
        ("clients =", "repetitions = 0\nclients =", "repetitions: expected a whole number from 1 to 1000, "),
        ("clients =", "repetitions = 1001\nclients =", "repetitions: expected a whole number from 1 to 1000"),
        (
            '"half"',
            '"fixed"',
            "workloads: 'fixed' is there 2 times: a name is a key of the CSVs",
        ),
    ],
)
def test_a_mistake_is_said_once(write, right, wrong, line):
    path = write(LOADS.replace(right, wrong, 1))
    [mistake] = mistakes_of(path)
    assert mistake.startswith(f"{path}: {line}")


def test_what_is_chosen_is_left_with_what_it_needs(write):
    suite = read_suite(write(LOADS))
    assert (suite.name, suite.title, suite.folder) == ("mine", "mine", write(LOADS).with_suffix(""))
    assert suite.clients == ("loadgen", "wrk") and suite.repetitions == 1 and not suite.pinned
    half = read_suite(write(LOADS), Choices(workloads=("half",), clients=("wrk",), variants=("fiber",)))
    assert [w.name for w in half.workloads] == ["most-3", "half"]
    assert half.clients == ("wrk",) and [v.name for v in half.variants] == ["fiber"]
    most = read_suite(write(LOADS), Choices(workloads=("most",)))
    assert [w.name for w in most.workloads] == ["most-3", "most-4"]
    often = read_suite(write(LOADS), Choices(repetitions=7))
    assert often.repetitions == 7 and [v.repetitions for v in often.variants] == [None, None]
    assert [v.repetitions for v in suite.variants] == [5, None]


def test_only_a_suite_of_several_load_generators_has_some_to_choose_from(write):
    assert mistakes_of(write(GOOD), Choices(clients=("wrk",))) == [
        "--clients: the suite mine has one load generator: leave the flag out"
    ]
    assert mistakes_of(write(LOADS), Choices(clients=("wkr", "loadgen"))) == [
        "--clients: 'wkr' is not in the suite mine: did you mean 'wrk'?"
    ]


def test_a_wait_may_be_chosen_where_a_workload_alone_waits(write):
    text = LOADS.replace("requests = 9", 'requests = 9\nwait = "5ms"')
    assert {w.wait_ms for w in read_suite(write(text), Choices(wait_ms=7)).workloads} == {7}
    assert mistakes_of(write(LOADS), Choices(wait_ms=7)) == [
        "--wait: nothing waits in the suite mine: leave the flag out"
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    [line] = mistakes_of(tmp_path / "none.toml")
    assert line.startswith(f"{tmp_path}/none.toml: cannot be read: ")


def test_a_choice_of_repetitions_has_at_most_three_digits():
    def chosen(text: str) -> Options:
        return Options.parse(["--repetitions", text])

    assert [chosen(text).repetitions for text in ("1", "999")] == [1, 999]
    for text in ("0", "1000"):
        with pytest.raises(UsageError, match="is not a whole number from 1 to 999"):
            chosen(text)


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
