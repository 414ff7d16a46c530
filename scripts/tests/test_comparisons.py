"""One subject against all others: who is first, by what, and what is said where nobody is, in sentences."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from made_rows import recording, row
from metrics.digest import digests
from words.comparisons import Contest, contest_sentences, contests

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
        ("makespan_ms", (50, 60), {}, "`a` came first with 50.0 ms (median of 6, 48.8 to 51.2 ms); `b` took "
                                      "1.20× [1.20, 1.20] as long."),
        ("throughput_rps", (500, 400), {}, "`a` came first with 500 req/s (median of 6, 488 to 512 req/s); "
                                           "`b` served 0.80× [0.80, 0.80] as much."),
        ("latency_p99_us", (50, 60), OPEN, "`a` came first with p99 50.0 µs (median of 6, 48.8 to 51.2 µs); "
                                           "`b` had 1.20× [1.20, 1.20] that."),
    ],
)  # fmt: skip
def test_what_decides_is_the_makespan_a_closed_loops_rate_or_an_open_ones_tail(column, values, others, text):
    first, second = (runs(name, even(value), column, **others) for name, value in zip("ab", values))
    assert told(first, second) == told(second, first) == [f"**w**: {text}"]


def test_one_run_of_an_open_loop_is_enough_to_be_judged_by_tails():
    mixed = contest(runs("a", even(5), "latency_p99_us"), runs("b", even(9), "latency_p99_us", **OPEN))
    assert mixed.metric.key == "p99"
    assert contest(runs("a", [5]), runs("b", [None])).metric.key == "makespan"


def test_how_many_times_worse_one_is_than_the_best_is_one_or_more():
    for column, best, worse in (("makespan_ms", 50, 60), ("throughput_rps", 60, 50)):
        both = contest(runs("a", [best], column), runs("b", [worse], column))
        assert [both.times_worse(d) for d in both.ranked] == pytest.approx([1, 1.2])


@pytest.mark.parametrize(
    ("entry", "asked"),
    [
        ({"requests": 100, "connections": 100}, " (100 requests, all at once: 10 long and 10 short)"),
        ({"requests": 100, "connections": 101}, " (100 requests, all at once: 10 long and 10 short)"),
        ({"requests": 100, "connections": 99}, " (100 requests, 99 at once: 10 long and 10 short)"),
        ({"requests": 100}, ""),
        ({"connections": 100}, ""),
    ],
)
def test_what_was_asked_is_told_with_its_classes(entry, asked):
    classes = {"long": 9, "short": 3}
    both = [runs("a", [50.0], classes=classes), runs("b", [60.0], classes=classes)]
    [text] = told(*both, workloads=[{"name": "w"} | entry])
    assert text.startswith(f"**w**{asked}: medians are `a` 50.0 ms and `b` 60.0 ms: too few")
    [one] = told(runs("a", [50.0], classes={"long": 9}), workloads=[{"name": "w"} | entry])
    assert one == f"**w**{asked.partition(':')[0] + ')' if asked else ''}: `a` came to 50.0 ms."


def test_of_a_workload_in_which_all_are_limited_the_classes_are_told_too():
    limited = runs("a", [50.0], client_bound=True, classes={"long": 9, "short": 3})
    assert told(limited, workloads=[{"name": "w", "requests": 20, "connections": 5}]) == [
        "**w** (20 requests, 5 at once: 10 long and 10 short): not ranked, as the generator was the limit: "
        "`a`, at most 50.0 ms."
    ]  # fmt: skip
    rates = [runs(name, [rps], "throughput_rps", client_bound=True) for name, rps in (("a", 40), ("b", 90))]
    assert told(*rates) == [
        "**w**: not ranked, as the generator was the limit: `b`, at least 90 req/s; `a`, at least 40 req/s."
    ]
    tails = contest(runs("a", [50.0], "latency_p99_us", client_bound=True, **OPEN))
    assert (len(tails.ranked), tails.limited) == (1, []), "a tail is no rate"


def test_one_alone_came_to_its_median_with_the_range_of_its_runs():
    assert told(runs("a", [50.0])) == ["**w**: `a` came to 50.0 ms."]
    assert told(runs("a", [50.0, 60.0])) == ["**w**: `a` came to 55.0 ms (median of 2, 50.0 to 60.0 ms)."]


# --- Who is not ---


def test_without_pairs_enough_medians_are_told_and_nobody_is_first():
    few = [runs("a", even(50, 5)), runs("b", even(60, 5))]
    medians = "**w**: medians are `a` 50.0 ms and `b` 60.0 ms: too few repetitions to tell them apart"
    assert told(*few) == [f"{medians} (6 pairs are needed)."]
    apart = [[row("a", 1, makespan_ms=50)], [row("b", 2, makespan_ms=60)]]
    assert told(*apart) == [f"{medians} (6 pairs are needed)."]
    assert contest(*apart).is_told and not contest(*few).is_told


def test_all_pairs_of_all_workloads_are_corrected_for():
    three = [runs(name, even(value, 7)) for name, value in (("a", 50), ("b", 60), ("c", 70))]
    assert contest(*three).least == 7 and [d.subject for d in contest(*three).behind] == ["b", "c"]
    other = [runs(name, even(value, 7), workload="v") for name, value in (("a", 50), ("b", 60), ("c", 70))]
    made = recording(sum(three + other, []))
    assert [(c.workload, c.least, c.is_told) for c in contests(made, digests(made))] == [
        ("w", 8, False), ("v", 8, False)
    ]  # fmt: skip


def test_who_is_not_shown_to_differ_is_told_beside_who_is():
    wavering = [50.0 * (1 + 0.3 * (-1) ** n) for n in range(8)]
    assert told(runs("a", even(50, 8)), runs("b", even(60, 8)), runs("c", wavering)) == [
        "**w**: `a` came first with 50.0 ms (median of 8, 48.2 to 51.7 ms); `b` took 1.20× [1.20, 1.20] as "
        "long; not shown to differ: `c`."
    ]  # fmt: skip


def test_differences_within_the_generators_own_part_of_either_makespan_rank_nobody():
    def first_two(own_ms: float, others_ms: float | None) -> str:
        parts = {"a": own_ms, "b": others_ms}
        return told(*(runs(name, even(value), makespan_generator_ms=parts[name]) for name, value in
                      (("a", 50), ("b", 60))))[0]  # fmt: skip

    blurred = (
        "**w**: the best median is `a`’s, 50.0 ms (median of 6, 48.8 to 51.2 ms); differing by less than "
        "the generator’s own part of the makespan: `b`."
    )
    assert first_two(10.1, None) == first_two(1, 10.1) == blurred
    assert "`a` came first" in first_two(10, 9), "no more than the difference"
    slow = [
        runs("a", even(500), "throughput_rps", makespan_generator_ms=9e9),
        runs("b", even(400), "throughput_rps"),
    ]
    assert "`a` came first" in told(*slow)[0], "a rate has no such part"


def test_who_the_generator_limited_is_told_beside_the_ranked():
    rows = [runs("a", even(50, 7)), runs("b", even(60, 7)), runs("c", even(40, 7), client_bound=True)]
    assert told(*rows) == [
        "**w**: of those that the generator did not limit, `a` came first with 50.0 ms (median of 7, 48.5 "
        "to 51.5 ms); `b` took 1.20× [1.20, 1.20] as long; not ranked, as the generator was the limit: `c`, "
        "at most 40.0 ms."
    ]  # fmt: skip
    assert told(*rows[::2])[0].startswith("**w**: `a` came to 50.0 ms (median of 7,"), "alone, of no others"


def test_tails_of_one_clock_are_ranked_and_makespans_of_two():
    def by(first: str, second: str, column: str) -> str:
        others = OPEN if column == "latency_p99_us" else {}
        rows = [
            runs("a", even(5e3), column, done_by=first, **others),
            runs("b", even(9e3), column, done_by=second, **others),
        ]
        return told(*rows)[0]

    assert by("kernel", "read", "latency_p99_us") == (
        "**w**: medians are `a` p99 5.00 ms and `b` p99 9.00 ms, not ranked, as replies were done by "
        "different clocks (`done_by`)."
    )
    assert "came first" in by("kernel", "kernel", "latency_p99_us")
    assert "came first" in by("kernel", "read", "makespan_ms")


def test_pairs_that_say_the_contrary_of_a_median_leave_it_a_median():
    # b is quicker in eleven of twelve pairs, by little, and slower by much where it matters to the median.
    first = [50.0] * 6 + [81.0] + [80.0] * 5
    [text] = told(runs("a", first), runs("b", [49.5] * 5 + [79.0] + [79.5] * 6))
    assert text.startswith(
        "**w**: the best median is `a`’s, 65.0 ms (median of 12, 50.0 to 81.0 ms); `b` took 0.99× ["
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
    return told(*rows, variants=entries)[0].partition(", 1.00× the ideal; ")[2]


def test_who_is_near_its_own_ideal_is_slow_by_model():
    assert by_model({"b": 8, "c": None, "d": 1}) == (
        "`b` took 1.20× [1.20, 1.20] as long, `c` 1.22× [1.22, 1.22] and `d` 1.24× [1.24, 1.24]. `b` "
        "(serving 8 at a time) and `d` (serving 1 at a time) are slow by model, not by code: within 5 % of "
        "their own ideal."
    )  # fmt: skip
    assert by_model({"b": 8}, 1.041).endswith(
        ". `b` (serving 8 at a time) is slow by model, not by code: within 5 % of its own ideal."
    )
    assert by_model({"b": 8}, 1.0).endswith("within 1 % of its own ideal.")


def test_who_is_not_near_its_ideal_has_no_model_or_is_of_many_is_not_called_slow_by_it():
    assert by_model({"b": 8}, 1.051).endswith(" as long.") and by_model({"c": None}).endswith(" as long.")
    assert by_model(dict.fromkeys("bcdefgh", 8)).endswith("their own ideal.")
    assert by_model(dict.fromkeys("bcdefghi", 8)).endswith(" 1.34× [1.34, 1.34].")
