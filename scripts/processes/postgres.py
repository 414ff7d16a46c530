"""A private PostgreSQL for as long as it is needed: in a temporary folder, reached by a Unix socket only.

usage: scripts/postgres.py     prints `ready CONNINFO`, serves until SIGTERM or SIGINT, leaves nothing behind

It ends with whoever started it, even if that is killed. As PostgreSQL refuses to run as root, root runs it as
the user `postgres`, or `nobody`. What it stores is worth nothing, so it does not wait for the disk."""

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
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.files import ROOT, as_typed
from processes.kept_process import Interrupted, Interrupts, KeptProcess
from processes.server_process import ServerFailed

INSTALL = "scripts/setup --databases"
_START_S, _POLL_S, _FOR_EVER_S, _PR_SET_PDEATHSIG = 60.0, 0.02, 1e8, 1
_INITIAL = "-U bench -A trust -N -E UTF8 --locale=C".split()
_SETTINGS = "-c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off".split()
_SETTINGS += "-c shared_buffers=16MB -c autovacuum=off -c listen_addresses=".split()


def programs() -> Path | None:
    """The folder of initdb and postgres, the newest version's; None if they are not installed."""
    debian = glob.glob("/usr/lib/postgresql/*/bin")  # not on PATH there
    newest = sorted(debian, key=lambda path: float(path.split("/")[-2]), reverse=True)
    path = os.pathsep.join([*newest, os.environ.get("PATH", os.defpath)])
    initdb, server = (shutil.which(name, path=path) for name in ("initdb", "postgres"))
    return Path(initdb).parent if initdb and server else None


def serve(where: Path, folder: Path, interrupts: Interrupts) -> None:
    """Makes the database in `folder`, runs it and says so; returns by Interrupted. Raises ServerFailed."""
    run_as, log, status = [], folder / "log", folder / "data/postmaster.pid"
    if os.geteuid() == 0:
        users = {each.pw_name: each for each in pwd.getpwall()}
        if (user := users.get("postgres") or users.get("nobody")) is None:
            raise ServerFailed("root may not run it, and there is neither a user postgres nor nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)
        run_as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        run_as += ["--pdeathsig=KILL", "--"]  # it ends with whoever runs it, which a change of user undoes

    def command(program: str, *words: str) -> list[str]:
        return [*run_as, str(where / program), "-D", f"{folder}/data", *words]

    with KeptProcess(command("initdb", *_INITIAL), log, interrupts) as process:
        ended = process.wait(_START_S)
        if ended is None or ended.exit_code != 0:
            raise ServerFailed(f"initdb {ended or 'did not end'}{process.said()}")
    server = command("postgres", *_SETTINGS, "-c", f"unix_socket_directories={folder}")
    with KeptProcess(server, log, interrupts) as process:
        deadline = time.monotonic() + _START_S
        try:
            while not process.wait(_POLL_S):
                if status.is_file() and "ready" in status.read_text().split():
                    print(f"ready host={folder} user=bench dbname=postgres", flush=True)
                    process.wait(_FOR_EVER_S)
                elif time.monotonic() > deadline:
                    raise ServerFailed(f"not ready after {_START_S:.0f} s")
        except Interrupted:
            # SIGTERM would wait for its clients, SIGKILL leave shared memory.
            stop = command("pg_ctl", "stop", "-m", "fast", "-t", "10")
            subprocess.run(stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            raise
        raise ServerFailed(f"it {process.ended}{process.said()}")


@contextmanager
def running_postgres() -> Iterator[str]:
    """This script as a child: how it is reached. Raises ServerFailed if it does not start."""
    as_we = ["-B"] * sys.flags.dont_write_bytecode  # an installed copy gets no files of ours
    command = [sys.executable, *as_we, ROOT / "scripts/postgres.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as script:
        try:
            word, _, conninfo = script.stdout.readline().strip().partition(" ")
            if word != "ready":
                raise ServerFailed("postgres: it did not start")
            yield conninfo
        finally:
            script.terminate()


def main() -> int:
    if argv := sys.argv[1:]:
        print(as_typed((__doc__ or "").strip()))
        return 0 if argv[0] in ("-h", "--help") else 2
    if (where := programs()) is None:
        print(f"postgres: initdb not found: {INSTALL}", file=sys.stderr)
        return 3
    parent = os.getppid()
    # In /tmp, as a socket's path must be short.
    how = {"prefix": "sva-postgres-", "dir": "/tmp", "ignore_cleanup_errors": True}
    with suppress(Interrupted), Interrupts() as interrupts, TemporaryDirectory(**how) as folder:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        try:
            if os.getppid() == parent:
                serve(where, Path(folder), interrupts)
        except ServerFailed as error:
            print(f"postgres: {error}", file=sys.stderr)
            return 1
    return 0
