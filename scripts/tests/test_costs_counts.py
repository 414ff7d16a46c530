"""Phases become counts per request, and counts of two sides become findings."""

from __future__ import annotations

from collections import Counter

import pytest

from costing.costs import (
    ALLOCATIONS,
    BYTES_READ,
    BYTES_WRITTEN,
    INSTRUCTIONS,
    INVOLUNTARY,
    NAMES,
    SYSTEM_CALLS,
    VOLUNTARY,
    CellCosts,
    Costs,
    Count,
    Phase,
    Phases,
    THRESHOLDS,
    profile_costs,
)
from costing import measuring
from costing.measuring import SystemCall, call_figures, measured, switch_costs
from costing.profile import Call, Profile


def phases(busy, *idle):
    """A hundred requests in two seconds each; a second in which nothing is asked."""
    idle_s = 1.0 / len(idle)
    return Phases([Phase(taken, 0, idle_s) for taken in idle], [Phase(taken, 100, 2.0) for taken in busy])


def count_of(numbers: Phases) -> Count:
    return numbers.mapped(lambda number: {"number": number}).counts()["number"]


def made(own: dict[str, float], calls: dict[tuple[str, str], float] = {}) -> Profile:
    return Profile(Counter(own), calls=Counter({Call(*pair): count for pair, count in calls.items()}))


def test_what_is_done_by_the_clock_is_taken_off_in_proportion_to_time():
    # Two seconds for a hundred requests, in which the clock alone does 2 x 50.
    assert count_of(phases([1100.0], 25.0, 25.0)) == Count(10.0, 10.0, 10.0)
    longer = Phases([Phase(50.0, 0, 0.5), Phase(50.0, 0, 1.5)], [Phase(1100.0, 100, 2.0)])
    assert count_of(longer) == Count(10.0, 10.0, 10.0)


def test_a_tick_more_or_less_in_a_phase_is_no_change_of_the_count():
    # Of a clock that ticks twice a second nobody knows whether it did so once or twice in a phase.
    count = count_of(phases([301.0], 1.0, 0.0, 1.0))
    assert (count.value, count.least, count.most) == pytest.approx((2.97, 2.96, 2.98))


def test_one_phase_with_a_collection_of_garbage_changes_nothing():
    assert count_of(phases([500.0, 900.0, 510.0, 490.0, 480.0], 0.0)) == Count(5.0, 4.9, 5.1)
    # Of fewer phases none is left out.
    assert count_of(phases([500.0, 900.0, 510.0, 490.0], 0.0)) == Count(5.05, 4.9, 9.0)


class FakeLoad:
    """`asked` is how many of each call."""

    def __init__(self, clock, each_s):
        self.asked, self._clock, self._each_s = [], clock, each_s
        self.at_once = 1

    def ask(self, count):
        count = -(-count // self.at_once) * self.at_once
        self.asked.append(count)
        self._clock[0] += count * self._each_s
        return count

    def idle(self, seconds):
        self._clock[0] += seconds
        return 0


@pytest.mark.parametrize(
    ("each_s", "requests", "phase_s", "warm_up", "size", "idle_s"),
    [
        (1 / 10, None, 5.0, 4, 50, 2.0),  # warm after four seconds
        (1 / 8, None, 6.25, 4, 50, 2.0),
        (1 / 8, None, 6.249, 4, 20, 2.0),
        (1 / 8, None, 1.0, 4, 10, 1.25),  # never fewer than ten, whatever they take
        (1 / 64, None, 3.125, 10, 200, 2.0),  # warm after a hundred requests
        (1 / 64, None, 3.124, 10, 100, 100 / 64),
        (1 / 256, None, 2.0, 10, 500, 500 / 256),
        (1 / 1024, None, 2.0, 10, 2000, 2000 / 1024),
        (1 / 8192, None, 2.0, 10, 2000, 0.5),  # never more than two thousand; idle for half a second at least
        (1 / 8, 8, 2.0, 4, 8, 1.0),
    ],
)
def test_a_phase_has_as_many_requests_as_there_is_time_for_and_idling_takes_as_long(
    monkeypatch, each_s, requests, phase_s, warm_up, size, idle_s
):
    clock, taken = [1.0], iter(range(11))
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    load = FakeLoad(clock, each_s)
    monkeypatch.setattr(measuring, "_PHASE_S", phase_s)
    done = measured(load, lambda _: next(taken), requests)
    assert load.asked == [10] * warm_up + [size] * 5
    # What was counted in the warm-up is nobody's.
    assert done.busy == [Phase((number, number + 1), size, size * each_s) for number in range(5)]
    assert [each[:2] for each in done.idle] == [((number, number + 1), 0) for number in range(5, 10)]
    assert [each.seconds for each in done.idle] == pytest.approx([idle_s / 5] * 5)


def test_where_several_are_asked_at_once_the_warm_up_ends_with_the_hundredth_too(monkeypatch):
    clock = [1.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    load = FakeLoad(clock, 1 / 64)
    load.at_once = 11
    measured(load, lambda _: None, 10)
    assert load.asked == [11] * (10 + 5)


def test_system_calls_are_counted_by_name_and_by_what_they_moved():
    busy = [SystemCall("read", 0.0, 80), SystemCall("write", 0.0, 100), SystemCall("epoll_wait", 0.0)] * 100
    idle = [SystemCall("epoll_wait", 0.0)] * 10
    counts = phases([busy], idle).mapped(call_figures).counts()
    assert counts[SYSTEM_CALLS].value == pytest.approx(2.8)
    assert (counts[BYTES_READ].value, counts[BYTES_WRITTEN].value) == (80.0, 100.0)
    assert {name: round(count.value, 6) for name, count in counts.items() if name not in NAMES} == {
        "epoll_wait": 0.8,
        "read": 1.0,
        "write": 1.0,
    }


def test_switches_are_counted_apart_by_who_wanted_them():
    begin, middle, end = ({"thread": [*switches, "serve"]} for switches in ((7, 7), (207, 17), (207, 22)))
    counts = switch_costs(phases([(begin, middle)], (middle, end)))[0].counts
    assert {name: round(count.value, 6) for name, count in counts.items()} == {
        VOLUNTARY: 2.0,
        INVOLUNTARY: 0.0,
    }


def test_a_thread_that_begins_counts_from_nothing_and_one_that_ends_is_told():
    before = {"first": [5, 1, "node"], "second": [9, 9, "python3.11"]}
    after = {"first": [105, 1, "node"], "third": [100, 50, "node"]}
    costs, can_be_profiled = switch_costs(phases([(before, after)], (after, after)))
    assert (costs.counts[VOLUNTARY].value, costs.counts[INVOLUNTARY].value) == (2.0, 0.5)
    assert not can_be_profiled
    assert [note.partition(":")[0] for note in costs.notes] == [
        "node compiles while it runs, so that callgrind sees other instructions each time",
        "CPython",
        "1 threads ended while they were counted",
    ]


def test_an_allocation_is_a_call_by_who_is_no_allocator():
    calls = {
        ("answer", "operator new(unsigned long)"): 3.0,
        ("operator new(unsigned long)", "malloc"): 3.0,
        ("strdup", "malloc"): 1.0,
        ("strdup", "strlen"): 5.0,
        ("realloc", "malloc"): 1.0,
    }
    assert made({}, calls).allocations == 4.0


def test_the_profile_of_a_request_is_of_the_phase_in_the_middle():
    busy = [made({"f": cost, "tick": 20}, {("f", "malloc"): 200}) for cost in (900, 1000, 1400)]
    costs = profile_costs(phases(busy, made({"tick": 4}), made({"tick": 6})))
    counts, profile = costs.counts, costs.profile
    assert counts[INSTRUCTIONS].value == pytest.approx(10.0)
    assert counts[ALLOCATIONS].value == pytest.approx(2.0)
    assert profile.own["f"] == pytest.approx(10.0)
    assert profile.own["tick"] == pytest.approx(0.0)


def test_the_phase_in_the_middle_is_that_by_what_one_request_of_it_takes():
    """Five phases of 5 to 50 instructions a request, and a clock that ticks four times a second."""
    sizes = ((400, 10), (3000, 100), (500, 50), (500, 100), (500, 10))
    busy = [Phase(made({"f": cost, "tick": 12}), requests, 3.0) for cost, requests in sizes]
    idle = [Phase(made({"tick": 5}), 0, 0.5), Phase(made({"tick": 3}), 0, 1.5)]
    profile = profile_costs(Phases(idle, busy)).profile
    assert profile.own["f"] == pytest.approx(30.0)
    assert profile.own["tick"] == pytest.approx(0.0)


def exact(value: float) -> Count:
    return Count(value, value, value)


def line(name: str, before: Count, after: Count, thresholds: dict = THRESHOLDS):
    [only] = CellCosts("cell", Costs({name: before}), Costs({name: after}), thresholds).lines
    return only


@pytest.mark.parametrize(
    ("name", "before", "after", "finding"),
    [
        (INSTRUCTIONS, 3000.0, 3029.9, "not grown"),
        (INSTRUCTIONS, 3000.0, 3030.1, "grew"),
        (INSTRUCTIONS, 3000.0, 2000.0, "not grown"),
        (ALLOCATIONS, 0.0, 0.02, "not grown"),
        (ALLOCATIONS, 0.0, 0.021, "grew"),
        (SYSTEM_CALLS, 2.0, 2.019, "not grown"),
        (SYSTEM_CALLS, 2.0, 3.0, "grew"),
        (VOLUNTARY, 1.0, 9.0, ""),
        (BYTES_WRITTEN, 100.0, 900.0, ""),
    ],
)
def test_a_count_grew_when_it_rose_by_more_than_its_threshold(name, before, after, finding):
    judged = line(name, exact(before), exact(after))
    assert judged.finding == finding


def test_every_threshold_can_be_changed():
    loose = dict(instructions=0.1, allocations=2, calls=2, switches=1, bytes=50)
    assert line(INSTRUCTIONS, exact(100), exact(109), loose).finding == "not grown"
    assert line(INSTRUCTIONS, exact(100), exact(111), loose).finding == "grew"
    assert line(ALLOCATIONS, exact(1), exact(3), loose).finding == "not grown"
    assert line(VOLUNTARY, exact(1), exact(2.1), loose).finding == "grew"
    assert line(BYTES_WRITTEN, exact(100), exact(151), loose).finding == "grew"


def test_what_varies_more_by_itself_than_it_grew_is_unclear_and_did_not_grow():
    judged = line(INSTRUCTIONS, Count(1000, 900, 1100), Count(1050, 1000, 1150))
    assert judged.finding == "unclear"
    apart = line(INSTRUCTIONS, Count(1000, 900, 1000), Count(1050, 1000.5, 1150))
    assert apart.finding == "grew"
    touching = line(INSTRUCTIONS, Count(1000, 900, 1000), Count(1050, 1000, 1150))
    assert touching.finding == "unclear"


def test_system_calls_are_shown_by_name_and_judged_together():
    before = Costs({SYSTEM_CALLS: exact(2), "read": exact(1), "write": exact(1), "brk": exact(0.0049)})
    after = Costs({SYSTEM_CALLS: exact(2), "recvfrom": exact(1), "write": exact(1), "futex": exact(0.005)})
    lines = CellCosts("cell", before, after).lines
    shown = [(each.name, each.before.value, each.after.value, each.limit) for each in lines]
    assert shown == [
        (SYSTEM_CALLS, 2, 2, 0.02),
        ("futex", 0, 0.005, None),
        ("read", 1, 0, None),
        ("recvfrom", 0, 1, None),
        ("write", 1, 1, None),
    ]
    assert lines[1].before == lines[2].after == exact(0)
    assert {each.finding for each in lines} == {"not grown", ""}


def test_a_count_that_one_side_lacks_is_not_compared():
    cell = CellCosts("cell", Costs({INSTRUCTIONS: exact(5)}), Costs({VOLUNTARY: exact(1)}))
    assert cell.lines == []


def test_one_side_alone_is_counted_and_nothing_grew():
    [only] = CellCosts("cell", Costs({INSTRUCTIONS: exact(5)})).lines
    assert (only.after, only.limit, only.rise, only.finding) == (None, None, 0, "")
