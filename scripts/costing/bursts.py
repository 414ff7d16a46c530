"""Several requests at once, of which a server finds all when it wakes, and not as many as luck would have it.

Its threads are to be woken without interrupting whoever runs (SCHED_BATCH, which needs no privilege), and we
run on its core: so it runs when we have sent them all, and sleep until the first is answered.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from costing.resting import Resting, threads_of


@contextmanager
def uninterrupted(resting: Resting, core: int | None) -> Iterator[None]:
    """While entered. `core`: the server's; None where there is only one."""
    for path in threads_of(resting.processes):
        with suppress(OSError):  # it has ended, or changed its user
            os.sched_setscheduler(int(path.rpartition("/")[2]), os.SCHED_BATCH, os.sched_param(0))
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
