"""The flags that say what is compared: the two sides, how they are built and served, what they are asked for.
scripts/gate.py, costs.py and bisect.py have them; one whose default is another declares that field anew."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.files import BUILD, portable
from cli.flags import Flags, as_words, duration_ms, flag, names, url_path
from sides.command import ATTACHED, read_command, read_program

_REQUEST_FLAGS = "-m --method -H --header --body --timeout --expect-status --expect-body".split()


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


def _header(text: str) -> str:
    if ":" not in text:
        raise ValueError(f"{text!r} is not a header such as 'Accept: text/html'")
    return text


@dataclass(frozen=True)
class AskedSides(Flags):
    baseline: str | None = flag(
        "REF|BUILD", "a git ref, or a folder that is built, as build/release", group="what is compared"
    )
    candidate: str | None = flag("REF|BUILD", "the same, for what may be slower")
    build_cmd: str | None = flag(
        "CMD", "builds a ref of the repository you are in, by sh in a worktree of its own, as 'make -j2'"
    )
    serve_cmd: list[str] | None = flag(
        "CMD", "serves HTTP on {port} from there, as 'cd app && node app.js {port}'", read_program
    )
    baseline_cmd: list[str] | None = flag(
        "CMD",
        "instead, any command that serves HTTP on {port}, or http://127.0.0.1:8081 of a server that runs",
        read_command,
    )
    candidate_cmd: list[str] | None = flag("CMD", "as in 'gunicorn -b 127.0.0.1:{port} app'", read_command)
    cells: tuple[str, ...] | None = flag(
        "A,B", "VARIANT or VARIANT:/target of ours; default thread-per-request,async", names
    )
    target: str | None = flag("PATH", "what is asked for; default /ping, for commands /", url_path)
    ready: str | None = flag(
        "PATH", "answers 200 to GET once a server serves; default /health, for commands TARGET", url_path
    )
    method: str | None = flag("METHOD", "of the requests; default GET")
    header: list[str] | None = flag(
        "HEADER", "'Name: value' of the requests, repeatable", _header, action="append"
    )
    body: str | None = flag("TEXT", "of the requests; @FILE: what the file holds")
    request: list[str] | None = flag(
        "FLAGS", "of loadgen, as '--timeout 5s --expect-status 201 --expect-body ok'", _request
    )
    start_limit_ms: int = flag("TIME", "for a server to answer 200; default 10s", duration_ms, 10_000)
    build: Path = flag("DIR", f"has loadgen; default {portable(BUILD)}", Path, BUILD)

    @property
    def are_commands(self) -> bool:
        """Whether the sides are two commands, of no repository."""
        return bool(self.baseline_cmd or self.candidate_cmd)

    @property
    def are_ours(self) -> bool:
        """Whether the sides are builds of this project's servers."""
        return not self.are_commands and self.serve_cmd is None

    @property
    def is_attached(self) -> bool:
        """Whether a side is a server that runs already."""
        commands = (self.baseline_cmd, self.candidate_cmd)
        return any(words and ATTACHED.fullmatch(words[0]) for words in commands)

    @property
    def request_flags(self) -> list[str]:
        """Of loadgen: what a request is made of beside its target, and what is expected of a reply."""
        made = {"--method": self.method or None, "--header": self.header, "--body": self.body}
        return [*as_words(made), *(self.request or ())]

    def mistakes(self) -> Iterator[str]:
        if self.are_commands and (self.baseline or self.candidate):
            yield "--baseline-cmd: either two builds or two commands: leave --baseline and --candidate out"
        if self.are_commands and self.serve_cmd:
            fix = "leave the commands of the sides out"
            yield f"--serve-cmd: serves what --baseline and --candidate name: {fix}"
        if self.build_cmd and not self.serve_cmd:
            yield "--build-cmd: what it builds has to be served: add --serve-cmd './server --port {port}'"
        if self.cells and not self.are_ours:
            yield "--cells: names variants of ours; what a command is asked for is --target"
        given = {"--method": self.method, "-m": self.method, "--body": self.body}
        for word in (self.request or ())[::2]:
            if given.get(word) is not None:
                name = "--method" if word == "-m" else word
                yield f"--request: {word} is given by {name} already: leave one of them out"
