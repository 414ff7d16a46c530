"""Runs one command and sees to it that nothing of it outlives the bench.

A process of its own, because the bench may be killed with SIGKILL, and somebody must then be left who ends
the server. The bench holds the other end of the keeper's standard input: `stop SECONDS` asks the command's
process group to end (SIGTERM, then SIGKILL when the time is up); the end of that input means that the bench
is gone or has lost patience, and the group is killed at once. The keeper is a subreaper, so that children
which detach themselves are found as well; should the keeper itself be killed, the kernel kills the command.

    keeper.py --output FILE [--cpus N,N] -- COMMAND [ARGUMENT...]

Standard output carries a line of JSON when the command has started and one when all of it has ended, with
what only the parent can know: how it ended, and the context switches and CPU time of its whole life (wait4).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_COMMAND_NOT_STARTED = 127
_DESCRIPTORS = 16_384
_IGNORED = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)  # from a terminal's keys: the bench handles them
_DEFAULT_IN_CHILD = (*_IGNORED, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)


class _Child:
    """The command: its process, its group, and how it ended once it has."""

    def __init__(self, command: list[str], output: str, cpus: list[int]):
        self.ended: dict[str, object] | None = None
        keeper = os.getpid()
        # Blocked across the fork: until the child has restored the default handlers, it has the keeper's, and
        # a signal would be lost.
        held_back = signal.pthread_sigmask(signal.SIG_BLOCK, _DEFAULT_IN_CHILD)
        self.pid = os.fork()
        if self.pid == 0:
            _become(command, output, cpus, keeper)
        signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
        with contextlib.suppress(OSError):
            os.setpgid(self.pid, self.pid)  # the child does so too: whoever is first

    def reap(self) -> bool:
        """Collects what has ended, orphans handed to the subreaper included; false when no child is left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.pid:
                code = os.waitstatus_to_exitcode(status)
                self.ended = {
                    "exit_code": code if code >= 0 else None,
                    "signal": -code if code < 0 else None,
                    "context_switches": usage.ru_nvcsw + usage.ru_nivcsw,
                    "cpu_s": usage.ru_utime + usage.ru_stime,
                }

    def signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def end_everything(self, deadline_s: float = 10.0) -> None:
        """Kills the group, then every descendant that left it, until there is no child to wait for."""
        deadline = time.monotonic() + deadline_s
        while time.monotonic() < deadline:
            self.signal_group(signal.SIGKILL)
            if not self.reap():
                return
            for pid in _children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            select.select([], [], [], 0.001)


def main(argv: list[str]) -> int:
    match argv:
        case ["--output", output, "--", _, *_]:
            command, cpus = argv[3:], []
        case ["--output", output, "--cpus", numbers, "--", _, *_]:
            command, cpus = argv[5:], [int(number) for number in numbers.split(",")]
        case _:
            usage = "usage: keeper.py --output FILE [--cpus N,N] -- COMMAND [ARGUMENT...]"
            print(f"keeper.py: {usage}", file=sys.stderr)
            return 2
    wakeup, ring = os.pipe()
    os.set_blocking(wakeup, False)
    os.set_blocking(ring, False)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    asked_to_end: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_end.append(number))
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    child = _Child(command, output, cpus)
    _say({"pid": child.pid})
    was_killed = _watch(child, wakeup, asked_to_end)
    child.end_everything()
    unknown = dict.fromkeys(("exit_code", "signal", "context_switches", "cpu_s"))
    _say({**(child.ended or unknown), "killed": was_killed})
    return 0


def _watch(child: _Child, wakeup: int, asked_to_end: list[int]) -> bool:
    """Returns when the command has ended (false), or must be killed (true)."""
    control = sys.stdin.fileno()
    kill_at: float | None = None
    request = b""
    while True:
        child.reap()
        if child.ended:
            return False
        if asked_to_end:
            return True
        patience = None if kill_at is None else kill_at - time.monotonic()
        if patience is not None and patience <= 0:
            return True
        ready, _, _ = select.select([control, wakeup], [], [], patience)
        if wakeup in ready:
            os.read(wakeup, 4096)
        if control in ready:
            chunk = os.read(control, 4096)
            request += chunk
            if not chunk:
                return True
            if kill_at is None and request.endswith(b"\n"):
                kill_at = time.monotonic() + float(request.split()[1])
                child.signal_group(signal.SIGTERM)


def _become(command: list[str], output: str, cpus: list[int], keeper: int) -> None:
    """In the forked child: own group, own output, dies with the keeper; then the command. Does not return."""
    try:
        os.setpgid(0, 0)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(_COMMAND_NOT_STARTED)
        signal.set_wakeup_fd(-1)
        for number in _DEFAULT_IN_CHILD:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        log = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        _grow_descriptor_table()
        try:
            if cpus:
                os.sched_setaffinity(0, cpus)
        except OSError:
            os.write(2, f"no core {' or '.join(map(str, cpus))} here that {command[0]} may run on\n".encode())
            return  # the `finally` ends it
        try:
            os.execvp(command[0], command)
        except OSError as error:
            os.write(2, f"{command[0]}: cannot be started: {error.strerror}\n".encode())
    finally:
        os._exit(_COMMAND_NOT_STARTED)


def _grow_descriptor_table() -> None:
    """Gives the command room for its descriptors from the start, so that all runs start alike.

    The kernel doubles a process's table as it fills, and in a process with threads each doubling waits for an
    RCU grace period: 4 to 12 ms here, in the middle of a burst of 100 connections. Whether that happens would
    otherwise depend on the shell the bench was called from, as the size of the table is inherited.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = _DESCRIPTORS if soft == resource.RLIM_INFINITY else min(soft, _DESCRIPTORS)
    fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, room - 1)  # exec closes it; the table stays as large as it is


def _children() -> list[int]:
    """The processes whose parent is this one, ended ones that nobody has waited for included."""
    own = os.getpid()
    children = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    after_name = stat.read().rpartition(b")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(after_name[1]) == own:
                children.append(int(name))
    return children


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _say(message: dict[str, object]) -> None:
    with contextlib.suppress(OSError):  # where nobody reads any more
        os.write(1, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
