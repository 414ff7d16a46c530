"""Whose time a core's time was: the kernel's counters, and the shares of what passed between two of them."""

from __future__ import annotations

import pytest

from gating.core_time import busy_share, steal_share, times_of

STAT = """cpu  10 20 30 40 50 60 70 80 90 100
cpu0 1 2 3 4 5 6 7 8 9 10
cpu1 11 12 13 14 15 16 17 18
cpu10 21 22 23 24 25 26 27 28 29
cpu2 1 2 3 4 5 6 7
intr 1 2 3
"""


def test_a_core_has_eight_counters(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text(STAT)
    assert times_of(0, stat) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert times_of(1, stat) == [11, 12, 13, 14, 15, 16, 17, 18]
    assert times_of(None, stat) == [10, 20, 30, 40, 50, 60, 70, 80]
    assert times_of(2, stat) is None and times_of(3, stat) is None  # an old kernel's, and none
    assert times_of(0, tmp_path / "nothing") is None


#          user nice system idle iowait irq softirq steal
BEFORE = [1000, 0, 500, 2000, 100, 10, 20, 40]


def after(**passed: int) -> list[int]:
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    return [ticks + passed.get(name, 0) for ticks, name in zip(BEFORE, names)]


@pytest.mark.parametrize(
    ("passed", "busy", "stolen"),
    [
        ({"user": 100}, 1.0, 0.0),
        ({"idle": 100}, 0.0, 0.0),
        ({"iowait": 60, "idle": 40}, 0.0, 0.0),
        ({"user": 20, "system": 10, "softirq": 5, "irq": 5, "nice": 10, "idle": 40, "iowait": 10}, 0.5, 0.0),
        ({"user": 60, "steal": 20, "idle": 20}, 0.8, 0.2),  # what was taken was wanted
        ({"steal": 100}, 1.0, 1.0),
        ({"user": 1}, 1.0, 0.0),
        ({"user": 100, "steal": -10}, 1.0, 0.0),  # the kernel's counter of it is known to run back
    ],
)
def test_who_was_busy_and_what_was_taken(passed, busy, stolen):
    assert busy_share(BEFORE, after(**passed)) == pytest.approx(busy)
    assert steal_share(BEFORE, after(**passed)) == pytest.approx(stolen)


def test_without_time_between_them_there_is_no_share():
    for share in (busy_share, steal_share):
        assert share(BEFORE, BEFORE) is None
        assert share(BEFORE, after(user=-5)) is None
        assert share(None, BEFORE) is None and share(BEFORE, None) is None
