"""The ranking of workloads that are no curve: its sentence, and what stands beneath each of its figures."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from made_rows import recording, row
from metrics.digest import digests
from test_comparisons import even, runs
from text.table import TableCell
from text.units import NONE
from words.cards import Card
from words.rankings import ranking_card


def ranked(*rows: list[SimpleNamespace], **about: Any) -> Card:
    made = recording(sum(rows, []), **about)
    card = ranking_card(made, digests(made))
    assert card is not None and card.title == ""
    return card


def cells(card: Card) -> dict[str, list[TableCell]]:
    return {first.text: others for first, *others in card.table.rows}


def headings(card: Card) -> list[tuple[str, str]]:
    return [(column.heading, column.note) for column in card.table.columns]


ABC = [runs(name, even(value, 7), server_threads_peak=2) for name, value in (("c", 70), ("a", 50), ("b", 60))]


def test_the_first_and_the_last_are_named_and_each_is_held_against_the_first():
    card = ranked(*ABC)
    assert (
        card.sentence
        == "**w**, makespan: first is `a` with 50.0 ms (48.5 to 51.5 ms); the last `c` 1.40× [1.40, 1.40]."
    )
    assert headings(card) == [("variant", ""), ("w", "makespan"), ("w", "CPU per request"), ("w", "memory")]
    assert [column.is_words for column in card.table.columns] == [True, False, False, False]
    costs = [("20.0 µs", "", ""), ("2.00 MiB", "", "")]
    assert cells(card) == {
        "a": [("50.0 ms", "[48.5, 51.5 ms]", ""), *costs],
        "b": [("60.0 ms", "1.20× [1.20, 1.20]", ""), *costs],
        "c": [("70.0 ms", "1.40× [1.40, 1.40]", ""), *costs],
    }


def test_who_is_level_with_the_first_is_named_up_to_three():
    def level(count: int) -> Card:
        wavering = [value * (1 + (-1) ** n / 100) for n, value in enumerate(even(50.1, 12))]
        equal = [runs(f"e{n}", wavering) for n in range(count)]
        return ranked(runs("a", even(50, 12)), *equal, runs("z", even(100, 12)))

    first = "**w**, makespan: first is `a` with 50.0 ms (47.2 to 52.8 ms); the last `z` 2.00× [2.00, 2.00]; "
    assert level(3).sentence == f"{first}shown to differ by less than 5 %: `e0`, `e1` and `e2`."
    assert level(4).sentence == f"{first}shown to differ by less than 5 %: 4 of them."
    assert cells(level(3))["e0"][0].note == "shown to differ by less than 5 %"
    alone = ranked(runs("a", even(50)), runs("b", [60, 40, 61, 41, 62, 59]))
    assert alone.sentence == (
        "**w**, makespan: the best median is `a` with 50.0 ms (48.8 to 51.2 ms); not shown to differ: `b`."
    )


def test_too_few_repetitions_are_said_to_be_with_the_workloads_that_have_them():
    few = [runs(name, [value], workload="v") for name, value in (("a", 50), ("b", 70), ("c", 60))]
    only = ranked(*few)
    assert only.sentence == (
        "**v**, makespan: medians are from `a` with 50.0 ms to `b` with 70.0 ms: too few repetitions to tell "
        "them apart (7 pairs are needed)."
    )
    assert [cell[0].note for cell in cells(only).values()] == ["", "", ""], "one run has no range"
    two = ranked(runs("a", even(50, 8)), runs("b", even(60, 8)), few[0], few[1])
    assert two.sentence == (
        "**w**, makespan: first is `a` with 50.0 ms (48.2 to 51.7 ms); the last `b` 1.20× [1.20, 1.20]; "
        "**v**, makespan: medians are from `a` with 50.0 ms to `b` with 70.0 ms: too few repetitions to tell "
        "them apart (7 pairs are needed)."
    )
    assert headings(two)[1:] == [
        ("w", "makespan"),
        ("v", "makespan"),
        ("w", "CPU per request"),
        ("w", "memory"),
    ]


def test_who_is_limited_or_alone_is_said_to_be():
    limited = runs("l", even(40), client_bound=True)
    assert ranked(limited).sentence == "**w**, makespan: not ranked, the generator’s limit: `l`."
    alone = ranked(limited, runs("a", even(50)))
    assert alone.sentence == (
        "**w**, makespan: only `a` with 50.0 ms (48.8 to 51.2 ms); not ranked, the generator’s limit: `l`."
    )
    assert list(cells(alone)) == ["a", "l"], "the ranked first"
    two = ranked(limited, runs("a", even(50, 8)), runs("b", even(60, 8)))
    assert two.sentence.startswith("**w**, makespan: first is `a` with")
    assert two.sentence.endswith("; not ranked, the generator’s limit: `l`.")


def test_a_subject_of_which_nothing_is_known_has_no_row():
    lost = row("lost", workload="v")
    card = ranked(*ABC, [lost, row("x", workload="v", verdict="invalid")], variants=[{"name": "never"}])
    assert set(cells(card)) == {"a", "b", "c", "lost", "x"}
    assert cells(card)["lost"] == [(NONE, "", ""), ("1,000 req/s", "", ""), (NONE, "", ""), (NONE, "", "")]
    assert cells(card)["x"][1] == ("none", "1 of 1 run invalid", "bad")


def test_nothing_is_ranked_where_no_run_counts():
    made = recording([row("a", verdict="invalid")])
    assert ranking_card(made, digests(made)) is None


def test_a_reference_is_told_with_which_multiple_it_costs():
    cost = "server_cpu_us_per_request"
    rows = [runs("r", even(9, 8), cost), runs("a", even(12, 8), cost), runs("b", [9.2, 8.8] * 4, cost)]
    card = ranked(*rows, workloads=[{"name": "w", "reference": "r"}])
    assert card.sentence == "**w**, `r`: CPU per request 9.00 µs; 0.75× [0.75, 0.75] of `a`’s."
    assert headings(card) == [("variant", ""), ("w", "CPU per request")]
    assert {name: cell for name, [cell] in cells(card).items()} == {
        "r": ("9.00 µs", "", ""),
        "a": ("12.0 µs", "r 0.75× [0.75, 0.75]", ""),
        "b": ("9.00 µs", "shown to differ by less than 5 %", ""),
    }


def test_a_workload_with_a_ranking_of_its_own_is_not_told_beside_its_reference_again():
    both = ranked(runs("a", even(50)), runs("b", even(60)), workloads=[{"name": "w", "reference": "a"}])
    assert both.sentence.startswith("**w**, makespan: first is") and "CPU" not in both.sentence
    assert ("w", "memory") in headings(both)


def test_beside_a_ranking_a_reference_of_another_workload_has_its_column_of_costs():
    cost = "server_cpu_us_per_request"
    rows = [*ABC, runs("a", even(9, 7), cost, workload="v"), runs("b", even(12, 7), cost, workload="v")]
    card = ranked(*rows, workloads=[{"name": "w"}, {"name": "v", "reference": "a"}])
    assert headings(card) == [("variant", ""), ("w", "makespan"), ("v", "CPU per request")]
    assert card.sentence.endswith("; **v**, `a`: CPU per request 9.00 µs; 0.75× [0.75, 0.75] of `b`’s.")


def test_rows_are_in_the_order_of_the_first_ranking_and_then_as_they_are_declared():
    second = [runs(name, [value], workload="v") for name, value in (("c", 60), ("d", 50))]
    card = ranked(runs("b", [60]), runs("a", [50]), *second)
    assert list(cells(card)) == ["a", "b", "c", "d"]


def test_a_row_may_have_the_figure_of_its_workload_alone():
    bare = runs("b", [60], server_cpu_us_per_request=None, server_rss_peak_kib=None)
    assert list(cells(ranked(runs("a", [50]), bare))) == ["a", "b"]
