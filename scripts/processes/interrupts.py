"""SIGINT, SIGTERM and SIGHUP, answered only where the bench waits.

A signal that struck between two steps could leave a server started but not yet noted, or a file half written.
So the handlers only ring a bell, and every wait listens for it beside what it waits for."""

import contextlib
import os
import select
import signal
from typing import IO

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """The user or the system wants the bench to end now."""


class Interrupts:
    """While entered, a signal ends the waits with Interrupted; afterwards it does what it did before."""

    def __enter__(self) -> "Interrupts":
        self.came = False
        self._bell, self._ring = os.pipe()
        os.set_blocking(self._ring, False)
        self._previous = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        os.close(self._ring)
        os.close(self._bell)

    def check(self) -> None:
        if self.came:
            raise Interrupted

    def wait(self, timeout_s: float, *files: IO[bytes]) -> bool:
        """Waits until a file can be read (true) or the time is up (false). Raises Interrupted on a signal."""
        self.check()
        ready, _, _ = select.select([self._bell, *files], [], [], timeout_s)
        self.check()
        return bool(ready)

    def _note(self, *_: object) -> None:
        self.came = True
        with contextlib.suppress(BlockingIOError):  # the pipe is full: the wait ends anyway
            os.write(self._ring, b"!")
