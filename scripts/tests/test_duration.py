"""Durations as they are written in a suite, and lengths of time to wait for."""

from __future__ import annotations

import pytest

from text.units import parse_duration_ms, short_text


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("1ms", 1), ("50ms", 50), ("0.5s", 500), ("5s", 5000), ("2m", 120_000), ("10m", 600_000), ("0.001s", 1),
     ("600000ms", 600_000)],
)  # fmt: skip
def test_a_duration_is_whole_milliseconds_up_to_ten_minutes(text, milliseconds):
    found = parse_duration_ms(text)
    assert (found, type(found)) == (milliseconds, int)


@pytest.mark.parametrize("text", ["0ms", "0.5ms", "1.5ms", "0.0005s", "600001ms", "601s", "10.1m"])
def test_what_is_too_long_too_short_or_broken_is_out_of_range(text):
    with pytest.raises(ValueError, match="out of range: whole milliseconds, from 1ms to 10m"):
        parse_duration_ms(text)


@pytest.mark.parametrize(
    "text", ["", "50", "ms", "-1s", "1h", "1 s", ".5s", "5s ", "500us", "1e3ms", "nan", "٥s"]
)
def test_what_is_no_duration_is_told_how_to_write_one(text):
    with pytest.raises(ValueError, match="write it as 50ms, 5s or 2m"):
        parse_duration_ms(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (0, "0 s"), (40.4, "40 s"), (99.4, "99 s"), (99.5, "2 min"), (720, "12 min"),
     (3569, "59 min"), (3571, "1 h 0 min"), (3900, "1 h 5 min"), (7380, "2 h 3 min")],
)  # fmt: skip
def test_a_wait_is_told_as_roughly_as_people_plan(seconds, text):
    assert short_text(seconds) == text
