"""What a suite may say of until where a model holds up, and what is said about one that is wrong."""

from __future__ import annotations

import json

import pytest

from metrics.holding import unknown_metrics
from plans.claims import HoldsUp, Limit, a_limit, read_holds_up
from plans.suite import find_suite, read_suite, suite_names
from plans.toml_table import TomlTable


def read(holds_up: object, classes: list[str] | None = None) -> tuple[HoldsUp | None, list[str]]:
    table = TomlTable("mine.toml", {} if holds_up is None else {"holds_up": holds_up})
    table.there |= {} if classes is None else {"class": classes}
    return read_holds_up(table), table.mistakes


@pytest.mark.parametrize(
    ("text", "limit"),
    [("50ms", Limit(50_000.0)), (0.9, Limit(0.9)), ("4x", Limit(4.0, True)), ("0.8x", Limit(0.8, True))],
)
def test_a_limit_is_a_duration_a_number_or_a_multiple(text, limit):
    assert a_limit(text) == limit


def test_what_the_suite_says_is_what_a_recording_keeps():
    table = {"metric": "p99", "class": "short", "limit": "50ms", "allows": ["errors"], "costs": ["cpu"]}
    rule, mistakes = read(table, ["short"])
    assert not mistakes and rule == HoldsUp(Limit(50_000.0), "p99", "short", ("errors",), ("cpu",))
    assert read(json.loads(json.dumps(table)))[0] == rule
    assert read(None) == (None, [])


@pytest.mark.parametrize(
    ("table", "mistake"),
    [
        ({"metric": "p99"}, "mine.toml: holds_up.limit: missing"),
        ({"limit": "50"}, "mine.toml: holds_up.limit: '50' is not a duration"),
        ({"limit": True}, "mine.toml: holds_up.limit: expected a limit as"),
        ({"limit": "4x", "allows": ["late"]}, "holds_up.allows: expected errors or saturation, found 'late'"),
        ({"limit": "4x", "class": "shot"}, "holds_up.class: no such class: did you mean 'short'?"),
        ({"limit": "4x", "bound": 3}, "holds_up.bound: no such key"),
    ],
)
def test_a_mistake_is_one_line_with_its_key(table, mistake):
    [line] = read(table, ["short"])[1]
    assert mistake in line


def test_the_suites_speak_of_metrics_that_there_are():
    rules = [read_suite(find_suite(name)).holds_up for name in suite_names()]
    assert [line for rule in rules if rule for line in unknown_metrics(rule)] == []
    assert unknown_metrics(HoldsUp(Limit(4.0, True), metric="p98"))[0].startswith(
        "holds_up: no such metric 'p98'"
    )


@pytest.mark.parametrize("value", [0, -1, 0.0, None, True, ["50ms"]])
def test_what_is_no_limit_is_refused_with_examples(value):
    with pytest.raises(ValueError, match='^expected a limit as "50ms", 0.9 or "4x", found '):
        a_limit(value)


def test_a_limit_may_be_as_small_as_one_likes():
    assert a_limit(1) == Limit(1) and a_limit(0.001) == Limit(0.001)
    assert not a_limit("1ms").is_multiple and a_limit("0.5x").value == 0.5


def test_a_rule_is_of_p99_and_what_it_costs_unless_it_says_otherwise():
    rule, mistakes = read({"limit": "4x"})
    assert not mistakes and rule == HoldsUp(Limit(4.0, True), "p99", None, (), ("cpu", "memory"))
    # Without the suite's classes, as in a recording, any may be spoken of; of none, none.
    assert read({"limit": "4x", "class": "short"})[1] == []
    assert len(read({"limit": "4x", "class": "short"}, [])[1]) == 1
    assert read({"limit": "50"}) == (
        HoldsUp(None),
        ["mine.toml: holds_up.limit: '50' is not a duration: write it as " "50ms, 5s or 2m"],
    )
