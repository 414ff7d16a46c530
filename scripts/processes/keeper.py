"""Runs one command and sees to it that nothing of it outlives the bench.

    keeper.py OUTPUT CPUS COMMAND [ARGUMENT...]     CPUS: as 0,2; empty for all

A process of its own, because the bench may be killed with SIGKILL, and somebody must then be left who ends
the server. `stop SECONDS` on its standard input asks the command's process group to end (SIGTERM, then
SIGKILL when the time is up); the input's end means that the bench is gone or has lost patience: the group is
killed at once. As a subreaper it finds children which detach themselves; if it is killed, the kernel kills
the command. It says in JSON when the command has started, and how all has ended, and what it took (wait4)."""

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
_CONTROL, _COMMAND_NOT_STARTED, _DESCRIPTORS, _KILL_S = 0, 127, 16_384, 10.0
_IGNORED = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)  # from a terminal's keys: the bench handles them
_prctl = ctypes.CDLL(None).prctl


def main(output: str, cpus: str, *command: str) -> None:
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    began_s, keeper, pid = time.monotonic(), os.getpid(), os.fork()
    if pid == 0:
        _become(command, output, cpus, keeper)
    # Handled only from here on: in the child, until its exec, a signal would be lost in a handler of ours.
    ended, end = {}, os.pidfd_open(pid)  # readable once the command has ended
    with suppress(OSError):
        os.setpgid(pid, pid)  # the child does so too: whoever is first

    def reap(*_: object) -> bool:
        """Collects what has ended, orphans handed to the subreaper included; false when no child is left."""
        with suppress(ChildProcessError):
            while True:
                child, status, usage = os.wait4(-1, os.WNOHANG)
                if child == 0:
                    return True
                if child == pid:
                    code = os.waitstatus_to_exitcode(status)
                    ended["exit_code" if code >= 0 else "signal"] = abs(code)
                    ended["context_switches"] = usage.ru_nvcsw + usage.ru_nivcsw
                    ended["cpu_s"] = usage.ru_utime + usage.ru_stime
        return False

    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, reap)
    nothing = os.open(os.devnull, os.O_RDONLY)
    signal.signal(signal.SIGTERM, lambda *_: os.dup2(nothing, _CONTROL))  # as if the bench had gone
    _say(pid=pid, began_s=began_s)
    ready, _, _ = select.select([_CONTROL, end], [], [])
    if end not in ready and (request := os.read(_CONTROL, 4096)):
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
        ready, _, _ = select.select([_CONTROL, end], [], [], float(request.split()[1]))
    killed, deadline = end not in ready, time.monotonic() + _KILL_S
    while reap() and time.monotonic() < deadline:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        for name in filter(str.isdigit, os.listdir("/proc")):  # for those that left the group
            with suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{name}/stat") as stat:
                if int(stat.read().rpartition(")")[2].split()[1]) == os.getpid():
                    os.kill(int(name), signal.SIGKILL)
        time.sleep(0.001)
    _say(killed=killed, **ended)


def _become(command: tuple[str, ...], output: str, cpus: str, keeper: int) -> None:
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
            fault = f"no core {cpus.replace(',', ' or ')} here that {command[0]} may run on"
            os.sched_setaffinity(0, map(int, cpus.split(",")))
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
