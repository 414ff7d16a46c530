"""The flags of scripts/gate.py, costs.py and bisect.py that say what is compared. What only a shell
understands, as `cd app && PORT={port} node app.js`, is handed to `sh -c`; where the last command of the line
is a simple one, sh is told to become it, so that the server is the process that was started."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.files import BUILD, portable
from cli.flags import Flags, as_words, duration_ms, flag, names, of_form, url_path
from plans.suite import find_suite, read_suite
from plans.variant import Variant
from processes.server_process import PORT
from text.units import nearest

SHELL = ["sh", "-c"]
ATTACHED = re.compile(r"http://(127\.0\.0\.1:[0-9]{1,5})")  # in place of a command

Text, Words, Names = str | None, list[str] | None, tuple[str, ...] | None
_header = of_form("a header such as 'Accept: text/html'", r"(?s).*:.*")
_REQUEST_FLAGS = "-m --method -H --header --body --timeout --expect-status --expect-body".split()
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.""", re.DOTALL)
_ASSIGNMENT = r"[A-Za-z_]\w*=\S*\s+"
_FOR_A_SHELL = re.compile(rf"[$`;&|<>*?\n]|(?:^|\s)[~(]|^{_ASSIGNMENT}|^(?:exec|cd)\s")
_SEPARATOR = re.compile(r"&&|\|\||(?<![<>])&|[;\n]")
# What sh does itself, or what belongs to more than one command: there is no program to become.
_NO_PROGRAM = ". eval exec exit return source wait cd if then fi for while until do done case esac { } !"


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise ValueError(f"{text!r}: is a quote missing?") from None


def read_program(text: str) -> list[str]:
    """The words that start it. Raises ValueError."""
    words = _words(text)
    if PORT not in text:
        raise ValueError(f"{text!r}: write {PORT} where the command takes its port")
    return [*SHELL, _becoming(text)] if _FOR_A_SHELL.search(_expanded(text)) else words


def read_command(text: str) -> list[str]:
    """The words that start it, or the address of a server that runs. Raises ValueError."""
    if ATTACHED.fullmatch(text):
        return [text]
    if re.match(r"https?://", text):
        raise ValueError(f"{text!r}: a server that runs is named as http://127.0.0.1:8081")
    return read_program(text)


def _expanded(text: str) -> str:
    """Without what stands for itself, as most does in quotes; each character stays in its place."""
    return _QUOTED.sub(lambda q: re.sub(r"[^$`]" if q[0][0] == '"' else r"(?s).", "q", q[0]), text)


def _becoming(text: str) -> str:
    """The line, with `exec` before its last command where that is a simple one."""
    plain = _expanded(text.rstrip())
    begin = max((match.end() for match in _SEPARATOR.finditer(plain)), default=0)
    at = begin + len(re.match(rf"\s*(?:{_ASSIGNMENT})*", plain[begin:])[0])
    last = plain[at:]
    is_simple = last and last.split()[0] not in _NO_PROGRAM.split() and "|" not in last
    # Of functions, subshells, substitutions and here-documents nothing is known here.
    return f"{text[:at]}exec {text[at:]}" if is_simple and not re.search(r"[(`]|<<", plain) else text


def _request(text: str) -> list[str]:
    words = _words(text)
    for word in words[::2]:
        if word not in _REQUEST_FLAGS:
            raise ValueError(f"{word!r} is not one of {', '.join(_REQUEST_FLAGS)}, each with a value")
    if len(words) % 2:
        raise ValueError(f"{words[-1]!r} has no value")
    return words


@dataclass(frozen=True)
class AskedSides(Flags):
    baseline: Text = flag("REF|BUILD", "a git ref, or a folder that is built", group="what is compared")
    candidate: Text = flag("REF|BUILD", "the same, for what may be slower")
    build_cmd: Text = flag("CMD", "builds a ref of the repository you are in, as 'make -j2'")
    serve_cmd: Words = flag("CMD", "serves HTTP on {port} there, as 'node app.js {port}'", read_program)
    baseline_cmd: Words = flag(
        "CMD", "instead, what serves HTTP on {port}, or http://127.0.0.1:8081 that runs", read_command
    )
    candidate_cmd: Words = flag("CMD", "as in 'gunicorn -b 127.0.0.1:{port} app'", read_command)
    cells: Names = flag("A,B", "VARIANT[:/target] of ours; default thread-per-request,async", names)
    target: Text = flag("PATH", "what is asked for; default /ping, for commands /", url_path)
    ready: Text = flag("PATH", "answers 200 once it serves; default /health, for commands TARGET", url_path)
    method: Text = flag("METHOD", "of the requests; default GET")
    header: Words = flag("HEADER", "'Name: value' of the requests, repeatable", _header, action="append")
    body: Text = flag("TEXT", "of the requests; @FILE: what the file holds")
    request: Words = flag("FLAGS", "of loadgen, as '--timeout 5s --expect-status 201'", _request)
    start_limit_ms: int = flag("TIME", "for a server to answer 200; default 10s", duration_ms, 10_000)
    build: Path = flag("DIR", f"has loadgen; default {portable(BUILD)}", Path, BUILD)

    @property
    def are_commands(self) -> bool:
        return bool(self.baseline_cmd or self.candidate_cmd)

    @property
    def are_ours(self) -> bool:
        return not self.are_commands and self.serve_cmd is None

    @property
    def is_attached(self) -> bool:
        commands = filter(None, (self.baseline_cmd, self.candidate_cmd))
        return any(ATTACHED.fullmatch(words[0]) for words in commands)

    @property
    def request_flags(self) -> list[str]:
        """Of loadgen: what a request is made of beside its target, and what is expected of a reply."""
        made = {"--method": self.method or None, "--header": self.header, "--body": self.body}
        return [*as_words(made), *(self.request or ())]

    def mistakes(self) -> Iterator[str]:
        if self.are_commands and (self.baseline or self.candidate):
            yield "--baseline-cmd: either two builds or two commands: leave --baseline and --candidate out"
        if self.are_commands and self.serve_cmd:
            yield "--serve-cmd: serves what --baseline and --candidate name: leave the sides' commands out"
        if self.build_cmd and not self.serve_cmd:
            yield "--build-cmd: what it builds has to be served: add --serve-cmd './server --port {port}'"
        if self.cells and not self.are_ours:
            yield "--cells: names variants of ours; what a command is asked for is --target"
        variants = our_variants() if self.cells and self.are_ours else {}
        for name in self.cells if variants else ():
            variant, colon, target = name.partition(":")
            if variant not in variants:
                yield f"--cells: {variant!r} is no variant: {nearest(variant, variants)}"
            elif colon and not target.startswith("/"):
                yield f"--cells: {name}: what is asked for begins with a slash, as in {variant}:/ping"
        for word in (self.request or ())[::2]:
            name = "--method" if word == "-m" else word
            if name in ("--method", "--body") and getattr(self, name[2:]) is not None:
                yield f"--request: {word} is given by {name} already: leave one of them out"


def our_variants() -> dict[str, Variant]:
    """By name; a suite has those of this project's own servers."""
    return {each.name: each for each in read_suite(find_suite("hundred")).variants if each.server}
