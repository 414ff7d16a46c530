"""A private PostgreSQL for as long as it is needed: in a temporary folder, reached by a Unix socket only.

usage: scripts/postgres.py     prints `ready CONNINFO`, serves until SIGTERM or SIGINT, leaves nothing behind

It ends with whoever started it, even if that is killed. PostgreSQL refuses to run as root: started by root it
runs as the user `postgres`, or `nobody`. What it stores is worth nothing, so it does not wait for the disk.
"""

import contextlib
import ctypes
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.errors import CommandFailed
from cli.home import ROOT, as_typed
from processes.interrupts import Interrupted, Interrupts
from processes.kept_process import KeptProcess

EXIT_FAILED, EXIT_NOT_THERE = 1, 3
INSTALL = "scripts/setup --databases"
_DEBIAN = "/usr/lib/postgresql/*/bin"  # not on PATH there
_START_S, _STOP_S, _POLL_S, _FOR_EVER_S = 60.0, 10, 0.02, 1e8
_PR_SET_PDEATHSIG = 1
_INITIAL = "-U bench -A trust -N -E UTF8 --locale=C".split()
_SETTINGS = "max_connections=200 fsync=off synchronous_commit=off full_page_writes=off".split()
_SETTINGS += "shared_buffers=16MB autovacuum=off".split()


class PostgresError(CommandFailed):
    """Why there is no PostgreSQL, in one line."""


def programs() -> Path | None:
    """The folder of initdb and postgres, the newest version's; None if they are not installed."""
    newest = sorted(glob.glob(_DEBIAN), key=lambda path: float(path.split("/")[-2]), reverse=True)
    path = os.pathsep.join([*newest, os.environ.get("PATH", os.defpath)])
    initdb, server = (shutil.which(name, path=path) for name in ("initdb", "postgres"))
    return Path(initdb).parent if initdb and server else None


def serve(folder: Path, interrupts: Interrupts) -> None:
    """Makes the database in `folder`, runs it and says so; returns by Interrupted. Raises PostgresError."""
    if (where := programs()) is None:
        raise PostgresError(f"postgres: initdb not found: {INSTALL}")
    run_as = _run_as(folder) if os.geteuid() == 0 else []
    at, log = ["-D", str(folder / "data")], folder / "log"
    with KeptProcess([*run_as, str(where / "initdb"), *_INITIAL, *at], log, interrupts) as process:
        ended = process.wait(_START_S)
        if ended is None or ended.exit_code != 0:
            raise PostgresError(f"initdb: {ended or 'did not end'}: {' / '.join(process.lines()[-3:])}")
    settings = ("listen_addresses=", f"unix_socket_directories={folder}", *_SETTINGS)
    words = [word for setting in settings for word in ("-c", setting)]
    with KeptProcess([*run_as, str(where / "postgres"), *words, *at], log, interrupts) as process:
        status, deadline, is_ready = folder / "data/postmaster.pid", time.monotonic() + _START_S, False
        try:
            while not process.wait(_FOR_EVER_S if is_ready else _POLL_S):
                if is_ready := status.is_file() and "ready" in status.read_text().split():
                    print(f"ready host={folder} user=bench dbname=postgres", flush=True)
                elif time.monotonic() > deadline:
                    raise PostgresError(f"postgres: not ready after {_START_S:.0f} s")
        except Interrupted:
            # SIGTERM would wait for its clients, SIGKILL leave shared memory.
            stop = [*run_as, str(where / "pg_ctl"), "stop", "-m", "fast", "-t", str(_STOP_S), *at]
            subprocess.run(stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            raise
        raise PostgresError(f"postgres: {process.ended}: {' / '.join(process.lines()[-3:])}")


def _run_as(folder: Path) -> list[str]:
    """What root puts before a command, so that another user runs it, who gets the folder."""
    users = {each.pw_name: each for each in pwd.getpwall()}
    if (user := users.get("postgres") or users.get("nobody")) is None:
        neither = "there is neither a user postgres nor nobody"
        raise PostgresError(f"postgres: root may not run it, and {neither}")
    os.chown(folder, user.pw_uid, user.pw_gid)
    # Ending with whoever runs it, which a change of user undoes.
    ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["setpriv", *ids, "--pdeathsig=KILL", "--"]


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """This script as a child: how it is reached. Raises PostgresError if it does not start."""
    as_we = ["-B"] * sys.flags.dont_write_bytecode  # an installed copy gets no files of ours
    command = [sys.executable, *as_we, ROOT / "scripts/postgres.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as script:
        try:
            word, _, conninfo = script.stdout.readline().strip().partition(" ")
            if word != "ready":
                raise PostgresError("postgres: it did not start")
            yield conninfo
        finally:
            script.terminate()


def main() -> int:
    if argv := sys.argv[1:]:
        print(as_typed((__doc__ or "").strip()))
        return 0 if argv[0] in ("-h", "--help") else 2
    parent = os.getppid()
    # In /tmp, as a socket's path must be short.
    how = {"prefix": "sva-postgres-", "dir": "/tmp", "ignore_cleanup_errors": True}
    with contextlib.suppress(Interrupted), Interrupts() as interrupts, TemporaryDirectory(**how) as folder:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        try:
            if os.getppid() == parent:
                serve(Path(folder), interrupts)
        except PostgresError as error:
            print(error, file=sys.stderr)
            return EXIT_NOT_THERE if programs() is None else EXIT_FAILED
    return 0
