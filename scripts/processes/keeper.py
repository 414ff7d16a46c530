"""Runs one command and sees to it that nothing of it outlives the bench.

A process of its own, because the bench may be killed with SIGKILL, and somebody must then be left who ends
the server. The bench holds the other end of the keeper's standard input: `stop SECONDS` asks the command's
process group to end (SIGTERM, then SIGKILL when the time is up); the end of that input means that the bench
is gone or has lost patience, and the group is killed at once. The keeper is a subreaper, so that children
which detach themselves are found as well; should the keeper itself be killed, the kernel kills the command.

    keeper.py OUTPUT CPUS COMMAND [ARGUMENT...]     CPUS: as 0,2; empty for all

Standard output carries a line of JSON when the command has started and one when all of it has ended, with
what only the parent can know: how it ended, and the context switches and CPU time of its whole life (wait4).
"""

import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import sys
import time
from contextlib import suppress

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_COMMAND_NOT_STARTED = 127
_DESCRIPTORS = 16_384
_KILL_S = 10.0
_IGNORED = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)  # from a terminal's keys: the bench handles them
_prctl = ctypes.CDLL(None).prctl


class _Child:
    """The command: its process, its group, and how it ended once it has."""

    def __init__(self, pid: int):
        self.pid = pid
        self.end = os.pidfd_open(pid)  # readable once it has ended
        self.ended = dict.fromkeys(("exit_code", "signal", "context_switches", "cpu_s"))
        with suppress(OSError):
            os.setpgid(pid, pid)  # the child does so too: whoever is first

    def reap(self, *_: object) -> bool:
        """Collects what has ended, orphans handed to the subreaper included; false when no child is left."""
        with suppress(ChildProcessError):
            while True:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if pid == self.pid:
                    code = os.waitstatus_to_exitcode(status)
                    ended = (code, None) if code >= 0 else (None, -code)
                    switches, cpu_s = usage.ru_nvcsw + usage.ru_nivcsw, usage.ru_utime + usage.ru_stime
                    self.ended = dict(zip(self.ended, (*ended, switches, cpu_s)))
        return False

    def outlasts(self, control: int) -> bool:
        """Whether it must be killed: false when it has ended, true when the bench has lost patience."""
        kill_at = None
        while True:
            patience = None if kill_at is None else max(kill_at - time.monotonic(), 0)
            ready, _, _ = select.select([control, self.end], [], [], patience)
            if self.end in ready:
                return False
            request = os.read(control, 4096) if control in ready else b""
            if not request:
                return True
            if kill_at is None:
                kill_at = time.monotonic() + float(request.split()[1])
                with suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGTERM)

    def end_everything(self) -> None:
        """Kills the group, then every descendant that left it, until there is no child to wait for."""
        deadline = time.monotonic() + _KILL_S
        while time.monotonic() < deadline:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            if not self.reap():
                return
            for name in filter(str.isdigit, os.listdir("/proc")):
                # Those whose parent this is, ended ones that nobody has waited for included.
                with suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{name}/stat") as stat:
                    if int(stat.read().rpartition(")")[2].split()[1]) == os.getpid():
                        os.kill(int(name), signal.SIGKILL)
            time.sleep(0.001)


def main(output: str, cpus: str, *command: str) -> None:
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    began_s = time.monotonic()
    keeper, pid = os.getpid(), os.fork()
    if pid == 0:
        _become(command, output, [int(number) for number in cpus.split(",") if number], keeper)
    # Handled only from here on: in the child, until its exec, a signal would be lost in a handler of ours.
    child, control = _Child(pid), sys.stdin.fileno()
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, child.reap)
    nothing = os.open(os.devnull, os.O_RDONLY)
    signal.signal(signal.SIGTERM, lambda *_: os.dup2(nothing, control))  # as if the bench had gone
    _say(pid=pid, began_s=began_s)
    killed = child.outlasts(control)
    child.end_everything()
    _say(**child.ended, killed=killed)


def _become(command: tuple[str, ...], output: str, cpus: list[int], keeper: int) -> None:
    """In the forked child: own group, own output, dies with the keeper; then the command. Does not return.

    The command has room for its descriptors from the start, so that all runs start alike: the kernel doubles
    a process's table as it fills, and in a process with threads each doubling waits for an RCU grace period:
    4 to 12 ms here, in the middle of a burst of 100 connections. Whether that happens would otherwise depend
    on the shell the bench was called from, as the size of the table is inherited."""
    fault = ""
    try:
        os.setpgid(0, 0)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != keeper:
            return  # the `finally` ends it
        for number in (*_IGNORED, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        log = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for number, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
            os.dup2(descriptor, number)
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        room = _DESCRIPTORS if soft == resource.RLIM_INFINITY else min(soft, _DESCRIPTORS)
        fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, room - 1)  # exec closes it; the table stays as large as it is
        if cpus:
            fault = f"no core {' or '.join(map(str, cpus))} here that {command[0]} may run on"
            os.sched_setaffinity(0, cpus)
        fault = ""
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{fault or f'{command[0]}: cannot be started: {error.strerror}'}\n".encode())
    finally:
        os._exit(_COMMAND_NOT_STARTED)


def _say(**message: object) -> None:
    with suppress(OSError):  # where nobody reads any more
        os.write(1, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
