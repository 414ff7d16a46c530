"""How numbers read."""

from __future__ import annotations

import pytest

from text.units import (
    abridged,
    count_text,
    duration_text,
    first_few,
    joined,
    memory_text,
    names_text,
    plural,
    range_text,
    ratio_text,
    round_duration_text,
)


@pytest.mark.parametrize(
    "us, text",
    [
        (84.2, "84.2 µs"),
        (0, "0 µs"),
        (999.4, "999 µs"),
        (999.6, "1.00 ms"),
        (53_140, "53.1 ms"),
        (652_000, "652 ms"),
        (5_013_798, "5.01 s"),
        (5_005_001, "5.01 s"),
        (502_000_000, "8 min 22 s"),
        (120_000_000, "2 min"),
    ],
)
def test_durations_have_three_digits_and_a_unit(us: float, text: str) -> None:
    assert duration_text(us) == text


def test_settings_and_ticks_have_no_more_digits_than_they_need() -> None:
    assert [round_duration_text(us) for us in (0, 250, 50_000, 1_500_000)] == [
        "0",
        "250 µs",
        "50 ms",
        "1.5 s",
    ]


def test_a_range_names_its_unit_once_if_both_ends_have_it() -> None:
    assert range_text(53_200, 53_500, duration_text) == "53.2 – 53.5 ms"
    assert range_text(990, 1_200, duration_text) == "990 µs – 1.20 ms"
    assert range_text(53_210, 53_220, duration_text) == "53.2 ms"
    assert range_text(1.07, 1.08, ratio_text) == "1.07 – 1.08×"
    assert range_text(501_000_000, 502_000_000, duration_text) == "8 min 21 s – 8 min 22 s"


def test_memory_counts_and_ratios() -> None:
    assert [memory_text(kib) for kib in (900, 4_000, 4_000_000)] == ["900 KiB", "3.91 MiB", "3.81 GiB"]
    assert [count_text(n) for n in (7_500, 1.5)] == ["7,500", "1.5"]
    assert [ratio_text(r) for r in (1.0667, 12.25, 94.3)] == ["1.07×", "12.2×", "94×"]


def test_lists_and_plurals_read_as_english() -> None:
    assert names_text(["a"]) == "`a`"
    assert names_text(["a", "b", "c"]) == "`a`, `b` and `c`"
    assert [plural(1, "run"), plural(2, "run")] == ["1 run", "2 runs"]


def test_a_long_list_in_no_order_names_its_first_and_counts_the_rest() -> None:
    assert first_few(["a", "b"]) == ["a", "b"]
    assert first_few(list("abcdefghij")) == ["a", "b", "c", "d", "e", "f", "4 more"]


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (999.5, "1.00 ms"),
        (9.994, "9.99 µs"),
        (9.995, "10.0 µs"),
        (9.996, "10.0 µs"),
        (99.94, "99.9 µs"),
        (99.95, "100 µs"),
        (99.96, "100 µs"),
        (999_499, "999 ms"),
        (999_500, "1.00 s"),
        (119_400_000, "119 s"),
        (119_500_000, "2 min"),
        (3_600_000_000, "60 min"),
        (3_601_000_000, "60 min 1 s"),
    ],
)
def test_a_duration_changes_its_unit_where_its_digits_would_not_do(us: float, text: str) -> None:
    assert duration_text(us) == text


@pytest.mark.parametrize(
    ("us", "text"),
    [(-5, "0"), (0.5, "0.5 µs"), (1, "1 µs"), (999, "999 µs"), (999.9, "0.9999 ms"), (1000, "1 ms"),
     (999_000, "999 ms"), (1_000_000, "1 s"), (5_000_000_000, "5,000 s")],
)  # fmt: skip
def test_a_setting_keeps_its_own_digits(us: float, text: str) -> None:
    assert round_duration_text(us) == text


@pytest.mark.parametrize(
    ("kib", "text"),
    [(0, "0.00 KiB"), (1023, "1,023 KiB"), (1024, "1.00 MiB"), (1024 * 1023, "1,023 MiB"),
     (1024 * 1024, "1.00 GiB"), (1536 * 1024, "1.50 GiB")],
)  # fmt: skip
def test_memory_has_the_unit_that_suits_it(kib: float, text: str) -> None:
    assert memory_text(kib) == text


def test_counts_have_a_decimal_only_where_they_are_small_and_broken() -> None:
    assert [count_text(n) for n in (0, 99.5, 100.4, 1e6, 2.0)] == ["0", "99.5", "100", "1,000,000", "2"]
    assert [count_text(n) for n in (99.94, 99.95, 99.96)] == ["99.9", "100", "100"]


def test_ratios_have_decimals_where_they_matter() -> None:
    told = [ratio_text(r) for r in (None, 0.5, 9.99, 9.995, 19.94, 19.95, 1234)]
    assert told == ["–", "0.50×", "9.99×", "10.0×", "19.9×", "20×", "1,234×"]


def test_only_one_is_no_plural() -> None:
    assert [plural(n, "run") for n in (0, 1, 1500)] == ["0 runs", "1 run", "1,500 runs"]


def test_seven_names_are_few_and_eight_are_many() -> None:
    assert first_few(list("abcdefg")) == abridged(list("abcdefg")) == list("abcdefg")
    assert first_few(list("abcdefgh")) == ["a", "b", "c", "d", "e", "f", "2 more"]
    assert abridged(list("abcdefgh")) == ["a", "b", "c", "3 more", "g", "h"]
    assert (joined(["a"]), joined(iter("ab")), joined("abc")) == ("a", "a and b", "a, b and c")


def test_names_stand_in_backticks() -> None:
    assert names_text(iter("ab")) == "`a` and `b`"
