"""What grew between two profiles, who asked for it, and how it is drawn."""

from __future__ import annotations

import pytest

from costing.page import flame_boxes
from costing.growth import Caller, growth_between
from costing.profile import Call, Calls, Cost, Place, Profile


def profile(
    own: dict[str, tuple[float, float]], calls: dict[tuple[str, str], tuple[float, float]]
) -> Profile:
    """Own costs are instructions and system calls; those of calls how often and instructions."""
    made = Profile()
    made.own = {name: Cost(*cost) for name, cost in own.items()}
    made.calls = {Call(*pair): Calls(count, Cost(cost, 0)) for pair, (count, cost) in calls.items()}
    made.places = {"serve": Place("/srv/serve.cpp", 80), "answer": Place("/srv/serve.cpp", 20)}
    made.call_places = {
        call: Place("/srv/serve.cpp", 25) for call in made.calls if call.caller in made.places
    }
    return made


BEFORE = profile(
    {"serve": (1000, 0), "answer": (200, 0), "malloc": (60, 0), "write": (40, 1)},
    {("serve", "answer"): (1, 300), ("answer", "malloc"): (1, 60), ("answer", "write"): (1, 40)},
)


def test_nothing_grew_between_equals():
    growth = growth_between(BEFORE, BEFORE)
    assert (growth.functions, growth.allocations, growth.system_calls) == ((), (), ())


def test_the_function_whose_own_cost_grew_comes_first_and_those_that_call_it_after():
    after = profile(
        {"serve": (1000, 0), "answer": (400, 0), "malloc": (60, 0), "write": (40, 1)},
        {("serve", "answer"): (1, 500), ("answer", "malloc"): (1, 60), ("answer", "write"): (1, 40)},
    )
    first, second = growth_between(BEFORE, after).functions
    assert (first.function, first.own, first.inclusive) == ("answer", (200, 400), (300, 500))
    assert str(first.place) == "serve.cpp:20"
    assert first.callers == (Caller("serve", Place("/srv/serve.cpp", 25)),)
    assert (second.function, second.own, second.inclusive) == ("serve", (1000, 1000), (1300, 1500))


def test_what_grew_by_little_beside_the_rest_is_not_named():
    after = profile({"serve": (1000.5, 0), "answer": (400, 0), "malloc": (61, 0), "write": (40, 1)}, {})
    assert [
        each.function for each in growth_between(BEFORE, after).functions if each.own[1] > each.own[0]
    ] == ["answer"]


def test_who_asks_for_more_memory_is_named_through_the_library_in_between():
    after = profile(
        {"serve": (1000, 0), "answer": (210, 0), "std::string::append": (30, 0), "malloc": (120, 0)},
        {
            ("serve", "answer"): (1, 420),
            ("answer", "malloc"): (1, 60),
            ("answer", "std::string::append"): (1, 90),
            ("std::string::append", "operator new(unsigned long)"): (1, 60),
            ("operator new(unsigned long)", "malloc"): (1, 60),
        },
    )
    [site] = growth_between(BEFORE, after).allocations
    assert (site.callee, site.count) == ("operator new(unsigned long)", (0.0, 1))
    assert [caller.function for caller in site.callers] == ["std::string::append", "answer", "serve"]


def test_who_asks_the_kernel_more_often_is_named():
    after = profile(
        {"serve": (1000, 0), "answer": (200, 0), "log_line": (30, 0), "malloc": (60, 0), "write": (80, 2)},
        {
            ("serve", "answer"): (1, 410),
            ("answer", "malloc"): (1, 60),
            ("answer", "write"): (1, 40),
            ("answer", "log_line"): (1, 70),
            ("log_line", "write"): (1, 40),
        },
    )
    [site] = growth_between(BEFORE, after).system_calls
    assert (site.callee, site.count) == ("write", (0.0, 1))
    assert [caller.function for caller in site.callers] == ["log_line", "answer", "serve"]


def test_who_seldom_needs_the_kernel_is_not_named_for_being_called_more_often():
    after = profile(
        {"serve": (1000, 0), "answer": (200, 0), "malloc": (600, 0.1), "write": (40, 1)},
        {("serve", "answer"): (1, 840), ("answer", "malloc"): (10, 600), ("answer", "write"): (1, 40)},
    )
    growth = growth_between(BEFORE, after)
    assert [site.callee for site in growth.allocations] == ["malloc"]
    assert growth.system_calls == ()


def test_callers_in_a_circle_end():
    after = profile({"a": (100, 0), "b": (100, 0)}, {("a", "b"): (1, 50), ("b", "a"): (1, 50)})
    names = [each.function for each in growth_between(Profile(), after).functions]
    assert sorted(names) == ["a", "b"]


def test_a_flame_is_as_wide_as_what_it_costs_and_lies_below_who_calls_it():
    boxes = {box.function: box for box in flame_boxes(BEFORE, BEFORE)}
    assert list(boxes) == ["all", "serve", "answer", "malloc", "write"]
    assert [box.depth for box in boxes.values()] == [0, 1, 2, 3, 3]
    assert boxes["serve"].width == 1.0
    assert boxes["answer"].width == pytest.approx(300 / 1300)
    assert boxes["write"].left == pytest.approx(60 / 1300)
    assert {box.step for box in boxes.values()} == {0}


def test_a_flame_is_coloured_by_what_changed():
    after = profile(
        {"serve": (700, 0), "answer": (700, 0), "malloc": (60, 0), "write": (40, 1)},
        {("serve", "answer"): (1, 800), ("answer", "malloc"): (1, 60), ("answer", "write"): (1, 40)},
    )
    boxes = {box.function: box for box in flame_boxes(BEFORE, after)}
    assert boxes["answer"].step == 4 and (boxes["answer"].before, boxes["answer"].after) == (300, 800)
    assert boxes["all"].step == 4 and boxes["write"].step == 0
    assert {box.function: box.step for box in flame_boxes(after, BEFORE)}["answer"] == -4


def test_a_function_with_two_callers_is_shared_among_them_and_one_that_calls_itself_ends():
    calls = {("a", "c"): (1, 30), ("b", "c"): (1, 10), ("c", "d"): (2, 20), ("d", "c"): (1, 5)}
    shared = profile({"a": (10, 0), "b": (10, 0), "c": (25, 0), "d": (15, 0)}, calls)
    boxes = flame_boxes(shared, shared)
    below = [(box.function, box.depth, round(box.after, 1)) for box in boxes if box.function in "cd"]
    assert below == [("c", 2, 30), ("d", 3, 13.3), ("c", 2, 10), ("d", 3, 4.4)]


def test_nothing_is_drawn_of_nothing():
    assert flame_boxes(BEFORE, Profile()) == []
