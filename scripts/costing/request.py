"""What is asked of a server, and which replies will do: loadgen's flags that say so, for the client here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.errors import UsageError

_STATUSES = re.compile(r"[1-5](?:\d\d|xx)(?:,[1-5](?:\d\d|xx))*")


@dataclass(frozen=True)
class AskedRequest:
    """`headers`: all but the host's; `statuses`: of replies that will do, as `2xx,304`; `expected`: what their
    bodies hold."""

    method: str
    target: str
    headers: list[str]
    body: bytes | None
    statuses: str
    expected: bytes

    def bytes_for(self, address: str) -> bytes:
        has_host = any(header.lower().startswith("host:") for header in self.headers)
        host = [] if has_host else [f"Host: {address}"]
        lines = [f"{self.method} {self.target} HTTP/1.1", *host, *self.headers, "", ""]
        return "\r\n".join(lines).encode() + (self.body or b"")

    def accepts(self, status: int) -> bool:
        return any(re.fullmatch(each.replace("x", r"\d"), str(status)) for each in self.statuses.split(","))


def read_request(flags: Sequence[str], target: str, is_fresh: bool) -> AskedRequest:
    """Of loadgen's flags, each with its value. A `--timeout` is of no use where no time is measured. Raises
    UsageError. `is_fresh`: each is sent on a connection of its own."""
    long = {"-m": "--method", "-H": "--header"}
    pairs = [(long.get(flag, flag), value) for flag, value in zip(flags[::2], flags[1::2])]
    values = {"--method": "GET", "--expect-status": "2xx"} | dict(pairs)
    if not _STATUSES.fullmatch(statuses := values["--expect-status"]):
        raise UsageError(f"--expect-status: {statuses!r}: write it as 204 or 2xx,304")
    body, expected = (_content(name, values.get(name)) for name in ("--body", "--expect-body"))
    headers = [value for flag, value in pairs if flag == "--header"] + ["Connection: close"] * is_fresh
    headers += [f"Content-Length: {len(body)}"] if body is not None else []
    return AskedRequest(values["--method"], target, headers, body, statuses, expected or b"")


def _content(name: str, value: str | None) -> bytes | None:
    """The text, or with @ before it what the file of that name holds."""
    if value is None or not value.startswith("@"):
        return None if value is None else value.encode()
    try:
        return Path(value[1:]).read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: {value[1:]}: {error.strerror}") from None
