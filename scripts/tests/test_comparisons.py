"""One subject against all others: who is first, by what, and what is said where nobody is, in sentences."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import recording, row
from metrics.digest import digests
from words.rankings import Contest, contest_sentences, contests

OPEN = {"arrivals": "poisson"}


def runs(
    variant: str, values: list[float], column: str = "makespan_ms", **others: Any
) -> list[SimpleNamespace]:
    """A run for each value of what decides."""
    return [row(variant, n, **others | {column: value}) for n, value in enumerate(values, 1)]


def even(middle: float, count: int = 6) -> list[float]:
    """Around a median, by a hundredth of it each: pairs of two such have one ratio."""
    return [middle * (1 + (n - (count - 1) / 2) / 100) for n in range(count)]


def told(*rows: list[SimpleNamespace], **about: Any) -> list[str]:
    made = recording(sum(rows, []), **about)
    return list(contest_sentences(made, digests(made)))


def contest(*rows: list[SimpleNamespace], **about: Any) -> Contest:
    made = recording(sum(rows, []), **about)
    [only] = contests(made, digests(made))
    return only


# --- Who is first ---


@pytest.mark.parametrize(
    ("column", "values", "others", "text"),
    [
        ("makespan_ms", (50, 60), {}, "makespan: first is `a` with 50.0 ms (48.8 to 51.2 ms); `b` 1.20× "
                                      "[1.20, 1.20]."),
        ("throughput_rps", (500, 400), {}, "throughput: first is `a` with 500 req/s (488 to 512 req/s); `b` "
                                           "0.80× [0.80, 0.80]."),
        ("latency_p99_us", (50, 60), OPEN, "p99: first is `a` with 50.0 µs (48.8 to 51.2 µs); `b` 1.20× "
                                           "[1.20, 1.20]."),
    ],
)  # fmt: skip
def test_what_decides_is_the_makespan_a_closed_loops_rate_or_an_open_ones_tail(column, values, others, text):
    first, second = (runs(name, even(value), column, **others) for name, value in zip("ab", values))
    assert told(first, second) == told(second, first) == [f"**w**, {text}"]


def test_one_run_of_an_open_loop_is_enough_to_be_judged_by_tails():
    mixed = contest(runs("a", even(5), "latency_p99_us"), runs("b", even(9), "latency_p99_us", **OPEN))
    assert mixed.metric.key == "p99"
    assert contest(runs("a", [5]), runs("b", [None])).metric.key == "makespan"


def test_how_many_times_worse_one_is_than_the_best_is_one_or_more():
    for column, best, worse in (("makespan_ms", 50, 60), ("throughput_rps", 60, 50)):
        both = contest(runs("a", [best], column), runs("b", [worse], column))
        assert [both.times_worse(d) for d in both.ranked] == pytest.approx([1, 1.2])


def test_of_a_workload_in_which_all_are_limited_nobody_is_ranked():
    limited = runs("a", [50.0], client_bound=True)
    assert told(limited) == ["**w**, makespan: not ranked, the generator’s limit: `a` at most 50.0 ms."]
    rates = [runs(name, [rps], "throughput_rps", client_bound=True) for name, rps in (("a", 40), ("b", 90))]
    assert told(*rates) == [
        "**w**, throughput: not ranked, the generator’s limit: `b` at least 90 req/s and `a` at least 40 "
        "req/s."
    ]
    tails = contest(runs("a", [50.0], "latency_p99_us", client_bound=True, **OPEN))
    assert (len(tails.ranked), tails.limited) == (1, []), "a tail is no rate"


def test_one_alone_came_to_its_median_with_the_range_of_its_runs():
    assert told(runs("a", [50.0])) == ["**w**, makespan: only `a` with 50.0 ms."]
    assert told(runs("a", [50.0, 60.0])) == ["**w**, makespan: only `a` with 55.0 ms (50.0 to 60.0 ms)."]


# --- Who is not ---


def test_without_pairs_enough_medians_are_told_and_nobody_is_first():
    few = [runs("a", even(50, 5)), runs("b", even(60, 5))]
    medians = (
        "**w**, makespan: medians are from `a` with 50.0 ms{} to `b` with 60.0 ms{}: too few repetitions"
    )
    needed = " to tell them apart (6 pairs are needed)."
    assert told(*few) == [medians.format(" (49.0 to 51.0 ms)", " (58.8 to 61.2 ms)") + needed]
    apart = [[row("a", 1, makespan_ms=50)], [row("b", 2, makespan_ms=60)]]
    assert told(*apart) == [medians.format("", "") + needed]
    assert contest(*apart).untold and contest(*few).untold


def test_all_pairs_of_all_workloads_are_corrected_for():
    three = [runs(name, even(value, 7)) for name, value in (("a", 50), ("b", 60), ("c", 70))]
    assert contest(*three).least == 7
    assert [(place.subject, place.outcome) for place in contest(*three).places] == [("b", ""), ("c", "")]
    other = [runs(name, even(value, 7), workload="v") for name, value in (("a", 50), ("b", 60), ("c", 70))]
    made = recording(sum(three + other, []))
    few = "too few repetitions to tell them apart (8 pairs are needed)"
    untold = [(c.workload, c.least, c.untold) for c in contests(made, digests(made))]
    assert untold == [("w", 8, few), ("v", 8, few)]


def test_who_is_not_shown_to_differ_is_told_beside_who_is():
    wavering = [50.0 * (1 + 0.3 * (-1) ** n) for n in range(8)]
    assert told(runs("a", even(50, 8)), runs("b", even(60, 8)), runs("c", wavering)) == [
        "**w**, makespan: first is `a` with 50.0 ms (48.2 to 51.7 ms); `b` 1.20× [1.20, 1.20]; not shown to "
        "differ: `c` 0.95× [0.69, 1.32]."
    ]  # fmt: skip


def test_differences_within_the_generators_own_part_of_either_makespan_rank_nobody():
    def first_two(own_ms: float, others_ms: float | None) -> str:
        parts = {"a": own_ms, "b": others_ms}
        return told(*(runs(name, even(value), makespan_generator_ms=parts[name]) for name, value in
                      (("a", 50), ("b", 60))))[0]  # fmt: skip

    blurred = (
        "**w**, makespan: the best median is `a` with 50.0 ms (48.8 to 51.2 ms); differing by less than the "
        "generator’s own part: `b` 1.20× [1.20, 1.20]."
    )
    assert first_two(10.1, None) == first_two(1, 10.1) == blurred
    assert "first is `a`" in first_two(10, 9), "no more than the difference"
    slow = [
        runs("a", even(500), "throughput_rps", makespan_generator_ms=9e9),
        runs("b", even(400), "throughput_rps"),
    ]
    assert "first is `a`" in told(*slow)[0], "a rate has no such part"


def test_who_the_generator_limited_is_told_beside_the_ranked():
    rows = [runs("a", even(50, 7)), runs("b", even(60, 7)), runs("c", even(40, 7), client_bound=True)]
    assert told(*rows) == [
        "**w**, makespan: first is `a` with 50.0 ms (48.5 to 51.5 ms); `b` 1.20× [1.20, 1.20]; not ranked, "
        "the generator’s limit: `c` at most 40.0 ms (38.8 to 41.2 ms)."
    ]  # fmt: skip
    assert told(*rows[::2])[0].startswith("**w**, makespan: only `a` with 50.0 ms (48.5"), "of no others"


def test_tails_of_one_clock_are_ranked_and_makespans_of_two():
    def by(first: str, second: str, column: str) -> str:
        others = OPEN if column == "latency_p99_us" else {}
        rows = [
            runs("a", even(5e3), column, done_by=first, **others),
            runs("b", even(9e3), column, done_by=second, **others),
        ]
        return told(*rows)[0]

    assert by("kernel", "read", "latency_p99_us") == (
        "**w**, p99: medians are from `a` with 5.00 ms (4.88 to 5.12 ms) to `b` with 9.00 ms (8.78 to 9.22 "
        "ms): not ranked, as replies were done by different clocks (`done_by`)."
    )
    assert "first is" in by("kernel", "kernel", "latency_p99_us")
    assert "first is" in by("kernel", "read", "makespan_ms")


def test_pairs_that_say_the_contrary_of_a_median_leave_it_a_median():
    # b is quicker in eleven of twelve pairs, by little, and slower by much where it matters to the median.
    first = [50.0] * 6 + [81.0] + [80.0] * 5
    [text] = told(runs("a", first), runs("b", [49.5] * 5 + [79.0] + [79.5] * 6))
    assert text.startswith(
        "**w**, makespan: the best median is `a` with 65.0 ms (50.0 to 81.0 ms); `b` 0.99× ["
    )


def test_a_workload_in_which_no_run_counts_is_no_contest():
    assert told(runs("a", [50.0], verdict="invalid")) == []
    assert (
        told(runs("a", [50.0], client="wrk"), runs("a", [50.0], client="ab")) == []
    ), "clients are no servers"


def test_a_rate_beside_a_reference_is_told_there_and_a_makespan_here():
    declared = [{"name": "w", "reference": "a"}]
    rates = [runs("a", even(50), "throughput_rps"), runs("b", even(60), "throughput_rps")]
    assert told(*rates, workloads=declared) == []
    assert len(told(*rates)) == len(told(runs("a", even(50)), runs("b", even(60)), workloads=declared)) == 1


# --- Slow by model ---


def by_model(serves: dict[str, int | None], over_ideal: float = 1.05) -> str:
    """What is said of whoever differs from async, which is first."""
    rows = [runs("async", even(50, 12), makespan_over_ideal=1.0)]
    for n, name in enumerate(serves):
        rows.append(runs(name, even(60 + n, 12), makespan_over_ideal=over_ideal - n / 100))
    entries = [{"name": "async", "serves_at_once": 5}]
    entries += [{"name": name, "serves_at_once": many} for name, many in serves.items()]
    return told(*rows, variants=entries)[0].partition("); ")[2]


def test_who_is_near_its_own_ideal_is_slow_by_model():
    near = " (slow by model, not by code: near the ideal of {} at a time)"
    assert by_model({"b": 8, "c": None, "d": 1}) == (
        f"`b` 1.20× [1.20, 1.20]{near.format(8)}, `c` 1.22× [1.22, 1.22] and `d` 1.24× [1.24, 1.24]"
        f"{near.format(1)}."
    )
    assert by_model({"b": 8}, 1.041).endswith(near.format(8) + ".")


def test_who_is_not_near_its_ideal_or_has_no_model_is_not_called_slow_by_it():
    alone = "`b` 1.20× [1.20, 1.20]."
    assert by_model({"b": 8}, 1.051) == alone and by_model({"b": None}) == alone
    assert by_model(dict.fromkeys("bcdefghi", None)).endswith(" and `i` 1.34× [1.34, 1.34].")
