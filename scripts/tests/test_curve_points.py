"""Curves: which workloads they are made of, in which order, and what their axis is called."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from metrics.curves import Curve, curves_of, single_digests, single_workloads


def entry(curve: str, axis: str, at: int, **more: Any) -> dict[str, Any]:
    return {"name": f"{curve}-{at}", "curve": {"name": curve, "axis": axis, "at": at}} | more


def recording(*entries: dict[str, Any], subjects: tuple[str, ...] = ("a", "b")) -> SimpleNamespace:
    by_name = {each["name"]: each for each in entries}
    return SimpleNamespace(
        run={"workloads": entries, "objective": None},
        subjects=subjects,
        workloads=list(by_name),
        workload=lambda name: by_name.get(name, {}),
    )


def digest(subject: str, workload: str) -> SimpleNamespace:
    return SimpleNamespace(subject=subject, workload=workload)


def test_each_curve_has_its_own_points_in_the_order_of_its_axis():
    made = recording(
        entry("offered", "rate", 100, rate=1),
        entry("offered", "rate", 50, rate=2),
        entry("beside", "share", 0),
        {"name": "alone"},
        entry("unmeasured", "rate", 7),
    )
    where = [("a", "offered-100"), ("a", "alone"), ("b", "beside-0"), ("a", "offered-50"), ("a", "unknown")]
    digests = [digest(*each) for each in where]
    offered, beside = curves_of(made, digests)
    assert (offered.name, offered.axis, offered.places) == ("offered", "rate", [50, 100])
    assert offered.entry["rate"] == 1, "what run.json says of the first that it declares"
    [line] = offered.lines
    assert line.subject == "a" and [(p.at, p.digest) for p in line.points] == [
        (50, digests[3]),
        (100, digests[0]),
    ]
    assert (beside.name, beside.axis, [line.subject for line in beside.lines]) == ("beside", "share", ["b"])
    assert offered.at(100) == [digests[0]] and offered.at(0) == [] and beside.at(0) == [digests[2]]
    assert single_workloads(made) == ["alone"] and single_digests(made, digests) == [digests[1]]
    assert curves_of(made, [digests[1]]) == []


@pytest.mark.parametrize(
    ("axis", "entry", "has_company", "is_burst", "text"),
    [
        ("companions", {"company": "idle", "requests": 9}, True, False, "idle connections"),
        ("companions", {"company": "leaves", "requests": None}, True, False, "clients that leave"),
        ("companions", {"company": "reads"}, True, False, "slow readers"),
        ("companions", {"company": "sends"}, True, False, "slow senders"),
        ("load", {"requests": 9}, False, False, "% of its own capacity offered"),
        ("share", {"requests": 9}, False, False, "% of a core for CPU-bound requests"),
        ("connections", {"requests": 9}, False, True, "requests at once"),
        ("connections", {}, False, False, "connections"),
    ],
)
def test_an_axis_is_called_by_who_is_there_or_what_is_offered(axis, entry, has_company, is_burst, text):
    curve = Curve("c", axis, [], entry)
    assert (curve.has_company, curve.is_burst, curve.axis_text) == (has_company, is_burst, text)
