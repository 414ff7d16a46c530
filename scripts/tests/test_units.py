"""How numbers read."""

from __future__ import annotations

import pytest

from text.units import (
    count_text,
    duration_text,
    first_few,
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
        (None, "–"),
        (84.2, "84.2 µs"),
        (0, "0 µs"),
        (999.4, "999 µs"),
        (999.6, "1.00 ms"),
        (53_140, "53.1 ms"),
        (652_000, "652 ms"),
        (5_013_798, "5.01 s"),
        (502_000_000, "8 min 22 s"),
        (120_000_000, "2 min"),
    ],
)
def test_durations_have_three_digits_and_a_unit(us: float | None, text: str) -> None:
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
    assert [count_text(n) for n in (7_500, 1.5, None)] == ["7,500", "1.5", "–"]
    assert [ratio_text(r) for r in (1.0667, 12.25, 94.3)] == ["1.07×", "12.2×", "94×"]


def test_lists_and_plurals_read_as_english() -> None:
    assert names_text(["a"]) == "`a`"
    assert names_text(["a", "b", "c"]) == "`a`, `b` and `c`"
    assert [plural(1, "run"), plural(2, "run")] == ["1 run", "2 runs"]


def test_a_long_list_in_no_order_names_its_first_and_counts_the_rest() -> None:
    assert first_few(["a", "b"]) == ["a", "b"]
    assert first_few(list("abcdefghij")) == ["a", "b", "c", "d", "e", "f", "4 more"]
