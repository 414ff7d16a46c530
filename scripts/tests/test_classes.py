"""Classes of request: what a suite declares, what a workload asks of it, and waits that are drawn."""

from __future__ import annotations

import math
from typing import Any

import pytest

from plans.toml_table import TomlTable, a_path
from plans.workload import DRAWN, ClassRule, RequestClass, read_workloads, with_share


def asked(weights: dict[str, int], rules: dict[str, ClassRule], wait_ms: int | None = None) -> Any:
    """The classes of a workload, and what is wrong."""
    least = {"name": "w", "duration": "1s", "connections": 1, "connection_mode": "kept"}
    table = TomlTable("mine.toml", least | {"weights": weights}, "w")
    table.there["class"] = rules
    [workload] = read_workloads(table, {"wait_ms": wait_ms}, None)
    return list(workload.classes), [line.replace(" w.", " ") for line in table.mistakes]


def test_a_drawn_wait_is_the_mean_of_each_sixteenth_of_its_distribution():
    exponential, heavy = DRAWN["exponential"], DRAWN["heavy-tailed"]
    assert len(exponential) == len(heavy) == 16
    # Of the last sixteenth the mean is 1 + log 16, and by Pareto's law 16 / 16 ** (1 / 3).
    assert exponential[-1] == pytest.approx(1 + math.log(16))
    assert heavy[-1] == pytest.approx(16 ** (2 / 3))
    assert exponential[0] == pytest.approx(1 - 15 * math.log(16 / 15))
    assert heavy[0] == pytest.approx(16 * (1 - (15 / 16) ** (1 / 3)))
    assert sum(exponential) == pytest.approx(16) and sum(heavy) == pytest.approx(16)


def test_a_drawn_class_is_asked_for_as_sixteen_that_wait_in_their_targets():
    made, mistakes = asked({"work": 3}, {"work": ClassRule("/t?ms={wait_ms}", drawn="exponential")}, 100)
    assert not mistakes and [c.name for c in made] == [f"work-{n}" for n in range(1, 17)]
    assert {(c.weight, c.waits) for c in made} == {(3, False)}
    assert [made[n].target for n in (0, 1, 14, 15)] == ["/t?ms=3", "/t?ms=10", "/t?ms=239", "/t?ms=377"]


def test_without_a_wait_none_is_drawn():
    made, [fault] = asked({"work": 3}, {"work": ClassRule("/t?ms={wait_ms}", drawn="exponential")})
    assert fault.startswith("mine.toml: weights.work: the suite has no wait: add")
    assert {c.target for c in made} == {"/t?ms=0"}


def test_a_class_has_the_target_of_the_wait():
    rule = ClassRule("/t?ms={wait_ms}", waits=True, target_at={5000: "/slow"})
    assert asked({"long": 2}, {"long": rule}, 50)[0] == [RequestClass("long", 2, "/t?ms=50", True)]
    assert asked({"long": 2}, {"long": rule}, 5000)[0] == [RequestClass("long", 2, "/slow", True)]
    assert asked({"short": 1}, {"short": ClassRule("/ping")})[0] == [RequestClass("short", 1, "/ping", False)]


@pytest.mark.parametrize("rule", [ClassRule("/task", waits=True), ClassRule("/t?ms={wait_ms}")])
def test_what_waits_needs_a_wait(rule):
    fault = 'mine.toml: weights.long: the suite has no wait: add `wait = "50ms"` at its top'
    assert asked({"long": 1}, {"long": rule})[1] == [fault]
    assert asked({"long": 1}, {"long": rule}, 1)[1] == []


def test_a_workload_has_one_to_sixty_four_classes():
    rules = {f"c{n}": ClassRule("/") for n in range(65)}
    assert asked(dict.fromkeys(list(rules)[:64], 1), rules)[1] == []
    for count in (0, 65):
        fault = f"mine.toml: weights: {count} classes: name 1 to 64, as {{ long = 1 }}"
        assert asked(dict.fromkeys(list(rules)[:count], 1), rules)[1] == [fault]


def test_a_class_that_there_is_not_is_one_mistake():
    fault = "mine.toml: weights.shrt: no such class: did you mean 'short'?"
    assert asked({"shrt": 1}, {"short": ClassRule("/")})[1] == [fault]


def test_a_class_is_read_with_its_targets_at_waits():
    table = TomlTable("mine.toml", {"target": "/", "target_at": {"5s": "/slow", "5": "/x", "1ms": "no"}})
    assert ClassRule(**table.values(ClassRule)) == ClassRule("/", target_at={5000: "/slow"})
    assert [line.replace(", nothing else in braces", "") for line in table.mistakes] == [
        "mine.toml: target_at.5: '5' is not a duration: write it as 50ms, 5s or 2m",
        "mine.toml: target_at.1ms: expected a path as \"/task?wait_ms={wait_ms}\", found 'no'",
    ]
    assert (
        TomlTable("mine.toml", {}).values(ClassRule)["target"] == ""
    ), "what is missing is noted, and no text"


def test_a_path_may_name_the_wait_and_nothing_else():
    assert a_path("/t?ms={wait_ms}&x={wait_ms}") == "/t?ms={wait_ms}&x={wait_ms}"
    with pytest.raises(
        ValueError,
        match="^expected a path as .*{wait_ms}.*, nothing else in braces, found '/{wait_ms}/{wait}'$",
    ):
        a_path("/{wait_ms}/{wait}")


BUSY, PROMPT = RequestClass("busy", 1, "/compute", False), RequestClass("short", 5, "/ping", False)
RULES = {"busy": ClassRule("/compute", cpu_ms=10), "short": ClassRule("/ping")}


@pytest.mark.parametrize(("share", "busy_rps"), [(1, 1), (40, 40), (100, 100)])
def test_a_share_of_a_core_is_so_many_requests_of_what_each_computes(share, busy_rps):
    assert with_share((BUSY, PROMPT), 200, share, RULES) == {
        "classes": (
            RequestClass("short", 200, "/ping", False),
            RequestClass("busy", busy_rps, "/compute", False),
        ),
        "rate_rps": 200 + busy_rps,
    }


def test_no_share_leaves_the_others_alone():
    alone = (RequestClass("short", 200, "/ping", False),)
    assert with_share((PROMPT, BUSY), 200, 0, RULES) == {"classes": alone, "rate_rps": 200}


@pytest.mark.parametrize("classes", [(BUSY,), (PROMPT,), (BUSY, BUSY, PROMPT), (BUSY, PROMPT, PROMPT)])
def test_a_share_is_of_one_class_beside_one_other(classes):
    with pytest.raises(ValueError, match="^needs two classes, of which one says how long it computes"):
        with_share(classes, 200, 40, RULES)


def test_a_share_is_a_whole_number_of_requests():
    with pytest.raises(ValueError, match="^33 % of a core are no whole number of requests of 20 ms$"):
        with_share((BUSY, PROMPT), 200, 33, RULES | {"busy": ClassRule("/compute", cpu_ms=20)})
