"""What callgrind and strace wrote, read: small files as they write them, and what must not be misread."""

from __future__ import annotations

from collections import Counter

import pytest

from cli.errors import CommandFailed
from costing.measuring import SystemCall, read_calls
from costing.profile import Call, Place, Profile, combined, read_profile

PROFILE = """\
# callgrind format
version: 1
creator: callgrind-3.19.0
pid: 17
cmd:  ./serve --port 0
part: 2

desc: Trigger: Monitor command
positions: line
events: Ir sysCount sysTime
summary: 1000 3 0

ob=(1) /srv/bin/serve
fl=(1) /srv/serve.cpp
fn=(1) answer(request const&)
20 100
+2 40
fi=(2) /usr/include/string
250 7
fe=(1)
30 3
cob=(2) /lib/libc.so.6
cfi=(3) ???
cfn=(2) malloc
calls=2 +5
* 60
cfn=(3) log_line
calls=1 -3
-8 90 1
40 5

fn=(3)
60 10
cob=(2)
cfi=(3)
cfn=(4) write
calls=1 0
+1 80 1 4

ob=(2)
fl=(3)
fn=(2)
0 60

fn=(4)
0 80 1 4
totals: 305 1 4
"""


def test_own_costs_are_of_the_function_whatever_file_its_lines_are_in():
    profile = read_profile(PROFILE)
    assert profile.own == {
        "answer(request const&)": 155,
        "log_line": 10,
        "malloc": 60,
        "write": 80,
    }
    assert profile.kernel == {**dict.fromkeys(profile.own, 0), "write": 1}
    assert (profile.total, profile.kernel.total()) == (305, 1)


def test_a_call_has_its_count_its_cost_and_the_line_it_is_made_from():
    profile = read_profile(PROFILE)
    answer = "answer(request const&)"
    calls = [Call(answer, "malloc"), Call(answer, "log_line"), Call("log_line", "write")]
    assert profile.calls == dict(zip(calls, (2, 1, 1)))
    assert profile.called == dict(zip(calls, (60, 90, 80)))
    # Lines are relative to the last line of costs, never to the line of a call's target.
    assert profile.call_places[Call(answer, "malloc")] == Place("/srv/serve.cpp", 30)
    assert profile.call_places[Call(answer, "log_line")] == Place("/srv/serve.cpp", 22)
    assert profile.call_places[Call("log_line", "write")] == Place("/srv/serve.cpp", 61)


def test_a_function_begins_at_the_first_line_of_its_own_file():
    profile = read_profile(PROFILE)
    assert profile.places == {
        "answer(request const&)": Place("/srv/serve.cpp", 20),
        "log_line": Place("/srv/serve.cpp", 60),
    }
    assert str(profile.places["log_line"]) == "serve.cpp:60"


def test_what_is_called_costs_whom_that_calls_it():
    inclusive = read_profile(PROFILE).inclusive
    assert inclusive["answer(request const&)"] == 305
    assert inclusive["log_line"] == 90
    assert inclusive["write"] == 80


def test_levels_of_a_recursion_are_one_function():
    text = "events: Ir\nfn=(1) walk\n1 5\ncfn=(2) walk'2\ncalls=1 1\n2 9\nfn=(2)\n1 9\n"
    profile = read_profile(text)
    assert profile.own == {"walk": 14}
    assert profile.inclusive == {"walk": 14}


def test_functions_in_a_circle_cost_no_more_than_the_whole():
    text = "events: Ir\nfn=a\n1 5\ncfn=b\ncalls=1 1\n1 90\nfn=b\n1 5\ncfn=a\ncalls=1 1\n1 90\n"
    profile = read_profile(text)
    assert profile.inclusive == {"a": 10, "b": 10}


def test_what_has_no_name_is_named_by_its_object():
    text = "events: Ir\nob=(1) /usr/lib/libold.so.2\nfn=(1) 0x00000000000012ab\n0 5\nfn=(2) ???\n0 6\n"
    assert read_profile(text).own == {"(no symbols) libold.so.2": 11}


@pytest.mark.parametrize(
    ("written", "function"),
    [
        ("walk'2", "walk"),
        ("clock_gettime@@GLIBC_2.17", "clock_gettime"),
        ("_mid_memalign.constprop.0", "_mid_memalign"),
        ("n::answer(int) [clone .isra.0] [clone .cold]", "n::answer(int)"),
        (
            "n::answer(n::answer(int)::Frame*) [clone .actor]",
            "n::answer(n::answer(int)::Frame*) [clone .actor]",
        ),
    ],
)
def test_parts_and_versions_of_a_function_are_one_with_it(written, function):
    assert read_profile(f"events: Ir\nfn=(1) {written}\n1 5").own == {function: 5}


def test_addresses_before_the_lines_are_left_alone():
    text = "positions: instr line\nevents: Ir\nfl=a.c\nfn=f\n0x1000 7 2\n+4 * 3\n"
    profile = read_profile(text)
    assert profile.own == {"f": 5}
    assert profile.places == {"f": Place("a.c", 7)}


def test_who_is_called_is_of_the_callers_object_unless_another_is_named_for_that_call():
    text = (
        "events: Ir\nob=/srv/serve\nfn=f\n1 5\ncob=/srv/other.so\ncfn=0x12\ncalls=2 1\n1 7\n"
        "cfn=0x34\ncalls=3 1\n1 9\n"
    )
    profile = read_profile(text)
    assert [*profile.called.values()] == [7, 9]
    assert profile.calls == {
        Call("f", "(no symbols) other.so"): 2,
        Call("f", "(no symbols) serve"): 3,
    }


@pytest.mark.parametrize(
    ("of_object", "file", "line", "is_placed"),
    [
        ("/srv/serve", "a.c", 1, True),
        ("/srv/serve", "a.c", 0, False),
        ("/srv/serve", "???", 1, False),
        ("/usr/lib/libc.so.6", "a.c", 1, False),
    ],
)
def test_a_place_is_a_line_of_a_source_that_people_change(of_object, file, line, is_placed):
    text = f"events: Ir\nob={of_object}\nfl={file}\nfn=f\n+{line} 5\ncfn=g\ncalls=1 1\n* 7\n"
    profile, place = read_profile(text), Place(file, line)
    assert profile.places == ({"f": place} if is_placed else {})
    assert profile.call_places == ({Call("f", "g"): place} if is_placed else {})


def test_calls_of_one_function_add_up_and_their_place_is_where_most_are_made():
    lines = (f"cfn=g\ncalls={count} 1\n{line} 10" for line, count in ((5, 2), (9, 3), (5, 2), (7, 1), (8, 0)))
    profile = read_profile("\n".join(["fl=a.c", "fn=f", *lines]))
    assert (profile.calls, profile.called) == ({Call("f", "g"): 8}, {Call("f", "g"): 50})
    assert profile.call_places == {Call("f", "g"): Place("a.c", 5)}


def test_what_is_no_event_of_the_file_costs_nothing():
    profile = read_profile("events: sysCount\nfn=f\n1 3")
    assert (profile.own, profile.kernel) == ({"f": 0}, {"f": 3})


def test_parts_of_a_profile_add_up_each_so_many_times():
    call = Call("f", "g")
    first = Profile(
        Counter(f=10), Counter(f=2), Counter({call: 4}), Counter({call: 8}), {"f": Place("a.c", 1)}
    )
    second = Profile(
        Counter(f=6), Counter(f=1), Counter({call: 3}), Counter({call: 4}), {"f": Place("b.c", 2)}
    )
    whole = combined([(first, 0.5), (second, -1)])
    assert (whole.own, whole.kernel) == ({"f": -1}, {"f": 0})
    assert (whole.calls, whole.called) == ({call: -1}, {call: 0})
    assert whole.places == {"f": Place("a.c", 1)}
    assert Profile().total == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [("events: Ir\nfn=(1)\n", 2), ("events: Ir\nfn=f\n1 x\n", 3), ("events: Ir\nfn=f\njump=1 2\n", 3)],
)
def test_a_file_of_another_kind_is_refused_by_the_number_of_its_line(text, line):
    with pytest.raises(CommandFailed, match=f"^costs.1 line {line}: "):
        read_profile(text, "costs.1")


CALLS = """\
17 1700000000.000001 read(3, ""..., 4096) = 12
17 1700000000.000002 epoll_wait(5,  <unfinished ...>
18 1700000000.000003 write(1, ""..., 2) = 2
18 1700000000.000004 recvfrom(7,  <unfinished ...>
17 1700000000.000005 <... epoll_wait resumed>[{events=EPOLLIN}], 64, -1) = 1
17 1700000000.000006 sendmsg(7, {msg_name=NULL}, MSG_NOSIGNAL) = 100
18 1700000000.000007 <... recvfrom resumed>""..., 8192, 0, NULL, NULL) = 78
18 1700000000.000008 recvfrom(7, 0x7f, 8192, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)
19 1700000000.000009 <... futex resumed>) = 0
18 1700000000.000010 +++ exited with 0 +++
17 1700000000.000011 exit_group(0)    = ?
17 1700000000.000012 epoll_wait(5,
"""


def test_system_calls_are_counted_once_from_when_they_began():
    calls = read_calls(CALLS)
    assert [(call.name, round(call.when_s % 1 * 1e6), call.moved) for call in calls] == [
        ("read", 1, 12),
        ("epoll_wait", 2, 0),
        ("write", 3, 2),
        ("recvfrom", 4, 78),
        ("sendmsg", 6, 100),
        ("recvfrom", 8, 0),
        ("exit_group", 11, 0),
        ("epoll_wait", 12, 0),
    ]


def test_a_call_that_was_begun_by_another_thread_is_not_taken_for_it():
    calls = read_calls("1 5.0 read(3,  <unfinished ...>\n2 5.1 <... read resumed>...) = 9")
    assert calls == [SystemCall("read", 5.0, 0)]
