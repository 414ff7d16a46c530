"""SIGINT, SIGTERM and SIGHUP, answered only where the bench waits.

A signal that struck between two steps could leave a server started but not yet noted, or a file half written.
So the handlers only ring a bell, and every wait listens for it beside what it waits for."""

import os
import select
import signal
from contextlib import ExitStack, suppress
from typing import IO, Self


class Interrupted(Exception):
    """The user or the system wants the bench to end now."""


class Interrupts(ExitStack):
    """While entered, a signal ends the waits with Interrupted; afterwards it does what it did before."""

    def __enter__(self) -> Self:
        self._came = False
        self._bell, self._ring = os.pipe()
        os.set_blocking(self._ring, False)
        for end in (self._bell, self._ring):
            self.callback(os.close, end)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.callback(signal.signal, number, signal.signal(number, self._note))
        return self

    def check(self) -> None:
        if self._came:
            raise Interrupted

    def wait(self, timeout_s: float, *files: IO[bytes]) -> bool:
        """Waits until a file can be read (true) or the time is up (false). Raises Interrupted on a signal."""
        self.check()
        ready, _, _ = select.select([self._bell, *files], [], [], timeout_s)
        self.check()
        return bool(ready)

    def _note(self, *_: object) -> None:
        self._came = True
        with suppress(BlockingIOError):  # the pipe is full: the wait ends anyway
            os.write(self._ring, b"!")
