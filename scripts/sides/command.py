"""A command that serves, as people write it: the words to start it by, or a line that sh runs. Pure.

What only a shell understands, as `cd app && PORT={port} node app.js`, is handed to `sh -c`; where its last
command is a simple one, sh is told to become it, so that the server is the process that was started."""

import re
import shlex

from processes.server_process import PORT

SHELL = ["sh", "-c"]
ATTACHED = re.compile(r"http://(127\.0\.0\.1:[0-9]{1,5})")  # in place of a command

_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.""", re.DOTALL)
_ASSIGNMENT = r"[A-Za-z_]\w*=\S*\s+"
_FOR_A_SHELL = re.compile(rf"[$`;&|<>*?\n]|(?:^|\s)[~(]|^{_ASSIGNMENT}|^(?:exec|cd)\s")
_SEPARATOR = re.compile(r"&&|\|\||(?<![<>])&|[;\n]")
# What sh does itself, or what belongs to more than one command: there is no program to become.
_NO_PROGRAM = ". eval exec exit return source wait cd if then fi for while until do done case esac { } !"


def read_command(text: str) -> list[str]:
    """The words that start it, or the address of a server that runs. Raises ValueError."""
    if ATTACHED.fullmatch(text):
        return [text]
    if re.match(r"https?://", text):
        raise ValueError(f"{text!r}: a server that runs is named as http://127.0.0.1:8081")
    return read_program(text)


def read_program(text: str) -> list[str]:
    """The words that start it. Raises ValueError."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a command: is a quote missing?") from None
    if PORT not in text:
        raise ValueError(f"{text!r}: write {PORT} where the command takes its port")
    return [*SHELL, _becoming(text)] if _FOR_A_SHELL.search(_expanded(text)) else words


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
