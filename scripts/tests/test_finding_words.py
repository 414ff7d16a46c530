"""Which findings there are at the edges of each, in whole sentences, of runs that are given one by one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import recording, row, said
from metrics.digest import digests
from recordings.recording import Recording
from words.findings import cold_sentences, findings, headroom


def fixed(variant: str, makespan_ms: float, threads: int | None = None, **others: Any) -> SimpleNamespace:
    """Of a fixed count of requests."""
    return row(variant, makespan_ms=makespan_ms, server_threads_peak=threads, **others)


def beginning(made: Recording, begin: str) -> list[str]:
    return [text for text in said(made) if text.startswith(begin)]


def test_that_all_is_well_is_said_last_and_warnings_come_after_results():
    assert said(recording([row("a")]))[-1] == "Valid: 1 run, and all 100 requests succeeded."
    both = said(recording([row("a"), row("b")]))
    assert both[-1] == "Valid: 2 runs, and all 200 requests succeeded."
    failed = recording([row("a", ok=99, reset=1), row("b")])
    assert [finding.kind for finding in findings(failed, digests(failed))] == ["result", "warning"]
    assert said(recording([])) == []


def test_a_claim_that_was_put_to_the_test_is_no_finding_and_what_a_suite_tells_is():
    told = {"workload": "w", "variants": ["a"], "tells": ["It is told."]}
    tested = {
        "says": "So.",
        "workload": "w",
        "holds": ["cpu > 0"],
        "each": "{cpu}",
        "variants": ["a"],
        "condition": "c",
    }
    assert said(recording([row("a")], claims=[tested, told]))[0] == "It is told."


# --- What it costs to be this fast ---


@pytest.mark.parametrize(
    ("threads", "told"),
    [
        ({"a": (10, 2), "b": (15, 4)}, True),
        ({"a": (10, 2), "b": (15.1, 4)}, False),  # not about as fast
        ({"a": (10, 2), "b": (15, 3)}, False),  # not twice as many
        ({"a": (10, 2), "b": (15, None)}, False),
        ({"a": (10, 2), "b": (15, 0)}, False),
        ({"a": (10, 4), "c": (12, 3), "b": (15, 2)}, True),
    ],
)
def test_what_speed_costs_is_told_of_the_widest_pair_that_is_about_as_fast(threads, told):
    rows = [fixed(name, ms, many) for name, (ms, many) in threads.items()]
    texts = beginning(recording(rows), "**What it costs**")
    names = sorted("ab", key=lambda name: -(threads[name][1] or 0))
    needs = "; ".join(
        f"`{n}`: threads {threads[n][1]}, memory 2.00 MiB, CPU per request 20.0 µs" for n in names
    )
    assert texts == ([f"**What it costs** to be this fast, under w: {needs}."] if told else [])


def test_the_first_workload_tells_it_unless_another_is_wider():
    def under(second: int) -> str:
        rows = [fixed("a", 10, 10), fixed("b", 10, 20), fixed("a", 10, 10, workload="v"),
                fixed("b", 10, second, workload="v", server_context_switches=300)]  # fmt: skip
        [text] = beginning(recording(rows), "**What it costs**")
        return text

    assert "under w: " in under(20)
    assert under(21).endswith(
        "under v: `b`: threads 21, memory 2.00 MiB, CPU per request 20.0 µs, context switches 300; `a`: "
        "threads 10, memory 2.00 MiB, CPU per request 20.0 µs."
    )  # fmt: skip
    far = [
        fixed("a", 10, 10),
        fixed("b", 99, 20),
        fixed("a", 10, 10, workload="v"),
        fixed("b", 10, 20, workload="v"),
    ]
    assert "under v: " in beginning(recording(far), "**What it costs**")[0]


# --- What slow requests do to fast ones ---

CLASSES = [{"name": "long", "waits": True}, {"name": "short"}, {"name": "slow", "waits": True}]


def mixed(
    short_ms: dict[str, float], wait_ms: float | None = 50, classes: Any = CLASSES, **others: Any
) -> list[str]:
    rows = [
        row(name, classes={"long": 70, "short": ms, "slow": 80}, **others) for name, ms in short_ms.items()
    ]
    made = recording(rows, workloads=[{"name": "w", "classes": classes, "wait_ms": wait_ms}], wait_ms=9)
    return beginning(made, "**What slow")


def test_fast_requests_are_told_beside_slow_ones_the_quickest_first():
    assert mixed({"c": 50, "a": 3, "b": 49.9, "d": 60}) == [
        "**What slow requests do to fast ones**, in w: 99 % of the short ones were answered within: `a` 3.00 "
        "ms, `b` 49.9 ms, `c` 50.0 ms and `d` 60.0 ms."
    ]  # fmt: skip


def test_nothing_is_said_of_fast_requests_without_two_to_tell_and_something_that_waits():
    assert mixed({"a": 3}) == []
    assert mixed({"a": 3, "b": 4}, classes=CLASSES[1:2]) == mixed({"a": 3, "b": 4}, classes=CLASSES[:1]) == []
    assert mixed({"a": 3, "b": 4}, verdict="invalid") == []
    assert len(mixed({"a": 3, "b": 4})) == 1
    unknown = recording(
        [row("a", classes={"short": 3, "long": 4}), row("b", classes={"short": 0.5, "long": 4})]
    )
    unknown.run["workloads"] = [{"name": "w", "classes": CLASSES}]  # nor how long they wait
    [text] = beginning(unknown, "**What slow")
    assert text.endswith("within: `b` 500 µs and `a` 3.00 ms.")


# --- Connections that were closed ---


@pytest.mark.parametrize(
    ("second", "is_told"),
    [
        ({"connect_p50_us": 0.5}, True),
        ({"connect_p50_us": 0}, False),
        ({}, False),
        ({"connect_p50_us": 5.0, "connection_mode": "fresh"}, False),
        ({"verdict": "invalid"}, True),
    ],
)
def test_who_connects_for_most_requests_in_all_runs_that_count_closes_what_could_be_kept(second, is_told):
    rows = [
        row("a", 1, connect_p50_us=40.0),
        row("a", 2, **second),
        row("b"),
        row("c", ok=9, connect_p50_us=40.0),
    ]
    text = (
        "**Closed, not kept**: connected anew for at least half of the requests, which shows what that "
        "costs, under w: `a`."
    )
    assert beginning(recording(rows), "**Closed") == ([text] if is_told else [])


# --- From a cold start ---


def cold(*rows: SimpleNamespace, **entry: Any) -> list[str]:
    made = recording(rows, workloads=[{"name": "w"} | {"silence_ms": 1000} | entry])
    return list(cold_sentences(made, digests(made)))


def test_a_cold_start_is_told_of_whom_it_was_measured_of_the_quickest_and_the_smallest_first():
    rows = [
        fixed("a", 9, server_start_ms=8, server_rest_rss_kib=1024),
        fixed("b", 9, server_start_ms=6, server_rest_rss_kib=2048),
        fixed("c", 9, 2, server_start_ms=7),
        fixed("d", 9, server_rest_rss_kib=512),
        row("e", server_start_ms=1, server_rest_rss_kib=512),
    ]
    assert cold(*rows) == [
        "**From its start to its first reply**, asked every 2 ms: `b` 6.00 ms, `c` 7.00 ms and `a` 8.00 ms.",
        "**Memory at rest**, before the first connection: `a` 1.00 MiB and `b` 2.00 MiB.",
    ]
    assert len(cold(rows[2])) == 1 and cold(*rows[3:]) == [] and cold(*rows, silence_ms=None) == []


# --- The generator's own limit ---


def test_head_room_is_of_the_run_that_came_nearest_to_what_its_kind_of_connection_allows():
    def room(**rates: Any) -> list[str]:
        rows = [row(name, throughput_rps=rps, connection_mode=mode) for name, (rps, mode) in rates.items()]
        made = recording(rows, calibration={"kept_rps": 2151.0, "fresh_rps": 1000.0, "none_rps": None})
        return list(headroom(made, digests(made)))

    begin = (
        "**Head-room**: against a server that does nothing the load generator reaches 2,200 requests/s on "
        "kept connections and 1,000 on fresh ones here; "
    )
    within = begin + "the most that a run needed of it is 50 % (`b` under w)."
    assert room(a=(900.0, "kept"), b=(500.0, "fresh"), c=(9.0, "none"), d=(None, "kept")) == [within]
    assert room(b=(1000.0, "fresh")) == [within.replace("50 %", "100 %")]
    assert room(b=(999.0, "fresh"))[0].endswith("needed of it is 100 % (`b` under w).")
    assert room(c=(9.0, "none")) == []
