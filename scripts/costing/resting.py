"""Whether a server rests: every thread of it sleeps, so that whatever it was asked for is over.

A reply that has arrived is not yet the end of a request: the server still has to come back to where it waits.
Counting ends there, and the next request begins there; else two counts would differ by luck. Of several
requests at once it finds all when it wakes, and not as many as luck would have it: its threads are woken
without interrupting whoever runs (SCHED_BATCH, which needs no privilege), and we run on its core. So it runs
when we have sent them all, and sleep until the first is answered.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from processes.footprint import family
from processes.interrupts import Interrupts

_LOOK_S = 0.00005
_AT_REST = (b"S", b"Z", b"X")  # asleep, or ended


class Resting:
    """Of a process and all of its descendants."""

    def __init__(self, ancestor: int, interrupts: Interrupts):
        self._ancestor, self._interrupts = ancestor, interrupts
        self.refresh()

    def refresh(self) -> None:
        """Looks again which processes there are."""
        self.processes = family(self._ancestor)

    def wait(self, limit_s: float) -> bool:
        """Returns as soon as all threads sleep; false when the time is up."""
        deadline = time.monotonic() + limit_s
        while not all(_sleeps(path) for path in threads_of(self.processes)):
            self._interrupts.check()
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_S)
        return True

    @contextmanager
    def uninterrupted(self, core: int | None) -> Iterator[None]:
        """For several requests at once. `core`: the server's; None where there is only one."""
        for path in threads_of(self.processes):
            with suppress(OSError):  # it has ended, or changed its user
                os.sched_setscheduler(int(path.rpartition("/")[2]), os.SCHED_BATCH, os.sched_param(0))
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, before if core is None else {core})
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)


def threads_of(processes: list[int]) -> Iterator[str]:
    for process in processes:
        with suppress(OSError):
            for thread in os.listdir(f"/proc/{process}/task"):
                yield f"/proc/{process}/task/{thread}"


def _sleeps(path: str) -> bool:
    """One that has ended meanwhile does nothing any more either."""
    try:
        with open(f"{path}/stat", "rb", buffering=0) as file:
            return file.read(512).rpartition(b") ")[2][:1] in _AT_REST
    except OSError:
        return True
