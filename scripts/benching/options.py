"""The flags of scripts/bench: what they are called, what they take, and what is said when they are wrong.

A mistake is a SuiteError, as a mistake in the suite is: a line each that names the flag and the fix.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from benching.objective import Objective, parse_objective
from cli.paths import ROOT, results_folder
from clients.clients import check
from plans.suite import SUITES, Choices, SuiteError, read_suite, suite_names
from text.nearest import nearest
from text.duration import parse_duration_ms


@dataclass(frozen=True)
class Options:
    """`before_runs` is what scripts/bench wants done between the checks and the runs: install, build."""

    suite: str
    choices: Choices
    seed: int | None
    output: Path
    build: Path
    calibrates: bool
    dry_run: bool
    objective: Objective | None = None
    before_runs: str | None = None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        hint = ", see scripts/bench --help" if message.endswith("argument") else ""
        raise SuiteError([message.removeprefix("argument ") + hint])

    def format_help(self) -> str:
        """All suites are read for it, and for nothing else."""
        self.epilog = "suites:\n" + "\n".join(f"  {name:<16} {_title(name)}" for name in suite_names())
        return super().format_help()


def parse(argv: list[str] | None) -> Options:
    """The options. Raises SuiteError for flags that do not exist or take something else."""
    parser = _parser()
    given, unknown = parser.parse_known_args(argv)
    actions = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    flags = [name for action in actions for name in action.option_strings if name.startswith("--")]
    names = [word.partition("=")[0] for word in unknown if word.startswith("-")]
    if unknown:
        mistakes = [f"{name}: unknown flag: {nearest(name, flags)}" for name in names]
        raise SuiteError(mistakes or [f"{unknown[0]!r}: one suite at a time: see scripts/bench --help"])
    values = vars(given)
    return Options(choices=Choices(**{f.name: values.pop(f.name) for f in fields(Choices)}), **values)


def _parser() -> argparse.ArgumentParser:
    result = _Parser(
        prog="scripts/bench",
        usage="scripts/bench [SUITE] [flags]",
        description="Run a suite: every variant under every workload, interleaved, a fresh server per run.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )

    def flag(name: str, metavar: str, read: Callable[[str], Any], help: str, **more: Any) -> None:
        result.add_argument(name, metavar=metavar, type=read, help=help, **more)

    suite = "one below, or a .toml file; default hundred"
    result.add_argument("suite", nargs="?", default="hundred", metavar="SUITE", help=suite)
    wait = "how long a long request waits, as 50ms or 5s"
    flag("--wait", "TIME", _argument(parse_duration_ms), wait, dest="wait_ms")
    flag("--repetitions", "N", _whole(1, 999), "how often each variant meets each workload")
    flag("--variants", "A,B", _argument(_names), "only these variants")
    flag("--workloads", "A,B", _argument(_names), "only these workloads")
    flag("--clients", "A,B", _argument(_names), "peers: only these load generators")
    objective = "load: after the runs, find each variant's highest rate that meets it"
    flag("--objective", "p99<50ms", _argument(parse_objective), objective)
    flag("--seed", "N", _whole(0, 2**31 - 1), "orders the runs, shuffles the requests; default: new")
    flag("--output", "DIR", Path, "where recordings go; default results", default=results_folder())
    flag("--build", "DIR", Path, "default build/release", default=ROOT / "build/release")
    head_room = "leave out the 3 s that find the load generator's highest rate, for the head-room"
    result.add_argument("--no-calibration", dest="calibrates", action="store_false", help=head_room)
    dry_run = "check everything, say what would run, and end"
    result.add_argument("--dry-run", action="store_true", help=dry_run)
    result.add_argument("--before-runs", choices=("install", "build"), help=argparse.SUPPRESS)
    return result


def _title(name: str) -> str:
    try:
        return read_suite(SUITES / f"{name}.toml", check_clients=check).title
    except SuiteError as error:
        return f"broken: {error.mistakes[0]}"


def _argument(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """What argparse takes: of a ValueError it would not show the text."""

    def parsed(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parsed


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise ValueError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return _argument(parse)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, text.split(",")))
    if not names:
        raise ValueError("name at least one, several with commas between: A,B")
    return names
