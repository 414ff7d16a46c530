"""The page's first sentence and small table, and which cards a recording has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from made_rows import recording, row
from metrics.digest import digests
from metrics.metrics import MARK
from pages.page import answer_sentences, brief_table, cards_markdown, cards_of
from recordings.recording import Recording
from test_trust import captured
from text.table import Table


def answer_of(made: Recording, *of: Any) -> SimpleNamespace:
    return SimpleNamespace(sentence=answer_sentences(made, *of)[0], table=brief_table(made, *of))


def answer(rows: list[SimpleNamespace], **about: Any) -> SimpleNamespace:
    made = recording(rows, **about)
    return answer_of(made, digests(made), cards_of(made, digests(made)))


def texts(table: Table) -> list[list[str]]:
    return [
        [column.heading for column in table.columns],
        *([cell.text for cell in cells] for cells in table.rows),
    ]


def fixed(variant: str, makespan_ms: float, **others: Any) -> SimpleNamespace:
    return row(
        variant, **{"makespan_ms": makespan_ms, "makespan_over_ideal": 1.5, "server_threads_peak": 2} | others
    )


def test_of_a_fixed_count_the_quickest_is_the_first_row_and_who_does_not_count_the_last():
    made = answer([fixed("lost", 10, verdict="invalid"), fixed("slow", 60), fixed("quick", 50)])
    assert made.sentence.startswith("**w**, makespan: medians are from `quick` with 50.0 ms to `slow`")
    assert made.table.title == "w" and made.table.subtitle == ""
    assert texts(made.table) == [
        ["variant", "makespan", "× ideal", "CPU per request", "threads"],
        ["quick", "50.0 ms", "1.50×", "20.0 µs", "2"],
        ["slow", "60.0 ms", "1.50×", "20.0 µs", "2"],
        [f"lost {MARK}", "10.0 ms", "1.50×", "20.0 µs", "2"],
    ]
    assert [column.is_words for column in made.table.columns] == [True] + [False] * 4


def test_one_that_is_alone_has_its_row():
    made = answer([fixed("a", 60)])
    assert made.table.title == "w" and [cells[1].text for cells in made.table.rows] == ["60.0 ms"]


def test_of_a_rate_the_highest_is_the_first_row_and_the_first_workload_is_the_main_one():
    rows = [
        row("low", throughput_rps=100.0),
        row("high", throughput_rps=900.0),
        row("none", throughput_rps=None),
    ]
    assert texts(answer([*rows, row("low", workload="v", throughput_rps=7.0)]).table) == [
        ["variant", "requests/s", "p99", "CPU per request", "memory"],
        ["high", "900", "5.00 ms", "20.0 µs", "2.00 MiB"],
        ["low", "100", "5.00 ms", "20.0 µs", "2.00 MiB"],
        ["none", "", "5.00 ms", "20.0 µs", "2.00 MiB"],
    ]


def test_of_clients_the_latency_that_they_tell_and_their_own_cost_are_shown():
    told = {"latency_mean_us": 3000.0, "client_cpu_us_per_request": 8.0, "makespan_ms": 9.0}
    rows = [row("s", client="a", **told), row("s", client="b", **told | {"latency_mean_us": 2000.0})]
    assert texts(answer(rows, clients=[]).table) == [
        ["client", "mean latency", "p99", "client CPU per request"],
        ["b", "2.00 ms", "5.00 ms", "8.00 µs"],
        ["a", "3.00 ms", "5.00 ms", "8.00 µs"],
    ]


def test_more_than_a_picture_has_room_for_are_counted():
    rows = [row(f"v{n}", server_rss_peak_kib=1024 * n) for n in range(1, 41)]
    table = answer(rows).table
    assert table.subtitle == f"{40 - len(table.rows)} more among the numbers" and 2 < len(table.rows) < 30


def test_a_recording_of_nothing_has_an_answer_that_says_so():
    nothing = recording([])
    assert answer_of(nothing, [], []) == SimpleNamespace(sentence="Nothing can be compared yet.", table=None)
    assert cards_of(nothing, []) == []


def curve_entry(name: str, at: int) -> dict[str, Any]:
    return {"name": name, "curve": {"name": "c", "axis": "rate", "at": at}}


def test_the_answer_of_a_curve_is_its_card_without_what_does_not_fit_beside_a_picture():
    ends = {("a", "r1"): 5000.0, ("a", "r2"): 90e3, ("b", "r1"): 5000.0, ("b", "r2"): 5000.0}
    rows = [row(v, workload=w, arrivals="poisson", latency_p99_us=us) for (v, w), us in ends.items()]
    about = {"workloads": [curve_entry("r1", 50), curve_entry("r2", 100)], "claims": [A_CLAIM]}
    made = answer(rows, **about)
    [card] = cards_of(recording(rows, **about), digests(recording(rows, **about)))
    assert made.sentence == card.sentence
    assert [column.heading for column in made.table.columns] == [
        "variant",
        "holds up until",
        "p99",
        "CPU per request",
    ]
    assert [cells[:4] for cells in texts(made.table)[1:]] == [
        ["b", "≥ 100", "5.00 ms", "20.0 µs"],
        ["a", "50", "5.00 ms", "20.0 µs"],
    ]


A_CLAIM = {
    "says": "It takes t.",
    "workload": "w",
    "holds": "threads <= 2",
    "each": "`{variant}` {threads}",
    "variants": ["a"],
    "others": ["b"],
    "condition": "it is quick",
}


def test_where_claims_are_judged_the_answer_is_how_many_hold_and_the_first():
    claims = [A_CLAIM, A_CLAIM | {"says": "Nobody needs more.", "holds": "threads <= 100"}]
    rows = [fixed("a", 50), fixed("b", 90, server_threads_peak=9)]
    made = answer(rows, claims=claims).sentence
    assert (
        made == "1 of 2 claims hold as they are said; the first, “It takes t” **holds only if it is quick**."
    )
    assert answer(rows, claims=claims[:1]).sentence == "“It takes t” **holds only if it is quick**."
    none = [A_CLAIM, A_CLAIM | {"holds": "threads <= 1"}]
    assert answer(rows, claims=none).sentence.startswith(
        "0 of 2 claims hold as they are said; the first, “It"
    )


def test_where_runs_were_captured_the_answer_is_how_far_each_client_is_from_its_packets():
    told = {("loadgen", "w", 1): (1000.0, 1005.0, 1000.0), ("wrk", "w", 1): (1000.0, 900.0, None)}
    told[("ab", "w", 1)] = (1000.0, None, None)
    made = captured(told)
    assert answer_of(made, digests(made), []).sentence == (
        "**What is told of p99, beside the packets**, where each is the farthest off: `loadgen` +0.5 % and "
        "`wrk` -10.0 %."
    )


def test_a_recording_with_a_curve_has_its_card_and_another_the_ranking():
    rows = [
        row("a", workload="r1", arrivals="poisson"),
        row("a", workload="r2", arrivals="poisson"),
        row("a"),
    ]
    made = recording(rows, workloads=[curve_entry("r1", 5), curve_entry("r2", 6), {"name": "w"}])
    [card] = cards_of(made, digests(made))
    assert card.title == "c" and card.sentence.startswith(
        "**c**, who holds up: `a` to the end, 6 offered requests/s"
    )
    ranking = recording([row("a"), row("b")])
    [card] = cards_of(ranking, digests(ranking))
    assert card.title == "" and card.sentence.startswith("**w**, throughput: medians are from")


def test_in_markdown_each_card_is_its_sentence_its_table_and_what_its_words_mean():
    made = recording([fixed("a", 50.0)])
    [card] = cards_of(made, digests(made))
    sentence, table, how, *_, last = cards_markdown([card, card]).split("\n\n")
    assert sentence == "**w**, makespan: only `a` with 50.0 ms." and how == last == card.how
    assert table == (
        "| variant | w makespan | w CPU per request | w memory |\n|---|---:|---:|---:|\n| a | 50.0 ms | "
        "20.0 µs | 2.00 MiB |"
    )
