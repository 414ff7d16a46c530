"""Flags as the fields of a dataclass: each mistake is a line, and all of them are told at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.flags import Flags, argument, flag, names, one_of, share, switch, url_path, whole


@dataclass(frozen=True)
class Options(Flags):
    """It."""

    COMMAND = "scripts/it"
    UNEXPECTED = "one at a time"

    suite: str = argument("SUITE", "which", default="hundred")
    runs: int | None = flag("RUNS", "how many; 100 % of them", read=whole(1, 99), group="what is run")
    margin: float = flag("SHARE", "how much", read=share, default=0.05)
    slice_ms: int = flag("N", "how long", read=whole(1, 9), default=5)
    pair: list[str] | None = flag(("X", "Y"), "two", nargs=2)
    dry_run: bool = switch("only checks")
    calibration: bool = switch("leaves it out", default=True)


def read(text: str) -> Options:
    return Options.parse(text.split())


def mistakes(text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read(text)
    return caught.value.mistakes


def test_without_flags_the_defaults_hold():
    assert read("") == Options()


def test_a_word_that_is_left_out_is_not_read():
    @dataclass(frozen=True)
    class Words(Flags):
        first: Path | None = argument("FILE", "which", read=Path)

    assert Words.parse([]).first is None
    assert Words.parse(["x"]).first == Path("x")


def test_flags_are_read_into_their_fields():
    options = read("load --runs 20 --margin 10% --slice 7 --pair a b --dry-run --no-calibration")
    assert options == Options("load", 20, 0.1, 7, ["a", "b"], True, False)
    assert read("--runs=3").runs == 3


def test_every_mistake_is_told_at_once():
    lines = mistakes("--runs 0 --margin 5 --slcie 3 --qqq")
    assert lines[:2] == [
        "--runs: '0' is not a whole number from 1 to 99",
        "--margin: '5' is not a share from 0.1% to 50%, such as 5%",
    ]
    assert lines[2] == "--slcie: unknown flag: did you mean '--slice'?"
    assert lines[3].startswith("--qqq: unknown flag: there is --help, --runs, ")


def test_what_is_missing_or_too_much_is_a_line_with_the_way_to_the_help():
    assert mistakes("--margin") == ["--margin: expected one argument, see scripts/it --help"]
    assert mistakes("a b") == ["'b': one at a time: see scripts/it --help"]


def test_help_has_the_headings_and_no_traceback_for_a_per_cent_sign(capsys):
    with pytest.raises(SystemExit):
        read("--help")
    text = capsys.readouterr().out
    assert "what is run:\n" in text and "--runs RUNS" in text and "100 % of them" in text


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        (share, "50%", 0.5),
        (share, "0.1%", 0.001),
        (names, "b,a,,b", ("b", "a")),
        (url_path, "/task?cpu_ms=1", "/task?cpu_ms=1"),
        (one_of("pass", "fail"), "pass", "pass"),
        (whole(0, 10), "10", 10),
    ],
)
def test_values_are_read(reader, text, value):
    assert reader(text) == value


@pytest.mark.parametrize(
    ("reader", "text", "fault"),
    [
        (share, "51%", "not a share"),
        (share, "0%", "not a share"),
        (names, ",", "name at least one"),
        (url_path, "ping", "not a path"),
        (one_of("pass", "fail"), "passs", "did you mean 'pass'"),
        (whole(0, 10), "11", "from 0 to 10"),
        (whole(0, 10), "-1", "from 0 to 10"),
    ],
)
def test_a_wrong_value_says_what_was_expected(reader, text, fault):
    with pytest.raises(ValueError, match=fault):
        reader(text)
