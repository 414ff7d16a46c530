"""The flags of scripts/gate.py: what they are called, what they take, what is said when they are wrong."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from text.duration import parse_duration_ms
from cli.paths import ROOT
from processes.server_process import PORT
from plans.toml_table import nearest


_OF_A_SHELL = ("&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1", "cd", "export")


class UsageError(Exception):
    """What is wrong with the flags, a line each."""

    def __init__(self, mistakes: list[str]):
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True)
class GateOptions:
    """As given; `mode` is gate, replay, aa or power."""

    mode: str
    baseline: str | None
    candidate: str | None
    baseline_cmd: list[str] | None
    candidate_cmd: list[str] | None
    cells: tuple[str, ...] | None
    target: str | None
    connections: int
    margin: float
    slice_ms: int
    warm_up_ms: int
    quads_per_start: int
    budget_s: float
    start_limit_ms: int
    pass_inconclusive: bool
    runs: int
    replay: Path | None
    markdown: Path | None
    junit: Path | None
    output: Path | None
    build: Path
    seed: int | None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        hint = ", see scripts/gate.py --help" if message.endswith("argument") else ""
        raise UsageError([message.removeprefix("argument ") + hint])


def parse(argv: list[str] | None) -> GateOptions:
    """The options. Raises UsageError for flags that do not exist, are wrong or do not go together."""
    parser = _parser()
    given, unknown = parser.parse_known_args(argv)
    flags = [name for action in parser._actions for name in action.option_strings if name.startswith("--")]
    if unknown:
        raise UsageError([f"{w}: unknown flag: {nearest(w.partition('=')[0], flags)}" for w in unknown])
    mode = "replay" if given.replay else "aa" if given.aa else "power" if given.power else "gate"
    if mistakes := _contradictions(given, mode):
        raise UsageError(mistakes)
    taken = {
        name: value for name, value in vars(given).items() if name not in ("aa", "power", "on_inconclusive")
    }
    return GateOptions(
        **taken,
        mode=mode,
        runs=given.aa or 5,
        pass_inconclusive=given.on_inconclusive == "pass",
    )


def _contradictions(given: argparse.Namespace, mode: str) -> list[str]:
    modes = [f for f, on in (("--replay", given.replay), ("--aa", given.aa), ("--power", given.power)) if on]
    refs, commands = (given.baseline, given.candidate), (given.baseline_cmd, given.candidate_cmd)
    mistakes = []
    if len(modes) > 1:
        mistakes.append(f"{' and '.join(modes)}: one at a time")
    if any(refs) and any(commands):
        mistakes.append(
            "--baseline-cmd: either two builds or two commands: leave --baseline and --candidate out"
        )
    elif mode == "gate" and not (all(refs) or all(commands)):
        mistakes.append("--baseline and --candidate: name both, or both --baseline-cmd and --candidate-cmd")
    if mode in ("aa", "power") and (given.candidate or given.candidate_cmd):
        mistakes.append(f"--candidate: {modes[0]} measures one build against itself: leave it out")
    if mode == "power" and given.baseline_cmd:
        mistakes.append("--baseline-cmd: --power needs --handicap-ns, which our servers have: leave it out")
    if mode == "replay" and (any(refs) or any(commands)):
        mistakes.append("--replay: judges what was measured before: leave the builds and commands out")
    if any(commands) and given.cells:
        mistakes.append("--cells: names variants of ours; what a command is asked for is --target")
    return mistakes


def _parser() -> argparse.ArgumentParser:
    result = _Parser(
        prog="scripts/gate.py",
        usage="scripts/gate.py --baseline REF|BUILD --candidate REF|BUILD [flags]",
        description="Is the candidate slower than the baseline by more than the margin? Exit code 0: it is"
        " not. 1: it is. 2: bad input, or a side that failed. 3: inconclusive, or no valid measurement.",
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=28, width=100),
    )
    sides = result.add_argument_group("what is compared").add_argument
    sides("--baseline", metavar="REF|BUILD", help="a git ref, or a folder that is built, as build/release")
    sides("--candidate", metavar="REF|BUILD", help="the same, for what may be slower")
    sides("--baseline-cmd", type=_command, metavar="CMD", help="any command that serves HTTP on {port}")
    sides("--candidate-cmd", type=_command, metavar="CMD", help="as in 'gunicorn -b 127.0.0.1:{port} app'")
    sides(
        "--cells",
        type=_names,
        metavar="A,B",
        help="VARIANT or VARIANT:/target; default thread-per-request,async",
    )
    sides("--target", type=_target, metavar="PATH", help="what is asked for; default /ping, for commands /")
    sides(
        "--connections",
        type=_whole(1, 10_000),
        default=64,
        metavar="N",
        help="requests in flight; default 64",
    )
    rule = result.add_argument_group("when it is slower").add_argument
    rule("--margin", type=share, default=0.05, metavar="SHARE", help="a slowdown to put up with; default 5%%")
    rule(
        "--budget",
        type=_budget,
        default=900.0,
        dest="budget_s",
        metavar="TIME",
        help="of measuring at most; default 15m",
    )
    rule(
        "--slice",
        type=_duration,
        default=1000,
        dest="slice_ms",
        metavar="TIME",
        help="a measurement; default 1s",
    )
    rule("--warm-up", type=_duration, default=250, dest="warm_up_ms", metavar="TIME",
         help="of a server that was started, uncounted; default 250ms")  # fmt: skip
    rule("--quads-per-start", type=_whole(1, 40), default=1, metavar="N",
         help="more than one for servers that start slowly; default 1")  # fmt: skip
    rule(
        "--on-inconclusive",
        choices=("pass", "fail"),
        default="fail",
        help="exit with 0 or with 3 (default fail)",
    )
    rule("--start-limit", type=_duration, default=10_000, dest="start_limit_ms", metavar="TIME",
         help="for a server to answer 200; default 10s")  # fmt: skip
    gate = result.add_argument_group("the gate itself").add_argument
    gate(
        "--aa",
        type=_whole(1, 1000),
        nargs="?",
        const=20,
        metavar="RUNS",
        help="gate a build against itself, 20 times",
    )
    gate("--power", action="store_true", help="gate servers that are slower by a known cost")
    gate("--replay", type=Path, metavar="CSV", help="judge a gate.csv that was measured before")
    files = result.add_argument_group("files").add_argument
    files(
        "--output",
        type=Path,
        metavar="DIR",
        help="for gate.csv and verdict.json; --aa and --power go on from it",
    )
    files("--markdown", type=Path, metavar="FILE", help="the verdict for a pull request")
    files("--junit", type=Path, metavar="FILE", help="the verdict as JUnit XML")
    files(
        "--build",
        type=Path,
        default=ROOT / "build/release",
        metavar="DIR",
        help="has loadgen; default build/release",
    )
    files("--seed", type=_whole(0, 2**31 - 1), metavar="N", help="of the order of slices; default: new")
    return result


def _checked(convert: Callable[[str], object], text: str, fault: str) -> object:
    try:
        return convert(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not {fault}") from None


def _duration(text: str) -> int:
    return _checked(parse_duration_ms, text, "a time such as 500ms, 5s or 2m")


def _budget(text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,4})(s|m|h)", text)
    if not match or not 30 <= (seconds := int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]) <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time from 30s to 24h, such as 5m")
    return float(seconds)


def share(text: str) -> float:
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)%", text)
    if not match or not 0 < float(match[1]) <= 50:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0.1% to 50%, such as 5%")
    return float(match[1]) / 100


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return read


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(filter(None, text.split(","))))
    if not names:
        raise argparse.ArgumentTypeError("name at least one, several with commas between: A,B")
    return names


def _target(text: str) -> str:
    if not re.fullmatch(r"/[!-~]*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path such as /ping")
    return text


def _command(text: str) -> list[str]:
    words = _checked(shlex.split, text, "a command: is a quote missing?")
    if any(word in _OF_A_SHELL for word in words) or re.match(r"[A-Za-z_]\w*=", words[0] if words else ""):
        line = re.sub(r"^((?:\w+=\S* )*)(?=\S+ [^;&|<>]*$)", r"\1exec ", text)
        raise argparse.ArgumentTypeError(
            f"{text!r}: only a shell understands it: write it as: sh -c {shlex.quote(line)}"
        )
    if not words or not any(PORT in word for word in words):
        raise argparse.ArgumentTypeError(f"{text!r}: write {PORT} where the command takes its port")
    return words
