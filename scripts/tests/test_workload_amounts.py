"""How much a workload asks, and of what: amounts within bounds, curves, loads that are relative, company."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plans.workload import ClassRule, CurvePoint, RequestClass, Step, Workload, read_workloads
from plans.toml_table import TomlTable

SHORT = RequestClass("short", 1, "/ping", False)
RULES = {"short": ClassRule("/ping"), "busy": ClassRule("/compute", cpu_ms=10)}
CLOSED = {"connection_mode": "kept", "weights": {"short": 1}, "connections": 4, "duration": "2s"}
OFFERED = CLOSED | {"capacity": "most", "load": 50}
FIXED = {key: value for key, value in CLOSED.items() if key != "duration"} | {"requests": 100}
STEPS = {key: value for key, value in CLOSED.items() if key != "duration"}
STEPS |= {"capacity": "most", "steps": ["1s:50%", "500ms:200%", "1s:0%"]}
USUAL = {"pinned": False, "captured": None, "wait_ms": 20}


def read(data: dict[str, Any], chosen: dict[str, Any] | None = None) -> tuple[list[Workload], list[str]]:
    table = TomlTable("mine.toml", {"name": "w"} | data, "workloads", "w")
    table.there["class"] = RULES
    return list(read_workloads(table, USUAL, (chosen or {}).get("wait_ms"))), table.mistakes


def test_a_workload_has_what_its_table_says_and_the_suites_own_for_the_rest():
    [made], mistakes = read(CLOSED)
    assert not mistakes and made == Workload(
        "w", None, 4, "kept", (SHORT,), 2000, wait_ms=20, pinned=False, serves_at_once={}
    )
    [other], _ = read(FIXED | {"pinned": True, "captured": False, "wait": "1s", "serves_at_once": {"a": 3}})
    assert (other.requests, other.duration_ms, other.serves_at_once) == (100, None, {"a": 3})
    assert (other.pinned, other.captured, other.wait_ms) == (True, False, 1000)
    assert read(FIXED | {"wait": "1s"}, {"wait_ms": 7})[0][0].wait_ms == 7


def bounded(key: str, least: int, most: int, of: dict[str, Any]) -> list[Any]:
    """The bounds of a key, as whether a number is right."""
    numbers = [(least, True), (most, True), (least - 1, False), (most + 1, False)]
    return [(of | {key: number}, is_right) for number, is_right in numbers]


@pytest.mark.parametrize(
    ("data", "is_right"),
    [
        *bounded("requests", 1, 10_000_000, FIXED),
        *bounded("connections", 1, 100_000, CLOSED),
        *bounded("rate", 1, 10_000_000, CLOSED),
        *bounded("load", 1, 10_000, OFFERED),
        *bounded("retries", 1, 100, CLOSED | {"rate": 5}),
        *bounded("companions", 0, 100_000, CLOSED | {"company": "idle"}),
        *bounded("share", 0, 100, CLOSED | {"rate": 5, "weights": {"short": 1, "busy": 1}}),
        (CLOSED | {"connections": [1, 2]}, True),
        (CLOSED | {"connections": list(range(1, 51))}, True),
        (CLOSED | {"connections": list(range(1, 52))}, False),
        (CLOSED | {"connections": [1]}, False),
        (CLOSED | {"connections": [1, 2, 1]}, False),
        (CLOSED | {"connections": [0, 2]}, False),
        (CLOSED | {"method": "POST"}, True),
        (CLOSED | {"method": "post"}, False),
        (CLOSED | {"company_target": "ping"}, False),
    ],
)
def test_an_amount_has_bounds_and_may_be_as_much(data, is_right):
    assert (not read(data)[1]) is is_right


@pytest.mark.parametrize(
    ("data", "key", "fault"),
    [
        (
            CLOSED | {"requests": 5},
            "requests",
            "only one of it and duration or steps may be there",
        ),
        (STEPS | {"duration": "1s"}, "requests", "only one of it and duration or steps "),
        (OFFERED | {"rate": 5}, "rate", "only one of it and load or steps may be there"),
        (STEPS | {"load": 5}, "rate", "only one of it and load or steps may be there"),
        (CLOSED | {"capacity": "most"}, "capacity", "goes with load or steps, which goes with it: "),
        (CLOSED | {"load": 5}, "capacity", "goes with load or steps, which goes with it: "),
        (
            STEPS | {"arrivals": "poisson", "steps": ["1s:0%"]},
            "steps",
            "nothing is offered: say how much, as [",
        ),
        (CLOSED | {"arrivals": "poisson"}, "arrivals", "goes with rate or load or steps: add that, "),
        (CLOSED | {"retries": 2}, "retries", "goes with rate or load or steps: add that, "),
        (CLOSED | {"company": "leaves", "companions": 3}, "company_time", "missing: how long they take or"),
        (CLOSED | {"company": "idle"}, "companions", "goes with company, which goes with it: "),
        (CLOSED | {"companions": 5}, "companions", "goes with company, which goes with it: "),
        (CLOSED | {"connections": [1, 2], "rate": [1, 2, 3]}, "connections", "the lists of a curve must be"),
        (FIXED | {"weights": {"short": 1, "busy": 2}}, "weights.short", "1 in 3 does not divide 100 exactly"),
    ],
)
def test_what_does_not_fit_together_is_said_of_its_key(data, key, fault):
    assert any(line.startswith(f"mine.toml: workloads.w.{key}: {fault}") for line in read(data)[1])


@pytest.mark.parametrize(
    "data",
    [
        OFFERED,
        STEPS,
        STEPS | {"arrivals": "poisson", "retries": 1},
        CLOSED | {"rate": 5, "arrivals": "constant"},
        CLOSED | {"company": "idle", "companions": 3},
        CLOSED | {"company": "reads", "companions": 3, "company_time": "1s"},
        FIXED | {"weights": {"short": 1, "busy": 3}},
        CLOSED | {"weights": {"short": 1, "busy": 2}},  # so many in a duration need not be divided
    ],
)
def test_what_fits_together_is_no_mistake(data):
    assert read(data)[1] == []


def test_steps_last_as_long_as_all_of_them():
    [made], _ = read(STEPS)
    assert made.steps == (Step(1000, 50), Step(500, 200), Step(1000, 0)) and made.duration_ms == 2500
    assert made.is_open and made.arrivals == "constant"
    for wrong in ([], ["1s:50"], ["50%"], ["1s:50%", "x"], ["1s:12345%"], ["1s:-5%"], "1s:50%"):
        assert any("workloads.w.steps: " in line for line in read(STEPS | {"steps": wrong})[1]), wrong


@pytest.mark.parametrize(
    ("lists", "points"),
    [
        ({"rate": [10, 20]}, [("rate", 10, 4, 10), ("rate", 20, 4, 20)]),
        ({"connections": [8, 9]}, [("connections", 8, 8, None), ("connections", 9, 9, None)]),
        ({"connections": [8, 9], "rate": [10, 20]}, [("rate", 10, 8, 10), ("rate", 20, 9, 20)]),
    ],
)
def test_a_curve_is_along_its_first_list_and_what_stands_beside_goes_with_it(lists, points):
    made, mistakes = read(CLOSED | lists)
    assert not mistakes and [w.curve for w in made] == [CurvePoint("w", *point[:2]) for point in points]
    assert [(w.name, w.connections, w.rate_rps) for w in made] == [
        (f"w-{at}", connections, rate) for _, at, connections, rate in points
    ]


def test_a_share_of_a_core_is_beside_the_rate_of_the_others():
    both = {"rate": 200, "share": [0, 40], "weights": {"short": 1, "busy": 1}}
    made, mistakes = read(CLOSED | both)
    assert not mistakes and [(w.name, w.rate_rps, len(w.classes)) for w in made] == [
        ("w-0", 200, 1),
        ("w-40", 240, 2),
    ]
    [fault] = read(CLOSED | both | {"weights": {"short": 1}})[1][:1]
    assert fault.startswith("mine.toml: workloads.w.share: needs two classes, of which one says")


def test_a_loop_is_closed_where_nothing_is_offered():
    closed = Workload("w", None, 1, "kept", (SHORT,))
    assert not closed.is_open and closed.at_capacity(900) is closed
    for offered in ({"rate_rps": 5}, {"load": 5}, {"steps": (Step(1, 1),)}):
        assert replace(closed, **offered).is_open


@pytest.mark.parametrize(
    ("capacity", "percent", "rate"), [(900.4, 50, 450), (900, 300, 2700), (3, 50, 2), (10, 5, 1), (10, 16, 2)]
)
def test_a_load_is_so_many_per_cent_of_the_capacity_and_never_none(capacity, percent, rate):
    made = Workload("w", None, 1, "kept", (SHORT,), load=percent).at_capacity(capacity)
    assert (made.rate_rps, made.stages) == (rate, None)
    stepped = Workload("w", None, 1, "kept", (SHORT,), steps=(Step(500, percent), Step(9, 100)))
    assert stepped.at_capacity(capacity).stages == f"500ms:{rate},9ms:{round(capacity)}"
