"""A private PostgreSQL: made in a folder of its own, reached by a socket in it, gone when it is left.

It listens on no port, does not wait for its disk (nothing in it is to be kept), and does not run as root,
which PostgreSQL refuses. Debian keeps its programs where no PATH leads.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from interrupts import Interrupts
from kept_process import KeptProcess

_PROGRAMS = ("initdb", "postgres", "pg_isready")
_USERS = ("postgres", "nobody")  # as whom it runs where we are root
_READY_S = 30.0
_POLL_S = 0.05
_CONNECTIONS = 300


class PostgresFailed(Exception):
    """It did not come up: why, in a line."""


def missing() -> str | None:
    """What of PostgreSQL is not there, as `the program initdb`; None if all is."""
    return next((f"the program {name}" for name in _PROGRAMS if _program(name) is None), None)


class Postgres:
    """Up inside its `with` block. `conninfo` is what libpq takes. Raises PostgresFailed as it is entered."""

    def __init__(self, interrupts: Interrupts):
        self._interrupts = interrupts
        self._folder: Path | None = None
        self._process: KeptProcess | None = None

    @property
    def conninfo(self) -> str:
        return f"host={self._folder} dbname=postgres user=bench"

    def __enter__(self) -> Postgres:
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path may have 107 bytes
        try:
            self._start(self._folder)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _start(self, folder: Path) -> None:
        as_user = _as_another_user(folder)
        data = folder / "data"
        initdb = [*as_user, _found("initdb"), "--pgdata", str(data), "--username", "bench"]
        initdb += ["--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C"]
        done = subprocess.run(initdb, capture_output=True, text=True, cwd=folder)
        if done.returncode:
            raise PostgresFailed(f"initdb failed: {' | '.join(done.stderr.split(chr(10))[-4:]).strip()}")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "max_connections": _CONNECTIONS,
            "fsync": "off",
            "autovacuum": "off",
            "shared_buffers": "16MB",
        }
        command = [*as_user, _found("postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._process = KeptProcess(command, folder / "postgres.log", self._interrupts)
        self._wait_until_ready(folder)

    def _wait_until_ready(self, folder: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _READY_S
        while subprocess.run([_found("pg_isready"), "-q", "-h", str(folder)]).returncode != 0:
            if self._process.wait(0) is not None or time.monotonic() > deadline:
                words = " | ".join(self._process.last_lines()) or "without a word"
                raise PostgresFailed(f"PostgreSQL did not come up: {words}")
            self._interrupts.wait(_POLL_S)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()  # there is nothing in it to lose
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _as_another_user(folder: Path) -> list[str]:
    """The words before a command that must not run as root; the folder becomes that user's."""
    if os.geteuid() != 0:
        return []
    for name in _USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]
    raise PostgresFailed(f"PostgreSQL does not run as root, and there is no user {' or '.join(_USERS)}")


def _found(name: str) -> str:
    return _program(name) or name


def _program(name: str) -> str | None:
    """From the newest version that is installed, or from PATH."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda p: [*map(_number, p.parts)],
        reverse=True,
    )
    return str(versions[0]) if versions else shutil.which(name)


def _number(part: str) -> float:
    return float(part) if part.replace(".", "", 1).isdigit() else 0.0
