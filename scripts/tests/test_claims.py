"""A suite's claims: an edited suite changes the sentence with it, and a mistake is named with its key."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from plans.claims import Claim, Expression, Quantity, parse_condition, parse_expression, parse_template
from plans.claims import read_claims
from plans.suite import SuiteError, find_suite, read_suite, suite_names
from plans.toml_table import TomlTable
from recordings.recording import Recording, ResultsError
from synthetic import MODELS, Spec, build
from words.claims import Judged, claim_answers, unknown_quantities

SUITE = """
wait = "{wait}"
[classes.slow]
target = "/task?wait_ms={{wait_ms}}"
waits = true
[classes.fast]
target = "/ping"
[[workloads]]
name = "both"
requests = {requests}
connections = {connections}
connection_mode = "fresh"
weights = {{ slow = 1, fast = 2 }}
[[variants]]
name = "async"
server = "async_server"
args = ["--db-connections", "{pool}", "--db-timeout", "{patience}"]
[[variants]]
name = "sequential"
server = "blocking_server"
"""

CLAIM = """
[[claims]]
workload = "both"
tells = [
    "{N} of {requests} requests wait {t} each over {connections} connections, {requests of fast} do not.",
    "{N / --db-connections by async} turns, or {--db-timeout by async}: {each}.",
    "Never {makespan by nobody}.",
]
each = "`{variant}` {makespan / N * t} N × t"
variants = ["async", "sequential"]
"""


def suite_text(wait="50ms", requests=90, connections=90, pool=10, patience="120ms") -> str:
    return SUITE.format(wait=wait, requests=requests, connections=connections, pool=pool, patience=patience)


def read(tmp_path: Path, claims: str, **numbers: Any):
    path = tmp_path / "mine.toml"
    path.write_text(suite_text(**numbers) + claims)
    return read_suite(path)


def mistakes(tmp_path: Path, claims: str) -> list[str]:
    with pytest.raises(SuiteError) as error:
        read(tmp_path, claims)
    return [line.removeprefix(f"{tmp_path}/") for line in error.value.mistakes]


def recorded(tmp_path: Path, suite: Any, **changes: Any) -> Recording:
    """What the bench would have written of the suite."""
    [workload] = suite.workloads
    share = workload.requests // 3
    spec = Spec(
        models={v.name: MODELS[v.name] for v in suite.variants},
        workloads={"both": {"slow": share, "fast": 2 * share}},
        waiting=frozenset({"slow"}),
        wait_us=suite.wait_ms * 1e3,
        **changes,
    )
    recording = Recording.load(build(tmp_path / "recording", spec))
    recording.run["suite"] = "mine"
    recording.run["claims"] = json.loads(json.dumps(suite.written["claims"]))
    recording.run["workloads"][0] |= {"connections": workload.connections}
    recording.run["variants"] = [{"name": v.name, "command": [v.server, *v.args]} for v in suite.variants]
    return recording


def claim_sentences(recording: Recording) -> list[str]:
    return list(map(str, claim_answers(recording)))


def judged_claims(recording: Recording) -> list[Judged]:
    return [answer for answer in claim_answers(recording) if isinstance(answer, Judged)]


def test_an_edited_suite_changes_its_sentences(tmp_path):
    claims = CLAIM.replace("by nobody", "by async under both")
    [text] = claim_sentences(recorded(tmp_path, read(tmp_path, claims)))
    start = "30 of 90 requests wait 50 ms each over 90 connections, 60 do not. 3 turns, or 120 ms: "
    assert text.startswith(start)
    assert ": `async` 0.04× N × t and `sequential` 1.01× N × t. Never 5" in text
    edited = read(tmp_path, claims, wait="60ms", requests=30, connections=8, pool=3, patience="2s")
    [text] = claim_sentences(recorded(tmp_path / "edited", edited))
    start = "10 of 30 requests wait 60 ms each over 8 connections, 20 do not. 4 turns, or 2 s: "
    assert text.startswith(start)


def test_a_sentence_without_its_figure_is_the_end(tmp_path):
    claims = CLAIM.replace("makespan by nobody", "failed by async")
    [text] = claim_sentences(recorded(tmp_path, read(tmp_path, claims)))
    assert "Never" not in text and text.endswith("`sequential` 1.01× N × t.")


def test_what_failed_is_counted_in_runs_that_were_not_invalid(tmp_path):
    claims = '[[claims]]\nworkload = "both"\nvariants = ["async"]\ntells = "Refused: {failed}."'
    failures = {("async", "both", 1): 7, ("async", "both", 2): 9}
    suite = read(tmp_path, claims)
    recording = recorded(tmp_path, suite, failures=failures, invalid={("async", "both", 2): "it was late"})
    assert claim_sentences(recording) == ["Refused: 7 of 90."]


TESTED = """
[[claims]]
says = "It is quick."
workload = "both"
holds = "makespan < 2 * t"
each = "`{variant}` {p99 of fast}"
variants = ["async"]
others = ["sequential"]
condition = "it does not wait"
remark = "So it is."
"""


def verdict(tmp_path: Path, claims: str, **changes: Any) -> str:
    [judged] = judged_claims(recorded(tmp_path, read(tmp_path, claims), **changes))
    return judged.verdict


def test_what_was_measured_decides(tmp_path):
    for number, (holds, expected) in enumerate(
        [
            ("makespan < 2 * t", "holds only if it does not wait"),
            ("makespan >= 2 * t", "holds only of `sequential`"),
            ("makespan > 0 * t", "holds"),
            ("makespan <= 0.5 * t", "does not hold"),
        ]
    ):
        (tmp_path / str(number)).mkdir()
        assert verdict(tmp_path / str(number), TESTED.replace("makespan < 2 * t", holds)) == expected


def test_a_claim_is_written_with_its_verdict_and_its_remark(tmp_path):
    [text] = claim_sentences(recorded(tmp_path, read(tmp_path, TESTED)))
    assert text.startswith("“It is quick.” **Holds only if it does not wait.** True of: `async` ")
    assert " Not of: `sequential` " in text and text.endswith(". So it is.")


def test_a_variant_whose_runs_do_not_count_speaks_for_no_claim(tmp_path):
    invalid = {("sequential", "both", n): "it was late" for n in (1, 2)}
    assert verdict(tmp_path, TESTED, invalid=invalid) == "holds"


def test_no_claim_is_made_of_rates_that_are_the_generators(tmp_path):
    claims = TESTED.replace("makespan < 2 * t", "throughput > 0")
    recording = recorded(tmp_path, read(tmp_path, claims))
    assert judged_claims(recording)[0].verdict == "holds"
    del recording.groups
    recording.summary = [
        SimpleNamespace(**row._asdict() | {"client_bound": True}) for row in recording.summary
    ]
    assert judged_claims(recording) == []


def test_claims_are_kept_as_the_suite_has_them(tmp_path):
    [claim] = read(tmp_path, TESTED).written["claims"]
    assert claim == {
        "says": "It is quick.",
        "workload": "both",
        "holds": ["makespan < 2 * t"],
        "each": "`{variant}` {p99 of fast}",
        "variants": ["async"],
        "others": ["sequential"],
        "condition": "it does not wait",
        "remark": "So it is.",
    }


def test_a_recording_without_claims_has_those_of_todays_suite_that_are_of_its_workloads(tmp_path):
    spec = Spec(models={"async": MODELS["async"]}, workloads={"all-long": {"long": 100}})
    recording = Recording.load(build(tmp_path / "r", spec))
    assert claim_sentences(recording) == []
    recording.run["suite"] = "frameworks"
    [legend] = claim_sentences(recording)
    assert "N = 100" in legend
    recording.run["suite"] = "of-somebody-else"
    assert claim_sentences(recording) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("makespan < 2 * t", "makespan = 2 * t", 'holds: expected a comparison as "makespan >= 0.9 * N * t"'),
        (
            "makespan < 2 * t",
            "makespan < 2*t",
            'holds: expected a quantity as "p99 of short by async under mix',
        ),
        ("makespan < 2 * t", "t < N / 2 / 3", "holds: 'N / 2 / 3' divides twice"),
        ("{p99 of fast}", "{p99 of fast", "each: a brace without its other half"),
        ("{p99 of fast}", "{N * t}", "each: a product has no unit to be written in"),
        ("{p99 of fast}", "{p99 of quick}", "each: no such class: there is slow, fast"),
        ("{p99 of fast}", "{p99 by asynch}", "each: no such variant: did you mean 'async'?"),
        ("{p99 of fast}", "{p99 under bothh}", "each: no such workload: did you mean 'both'?"),
        ('["sequential"]', '["sequentially"]', "others: no such variant: did you mean 'sequential'?"),
        ('"both"', '"boot"', "workload: no such workload: did you mean 'both'?"),
        ("remark", "remarks", "remarks: no such key: did you mean 'remark'?"),
        ('condition = "it does not wait"\n', "", "condition: goes with says, which goes with it: give both"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path, old, new, line):
    assert TESTED.count(old)
    assert any(
        text.startswith(f"mine.toml: claims.[1].{line}")
        for text in mistakes(tmp_path, TESTED.replace(old, new))
    )


def test_a_variant_without_a_name_is_one_mistake_and_what_speaks_of_it_another(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text((suite_text() + TESTED).replace('name = "async"\n', ""))
    with pytest.raises(SuiteError) as error:
        read_suite(path)
    assert [line.removeprefix(f"{path}: ") for line in error.value.mistakes] == [
        "variants.[1].name: missing",
        "claims.[1].variants: no such variant: there is [1], sequential",
    ]


def test_a_sentence_has_nothing_to_be_tested(tmp_path):
    [line] = mistakes(tmp_path, CLAIM.replace("by nobody", "by async") + 'others = ["async"]\n')
    assert line.startswith("mine.toml: claims.[1].others: goes with says: add that, or leave this out")


def test_names_that_stand_for_nothing_are_named_with_the_nearest_that_do(tmp_path):
    claims = TESTED.replace("makespan < 2 * t", "makespam < 2 * t").replace("p99 of", "p50 of")
    suite = read(tmp_path, claims)
    assert unknown_quantities(suite.claims) == [
        "claims, both, holds: no such quantity 'makespam': did you mean 'makespan'?",
        "claims, both, each: no such quantity 'p50': there is p99, requests",
    ]
    with pytest.raises(ResultsError, match="no such quantity 'makespam'"):
        claim_sentences(recorded(tmp_path, suite))


def test_every_suite_speaks_of_quantities_that_there_are():
    for name in suite_names():
        if name != "peers":
            assert unknown_quantities(read_suite(find_suite(name)).claims) == []


def test_a_quantity_may_be_of_a_class_by_a_variant_under_a_workload():
    p99 = Quantity("p99", "short", "async-2", "mixed")
    assert parse_expression("p99 of short by async-2 under mixed") == Expression((p99,))
    assert parse_expression("0.9 * N / t") == Expression((0.9, Quantity("N")), (Quantity("t"),))
    turns = Expression((0.5, Quantity("N")), (Quantity("t"),))
    assert parse_condition("makespan >= 0.5 * N / t") == (Expression((Quantity("makespan"),)), ">=", turns)
    b, c = Expression((Quantity("b"), 2.0), (Quantity("c"),)), Expression((Quantity("c"),))
    assert parse_template("a {b * 2 / c}{c}") == ["a ", b, "", c, ""]
    for wrong in ("}", "{a * b}", "{2}"):
        with pytest.raises(ValueError):
            parse_template(wrong)


def test_each_quantity_is_looked_for_where_it_speaks_of():
    claim = {"workload": "both", "tells": ["{a of slow under other}{b of slow} {c / d by y}"]}
    claim |= {"each": "{e}", "others": ["x"]}
    table = TomlTable("mine.toml", {"claims": [claim | {"says": "So."}, claim, {"tells": "{a by y}"}]})
    table.there |= {"variant": ["x"], "workload": {"both": ["fast"], "other": ["slow"]}}
    read_claims(table)
    tested, told, nowhere = ([line for line in table.mistakes if f"[{n}]" in line] for n in (1, 2, 3))
    keys = [line.split(": ")[1].removeprefix("claims.[1].") for line in tested]
    assert keys == "holds tells variants condition tells tells".split(), "it lacks three, and cannot tell"
    assert told == [
        "mine.toml: claims.[2].others: goes with says: add that, or leave this out",
        "mine.toml: claims.[2].tells: no such class: there is fast",
        "mine.toml: claims.[2].tells: no such variant: there is x",
    ]
    assert nowhere == ["mine.toml: claims.[3].workload: missing"]
    anything = TomlTable("run.json", {"claims": [{"workload": "w", "tells": "{a by y under z}"}]})
    [claim] = read_claims(anything)
    assert not anything.mistakes and list(claim.quantities) == [("tells", Quantity("a", None, "y", "z"))]
    texts = {"workload": "w", "says": "So.", "holds": "a < b / c", "each": "{d}", "tells": ["{e}", "{f}"]}
    tested = Claim(**TomlTable("run.json", texts).values(Claim))
    assert "".join(key[0] + q.name for key, q in tested.quantities) == "hahbhcedtetf"
