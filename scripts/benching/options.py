"""The flags of scripts/bench: what they are called, what they take, and what is said when they are wrong.

A mistake is a SuiteError, as a mistake in the suite is: a line each that names the flag and the fix.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from text.duration import parse_duration_ms
from plans.objective import Objective, parse_objective
from cli.paths import ROOT, results_folder
from peers.suite import read_peer_suite
from plans.suite import SUITES, Choices, SuiteError, kind_of, read_suite, suite_names
from plans.toml_table import nearest


@dataclass(frozen=True)
class Options:
    suite: str
    choices: Choices
    seed: int | None
    output: Path
    build: Path
    calibrates: bool
    dry_run: bool
    objective: Objective | None = None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        hint = ", see scripts/bench --help" if message.endswith("argument") else ""
        raise SuiteError([message.removeprefix("argument ") + hint])


def parse(argv: list[str] | None) -> Options:
    """The options. Raises SuiteError for flags that do not exist or take something else."""
    parser = _parser()
    given, unknown = parser.parse_known_args(argv)
    flags = [name for action in parser._actions for name in action.option_strings if name.startswith("--")]
    mistakes = [
        f"{name}: unknown flag: {nearest(name, flags)}"
        for name in (word.partition("=")[0] for word in unknown)
        if name.startswith("-")
    ]
    if mistakes or unknown:
        raise SuiteError(mistakes or [f"{unknown[0]!r}: one suite at a time: see scripts/bench --help"])
    choices = Choices(given.wait, given.repetitions, given.variants, given.workloads, given.clients)
    return Options(
        given.suite,
        choices,
        given.seed,
        given.output,
        given.build,
        given.calibrates,
        given.dry_run,
        given.objective,
    )


def _parser() -> argparse.ArgumentParser:
    result = _Parser(
        prog="scripts/bench",
        usage="scripts/bench [SUITE] [flags]",
        description="Run a suite: every variant under every workload, interleaved, a fresh server per run.",
        epilog="suites:\n" + "\n".join(_described(name) for name in suite_names()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    flag = result.add_argument
    flag(
        "suite",
        nargs="?",
        default="hundred",
        metavar="SUITE",
        help="one below, or a .toml file; default hundred",
    )
    flag("--wait", type=_duration, metavar="TIME", help="how long a long request waits, as 50ms or 5s")
    flag("--repetitions", type=_positive, metavar="N", help="how often each variant meets each workload")
    flag("--variants", type=_names, metavar="A,B", help="only these variants")
    flag("--workloads", type=_names, metavar="A,B", help="only these workloads")
    flag("--clients", type=_names, metavar="A,B", help="peers: only these load generators")
    flag(
        "--objective",
        type=_objective,
        metavar="p99<50ms",
        help="load: after the runs, find each variant's highest rate that meets it",
    )
    flag("--seed", type=_seed, metavar="N", help="orders the runs, shuffles the requests; default: new")
    flag(
        "--output",
        type=Path,
        default=results_folder(),
        metavar="DIR",
        help="where recordings go; default results",
    )
    flag("--build", type=Path, default=ROOT / "build/release", metavar="DIR", help="default build/release")
    flag(
        "--no-calibration",
        dest="calibrates",
        action="store_false",
        help="leave out the 3 s that find the load generator's highest rate, for the head-room",
    )
    flag("--dry-run", action="store_true", help="check everything, say what would run, and end")
    return result


def _described(name: str) -> str:
    path = SUITES / f"{name}.toml"
    try:
        suite = read_peer_suite(path) if kind_of(path) == "peers" else read_suite(path)
        return f"  {name:<16} {suite.title}"
    except SuiteError as error:
        return f"  {name:<16} broken: {error.mistakes[0]}"


def _duration(text: str) -> int:
    try:
        return parse_duration_ms(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _objective(text: str) -> Objective:
    try:
        return parse_objective(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 999")
    return int(text)


def _seed(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2147483647")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, text.split(",")))
    if not names:
        raise argparse.ArgumentTypeError("name at least one, several with commas between: A,B")
    return names
