"""Commands that cannot outlive the bench, as all servers and load generators are: its side of keeper.py; and
signals, which are answered only where the bench waits."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

_KEEPER = Path(__file__).resolve().parent / "keeper.py"
_KILL_S = 15.0  # the keeper gives itself ten seconds to see everything dead
_KEPT = 4096  # bytes of the beginning and of the end of what it prints


class Interrupted(Exception):
    """The user or the system wants the bench to end now."""


class Interrupts(ExitStack):
    """While entered, SIGINT, SIGTERM and SIGHUP end the waits with Interrupted; afterwards they do what they
    did before. Between two steps one could leave a server that nobody has noted yet, or half a file: so it
    only rings a bell, and every wait listens for that beside what it waits for."""

    def __enter__(self) -> Self:
        self._bell, ring = os.pipe()
        os.set_blocking(ring, False)
        for end in (self._bell, ring):
            self.callback(os.close, end)
        self.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(ring, warn_on_full_buffer=False))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.callback(signal.signal, number, signal.signal(number, lambda *_: None))
        return self

    def wait(self, timeout_s: float, *files: IO[bytes]) -> bool:
        """Waits until a file can be read (true) or the time is up (false). Raises Interrupted on a signal."""
        ready, _, _ = select.select([self._bell, *files], [], [], timeout_s)
        if self._bell in ready:  # it goes on ringing
            raise Interrupted
        return bool(ready)

    def check(self) -> None:
        self.wait(0)


@dataclass(frozen=True)
class Ended:
    """How a command ended: by itself or SIGTERM with an exit code, or by a signal."""

    exit_code: int | None = None
    signal: int | None = None
    context_switches: int | None = None  # of its whole life: all threads, and the children it waited for
    cpu_s: float | None = None  # user and system time, of the same
    killed: bool = False  # it did not end within the grace after SIGTERM

    def __str__(self) -> str:
        if self.signal is not None:
            return f"ended by {signal.Signals(self.signal).name}"
        return "ended" if self.exit_code is None else f"exited with {self.exit_code}"


class KeptProcess(AbstractContextManager):
    """A running command, ended at once however the block is left. `output` takes all that it prints, errors
    too; `cpus` are the cores it may run on: if none is there, it cannot be started. `environment` is added to
    ours; it runs in the folder `cwd`, or in ours. `began_s`: by time.monotonic()."""

    def __init__(
        self,
        command: list[str],
        output: Path,
        interrupts: Interrupts,
        cpus: Collection[int] | None = None,
        environment: Mapping[str, str] = {},
        cwd: Path | None = None,
    ):
        self.output, self._interrupts = output.absolute(), interrupts
        self.ended: Ended | None = None
        keeper = [sys.executable, "-I", "-S", _KEEPER, self.output, ",".join(map(str, sorted(cpus or ())))]
        how = {"env": {**os.environ, **environment}, "cwd": cwd, "bufsize": 0, "stdin": subprocess.PIPE}
        # A session of its own: the terminal's Ctrl-C reaches the bench alone, which then ends all in order.
        how |= {"stdout": subprocess.PIPE, "start_new_session": True}
        self._keeper = subprocess.Popen([*keeper, *command], **how)
        self.keeper_pid = self._keeper.pid  # whatever the command starts descends from it, daemons too
        started = json.loads(self._keeper.stdout.readline() or "{}")
        self.pid, self.began_s = started.get("pid"), started.get("began_s")

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait(self, timeout_s: float) -> Ended | None:
        """How the command ended, or None if it still runs when the time is up."""
        if self.ended is None and self._interrupts.wait(timeout_s, self._keeper.stdout):
            self._receive()
        return self.ended

    def stop(self, grace_s: float) -> Ended:
        """SIGTERM to the command's group, after `grace_s` SIGKILL; returns when nothing of it is left."""
        if self.ended is None:
            with suppress(BrokenPipeError):  # it ended by itself; its last message is on its way
                self._keeper.stdin.write(f"stop {grace_s}\n".encode())
            self.wait(grace_s + _KILL_S)
        return self.kill()

    def kill(self) -> Ended:
        """SIGKILL to all of it, unless it has ended; returns when nothing is left. Not interruptible."""
        self._keeper.stdin.close()
        if self.ended is None:
            self._receive()
        self._keeper.stdout.close()
        self._keeper.wait()
        return self.ended

    def _receive(self) -> None:
        message = self._keeper.stdout.readline()  # none: the keeper was killed
        self.ended = Ended(**json.loads(message)) if message else Ended(signal=signal.SIGKILL, killed=True)

    def said(self) -> str:
        """Its first and last lines, for the end of an error message: the reason is usually among them."""
        lines = self.lines()
        lines = lines if len(lines) <= 5 else [lines[0], "...", *lines[-4:]]
        return ": " + " | ".join(lines) if lines else ", without a word"

    def lines(self) -> list[str]:
        """All of its output that is not blank, or the beginning and the end of it."""
        text = self.output.read_bytes() if self.output.is_file() else b""
        text = text if len(text) <= 2 * _KEPT else text[:_KEPT] + b"\n" + text[-_KEPT:]
        return list(filter(None, map(str.strip, text.decode(errors="replace").splitlines())))
