"""The flags of scripts/gate.py: what they are called, what they take, what is said when they are wrong."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli import flags
from cli.errors import UsageError
from cli.flags import duration_ms, flag, names, one_of, share, switch, url_path, whole
from cli.files import ROOT
from processes.server_process import PORT

_SHELL_WORDS = ("&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1", "cd", "export")
_REQUEST_FLAGS = "-m --method -H --header --body --timeout --expect-status --expect-body".split()
_MODES = ("replay", "check_machine", "repeat")
ATTACHED = re.compile(r"http://(127\.0\.0\.1:[0-9]{1,5})")  # in place of a command


def _command(text: str) -> list[str]:
    if ATTACHED.fullmatch(text):
        return [text]
    if re.match(r"https?://", text):
        raise ValueError(f"{text!r}: a server that runs is named as http://127.0.0.1:8081")
    try:
        words = shlex.split(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a command: is a quote missing?") from None
    if any(word in _SHELL_WORDS for word in words) or re.match(r"[A-Za-z_]\w*=", words[0] if words else ""):
        line = re.sub(r"^((?:\w+=\S* )*)(?=\S+ [^;&|<>]*$)", r"\1exec ", text)
        raise ValueError(f"{text!r}: only a shell understands it: write it as: sh -c {shlex.quote(line)}")
    if not any(PORT in word for word in words):
        raise ValueError(f"{text!r}: write {PORT} where the command takes its port")
    return words


def _request(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        raise ValueError(f"{text!r}: is a quote missing?") from None
    for word in words[::2]:
        if word not in _REQUEST_FLAGS:
            raise ValueError(f"{word!r} is not one of {', '.join(_REQUEST_FLAGS)}, each with a value")
    if len(words) % 2:
        raise ValueError(f"{words[-1]!r} has no value")
    return words


def _budget(text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,4})(s|m|h)", text)
    if not match or not 30 <= (seconds := int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]) <= 86_400:
        raise ValueError(f"{text!r} is not a time from 30s to 24h, such as 5m")
    return float(seconds)


@dataclass(frozen=True)
class GateOptions:
    baseline: str | None = flag(
        "REF|BUILD", "a git ref, or a folder that is built, as build/release", group="what is compared"
    )
    candidate: str | None = flag("REF|BUILD", "the same, for what may be slower")
    baseline_cmd: list[str] | None = flag(
        "CMD",
        "any command that serves HTTP on {port}, or http://127.0.0.1:8081 of a server that runs",
        _command,
    )
    candidate_cmd: list[str] | None = flag("CMD", "as in 'gunicorn -b 127.0.0.1:{port} app'", _command)
    cells: tuple[str, ...] | None = flag(
        "A,B", "VARIANT or VARIANT:/target; default thread-per-request,async", names
    )
    target: str | None = flag("PATH", "what is asked for; default /ping, for commands /", url_path)
    ready: str | None = flag(
        "PATH", "answers 200 to GET once a server serves; default /health, for commands TARGET", url_path
    )
    request: list[str] | None = flag(
        "FLAGS", "of loadgen, as '-m POST -H \"X: y\" --body @file --expect-status 201'", _request
    )
    connections: int = flag("N", "requests in flight; default 32", whole(1, 10_000), 32)
    rate: int | None = flag(
        "RPS", "beside each cell one at this fixed rate, where waiting shows", whole(1, 1_000_000)
    )
    margin: float = flag("SHARE", "a slowdown to put up with; default 2%", share, 0.02, "when it is slower")
    budget_s: float = flag("TIME", "of measuring at most; default 15m", _budget, 900.0)
    block_ms: int = flag("TIME", "measured with one pair of processes; default 1s", duration_ms, 1000)
    slice_ms: int = flag("TIME", "of one side at a time; default 20ms", duration_ms, 20)
    warm_up_ms: int = flag("TIME", "of a new server, uncounted; default 150ms", duration_ms, 150)
    layouts: bool = switch("link builds as they are, not anew for each block", default=True)
    on_inconclusive: str = flag(
        "{pass,fail}", "exit with 0 or with 3 (default fail)", one_of("pass", "fail"), "fail"
    )
    start_limit_ms: int = flag("TIME", "for a server to answer 200; default 10s", duration_ms, 10_000)
    repeat: int | None = flag(
        "N", "so many gates, and how often they say what", whole(1, 1000), group="the gate itself"
    )
    handicap: float | None = flag(
        "SHARE", "with --repeat: the candidate burns this share of its CPU per request", share
    )
    check_machine: bool = switch("say what this machine would see, from one minute")
    replay: Path | None = flag("DIR", "judge a gate that was measured before", Path)
    output: Path | None = flag(
        "DIR", "for the CSVs and verdict.json; --repeat reuses what it has", Path, group="files"
    )
    markdown: Path | None = flag("FILE", "the verdict for a pull request", Path)
    junit: Path | None = flag("FILE", "the verdict as JUnit XML", Path)
    history: Path | None = flag(
        "FILE", "a line is added to it, as results/history.jsonl, and its chart drawn", Path
    )
    build: Path = flag("DIR", "has loadgen; default build/release", Path, ROOT / "build/release")
    seed: int | None = flag("N", "of the order of slices; default: new", whole(0, 2**31 - 1))

    @property
    def is_attached(self) -> bool:
        """Whether a side is a server that runs already."""
        commands = (self.baseline_cmd, self.candidate_cmd)
        return any(words and ATTACHED.fullmatch(words[0]) for words in commands)

    @property
    def mode(self) -> str:
        """`gate`, or one of the flags that ask for something else."""
        return next((mode for mode in _MODES if getattr(self, mode)), "gate")


def parse(argv: list[str] | None) -> GateOptions:
    """The options. Raises UsageError for flags that do not exist, are wrong or do not go together."""
    description = (
        "Is the candidate slower than the baseline by more than the margin? Exit code 0: it is not. "
        "1: it is.\n2: bad input, or a side that failed. 3: inconclusive, or no valid measurement."
    )
    usage = "--baseline REF|BUILD --candidate REF|BUILD [flags]"
    options = flags.parse(GateOptions, argv, command="scripts/gate.py", usage=usage, description=description)
    if mistakes := list(_contradictions(options)):
        raise UsageError(mistakes)
    return options


def _contradictions(options: GateOptions) -> Iterator[str]:
    mode, modes = options.mode, [f"--{name.replace('_', '-')}" for name in _MODES if getattr(options, name)]
    refs, commands = (options.baseline, options.candidate), (options.baseline_cmd, options.candidate_cmd)
    if len(modes) > 1:
        yield f"{' and '.join(modes)}: one at a time"
    if any(refs) and any(commands):
        yield "--baseline-cmd: either two builds or two commands: leave --baseline and --candidate out"
    elif mode in ("gate", "repeat") and not (all(refs) or all(commands)):
        yield "--baseline and --candidate: name both, or both --baseline-cmd and --candidate-cmd"
    if mode == "check_machine" and (options.candidate or options.candidate_cmd):
        yield "--candidate: --check-machine measures one side against itself: leave it out"
    if options.handicap and (mode != "repeat" or any(commands)):
        yield "--handicap: is of servers of ours, under --repeat: leave it out"
    if mode == "replay" and (any(refs) or any(commands)):
        yield "--replay: judges what was measured before: leave the builds and commands out"
    if any(commands) and options.cells:
        yield "--cells: names variants of ours; what a command is asked for is --target"
    if options.block_ms < 8 * options.slice_ms:
        wrong = f"a block of {options.block_ms} ms has no room for eight"
        yield f"--slice: {options.slice_ms} ms: {wrong}: give a longer --block"
