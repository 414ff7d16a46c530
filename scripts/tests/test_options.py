"""The flags of scripts/bench, and the line that each wrong one gets."""

from __future__ import annotations

import pytest

from benching.prepared import Options
from cli.errors import UsageError

parse = Options.parse


def test_without_flags_the_suite_is_hundred_as_it_is_declared():
    options = parse([])
    assert options.suite == "hundred" and options.seed is None and not options.dry_run
    assert options.wait_ms is None and options.variants is None
    assert options.output.name == "results" and options.build.parts[-2:] == ("build", "release")


def test_flags_choose():
    options = parse(
        "hundred --wait 5s --repetitions 1 --variants async,pool-8 --workloads mixed --seed 7".split()
    )
    assert options.wait_ms == 5000 and options.repetitions == 1 and options.seed == 7
    assert options.variants == ("async", "pool-8") and options.workloads == ("mixed",)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--wiat 5s", "--wiat: unknown flag: did you mean '--wait'?"),
        ("--repetition=2", "--repetition: unknown flag: did you mean '--repetitions'?"),
        ("-x", "-x: unknown flag: there is --help"),
        ("--wait 5", "--wait: '5' is not a duration: write it as 50ms, 5s or 2m"),
        ("--wait", "--wait: expected one argument, see scripts/bench --help"),
        ("--repetitions 0", "--repetitions: '0' is not a whole number from 1 to 999"),
        ("--seed=-1", "--seed: '-1' is not a whole number from 0"),
        ("--seed 2147483648", "--seed: '2147483648' is not a whole number from 0"),
        ("--variants ,", "--variants: name at least one"),
        ("hundred thousand", "'thousand': one suite at a time"),
    ],
)
def test_a_wrong_flag_is_a_line_that_names_it_and_the_fix(arguments, says):
    with pytest.raises(UsageError) as caught:
        parse(arguments.split())
    [line] = caught.value.mistakes
    assert line.startswith(says) and "\n" not in line


def test_every_unknown_flag_is_reported_at_once():
    with pytest.raises(UsageError) as caught:
        parse(["--wiat", "--sed"])
    assert len(caught.value.mistakes) == 2


def test_help_lists_the_suites(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"])
    assert "hundred          100 requests at once" in capsys.readouterr().out
