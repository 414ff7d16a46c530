"""The page's first sentence and small table, and which cards a recording has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from made_curves import ladder
from made_curves import run as open_run
from made_rows import recording, row
from metrics.digest import digests
from metrics.soundness import MARK
from pages.answer import Answer, answer_of, cards_markdown, cards_of
from text.table import Table, TableCell
from words.cards import curve_card


def answer(rows: list[SimpleNamespace], **about: Any) -> Answer:
    made = recording(rows, **about)
    return answer_of(made, digests(made), ["It is.", "And so."], None)


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
    assert made.sentence == "It is." and made.table.title == "w" and made.table.subtitle == ""
    assert texts(made.table) == [
        ["variant", "makespan", "× ideal", "CPU", "threads"],
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
        ["variant", "requests/s", "p99", "CPU", "memory"],
        ["high", "900", "5.00 ms", "20.0 µs", "2.00 MiB"],
        ["low", "100", "5.00 ms", "20.0 µs", "2.00 MiB"],
        ["none", "", "5.00 ms", "20.0 µs", "2.00 MiB"],
    ]


def test_of_clients_the_latency_that_they_tell_and_their_own_cost_are_shown():
    told = {"latency_mean_us": 3000.0, "client_cpu_us_per_request": 8.0, "makespan_ms": 9.0}
    rows = [row("s", client="a", **told), row("s", client="b", **told | {"latency_mean_us": 2000.0})]
    assert texts(answer(rows, clients=[]).table) == [
        ["client", "mean latency", "p99", "client CPU"],
        ["b", "2.00 ms", "5.00 ms", "8.00 µs"],
        ["a", "3.00 ms", "5.00 ms", "8.00 µs"],
    ]


def test_more_than_a_picture_has_room_for_are_counted():
    rows = [row(f"v{n}", server_rss_peak_kib=1024 * n) for n in range(1, 41)]
    table = answer(rows).table
    assert table.subtitle == f"{40 - len(table.rows)} more among the numbers" and 2 < len(table.rows) < 30


def test_a_recording_of_nothing_has_an_answer_that_says_so():
    nothing = recording([])
    assert answer_of(nothing, [], [], None) == Answer("Nothing can be compared yet.", None)
    assert cards_of(nothing, []) == []


OFFERED = {
    "a": {50: [open_run(), open_run(p99_ms=6)], 100: [open_run(p99_ms=90)]},
    "b": {50: [open_run()], 100: [open_run()]},
}


def test_the_answer_of_a_curve_is_its_card_without_what_does_not_fit_beside_a_picture():
    card = curve_card(ladder(OFFERED))
    made = answer_of(None, [], ["another"], card)
    assert made.sentence == card.sentence
    assert [column.heading for column in made.table.columns] == ["variant", "holds up until", "p99", "CPU"]
    assert made.table.rows == [
        [TableCell("b"), TableCell("≥ 100"), TableCell("5.00 ms"), TableCell("20.0 µs")],
        [TableCell("a"), TableCell("50"), TableCell("5.50 ms"), TableCell("20.0 µs")],
    ]


def curve_entry(name: str, at: int) -> dict[str, Any]:
    return {"name": name, "curve": {"name": "c", "axis": "rate", "at": at}}


def test_a_recording_with_a_curve_has_its_card_and_another_the_ranking():
    rows = [
        row("a", workload="r1", arrivals="poisson"),
        row("a", workload="r2", arrivals="poisson"),
        row("a"),
    ]
    made = recording(rows, workloads=[curve_entry("r1", 5), curve_entry("r2", 6), {"name": "w"}])
    [card] = cards_of(made, digests(made))
    assert card.title == "c" and card.sentence.startswith(
        "**c**: `a` holds up to the end, 6 offered requests/s"
    )
    ranking = recording([row("a"), row("b")])
    [card] = cards_of(ranking, digests(ranking))
    assert card.title == "" and card.sentence.startswith("**w**: medians are from")


def test_in_markdown_each_card_is_its_sentence_its_table_and_what_its_words_mean():
    made = recording([fixed("a", 50.0)])
    [card] = cards_of(made, digests(made))
    sentence, table, how, *_, last = cards_markdown([card, card]).split("\n\n")
    assert sentence == "**w**: only `a` with 50.0 ms is ranked." and how == last == card.how
    assert table == (
        "| variant | w makespan | w CPU per request | w memory |\n|---|---:|---:|---:|\n| a | 50.0 ms | "
        "20.0 µs | 2.00 MiB |"
    )
