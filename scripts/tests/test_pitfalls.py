"""What the suite `pitfalls` says of itself, from made-up recordings."""

from __future__ import annotations

import json
from pathlib import Path

from recordings.recording import Recording
from plans.suite import find_suite, read_suite
from synthetic import MODELS, Model, Spec, build
from words.claims import claim_answers, unknown_quantities


def made(folder: Path, waiting: set[str]) -> Recording:
    models = {
        "thread-per-request": MODELS["thread-per-request"],
        "async": Model(1, 22, 38, 1),
        "async-offload-4": Model(4, 22, 38, 5),
    }
    workloads = {"awaited": {"waiting": 20, "short": 80}, "blocked": {"blocking": 20, "short": 80}}
    build(folder, Spec(models=models, workloads=workloads, waiting=frozenset(waiting)))
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(about | {"suite": "pitfalls"}))
    return Recording.load(folder)


def test_a_blocking_call_is_told_with_what_awaiting_takes_and_what_helps(tmp_path):
    [text] = claim_answers(made(tmp_path / "made", waiting={"blocking"}))
    assert text.startswith("**A blocking call in the event loop**: 20 requests that block for 50 ms each")
    assert "under `async`, where awaiting the same took" in text
    assert "under `async-offload-4` and" in text and "under `thread-per-request`." in text


def test_a_loop_that_is_not_held_up_is_not_said_to_be(tmp_path):
    assert claim_answers(made(tmp_path / "made", waiting={"blocking", "waiting"})) == []


def test_other_suites_have_none(tmp_path):
    assert claim_answers(Recording.load(build(tmp_path / "other"))) == []


def test_the_suite_speaks_of_quantities_that_there_are():
    assert unknown_quantities(read_suite(find_suite("pitfalls")).claims) == []


def test_what_each_variant_of_the_suite_holds_at_once_is_said_where_it_is_not_all():
    suite = read_suite(find_suite("pitfalls"))
    at_once = {
        (v.name, w.name): w.serves_at_once.get(v.name, v.serves_at_once)
        for w in suite.workloads
        for v in suite.variants
        if v.meets(w)
    }
    assert at_once["async", "blocked"] == 1 and at_once["async", "awaited"] is None
    assert at_once["async-offload-4", "blocked"] == 4
    assert at_once["async-db", "shared"] == at_once["thread-per-request-db", "shared"] == 10
    assert all(v.names("{postgres}") == v.name.split("-1")[0].endswith("db") for v in suite.variants)
