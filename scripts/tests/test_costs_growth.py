"""What grew between two profiles, who asked for it, and how it is drawn."""

from __future__ import annotations

import pytest

from costing.costs import Caller, growth_between
from costing.words import flame_boxes
from costing.profile import Call, Place, Profile


def profile(
    own: dict[str, tuple[float, float]], calls: dict[tuple[str, str], tuple[float, float]]
) -> Profile:
    """Own costs are instructions and system calls; those of calls how often and instructions."""
    made = Profile()
    for name, (instructions, kernel) in own.items():
        made.own[name], made.kernel[name] = instructions, kernel
    for pair, (count, cost) in calls.items():
        made.calls[Call(*pair)], made.called[Call(*pair)] = count, cost
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


@pytest.mark.parametrize(
    ("rises", "named"),
    [
        ({"f": 1.0, "g": 0.99}, ["f"]),  # less than an instruction is none
        ({"f": 98.0, "g": 2.0}, ["f", "g"]),  # a fiftieth of all that grew is worth a line
        ({"f": 98.1, "g": 1.9, "h": -90.0}, ["f"]),  # less is not, whatever became cheaper
        ({"f": 2.0, "g": 1.9, **{f"same-{n}": 0.0 for n in range(96)}}, ["f", "g"]),
        ({f"f{n:02}": 10.0 + n for n in range(20)}, [f"f{n:02}" for n in range(19, 4, -1)]),
    ],
)
def test_functions_are_named_by_how_much_they_grew_if_that_is_worth_a_line(rises, named):
    before = profile({name: (100, 0) for name in rises}, {})
    after = profile({name: (100 + rise, 0) for name, rise in rises.items()}, {})
    assert [each.function for each in growth_between(before, after).functions] == named


@pytest.mark.parametrize(
    ("calls", "named"),
    [
        ({"f": 0.015, "g": 0.0149}, ["f"]),
        ({f"f{n:02}": 1.0 + n for n in range(20)}, [f"f{n:02}" for n in range(19, 4, -1)]),
    ],
)
def test_who_asks_for_more_memory_is_named_if_it_is_worth_a_line(calls, named):
    asked = profile({}, {(name, "malloc"): (count, 0) for name, count in calls.items()})
    growth = growth_between(Profile(), asked)
    assert [site.callers[0].function for site in growth.allocations] == named


@pytest.mark.parametrize(("times", "named"), [(2.0, ["write"]), (2.01, [])])
def test_a_function_is_there_to_ask_the_kernel_if_every_second_call_of_it_does(times, named):
    after = profile({"serve": (9, 0), "write": (9, 1)}, {("serve", "write"): (times, 9)})
    assert [site.callee for site in growth_between(Profile(), after).system_calls] == named


def test_who_is_called_by_nobody_may_ask_the_kernel_itself():
    after = profile({"serve": (9, 0), "write": (9, 0.5)}, {("serve", "write"): (0.5, 9)})
    [site] = growth_between(Profile(), after).system_calls
    assert (site.count, site.callers) == ((0, 0.5), (Caller("serve", Place("/srv/serve.cpp", 25)),))


def test_the_time_is_no_system_call():
    after = profile({"serve": (9, 0), "clock_gettime": (9, 1)}, {("serve", "clock_gettime"): (1, 9)})
    assert growth_between(Profile(), after).system_calls == ()


@pytest.mark.parametrize(
    ("before", "after", "caller"),
    [
        ({"a": (5, 50), "b": (5, 50)}, {"a": (6, 90), "b": (7, 50)}, "b"),  # more often
        ({"a": (5, 50), "b": (5, 50)}, {"a": (5.5, 50), "b": (5.1, 60)}, "a"),
        ({"a": (9, 50), "b": (5, 50)}, {"a": (1, 60), "b": (4, 55)}, "a"),  # neither: what costs more
        ({"a": (0, 0), "b": (9, 0)}, {"a": (8, 0), "b": (9, 0)}, "a"),
        ({"a": (5, 90), "b": (5, 50)}, {"a": (5, 95), "b": (5, 60)}, "b"),
        ({"a": (5, 50), "b": (6, 60)}, {"a": (5, 60), "b": (6, 70)}, "b"),  # as much: who calls most
    ],
)
def test_of_several_callers_that_one_is_named_whose_calls_grew_most(before, after, caller):
    sides = []
    for calls, cost in ((before, 100), (after, 200)):
        own = {"f": (cost, 0), "a": (1, 0), "b": (1, 0)}
        sides.append(profile(own, {(name, "f"): call for name, call in calls.items()}))
    assert growth_between(*sides).functions[0].callers == (Caller(caller, None),)


def test_callers_are_named_up_to_the_second_whose_source_is_known_and_eight_at_most():
    names = [f"f{n}" for n in range(12)]
    own = {"malloc": (9, 0), **{name: (0, 0) for name in names}}
    asked = profile(own, {pair: (1, 0) for pair in zip(names, [*names[1:], "malloc"])})

    def callers() -> list[str]:
        [site] = growth_between(Profile(), asked).allocations
        return [caller.function for caller in site.callers]

    assert callers() == names[:3:-1]
    asked.call_places[Call("f8", "f9")] = asked.call_places[Call("f7", "f8")] = Place("serve.cpp", 5)
    assert callers() == ["f11", "f10", "f9", "f8", "f7"]
    asked.calls[Call("(no symbols) libold.so", "f10")] = 2
    del asked.links
    assert callers() == ["f11", "f10", "(no symbols) libold.so"]


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
    assert flame_boxes(None, BEFORE) == flame_boxes(BEFORE, None) == []
    half = profile({"serve": (0.5, 0)}, {})
    assert [box.function for box in flame_boxes(half, half)] == ["all", "serve"]


@pytest.mark.parametrize(
    ("more", "step"),
    [
        (1.9, 0),
        (2, 1),
        (9.9, 1),
        (10, 2),
        (29.9, 2),
        (30, 3),
        (99.9, 3),
        (100, 4),
        (-1.9, 0),
        (-2, -1),
        (-100, -4),
    ],
)
def test_a_colour_is_a_step_of_the_change_in_thousandths_of_the_whole(more, step):
    before, after = (profile({"f": (500 - less, 0), "g": (500, 0)}, {}) for less in (more, 0))
    assert {box.function: box.step for box in flame_boxes(before, after)} == {"all": step, "f": step, "g": 0}


def test_what_is_narrower_than_three_thousandths_is_not_drawn_and_what_was_is_not_new():
    def was(before: float, after: float, *calls: tuple[str, str]) -> float | None:
        sides = []
        for cost in (before, after):
            own = {"f": (cost, 0), "g": (1000 - cost, 0)}
            sides.append(profile(own, {pair: (1, cost) for pair in calls}))
        return {box.function: box.before for box in flame_boxes(*sides)}.get("f")

    for calls in ((), (("g", "f"),)):
        assert was(9, 2.9, *calls) is None
        assert was(9, 3, *calls) == 9
        assert was(1.5, 3, *calls) == 1.5
        assert was(1.4, 3, *calls) == 0  # of too little the stacks are not followed


def test_a_stack_ends_where_nobody_reads_on():
    names = [f"f{n}" for n in range(60)]
    deep = profile({names[-1]: (1000, 0)}, {pair: (1, 1000) for pair in zip(names, names[1:])})
    assert [box.function for box in flame_boxes(deep, deep)] == ["all", *names[:48]]


def test_in_a_circle_nothing_is_wider_than_the_whole_nor_than_what_it_costs():
    calls = {("a", "b"): (1, 90), ("b", "c"): (1, 3), ("c", "c"): (9, 30)}
    circle = profile({"a": (5, 0), "b": (2, 0), "c": (3, 0)}, calls)
    boxes = [(box.function, box.depth, round(box.after, 3)) for box in flame_boxes(circle, circle)]
    assert boxes == [("all", 0, 10), ("a", 1, 10), ("b", 2, round(90 * 10 / 95, 3)), ("c", 3, 3)]
